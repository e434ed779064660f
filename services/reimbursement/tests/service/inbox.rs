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
    assert_eq!((&mine["locks"][0]["id"], &mine["free"]), (&json!(id.to_string()), &json!(0)), "{mine}");
    let theirs = item(&world, other, &number).await;
    assert_eq!(theirs["locks"], json!([]), "{theirs}");
    let text = theirs.to_string();
    for secret in [id.to_string(), "BX-1".to_owned(), buyer.party.to_string()] {
        assert!(!text.contains(&secret), "{secret} in {text}");
    }
    world.stop().await;
}
