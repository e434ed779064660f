//! A ledger on real PostgreSQL: what it is given is decided, once, and what it says is durable.

mod support;

use piao_domain::time::Time;
use piao_testkit::body;
use support::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_lives_from_rules_to_settlement() {
    let world = World::start().await;
    world.prepare().await;
    let number = world.number(1);
    let id =
        world.accept(&world.seller, "invoice.issue", &body::issue(&number, Some(&world.buyer), None)).await;
    world.accept(&world.buyer, "claim.take", &body::take(&number, None)).await;
    let lock = world.accept(&world.buyer, "reimbursement.lock", &body::lock(&number, "BX-1")).await;
    world
        .refuse(&world.other, "reimbursement.lock", &body::lock(&number, "BX-1"), "claim.not_presented")
        .await;
    world
        .refuse(&world.buyer, "reimbursement.settle", &body::use_lock(&number, &lock.id, 1), "booking.state")
        .await;
    world.accept(&world.buyer, "booking.book", &body::book(&number)).await;
    world.accept(&world.buyer, "reimbursement.settle", &body::use_lock(&number, &lock.id, 1)).await;
    world
        .refuse(&world.buyer, "reimbursement.lock", &body::lock(&number, "BX-2"), "reimbursement.settled")
        .await;
    let again = world.send(&id).await;
    assert_eq!(again.height, world.height().await, "a repeat makes no block");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ledger_ends_the_first_one_s_epoch() {
    let world = World::start().await;
    world.prepare().await;
    let second = world.second_ledger().await;
    let stale = world.sign(&world.seller, "quota.apply", &body::apply(Time::month(world.now()), 1));
    world.publish(&stale).await;
    // Both compete for the queue; whichever the message reaches, only the second commits.
    world.wait_for_end_of_first().await;
    drop(second);
}
