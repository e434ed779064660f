//! The claims service over HTTP, with a real ledger behind it.

mod authorisation;
mod claims;
#[path = "../../../reimbursement/tests/support/mod.rs"]
mod support;

use support::World;

/// The service with everybody registered.
async fn world() -> World {
    World::start(piao_testkit::given!(piao_claims)).await
}
