//! A ledger on real PostgreSQL, over both buses: what it is given is decided, once, and what it says is durable.

use std::sync::Arc;

use piao_chain::execute::Safeguards;
use piao_domain::time::Time;
use piao_ledger::{Ledger, LedgerError, Readiness};
use piao_protocol::checkpoint::LogSigner;
use piao_store::{Database, DatabaseConfig};
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::bus::TestBus;
use piao_testkit::chain::TestChain;
use piao_testkit::world::{World, ledger_config};
use piao_testkit::{body, invariants_sql, replay};

async fn an_invoice_lives_from_rules_to_settlement(bus: TestBus) {
    let world = World::on(bus).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    let number = world.number(1);
    let issued =
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
    let height = world.height().await;
    world.publish(&Signed { id: issued.id, jws: issued.jws }).await;
    world.accept(&world.seller, "quota.apply", &body::apply(world.now().month(), 1)).await;
    assert_eq!(world.height().await, height + 1, "a repeat makes no block");
    invariants_sql::hold(world.url()).await;
    assert_eq!(replay::replay(&world.reader()).await.height, height + 1);
    ledger.drop_it().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_lives_from_rules_to_settlement_inside_one_process() {
    an_invoice_lives_from_rules_to_settlement(TestBus::in_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_lives_from_rules_to_settlement_over_rabbitmq() {
    an_invoice_lives_from_rules_to_settlement(TestBus::rabbitmq()).await;
}

/// One of two consumers gets one of so many messages.
const MESSAGES_MAX: usize = 200;

async fn a_second_ledger_ends_the_first_one_s_epoch(bus: TestBus) {
    let world = World::on(bus).await;
    let first = world.run(Safeguards::ALL).await;
    world.prepare().await;
    let second = world.run(Safeguards::ALL).await;
    // Both compete for the queue: the first ends with the first message that reaches it, and the second decides.
    let month = Time::month(world.now());
    for _ in 0..MESSAGES_MAX {
        if first.has_ended() {
            break;
        }
        world.accept(&world.seller, "quota.apply", &body::apply(month, 1)).await;
    }
    let ended = first.end().await;
    assert!(matches!(ended, Err(LedgerError::Fenced { .. })), "{ended:?}");
    second.drop_it().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ledger_ends_the_first_one_s_epoch_inside_one_process() {
    a_second_ledger_ends_the_first_one_s_epoch(TestBus::in_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ledger_ends_the_first_one_s_epoch_over_rabbitmq() {
    a_second_ledger_ends_the_first_one_s_epoch(TestBus::rabbitmq()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_opened_with_the_genesis_that_it_began_with_alone() {
    let world = World::on(TestBus::in_process()).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    ledger.drop_it().await;
    let height = world.height().await;
    let start = async |genesis: &TestChain, log_key: LogSigner| {
        let mut config = ledger_config(genesis, &world.database, world.bus.again(), Safeguards::ALL);
        config.log_key = Arc::new(log_key);
        Ledger::start(config).await.map(drop)
    };
    // One byte of the seed is enough.
    let other = TestChain::new(world.chain.genesis.content().time, 2);
    let refused = start(&other, other.log_key()).await;
    let Err(LedgerError::OtherChain { stored, given }) = &refused else { panic!("{refused:?}") };
    assert_eq!((stored, given), (world.chain.id(), other.id()));
    let refused = start(&world.chain, LogSigner::from_seed(&[8; 32])).await;
    assert!(matches!(refused, Err(LedgerError::ForeignLogKey)), "{refused:?}");
    assert_eq!(world.height().await, height, "nothing was written");
    let again = world.run(Safeguards::ALL).await;
    world.accept(&world.seller, "quota.apply", &body::apply(world.now().month(), 1)).await;
    again.drop_it().await;
    world.finish().await;
}

/// A ledger that waits for its database with a message in hand, sent by whom `sender` says, and is told to stop.
async fn a_ledger_that_waits_ends_when_it_is_told_to(sender: impl FnOnce(&World) -> &Actor) {
    let world = World::on(TestBus::in_process()).await;
    let pool = Database::connect(DatabaseConfig::new(world.url())).await.expect("a connection");
    let mut ledger = world.run_on(&pool, Safeguards::ALL).await;
    world.prepare().await;
    let height = world.height().await;
    pool.close();
    let apply = world.sign(sender(&world), "quota.apply", &body::apply(world.now().month(), 1));
    world.publish(&apply).await;
    ledger.ready.wait_for(|ready| matches!(ready, Readiness::Waiting(_))).await.expect("a ledger");
    ledger.stopper.stop();
    ledger.end().await.expect("an orderly end");
    assert_eq!(world.height().await, height);
    // Nobody acknowledged it: whoever comes next decides it.
    let next = world.run(Safeguards::ALL).await;
    world.decision(&apply.id).await;
    next.drop_it().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_waits_with_a_batch_ends_when_it_is_told_to() {
    a_ledger_that_waits_ends_when_it_is_told_to(|world| &world.seller).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_waits_for_a_key_ends_when_it_is_told_to() {
    // It has signed nothing yet, so its key is looked up.
    a_ledger_that_waits_ends_when_it_is_told_to(|world| &world.other).await;
}
