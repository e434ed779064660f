use piao_testkit::body;
use serde_json::Value;

use crate::support::{World, schema};
use crate::{locked, request, settled};

/// The codes that a check's trace refuses with, in its order.
async fn refusals(world: &World, actor: &piao_testkit::actor::Actor, question: &str) -> Vec<String> {
    let answer = world.ask("/v1/locks:check", actor, question).await.ok();
    let trace = answer["trace"].as_array().expect("a list").clone();
    let checks: Vec<&str> = trace.iter().map(|step| step["check"].as_str().expect("a text")).collect();
    let order = [
        "party.suspended",
        "claim.not_presented",
        "lock.buyer",
        "lock.claim_ref",
        "reimbursement.settled",
        "lock.exists",
        "booking.owner",
        "lock.amount",
        "lock.lease",
    ];
    assert_eq!(checks, order, "the whole trace, in the order of the guards");
    let refused: Vec<&Value> = trace.iter().filter(|step| step["passed"] == false).collect();
    assert_eq!(answer["passes"], refused.is_empty(), "{answer}");
    assert_eq!(answer["lease_until"].is_null(), !refused.is_empty(), "{answer}");
    refused.iter().map(|step| step["refusal"]["code"].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_every_guard_that_a_lock_would_meet() {
    let world = crate::world().await;
    let (seller, buyer, other) = (&world.parties.seller, &world.parties.buyer, &world.parties.other);
    let free = world.presented(1, &[buyer, other]).await;
    let taken = world.presented(2, &[buyer, other]).await;
    locked(&world, &taken, buyer, "BX-1").await;
    let paid = world.presented(3, &[buyer, other]).await;
    settled(&world, &paid, buyer, "BX-1").await;
    let check = async |actor, question: String, expect: &[&str]| {
        assert_eq!(refusals(&world, actor, &question).await, expect, "{question}");
    };
    let month = 30 * 86_400;
    check(buyer, request(&free, "BX-1", 10_600, 60), &[]).await;
    check(buyer, request(&free, "BX-1", 10_600, month), &[]).await;
    check(buyer, request(&free, "BX-1", 10_600, month + 1), &["lock.lease"]).await;
    check(buyer, request(&free, "BX-1", 10_599, 0), &["lock.amount", "lock.lease"]).await;
    check(other, request(&taken, "BX-1", 10_600, 60), &["lock.exists"]).await;
    check(other, request(&taken, "BX-1", 1, 0), &["lock.exists", "lock.amount", "lock.lease"]).await;
    check(buyer, request(&taken, "BX-1", 10_600, 60), &["lock.claim_ref", "lock.exists"]).await;
    check(other, request(&paid, "BX-1", 10_600, 60), &["reimbursement.settled", "booking.owner"]).await;
    check(seller, request(&free, "BX-1", 10_600, 60), &["claim.not_presented"]).await;
    let suspend = format!(r#"{{"party":"{}","reason":"audit"}}"#, buyer.party);
    world.accept(&world.platform.chain.bureau, "party.suspend", &suspend).await;
    check(buyer, request(&free, "BX-1", 10_600, 60), &["party.suspended"]).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_check_foresees_is_what_the_ledger_says_and_a_check_is_on_no_record() {
    let world = crate::world().await;
    let (buyer, other) = (&world.parties.buyer, &world.parties.other);
    let number = world.presented(1, &[buyer, other]).await;
    let check = async |actor, question: String| {
        let before = world.platform.height();
        let foreseen = refusals(&world, actor, &question).await;
        assert_eq!(world.platform.edge(piao_reimbursement::NAME).height(), Some(before));
        let decided = world.submit("/v1/locks", actor, "reimbursement.lock", &question).await;
        assert_eq!(decided.code().1, foreseen.first().cloned().unwrap_or_default(), "{question}");
    };
    check(buyer, request(&number, "BX-1", 100, 60)).await;
    check(buyer, request(&number, "BX-1", 10_600, 3_000_000)).await;
    check(buyer, request(&number, "BX-1", 10_600, 60)).await;
    check(buyer, request(&number, "BX-1", 10_600, 60)).await;
    check(other, request(&number, "BX-1", 10_600, 60)).await;
    world.accept(buyer, "booking.book", &body::book(&number)).await;
    check(other, request(&number, "BX-1", 10_600, 60)).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_read_as_strictly_as_a_signed_body() {
    let world = crate::world().await;
    let buyer = &world.parties.buyer;
    let number = world.presented(1, &[buyer]).await;
    let good = request(&number, "BX-1", 10_600, 60);
    let check = async |question: &str, status: u16, code: &str| {
        let answer = world.ask("/v1/locks:check", buyer, question).await;
        assert_eq!(answer.code(), (status, code.to_owned()), "{question}: {}", answer.body);
    };
    check("", 400, "malformed").await;
    check("{", 400, "malformed").await;
    check("{}", 422, "schema").await;
    check("[]", 422, "schema").await;
    check(&good.replace("10600", "106.5"), 400, "malformed").await;
    check(&good.replace("}", r#","more":1}"#), 422, "schema").await;
    check(&good.replace("BX-1", ""), 422, "schema").await;
    check(&good.replace(&number, &world.number(9)), 404, "not_found").await;
    let answer = world.ask("/v1/locks:check", buyer, &good.replace("10600", "\"x\"")).await;
    schema(&answer, "/amount");
    world.stop().await;
}
