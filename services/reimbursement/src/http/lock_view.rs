use piao_domain::ids::PartyId;
use piao_domain::time::Time;
use serde::Serialize;
use utoipa::ToSchema;

use crate::LockState;
use crate::db::lock::LockRecord;

/// A lock: a lease of one enterprise on an amount of an invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lock)]
pub(super) struct LockView {
    /// The transition that made it, 64 hexadecimal digits.
    id: String,
    /// The invoice's number, 20 digits.
    invoice: String,
    /// Whose it is.
    enterprise: String,
    /// The enterprise's reference of the reimbursement claim.
    claim_ref: String,
    /// How much is locked, fen.
    amount: i64,
    /// The fencing token: it rises with every lock of the invoice.
    token: u64,
    /// Block time of the lock, UTC seconds.
    accepted_at: i64,
    /// When it lapses, unless it is renewed or its owner's booking holds it, UTC seconds.
    lease_until: i64,
    /// `live`, or how it ended: `lapsed`, `released`, `settled`, `forced`. A lock whose lease has run out by this
    /// service's clock is `lapsed`, also before a transition puts that on the record.
    #[schema(value_type = String)]
    state: &'static str,
    /// Whether it is live now by this service's clock. Block time decides: near the end of a lease, only a receipt
    /// tells.
    live_now: bool,
}

impl LockView {
    pub(super) fn of(record: &LockRecord, now: Time) -> Self {
        let LockRecord { id, lock, invoice } = record;
        Self {
            id: id.to_string(),
            invoice: invoice.number.to_string(),
            enterprise: PartyId::Enterprise(lock.enterprise).to_string(),
            claim_ref: lock.claim_ref.as_str().to_owned(),
            amount: lock.amount.get(),
            token: lock.token,
            accepted_at: lock.accepted_at.unix(),
            lease_until: lock.lease_until.unix(),
            state: LockState::of(invoice, lock, now).as_str(),
            live_now: invoice.is_live(lock, now),
        }
    }
}
