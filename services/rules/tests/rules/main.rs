//! The rules service on a real PostgreSQL, with a real ledger behind it and a real HTTP server before it.
#![allow(clippy::unwrap_used, reason = "a fixture that cannot be made fails its test")]

mod authorisation;
mod binding;
mod rebuild;
mod rule_sets;
mod schema;

use piao_testkit::platform::TestPlatform;

/// The service on a platform of its own.
async fn platform() -> TestPlatform {
    TestPlatform::start(&[piao_testkit::given!(piao_rules)]).await
}
