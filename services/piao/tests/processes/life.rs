//! Six processes from `piao init` to a settled reimbursement, and their end.

use piao_client::{List, Submitted, Wait};
use piao_domain::key::Algorithm;
use piao_domain::number::InvoiceNumber;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_protocol::outcome::{Effect, Outcome};
use piao_testkit::actor::Actor;
use piao_testkit::body;

use super::installation::{Installation, SERVICES};
use super::load::{DECIDED_WITHIN, Parties, accept, buyer, now, number, refuse, seller, sign};
use super::process::Process;
use super::read_model;

/// One service a process.
pub(crate) const ALONE: [&[&str]; 6] =
    [&["ledger"], &["registry"], &["rules"], &["issuance"], &["claims"], &["reimbursement"]];

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_goes_through_six_processes_and_nothing_is_left_when_they_end() {
    let installation = Installation::new(&ALONE).await;
    // All at once, as a machine that is switched on starts them: none waits for another to be there.
    let processes = SERVICES.map(|(name, _)| installation.start(&[name]));
    for (process, (name, _)) in processes.iter().zip(SERVICES) {
        let services = process.ready().await;
        let expect = if name == "ledger" { "gateway" } else { name };
        assert_eq!(services.len(), 1);
        assert_eq!(services[0]["service"], expect);
        assert_eq!(services[0]["waits_for"], serde_json::json!([]));
        let health = reqwest::get(format!("{}/healthz", process.base())).await.unwrap();
        assert_eq!(health.status(), 200);
    }
    let parties = Parties::enter(&installation).await;
    main_job(&installation, &parties).await;
    let [_, registry, ..] = &processes;
    whoever_does_not_wait_finds_the_receipt_where_it_was_told(&installation, registry).await;
    read_model::settled(&installation, &processes).await;
    let [ledger, others @ ..] = processes;
    for process in others {
        process.terminate().await;
    }
    ledger.terminate().await;
    assert_eq!(installation.bus.waiting().await.messages, 0, "everything received was acknowledged");
    let ledger = installation.start(&["ledger"]);
    ledger.ready().await;
    for (service, _) in &SERVICES[1..] {
        read_model::is_right(&installation, service).await;
    }
    ledger.terminate().await;
    installation.bus.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_whose_chain_another_opened_stays_and_does_not_take_it_back() {
    let installation = Installation::new(&[&["ledger", "registry"]]).await;
    let first = installation.start(&["ledger", "registry"]);
    first.ready().await;
    let second = installation.start_beside("ledger");
    second.ready().await;
    first.not_ready_for("another ledger has opened this chain").await;
    // It still takes what comes, and the other decides.
    let rival = Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa);
    accept(&installation.bureau(), "party.register", &body::register(&rival)).await;
    second.ready().await;
    first.terminate().await;
    second.terminate().await;
    installation.bus.finish().await;
}

/// Invoices that go from issuance over claims to reimbursement, each step as soon as the one before is decided.
const BACK_TO_BACK: u64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_has_heard_of_no_other_refuses_as_unknown() {
    let installation = Installation::new(&ALONE).await;
    let processes = SERVICES.map(|(name, _)| installation.start(&[name]));
    for process in &processes {
        process.ready().await;
    }
    let parties = Parties::enter(&installation).await;
    for sequence in 1..=BACK_TO_BACK {
        let invoice = number(sequence);
        let issue = parties.invoice(sequence);
        let take = sign(&parties.buyer, "claim.take", &body::take(&invoice, None));
        let present = sign(&parties.buyer, "claim.present", &body::present(&invoice, &seller()));
        let lock = sign(&parties.buyer, "reimbursement.lock", &body::lock(&invoice, "BX-1"));
        let steps = [
            (&parties.seller, issue),
            (&parties.buyer, take),
            (&parties.buyer, present),
            (&parties.buyer, lock),
        ];
        for (client, signed) in steps {
            // Each is sent once: nothing is tried again until a lagging read model lets it pass.
            let submitted = client.submit(&signed, Wait::MAX).await.unwrap();
            let Submitted::Decided(decision) = submitted else { panic!("{sequence}: pending") };
            let outcome = &decision.receipt.outcome;
            assert!(matches!(outcome, Outcome::Accepted(_)), "{sequence}: {outcome:?}");
        }
    }
    for process in processes {
        process.terminate().await;
    }
    installation.bus.finish().await;
}

async fn main_job(installation: &Installation, parties: &Parties) {
    let rival = Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa);
    accept(&parties.bureau, "party.register", &body::register(&rival)).await;
    let holder = || Actor::person("holder", Algorithm::EdDsa);
    let holding = installation.acting_as(holder());
    accept(&holding, "party.enroll", &format!(r#"{{"key":{}}}"#, holder().jwk_json())).await;
    let number = number(1);
    let secret = ClaimSecret::from_seed(&[3; 32]);
    let key = base64url::encode(secret.key().as_bytes());
    let issued = accept(&parties.seller, "invoice.issue", &body::issue(&number, None, Some(&key))).await;
    let proof = secret.sign_claim(installation.genesis.chain(), &number, &holder().party);
    let proof = base64url::encode(proof.as_bytes());
    accept(&holding, "claim.take", &body::take(&number, Some(&proof))).await;
    for enterprise in [buyer(), Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa)] {
        accept(&holding, "claim.present", &body::present(&number, &enterprise)).await;
    }
    let locked = accept(&parties.buyer, "reimbursement.lock", &body::lock(&number, "BX-1")).await;
    let Outcome::Accepted(Effect::Locked { lock, token, .. }) = &locked.outcome else {
        panic!("{:?}", locked.outcome)
    };
    let rival = installation.acting_as(rival);
    refuse(&rival, "reimbursement.lock", &body::lock(&number, "BX-2"), "lock.exists").await;
    accept(&parties.buyer, "booking.book", &body::book(&number)).await;
    accept(&parties.buyer, "reimbursement.settle", &body::use_lock(&number, lock, *token)).await;
    refuse(&rival, "reimbursement.lock", &body::lock(&number, "BX-3"), "reimbursement.settled").await;

    let invoice = InvoiceNumber::parse(&number).unwrap();
    assert_eq!(parties.seller.invoice(&invoice).await.unwrap()["number"], number);
    assert_eq!(holding.claims(&List::new()).await.unwrap().data.len(), 1);
    assert_eq!(parties.buyer.bookings(&List::new()).await.unwrap().data.len(), 1);
    assert!(!parties.bureau.parties(&List::new()).await.unwrap().data.is_empty());
    assert_eq!(parties.seller.rule_sets(&List::new()).await.unwrap().data.len(), 1);
    assert_eq!(parties.seller.resolve(&issued.transition).await.unwrap(), Some(issued));
}

/// The service that took the transition answers for it, at its own address: no ledger is beside it.
async fn whoever_does_not_wait_finds_the_receipt_where_it_was_told(
    installation: &Installation,
    registry: &Process,
) {
    let chain = installation.genesis.chain();
    let (mut second, client) = (buyer(), reqwest::Client::new());
    second.key = Actor::new("uscc:914403001922038216", Algorithm::EdDsa).key;
    let body = format!(r#"{{"key":{}}}"#, second.jwk_json());
    let signed = sign(&installation.acting_as(buyer()), "key.add", &body);
    let path = format!("{}/v1/parties/uscc:914403001922038216/keys", registry.base());
    let post = client.post(path).header("content-type", "application/jose").header("prefer", "wait=0");
    let recorded = post.body(signed.jws().to_string()).send().await.unwrap();
    assert!(matches!(recorded.status().as_u16(), 201 | 202), "{recorded:?}");
    let location = format!("{}{}", registry.base(), recorded.headers()["location"].to_str().unwrap());
    let answer = tokio::time::timeout(DECIDED_WITHIN, async {
        loop {
            let token = buyer().key.sign_read_token(&buyer().party, chain, now(), now().plus(60));
            let answer = client.get(&location).bearer_auth(token).send().await.unwrap();
            match answer.status().as_u16() {
                202 => tokio::task::yield_now().await,
                200 => break answer.text().await.unwrap(),
                other => panic!("{other}: {:?}", answer.text().await),
            }
        }
    });
    let answer = answer.await.expect("decided within the time of a client");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["receipt"]["transition"], signed.id().to_string(), "{answer}");
    assert_eq!(answer["receipt"]["outcome"], "accepted", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_ready_only_once_it_has_followed_a_ledger_and_stays_so_without_one() {
    let installation = Installation::new(&[&["ledger"], &["claims"]]).await;
    let claims = installation.start(&["claims"]);
    claims.listens().await;
    assert_eq!(not_ready(&claims).await, ["follower"]);
    let ledger = installation.start(&["ledger"]);
    claims.ready().await;
    ledger.kill().await;
    claims.ready().await;
    claims.terminate().await;
    installation.bus.finish().await;
}

/// What the first service of a process that is not ready waits for, the bus apart, which is connected in a moment.
async fn not_ready(process: &Process) -> Vec<String> {
    let answer = reqwest::get(format!("{}/readyz", process.base())).await.unwrap();
    assert_eq!(answer.status(), 503);
    let services: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let waits_for: Vec<String> = serde_json::from_value(services[0]["waits_for"].clone()).unwrap();
    waits_for.into_iter().filter(|what| what != "bus").collect()
}
