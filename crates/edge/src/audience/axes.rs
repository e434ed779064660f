//! The axes of an invoice as one caller may see them: part of every representation of an invoice.

use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::invoice::{Booking, Claim, Invoice, Lock, LockEnd};
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use serde::Serialize;
use utoipa::ToSchema;

use super::Audience;

/// The independent axes of an invoice.
#[derive(Debug, Serialize, ToSchema)]
pub struct Axes {
    issue: IssueAxis,
    claim: ClaimAxis,
    reimbursement: ReimbursementAxis,
    booking: BookingAxis,
}

/// Whether it stands.
#[derive(Debug, Serialize, ToSchema)]
struct IssueAxis {
    /// `issued`.
    #[schema(value_type = String)]
    state: &'static str,
}

/// Who holds it.
#[derive(Debug, Serialize, ToSchema)]
struct ClaimAxis {
    /// `unclaimed` or `claimed`.
    #[schema(value_type = String)]
    state: &'static str,
    /// Who holds it.
    holder: Option<String>,
    /// The enterprises that it is presented to, as far as the caller may know them.
    presented_to: Vec<String>,
}

/// Who locked and settled what.
#[derive(Debug, Serialize, ToSchema)]
struct ReimbursementAxis {
    /// `free`, `locked`, `partly_settled` or `settled`, by this service's clock; block time decides.
    #[schema(value_type = String)]
    state: &'static str,
    /// What is neither settled nor under a live lock, fen.
    free: i64,
    /// The enterprise with live locks or settlements.
    enterprise: Option<String>,
    /// How much is settled, fen.
    settled: i64,
    /// Locks that it has and had, as far as the caller may know them.
    locks: Vec<InvoiceLock>,
}

/// A lock on an invoice.
#[derive(Debug, Serialize, ToSchema)]
struct InvoiceLock {
    /// The transition that made it, 64 hexadecimal digits.
    id: String,
    /// Whose it is.
    enterprise: String,
    /// Its owner's reference.
    claim_ref: String,
    /// How much, fen.
    amount: i64,
    /// The fencing token.
    token: u64,
    /// When it lapses, UTC seconds.
    lease_until: i64,
    /// `live`, `released`, `lapsed`, `settled` or `forced`.
    #[schema(value_type = String)]
    state: &'static str,
}

/// Who has booked it.
#[derive(Debug, Serialize, ToSchema)]
struct BookingAxis {
    /// `01` unbooked, `02` booked and deductible, `03` booked and not deductible, `06` unbooked again.
    #[schema(value_type = String)]
    state: &'static str,
    /// Who booked it.
    enterprise: Option<String>,
    /// The month that it is dated into.
    month: Option<String>,
}

impl Axes {
    /// Where the invoice of an audience stands at a time, as far as the caller may know it.
    #[must_use]
    pub fn of(audience: &Audience<'_>, now: Time) -> Self {
        let invoice = audience.invoice();
        Self {
            issue: IssueAxis { state: "issued" },
            claim: ClaimAxis::of(&invoice.claim, audience),
            reimbursement: ReimbursementAxis::of(invoice, audience, now),
            booking: BookingAxis::of(&invoice.booking, audience),
        }
    }
}

impl ClaimAxis {
    fn of(claim: &Claim, audience: &Audience<'_>) -> Self {
        match claim {
            Claim::Unclaimed => Self { state: "unclaimed", holder: None, presented_to: Vec::new() },
            Claim::Claimed { holder, presented_to } => {
                let known = presented_to.iter().filter(|one| audience.may_name(&PartyId::Enterprise(**one)));
                Self {
                    state: "claimed",
                    holder: audience.may_name(holder).then(|| holder.to_string()),
                    presented_to: known.map(party).collect(),
                }
            }
        }
    }
}

impl ReimbursementAxis {
    fn of(invoice: &Invoice, audience: &Audience<'_>, now: Time) -> Self {
        let settled = invoice.reimbursement.settled.as_ref();
        let live = invoice.live_locks(now).next().map(|(_, lock)| lock.enterprise);
        let state = match (settled, live) {
            (Some(_), _) if invoice.is_reimbursed() => "settled",
            (_, Some(_)) => "locked",
            (Some(_), None) => "partly_settled",
            (None, None) => "free",
        };
        let enterprise = live.or(settled.map(|settled| settled.enterprise)).map(PartyId::Enterprise);
        let locks = invoice.reimbursement.locks.iter().filter(|(_, lock)| audience.may_see_lock(lock));
        Self {
            state,
            free: invoice.free(now).get(),
            enterprise: enterprise.filter(|one| audience.may_name(one)).map(|one| one.to_string()),
            settled: settled.map_or(0, |settled| settled.amount.get()),
            locks: locks.map(|(id, lock)| InvoiceLock::of(id, lock, invoice, now)).collect(),
        }
    }
}

impl InvoiceLock {
    fn of(id: &TransitionId, lock: &Lock, invoice: &Invoice, now: Time) -> Self {
        let state = match lock.end {
            None if invoice.is_live(lock, now) => "live",
            None | Some(LockEnd::Lapsed) => "lapsed",
            Some(LockEnd::Released) => "released",
            Some(LockEnd::Settled) => "settled",
            Some(LockEnd::Forced) => "forced",
        };
        Self {
            id: id.to_string(),
            enterprise: party(&lock.enterprise),
            claim_ref: lock.claim_ref.as_str().to_owned(),
            amount: lock.amount.get(),
            token: lock.token,
            lease_until: lock.lease_until.unix(),
            state,
        }
    }
}

impl BookingAxis {
    fn of(booking: &Booking, audience: &Audience<'_>) -> Self {
        let state = booking.code();
        let (enterprise, month) = match booking {
            Booking::Unbooked => (None, None),
            Booking::Booked { enterprise, deductible: _, month } => (Some(*enterprise), Some(*month)),
            Booking::UnbookedAgain { enterprise } => (Some(*enterprise), None),
        };
        let known = enterprise.map(PartyId::Enterprise).filter(|one| audience.may_name(one));
        Self {
            state,
            month: known.as_ref().and(month).map(|month| month.to_string()),
            enterprise: known.map(|one| one.to_string()),
        }
    }
}

fn party(enterprise: &Uscc) -> String {
    PartyId::Enterprise(*enterprise).to_string()
}
