//! The example of the README, run as it is printed.

use piao_domain::key::Algorithm;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use serde_json::json;

use super::python;
use super::stage::{BUYER, clients, number, platform, rules};

/// The one Python program of a document.
fn example(text: &str) -> &str {
    let (_, from) = text.split_once("```python\n").expect("a Python example");
    from.split_once("```").expect("its end").0
}

/// Puts in what a reader must put in. Each stands in the example once.
fn filled_in(example: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(example.to_owned(), |text, (printed, own)| {
        assert_eq!(text.matches(printed).count(), 1, "{printed}");
        text.replace(printed, own)
    })
}

async fn check(text: &str) {
    let platform = platform().await;
    let folder = tempfile::tempdir().expect("a folder");
    let keys = clients("keys", folder.path(), &json!({"folder": folder.path()})).await;
    // The name under which the example looks for its key.
    std::fs::rename(folder.path().join("ES256.json"), folder.path().join("jwk.json")).expect("a key file");
    let (seller, buyer) =
        (Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa), Actor::new(BUYER, Algorithm::Es256));
    rules(&platform).await;
    platform.accept(&platform.chain.bureau, "party.register", &body::register(&seller)).await;
    platform.accept(&platform.chain.bureau, "party.register", &body::register(&buyer)).await;
    platform.accept(&buyer, "key.add", &json!({"key": keys["ES256"]}).to_string()).await;
    platform.accept(&seller, "quota.apply", &body::apply(platform.now().month(), 10)).await;
    let invoice = number(&platform, 1);
    platform.accept(&seller, "invoice.issue", &body::issue(&invoice, Some(&buyer), None)).await;
    platform.accept(&buyer, "claim.take", &body::take(&invoice, None)).await;
    // The example acts for both sides: as a merchant it needs quota of its own. Answered by the service that prepares.
    let quota = body::apply(platform.now().month(), 10);
    platform.accept_at(&buyer, "/v1/quotas", "quota.apply", &quota).await;
    let program = filled_in(
        example(text),
        &[
            ("uscc:91440300708461136T", BUYER),
            ("http://127.0.0.1:8180", &platform.base()),
            ("dev-…", &platform.chain.id().to_string()),
            ("26950000000000000001", &invoice),
            ("uscc:91440300192181490G", &seller.party.to_string()),
        ],
    );
    let printed = python::run(&["-c", &program], folder.path(), "").await;
    assert_eq!(printed.matches("'outcome': 'accepted'").count(), 2, "issued and locked: {printed}");
    assert!(printed.contains("'token': 1"), "{printed}");
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_english_example_gets_a_receipt() {
    check(include_str!("../../../../README.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chinese_example_gets_a_receipt() {
    check(include_str!("../../../../README.zh.md")).await;
}
