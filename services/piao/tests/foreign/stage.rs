//! A platform with every service, and parties whose keys Python made.

use std::path::Path;

use piao_testkit::actor::Actor;
use piao_testkit::platform::TestPlatform;
use piao_testkit::{body, every_service, scenario};
use serde_json::{Value, json};

pub(crate) const SELLER: &str = "uscc:91440300708461136T";
pub(crate) const BUYER: &str = "uscc:914403001922038216";

/// The program that holds the clients.
pub(crate) const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/client.py");

/// Every service in one process.
pub(crate) async fn platform() -> TestPlatform {
    TestPlatform::start(&every_service!()).await
}

/// The bureau registers an enterprise with a key that it was given.
pub(crate) async fn register(platform: &TestPlatform, party: &str, key: &Value) {
    let body = json!({"party": party, "name": "测试企业", "region": "440300", "industry": "I65", "key": key});
    platform.accept(&platform.chain.bureau, "party.register", &body.to_string()).await;
}

/// The number of an invoice of the first segment.
pub(crate) fn number(platform: &TestPlatform, sequence: u64) -> String {
    scenario::number(platform.now(), sequence)
}

/// The body of an invoice to the buyer.
pub(crate) fn invoice(number: &str, buyer: &Actor) -> Value {
    serde_json::from_str(&body::issue(number, Some(buyer), None)).expect("JSON")
}

/// Runs one verb of the clients' program.
pub(crate) async fn clients(verb: &str, folder: &Path, asked: &Value) -> Value {
    let printed = super::python::run(&[CLIENT, verb], folder, &asked.to_string()).await;
    serde_json::from_str(&printed).expect("JSON")
}
