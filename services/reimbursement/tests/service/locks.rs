use piao_testkit::body;
use serde_json::{Value, json};

use crate::support::{World, schema};
use crate::{force, locked, renew, request, unbook};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_called_locked_on_a_202() {
    let world = crate::world().await;
    let buyer = &world.parties.buyer;
    let number = world.presented(1, &[buyer]).await;
    let signed = world.platform.sign(buyer, "reimbursement.lock", &body::lock(&number, "BX-1"));
    let recorded = world.post_without_waiting("/v1/locks", &signed).await;
    assert_eq!(recorded.status, 202, "{}", recorded.body);
    // The transition's id and where to look: no word of a lock, a token or a lease.
    assert_eq!(recorded.json(), json!({"transition": signed.id.to_string()}));
    assert_eq!(recorded.header("location"), Some(format!("/v1/transitions/{}", signed.id).as_str()));
    assert!(recorded.header("retry-after").is_some());
    world.decided(&signed.id).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_transition_gets_the_same_receipt_every_time() {
    let world = crate::world().await;
    let (buyer, other) = (&world.parties.buyer, &world.parties.other);
    let number = world.presented(1, &[buyer, other]).await;
    let check = async |actor, claim_ref: &str, expect: (u16, u16)| {
        let body = body::lock(&number, claim_ref);
        let signed = world.platform.sign(actor, "reimbursement.lock", &body);
        let first = world.post("/v1/locks", &signed).await;
        assert_eq!(first.status, expect.0, "{}", first.body);
        let receipt = world.decided(&signed.id).await.to_json();
        let receipt: Value = serde_json::from_str(&receipt).unwrap();
        for _ in 0..2 {
            let again = world.post("/v1/locks", &signed).await;
            assert_eq!(again.status, expect.1, "{}", again.body);
            let again = again.json();
            assert_eq!(again.get("receipt").unwrap_or(&again), &receipt);
        }
    };
    check(buyer, "BX-1", (201, 200)).await;
    check(other, "BX-1", (409, 409)).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_reference_names_its_lock_and_what_differs_to_its_party_alone() {
    let world = crate::world().await;
    let (buyer, other) = (&world.parties.buyer, &world.parties.other);
    let number = world.presented(1, &[buyer, other]).await;
    let lock = locked(&world, &number, buyer, "BX-1").await;
    let check = async |actor, amount: i64, lease: u32, code: &str, detail: Value, differs: Value| {
        let body = request(&number, "BX-1", amount, lease);
        let answer = world.submit("/v1/locks", actor, "reimbursement.lock", &body).await;
        assert_eq!(answer.code(), (409, code.to_owned()), "{}", answer.body);
        let problem = answer.json();
        assert_eq!(problem["receipt"]["detail"], detail, "{problem}");
        assert_eq!(problem["differs"], differs, "{problem}");
    };
    let existing = json!({"existing": lock.to_string()});
    check(buyer, 10_600, 86_400, "lock.claim_ref", existing.clone(), json!([])).await;
    check(buyer, 100, 86_400, "lock.claim_ref", existing.clone(), json!(["/body/amount"])).await;
    let both = json!(["/body/amount", "/body/lease_seconds"]);
    check(buyer, 100, 60, "lock.claim_ref", existing, both).await;
    check(other, 10_600, 86_400, "lock.exists", json!({}), Value::Null).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_shown_as_the_record_has_it() {
    let world = crate::world().await;
    let buyer = &world.parties.buyer;
    let number = world.presented(1, &[buyer]).await;
    let receipt = world.accept(buyer, "reimbursement.lock", &body::lock(&number, "BX-1")).await;
    let lock = receipt.transition;
    let path = format!("/v1/locks/{lock}");
    let check = async |state: &str, live_now: bool, lease_until: i64| {
        let expect = json!({
            "id": lock.to_string(), "invoice": number, "enterprise": buyer.party.to_string(), "claim_ref": "BX-1",
            "amount": 10_600, "token": 1, "accepted_at": receipt.time.unix(), "lease_until": lease_until,
            "state": state, "live_now": live_now,
        });
        assert_eq!(world.get(&path, buyer).await.ok(), expect);
    };
    let lease_until = receipt.time.plus(86_400).unix();
    check("live", true, lease_until).await;
    let again = world.accept(buyer, "reimbursement.renew", &renew(&number, &lock, 1, 100_000)).await;
    let lease_until = again.time.plus(100_000).unix();
    check("live", true, lease_until).await;
    world.accept(buyer, "reimbursement.release", &body::use_lock(&number, &lock, 1)).await;
    check("released", false, lease_until).await;
    let malformed = world.get("/v1/locks/BX-1", buyer).await;
    schema(&malformed, "id");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_ran_out_is_not_live_though_no_block_says_so_unless_a_booking_holds_it() {
    let world = crate::world().await;
    let buyer = &world.parties.buyer;
    let (brief, booked) = (world.presented(1, &[buyer]).await, world.presented(2, &[buyer]).await);
    let lapsing = world.accept(buyer, "reimbursement.lock", &request(&brief, "BX-1", 10_600, 2)).await;
    let held = world.accept(buyer, "reimbursement.lock", &request(&booked, "BX-2", 10_600, 2)).await;
    world.accept(buyer, "booking.book", &body::book(&booked)).await;
    world.pass(held.time.plus(2)).await;
    let check = async |lock: &piao_domain::ids::TransitionId, state: &str, live_now: bool| {
        let shown = world.get(&format!("/v1/locks/{lock}"), buyer).await.ok();
        assert_eq!((&shown["state"], &shown["live_now"]), (&json!(state), &json!(live_now)), "{shown}");
    };
    check(&lapsing.transition, "lapsed", false).await;
    check(&held.transition, "live", true).await;
    // What the service foresaw, the ledger says.
    let late = body::use_lock(&brief, &lapsing.transition, 1);
    let path = format!("/v1/locks/{}:release", lapsing.transition);
    let answer = world.submit(&path, buyer, "reimbursement.release", &late).await;
    assert_eq!(answer.code(), (409, "lock.expired".to_owned()), "{}", answer.body);
    check(&lapsing.transition, "lapsed", false).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_names_something_else_than_the_body_is_refused_and_not_recorded() {
    let world = crate::world().await;
    let (buyer, bureau) = (&world.parties.buyer, &world.platform.chain.bureau);
    let number = world.presented(1, &[buyer]).await;
    let lock = locked(&world, &number, buyer, "BX-1").await;
    // The ledger itself is asked: a read model may still be on its way.
    let before = world.platform.reader.blocks(0, 500).await.unwrap().len();
    let check = async |path: String, actor, kind: &str, body: &str, pointer: &str| {
        schema(&world.submit(&path, actor, kind, body).await, pointer);
    };
    let (elsewhere, using) = ("0".repeat(64), body::use_lock(&number, &lock, 1));
    let longer = renew(&number, &lock, 1, 60);
    let at = |verb: &str| format!("/v1/locks/{elsewhere}:{verb}");
    check(at("renew"), buyer, "reimbursement.renew", &longer, "/body/lock").await;
    check(at("release"), buyer, "reimbursement.release", &using, "/body/lock").await;
    check(at("settle"), buyer, "reimbursement.settle", &using, "/body/lock").await;
    let upper = format!("/v1/locks/{}:release", lock.to_string().to_uppercase());
    check(upper, buyer, "reimbursement.release", &using, "/body/lock").await;
    let wrong = world.number(2);
    let path = format!("/v1/invoices/{wrong}:force-release");
    check(path, bureau, "reimbursement.force_release", &force(&number, buyer), "/body/invoice").await;
    check(format!("/v1/bookings/{wrong}:unbook"), buyer, "booking.unbook", &unbook(&number), "/body/invoice")
        .await;
    // The right lock, but the endpoint of another act.
    check(format!("/v1/locks/{lock}:settle"), buyer, "reimbursement.release", &using, "/type").await;
    check("/v1/locks".to_owned(), buyer, "booking.book", &body::book(&number), "/type").await;
    assert_eq!(world.platform.reader.blocks(0, 500).await.unwrap().len(), before);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_locked_booked_settled_and_never_locked_again() {
    let world = crate::world().await;
    let (buyer, other) = (&world.parties.buyer, &world.parties.other);
    let number = world.presented(1, &[buyer, other]).await;
    let check = async |world: &World, path: &str, actor, kind: &str, body: &str, expect: (u16, &str)| {
        let answer = world.submit(path, actor, kind, body).await;
        assert_eq!(answer.code(), (expect.0, expect.1.to_owned()), "{kind}: {}", answer.body);
        answer.json()
    };
    let lock = "reimbursement.lock";
    let receipt = check(&world, "/v1/locks", buyer, lock, &body::lock(&number, "BX-1"), (201, "")).await;
    let id = piao_domain::ids::TransitionId::parse_hex(receipt["transition"].as_str().unwrap()).unwrap();
    assert_eq!(receipt["detail"]["token"], 1, "{receipt}");
    check(&world, "/v1/locks", other, lock, &body::lock(&number, "BX-1"), (409, "lock.exists")).await;
    let settle = format!("/v1/locks/{id}:settle");
    let using = body::use_lock(&number, &id, 1);
    check(&world, &settle, buyer, "reimbursement.settle", &using, (409, "booking.state")).await;
    check(&world, "/v1/bookings", buyer, "booking.book", &body::book(&number), (201, "")).await;
    let token = body::use_lock(&number, &id, 2);
    check(&world, &settle, buyer, "reimbursement.settle", &token, (409, "lock.token")).await;
    check(&world, &settle, buyer, "reimbursement.settle", &using, (201, "")).await;
    check(&world, &settle, buyer, "reimbursement.settle", &using, (409, "reimbursement.settled")).await;
    check(&world, "/v1/locks", other, lock, &body::lock(&number, "BX-2"), (409, "reimbursement.settled"))
        .await;
    world.stop().await;
}
