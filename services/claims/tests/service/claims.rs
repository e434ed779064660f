use piao_claims::ClaimState;
use piao_domain::ids::TransitionId;
use piao_domain::invoice::{Booking, Claim, Invoice, Reimbursement};
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_testkit::body;
use serde_json::json;

use crate::support::{World, column, schema};

async fn states(world: &World, query: &str) -> Vec<(String, String)> {
    let answer = world.get(&format!("/v1/claims{query}"), &world.parties.holder).await;
    column(&answer, "invoice").into_iter().zip(column(&answer, "state")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_taken_presented_and_withdrawn_over_http() {
    let world = crate::world().await;
    let (holder, buyer) = (&world.parties.holder, &world.parties.buyer);
    let number = world.issue_to_bearer(1).await;
    let proof = world.proof(&number, holder);
    let check = async |path: &str, kind: &str, body: &str, expect: (u16, &str)| {
        let answer = world.submit(path, holder, kind, body).await;
        assert_eq!(answer.code(), (expect.0, expect.1.to_owned()), "{kind}: {}", answer.body);
        assert!(answer.header("piao-height").is_some(), "{kind}");
    };
    let presentations = format!("/v1/invoices/{number}/presentations");
    let withdraw = format!("{presentations}/{}:withdraw", buyer.party);
    let present = body::present(&number, buyer);
    check("/v1/claims", "claim.take", &body::take(&number, None), (409, "claim.proof")).await;
    check("/v1/claims", "claim.take", &body::take(&number, Some(&proof)), (201, "")).await;
    check("/v1/claims", "claim.take", &body::take(&number, Some(&proof)), (409, "claim.taken")).await;
    check(&withdraw, "claim.withdraw", &present, (409, "claim.not_presented")).await;
    check(&presentations, "claim.present", &present, (201, "")).await;
    check(&presentations, "claim.present", &present, (201, "")).await;
    world.accept(buyer, "reimbursement.lock", &body::lock(&number, "BX-1")).await;
    check(&withdraw, "claim.withdraw", &present, (409, "claim.locked")).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_shows_who_may_lock_it_and_what_its_holder_may_do() {
    let world = crate::world().await;
    let (buyer, other) = (&world.parties.buyer, &world.parties.other);
    let number = world.presented(1, &[buyer, other]).await;
    let check = async |expect: serde_json::Value| {
        let answer = world.get("/v1/claims", &world.parties.holder).await;
        let claim = &answer.json()["data"][0];
        for (member, value) in expect.as_object().unwrap() {
            assert_eq!(claim[member], *value, "{member}: {claim}");
        }
        assert_eq!(answer.json()["next"], serde_json::Value::Null);
        claim["axes"].clone()
    };
    let presented_to = [buyer.party.to_string(), other.party.to_string()];
    check(json!({
        "invoice": number, "version": 4, "terminal": false, "issuer": world.parties.seller.party.to_string(),
        "buyer": null, "amount": 10_000, "total": 10_600, "state": "presented",
        "allowed_actions": ["claim.present", "claim.withdraw"],
        "axes": {
            "issue": {"state": "issued"},
            "claim": {
                "state": "claimed", "holder": world.parties.holder.party.to_string(), "presented_to": presented_to,
            },
            "reimbursement": {"state": "free", "free": 10_600, "enterprise": null, "settled": 0, "locks": []},
            "booking": {"state": "01", "enterprise": null, "month": null},
        },
    }))
    .await;
    let lock = world.accept(buyer, "reimbursement.lock", &body::lock(&number, "BX-1")).await;
    let axes = check(json!({"state": "locked", "version": 5})).await;
    let locked = json!({
        "state": "locked", "free": 0, "enterprise": buyer.party.to_string(), "settled": 0, "locks": [],
    });
    assert_eq!(
        axes["reimbursement"], locked,
        "by whom its holder knows; the lock itself is its owner's business"
    );
    world.accept(buyer, "booking.book", &body::book(&number)).await;
    let settle = body::use_lock(&number, &lock.transition, 1);
    world.accept(buyer, "reimbursement.settle", &settle).await;
    let axes = check(json!({"state": "settled", "terminal": true, "version": 7})).await;
    assert_eq!(axes["reimbursement"]["settled"], 10_600, "{axes}");
    assert_eq!(axes["booking"]["state"], "02", "{axes}");
    let holder = world.parties.holder.party.to_string();
    let suspend = format!(r#"{{"party":"{holder}","reason":"audit"}}"#);
    world.accept(&world.platform.chain.bureau, "party.suspend", &suspend).await;
    check(json!({"allowed_actions": []})).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_shows_exactly_the_claims_in_its_state() {
    let world = crate::world().await;
    let (buyer, other) = (&world.parties.buyer, &world.parties.other);
    let held = world.presented(1, &[]).await;
    let presented = world.presented(2, &[other]).await;
    let locked = world.presented(3, &[buyer]).await;
    world.accept(buyer, "reimbursement.lock", &body::lock(&locked, "BX-1")).await;
    let settled = world.presented(4, &[buyer, other]).await;
    let lock = world.accept(buyer, "reimbursement.lock", &body::lock(&settled, "BX-2")).await;
    world.accept(buyer, "booking.book", &body::book(&settled)).await;
    let settle = body::use_lock(&settled, &lock.transition, 1);
    world.accept(buyer, "reimbursement.settle", &settle).await;
    let all: Vec<(&str, &str)> =
        vec![(&held, "held"), (&presented, "presented"), (&locked, "locked"), (&settled, "settled")];
    let check = async |query: &str, expect: &[(&str, &str)]| {
        let expect: Vec<(String, String)> =
            expect.iter().map(|(number, state)| ((*number).to_owned(), (*state).to_owned())).collect();
        assert_eq!(states(&world, query).await, expect, "{query}");
    };
    check("", &all).await;
    for row in &all {
        check(&format!("?state={}", row.1), &[*row]).await;
        check(&format!("?invoice={}", row.0), &[*row]).await;
    }
    check(&format!("?presented_to={}", other.party), &[all[1], all[3]]).await;
    check(&format!("?presented_to={}&state=settled", other.party), &[all[3]]).await;
    let brief = world.presented(5, &[buyer]).await;
    let request = format!(r#"{{"invoice":"{brief}","claim_ref":"BX-3","amount":10600,"lease_seconds":1}}"#);
    let lock = world.accept(buyer, "reimbursement.lock", &request).await;
    world.pass(lock.time.plus(1)).await;
    // Its lease is over, and nothing on the record says so yet.
    check(&format!("?invoice={brief}"), &[(&brief, "presented")]).await;
    check(&format!("?invoice={brief}&state=presented"), &[(&brief, "presented")]).await;
    check(&format!("?invoice={brief}&state=locked"), &[]).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_and_parameters_have_their_shapes() {
    let world = crate::world().await;
    let mut expect = Vec::new();
    for sequence in 1..=3 {
        expect.push(world.presented(sequence, &[]).await);
    }
    let mut seen = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let answer = world.get(&format!("/v1/claims{query}"), &world.parties.holder).await;
        seen.extend(column(&answer, "invoice"));
        let Some(next) = answer.json()["next"].as_str().map(str::to_owned) else { break };
        query = format!("?limit=2&cursor={next}");
    }
    assert_eq!(seen, expect);
    let check = async |query: &str, pointer: &str| {
        let answer = world.get(&format!("/v1/claims{query}"), &world.parties.holder).await;
        schema(&answer, pointer);
    };
    check("?limit=0", "?limit").await;
    check("?cursor=AAAA", "?cursor").await;
    check("?state=unclaimed", "?state").await;
    check("?invoice=1", "?invoice").await;
    check("?presented_to=914403001922038216", "?presented_to").await;
    check(&format!("?presented_to={}", world.parties.holder.party), "?presented_to").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_names_something_else_than_the_body_is_refused_and_not_recorded() {
    let world = crate::world().await;
    let (holder, buyer, other) = (&world.parties.holder, &world.parties.buyer, &world.parties.other);
    let (number, elsewhere) = (world.presented(1, &[buyer]).await, world.number(2));
    // The ledger itself is asked: a read model may still be on its way.
    let before = world.platform.reader.blocks(0, 500).await.unwrap().len();
    let check = async |path: &str, kind: &str, pointer: &str| {
        let answer = world.submit(path, holder, kind, &body::present(&number, buyer)).await;
        schema(&answer, pointer);
    };
    let of = |number: &str| format!("/v1/invoices/{number}/presentations");
    check(&of(&elsewhere), "claim.present", "/body/invoice").await;
    check(&of("x"), "claim.present", "/body/invoice").await;
    check(&format!("{}/{}:withdraw", of(&elsewhere), buyer.party), "claim.withdraw", "/body/invoice").await;
    check(&format!("{}/{}:withdraw", of(&number), other.party), "claim.withdraw", "/body/party").await;
    check(&of(&number), "claim.withdraw", "/type").await;
    check("/v1/claims", "claim.present", "/type").await;
    assert_eq!(world.platform.reader.blocks(0, 500).await.unwrap().len(), before);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_called_taken_on_a_202_and_the_receipt_is_the_same_every_time() {
    let world = crate::world().await;
    let holder = &world.parties.holder;
    let number = world.issue_to_bearer(1).await;
    let proof = world.proof(&number, holder);
    let signed = world.platform.sign(holder, "claim.take", &body::take(&number, Some(&proof)));
    let recorded = world.post_without_waiting("/v1/claims", &signed).await;
    assert_eq!(recorded.status, 202, "{}", recorded.body);
    assert_eq!(recorded.json(), json!({"transition": signed.id.to_string()}));
    assert_eq!(recorded.header("location"), Some(format!("/v1/transitions/{}", signed.id).as_str()));
    let receipt = world.decided(&signed.id).await;
    // The ledger has decided; the service may hear of it only while this request waits: then it says 201.
    let waited = world.post("/v1/claims", &signed).await;
    assert!(matches!(waited.status, 200 | 201), "{}", waited.status);
    assert_eq!(waited.body, receipt.to_json());
    let again = world.post("/v1/claims", &signed).await;
    assert_eq!((again.status, again.body), (200, receipt.to_json()));
    world.stop().await;
}

#[test]
fn a_state_is_nobody_s_where_nobody_holds_the_invoice() {
    let invoice = Invoice {
        number: InvoiceNumber::parse("26950000000000000001").unwrap(),
        issuer: Uscc::parse("91440300708461136T").unwrap(),
        issued_by: TransitionId::new([1; 32]),
        issued_at: Time::from_unix(0),
        buyer: None,
        claim_key: None,
        amount: Fen::new(1).unwrap(),
        total: Fen::new(1).unwrap(),
        claim: Claim::Unclaimed,
        reimbursement: Reimbursement::default(),
        booking: Booking::Unbooked,
    };
    assert_eq!(ClaimState::of(&invoice, Time::from_unix(0)), None);
}
