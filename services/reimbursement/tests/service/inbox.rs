use piao_testkit::actor::Actor;
use piao_testkit::body;
use serde_json::{Value, json};

use crate::support::{World, column, schema};
use crate::{locked, unbook};

async fn item(world: &World, actor: &Actor, number: &str) -> Value {
    let page = world.get(&format!("/v1/inbox?invoice={number}"), actor).await.ok();
    page["data"][0].clone()
}

fn codes(item: &Value) -> Vec<&str> {
    let refusals = item["lock_refusals"].as_array().expect("a list");
    refusals.iter().map(|refusal| refusal["code"].as_str().expect("a text")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_holds_what_is_presented_or_held_and_nothing_else() {
    let world = crate::world().await;
    let (seller, buyer, other) = (&world.parties.seller, &world.parties.buyer, &world.parties.other);
    let presented = world.presented(1, &[buyer, other]).await;
    let held = world.issue_to_buyer(2).await;
    world.accept(buyer, "claim.take", &body::take(&held, None)).await;
    let elsewhere = world.presented(3, &[other]).await;
    let check = async |actor: &Actor, query: &str, expect: &[&String]| {
        let answer = world.get(&format!("/v1/inbox{query}"), actor).await;
        assert_eq!(column(&answer, "invoice").iter().collect::<Vec<_>>(), expect, "{query}");
    };
    check(buyer, "", &[&presented, &held]).await;
    check(other, "", &[&presented, &elsewhere]).await;
    check(seller, "", &[]).await;
    check(buyer, &format!("?invoice={held}"), &[&held]).await;
    check(buyer, &format!("?invoice={elsewhere}"), &[]).await;
    check(buyer, &format!("?issuer={}", seller.party), &[&presented, &held]).await;
    check(buyer, &format!("?issuer={}", other.party), &[]).await;
    check(buyer, "?limit=1", &[&presented]).await;
    world.accept(&world.parties.holder, "claim.withdraw", &body::present(&presented, other)).await;
    check(other, "", &[&elsewhere]).await;
    check(buyer, "", &[&presented, &held]).await;
    schema(&world.get("/v1/inbox?invoice=1", buyer).await, "?invoice");
    schema(&world.get("/v1/inbox?issuer=x", buyer).await, "?issuer");
    let shown = item(&world, buyer, &held).await;
    assert_eq!((&shown["held"], &shown["presented"]), (&json!(true), &json!(false)), "{shown}");
    let shown = item(&world, buyer, &presented).await;
    assert_eq!((&shown["held"], &shown["presented"]), (&json!(false), &json!(true)), "{shown}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_says_what_may_be_done_and_why_not() {
    let world = crate::world().await;
    let (buyer, other) = (&world.parties.buyer, &world.parties.other);
    let number = world.presented(1, &[buyer, other]).await;
    let check = async |actor: &Actor, actions: &[&str], refusals: &[&str]| {
        let item = item(&world, actor, &number).await;
        assert_eq!(item["allowed_actions"], json!(actions), "{item}");
        assert_eq!(codes(&item), refusals, "{item}");
    };
    let (lock, renew, release, settle, book, unbooking) = (
        "reimbursement.lock",
        "reimbursement.renew",
        "reimbursement.release",
        "reimbursement.settle",
        "booking.book",
        "booking.unbook",
    );
    check(buyer, &[lock], &[]).await;
    let id = locked(&world, &number, buyer, "any-0").await;
    check(buyer, &[renew, release, book], &["lock.exists"]).await;
    check(other, &[], &["lock.exists"]).await;
    world.accept(buyer, book, &body::book(&number)).await;
    check(buyer, &[renew, release, settle, unbooking], &["lock.exists"]).await;
    check(other, &[], &["lock.exists", "booking.owner"]).await;
    world.accept(buyer, settle, &body::use_lock(&number, &id, 1)).await;
    check(buyer, &[unbooking], &["reimbursement.settled"]).await;
    check(other, &[], &["reimbursement.settled", "booking.owner"]).await;
    world.accept(buyer, unbooking, &unbook(&number)).await;
    check(buyer, &[book], &["reimbursement.settled"]).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_tells_its_reader_s_own_locks_and_nobody_else_s() {
    let world = crate::world().await;
    let (buyer, other) = (&world.parties.buyer, &world.parties.other);
    let number = world.presented(1, &[buyer, other]).await;
    let id = locked(&world, &number, buyer, "BX-1").await;
    let mine = item(&world, buyer, &number).await;
    let mine = &mine["axes"]["reimbursement"];
    assert_eq!((&mine["locks"][0]["id"], &mine["free"]), (&json!(id.to_string()), &json!(0)), "{mine}");
    let theirs = item(&world, other, &number).await;
    assert_eq!(theirs["axes"]["reimbursement"]["locks"], json!([]), "{theirs}");
    let text = theirs.to_string();
    for secret in [id.to_string(), "BX-1".to_owned(), buyer.party.to_string()] {
        assert!(!text.contains(&secret), "{secret} in {text}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_locked_over_and_over_is_read_with_few_ended_locks_and_forgets_none() {
    let world = crate::world().await;
    let buyer = &world.parties.buyer;
    let number = world.presented(1, &[buyer]).await;
    let mut made = Vec::new();
    for turn in 1..=18 {
        let lock = locked(&world, &number, buyer, &format!("BX-{turn}")).await;
        world.accept(buyer, "reimbursement.release", &body::use_lock(&number, &lock, turn)).await;
        made.push(lock.to_string());
    }
    let shown = item(&world, buyer, &number).await;
    let shown = shown["axes"]["reimbursement"]["locks"].as_array().unwrap();
    let shown: Vec<_> = shown.iter().map(|lock| lock["id"].as_str().unwrap()).collect();
    assert_eq!(shown.len(), 16);
    assert!(!shown.contains(&&*made[0]) && !shown.contains(&&*made[1]), "the newest are shown");

    let all = world.get(&format!("/v1/locks?invoice={number}&limit=200"), buyer).await;
    let mut listed = column(&all, "id");
    listed.sort();
    made.sort();
    assert_eq!(listed, made);
    for lock in &made {
        assert_eq!(world.get(&format!("/v1/locks/{lock}"), buyer).await.ok()["state"], "released", "{lock}");
    }
    let question = json!({"invoice": number, "claim_ref": "BX-1", "amount": 10_600, "lease_seconds": 60});
    let answer = world.ask("/v1/locks:check", buyer, &question.to_string()).await.ok();
    let refused = answer["trace"].as_array().unwrap().iter().find(|step| step["passed"] == false).unwrap();
    assert_eq!(refused["check"], "lock.claim_ref", "a reference counts for ever");
    world.stop().await;
}
