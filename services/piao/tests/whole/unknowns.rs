//! One step right after the other, through services that follow at their own pace: none of them is a step behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use piao_client::{Client, Draft, Identity, Submitted, Wait, commands};
use piao_domain::command::Command;
use piao_domain::ids::{ClaimRef, PartyId};
use piao_domain::key::Algorithm;
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::json;
use piao_protocol::receipt::Receipt;
use piao_testkit::actor::Actor;
use piao_testkit::platform::TestPlatform;
use piao_testkit::{body, scenario};
use tokio::task::JoinSet;

use crate::stage;

const ROUNDS: u64 = 1_000;
/// Rounds at the same time.
const AT_ONCE: usize = 32;
const TOTAL: i64 = 10_600;

/// Who deals with each other, the same in every round; the person is a new one each time.
struct Parties {
    seller: Actor,
    enterprise: Actor,
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_claim_present_and_lock_back_to_back_never_meet_an_unknown() {
    let platform = Arc::new(stage::start().await);
    let parties = Arc::new(Parties {
        seller: Actor::new("uscc:91440300708461136T", Algorithm::Es256k),
        enterprise: Actor::new("uscc:914403001922038216", Algorithm::Es256),
    });
    prepare(&platform, &parties).await;
    let began = Instant::now();
    let next = Arc::new(AtomicU64::new(1));
    let mut running = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (platform, parties, next) = (Arc::clone(&platform), Arc::clone(&parties), Arc::clone(&next));
        running.spawn(async move {
            let client = stage::client(&platform, None);
            let mut times = Vec::new();
            loop {
                let sequence = next.fetch_add(1, Ordering::Relaxed);
                if sequence > ROUNDS {
                    return times;
                }
                let began = Instant::now();
                round(&platform, &parties, &client, sequence).await;
                times.push(began.elapsed());
            }
        });
    }
    let times = running.join_all().await.concat();
    assert_eq!(times.len() as u64, ROUNDS);
    println!("{ROUNDS} rounds in {:?}; a round: {}", began.elapsed(), stage::percentiles(times));
    Arc::into_inner(platform).unwrap().stop().await;
}

async fn prepare(platform: &TestPlatform, parties: &Parties) {
    for party in [&parties.seller, &parties.enterprise] {
        platform.accept(&platform.chain.bureau, "party.register", &body::register(party)).await;
    }
    platform.accept(&platform.chain.bureau, "rules.deploy", &body::rules(1)).await;
    let now = platform.now();
    let today = now.date().to_string();
    platform.accept(&platform.chain.bureau, "rules.activate", &body::activate(1, &today)).await;
    let quota = body::apply(now.month(), u32::try_from(ROUNDS).unwrap());
    platform.accept(&parties.seller, "quota.apply", &quota).await;
}

/// What comes after a step builds on it at once, each time at another service.
async fn round(platform: &TestPlatform, parties: &Parties, client: &Client, sequence: u64) {
    let seller = client.acting_as(stage::identity(&parties.seller));
    let enterprise = client.acting_as(stage::identity(&parties.enterprise));
    let person = Identity::generate_person(Algorithm::EdDsa, client.sources()).unwrap();
    let person = client.acting_as(person);
    let number = scenario::number(platform.now(), sequence);
    let secret = ClaimSecret::generate(&mut |bytes| client.sources().fill(bytes));
    issue(&seller, &number, &secret).await;
    let number = InvoiceNumber::parse(&number).unwrap();
    let seen = seller.invoice(&number).await.unwrap();
    assert_eq!(seen["number"], number.as_str(), "its issuer sees it");
    let holder = person.identity().unwrap();
    accept(&person, commands::enroll(holder.public())).await;
    accept(&person, commands::claim_with(&secret, client.chain(), number, holder.party())).await;
    let PartyId::Enterprise(uscc) = parties.enterprise.party else { panic!("an enterprise") };
    accept(&person, commands::present(number, uscc)).await;
    let claim_ref = format!("BX-{sequence}");
    check_lock(platform, parties, &enterprise, &body::lock(number.as_str(), &claim_ref)).await;
    let claim_ref = ClaimRef::parse(&claim_ref).unwrap();
    let lock = commands::lock(number, claim_ref, Fen::new(TOTAL).unwrap(), 86_400);
    let lock = accept(&enterprise, lock).await;
    let seen = enterprise.lock(&lock.transition).await.unwrap();
    assert_eq!(seen["invoice"], number.as_str(), "its owner sees it");
}

async fn issue(seller: &Client, number: &str, secret: &ClaimSecret) {
    let body = json::from_str(&body::issue(number, None, None)).unwrap();
    let draft = Draft::new(seller.identity().unwrap().party().clone(), body, None);
    let number = InvoiceNumber::parse(number).unwrap();
    accept(seller, draft.command(&number, Some(&secret.key())).unwrap()).await;
}

/// Sent once: a service that knows too little may not lean on the client's patience.
async fn accept(client: &Client, command: Command) -> Receipt {
    let signed = client.sign(command).unwrap();
    match client.submit(&signed, Wait::MAX).await {
        Ok(Submitted::Decided(decision)) => decision.accepted().unwrap_or_else(|error| panic!("{error}")),
        Ok(Submitted::Recorded { id, retry_after: _ }) => panic!("{signed:?} {id} is pending"),
        Err(error) => panic!("{signed:?}: {error}: {:?}", error.problem()),
    }
}

async fn check_lock(platform: &TestPlatform, parties: &Parties, enterprise: &Client, body: &str) {
    let request = platform.request("POST", "/v1/locks:check").by(&parties.enterprise);
    let answer = request.header("piao-min-height", &enterprise.height().to_string()).json(body).send().await;
    assert_eq!(answer.ok()["passes"], true, "{}", answer.body);
}
