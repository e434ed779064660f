use std::path::Path;

use piao_domain::ids::TransitionId;
use piao_domain::key::Algorithm;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use piao_testkit::platform::TestPlatform;
use serde_json::{Value, json};

use super::stage::{BUYER, SELLER, clients, invoice, number, platform, register};

/// Signatures in ES256K: with so many, S is high in all or none of them once in 2^39 runs.
const INVOICES: u64 = 40;
const LOCKS: u64 = 8;

/// Lets the seller issue. Its key is Python's, so Python signs the application.
async fn ask(platform: &TestPlatform, folder: &Path) -> Value {
    let keys = clients("keys", folder, &json!({"folder": folder})).await;
    register(platform, SELLER, &keys["ES256K"]).await;
    register(platform, BUYER, &keys["ES256"]).await;
    platform.put_rules_in_force().await;
    let buyer = Actor::new(BUYER, Algorithm::Es256);
    let invoices = (1..=INVOICES).map(|sequence| invoice(&number(platform, sequence), &buyer));
    let month = platform.now().month();
    let quota: Value = serde_json::from_str(&body::apply(month, 1000)).expect("JSON");
    json!({
        "folder": folder, "base": platform.base(), "chain": platform.chain.id().to_string(),
        "seller": SELLER, "buyer": BUYER, "locks": LOCKS, "quota": quota,
        "invoices": invoices.collect::<Vec<_>>(),
    })
}

/// What one client sent and was answered.
async fn check(platform: &TestPlatform, client: &str, submissions: &[Value]) {
    for submitted in submissions {
        let (first, again) = (&submitted["first"], &submitted["again"]);
        assert_eq!(first["status"], 201, "{client}: {first}");
        assert_eq!(first["body"]["outcome"], "accepted", "{client}: {first}");
        assert_eq!(first["body"]["transition"], submitted["id"], "{client}: {first}");
        assert_eq!((&again["status"], &again["body"]), (&json!(200), &first["body"]), "{client}");
        let tampered = &submitted["tampered"];
        assert_eq!(tampered["status"], 401, "{client}: {tampered}");
        assert_eq!(tampered["body"]["code"], "bad_signature", "{client}: {tampered}");
        assert_eq!(tampered["body"]["signing_input_sha256"], submitted["tampered_sha256"], "{client}");
        // What the client calls its id is what the chain holds.
        let id = TransitionId::parse_hex(submitted["id"].as_str().expect("an id")).expect("an id");
        let decided = platform.reader.decided(&id).await.expect("a readable chain").expect("on the chain");
        assert_eq!(json!(decided.receipt.height), first["body"]["height"], "{client}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn libraries_that_know_nothing_of_piao_sign_submit_and_get_receipts() {
    let platform = platform().await;
    let folder = tempfile::tempdir().expect("a folder");
    let asked = ask(&platform, folder.path()).await;
    let done = clients("act", folder.path(), &asked).await;
    let counts = [("jwcrypto ES256K", INVOICES + 1), ("PyJWT ES256", LOCKS + 1), ("PyJWT EdDSA", LOCKS)];
    for (client, count) in counts {
        let submissions = done[client].as_array().expect("a list");
        assert_eq!(submissions.len() as u64, count, "{client}");
        check(&platform, client, submissions).await;
    }
    let high = done["jwcrypto ES256K"].as_array().expect("a list").iter().filter(|one| one["high_s"] == true);
    let high = high.count() as u64;
    assert!((1..=INVOICES).contains(&high), "{high} of {INVOICES} signatures had a high S");
    platform.stop().await;
}
