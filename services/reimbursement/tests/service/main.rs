//! The reimbursement service over HTTP, with a real ledger behind it.

mod authorisation;
mod check;
mod inbox;
mod lists;
mod locks;
mod schema;
#[path = "../support/mod.rs"]
mod support;

use piao_domain::ids::TransitionId;
use piao_testkit::actor::Actor;
use support::World;

/// The service with everybody registered.
async fn world() -> World {
    World::start(piao_testkit::given!(piao_reimbursement)).await
}

/// A lock of a whole invoice.
async fn locked(world: &World, number: &str, enterprise: &Actor, claim_ref: &str) -> TransitionId {
    let body = piao_testkit::body::lock(number, claim_ref);
    world.accept(enterprise, "reimbursement.lock", &body).await.transition
}

/// A lock that its owner booked and settled.
async fn settled(world: &World, number: &str, enterprise: &Actor, claim_ref: &str) -> TransitionId {
    let lock = locked(world, number, enterprise, claim_ref).await;
    world.accept(enterprise, "booking.book", &piao_testkit::body::book(number)).await;
    let body = piao_testkit::body::use_lock(number, &lock, 1);
    world.accept(enterprise, "reimbursement.settle", &body).await;
    lock
}

/// The body of `reimbursement.lock`.
fn request(number: &str, claim_ref: &str, amount: i64, lease_seconds: u32) -> String {
    format!(
        r#"{{"invoice":"{number}","claim_ref":"{claim_ref}","amount":{amount},"lease_seconds":{lease_seconds}}}"#
    )
}

/// The body of `reimbursement.renew`.
fn renew(number: &str, lock: &TransitionId, token: u64, lease_seconds: u32) -> String {
    format!(r#"{{"invoice":"{number}","lock":"{lock}","token":{token},"lease_seconds":{lease_seconds}}}"#)
}

/// The body of `reimbursement.force_release`.
fn force(number: &str, enterprise: &Actor) -> String {
    format!(r#"{{"invoice":"{number}","party":"{}","reason":"error"}}"#, enterprise.party)
}

/// The body of `booking.unbook`.
fn unbook(number: &str) -> String {
    format!(r#"{{"invoice":"{number}"}}"#)
}
