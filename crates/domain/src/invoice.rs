//! An invoice and its independent axes (domain §2): one struct, one file an axis, rules across axes in guards.

mod booking;
mod claim;
mod event;
mod guards;
mod issue;
mod reimbursement;

pub use booking::Booking;
pub use claim::{Claim, HOLDERS_MAX, Proof};
pub use event::InvoiceEvent;
pub use guards::{LockRequest, LockUse};
pub use issue::{IssueDesk, ORDER_INVOICES_MAX};
pub use reimbursement::{LOCKS_LIVE_MAX, Lock, LockEnd, Reimbursement, Settled};

use std::collections::BTreeSet;

use crate::content::ClaimKey;
use crate::ids::{PartyId, TransitionId};
use crate::money::Fen;
use crate::number::InvoiceNumber;
use crate::time::Time;
use crate::uscc::Uscc;

/// What the ledger holds of an invoice. Lines stay in the transition that issued it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// Its number.
    pub number: InvoiceNumber,
    /// Who issued it.
    pub issuer: Uscc,
    /// In which transition.
    pub issued_by: TransitionId,
    /// At which block time.
    pub issued_at: Time,
    /// The enterprise named as buyer, where one is.
    pub buyer: Option<Uscc>,
    /// The public half of its one-time claim key, where it carries one.
    pub claim_key: Option<ClaimKey>,
    /// Amount without tax.
    pub amount: Fen,
    /// Amount with tax: what may be reimbursed.
    pub total: Fen,
    /// Who holds it and to whom it is presented.
    pub claim: Claim,
    /// Who locked and settled what.
    pub reimbursement: Reimbursement,
    /// Who booked it.
    pub booking: Booking,
}

impl Invoice {
    /// What of the total is neither settled nor under a live lock.
    #[must_use]
    pub fn free(&self, now: Time) -> Fen {
        let locked = self.live_locks(now).map(|(_, lock)| lock.amount);
        let taken = Fen::sum(locked.chain(self.reimbursement.settled.as_ref().map(|settled| settled.amount)));
        taken.and_then(|taken| self.total.checked_sub(taken)).unwrap_or(Fen::ZERO)
    }

    /// Whether it is reimbursed in whole: nothing of it can ever be locked again.
    #[must_use]
    pub fn is_reimbursed(&self) -> bool {
        self.reimbursement.settled.as_ref().is_some_and(|settled| settled.amount >= self.total)
    }

    /// The locks that are live at a time: not ended, and within their lease or held by their owner's booking.
    pub fn live_locks(&self, now: Time) -> impl Iterator<Item = (&TransitionId, &Lock)> {
        self.reimbursement.locks.iter().filter(move |(_, lock)| self.is_live(lock, now))
    }

    /// Whether a lock is live at a time.
    #[must_use]
    pub fn is_live(&self, lock: &Lock, now: Time) -> bool {
        lock.end.is_none() && (now < lock.lease_until || self.booking.is_booked_by(&lock.enterprise))
    }

    /// Ends, in state, the locks that are lapsed at a time: what every transition on an invoice does first.
    /// An ended lock never lives again.
    #[must_use]
    pub fn lapse(&self, now: Time) -> Option<InvoiceEvent> {
        let unended = self.reimbursement.locks.iter().filter(|(_, lock)| lock.end.is_none());
        let lapsed =
            unended.filter(|(_, lock)| !self.is_live(lock, now)).map(|(id, _)| *id).collect::<Vec<_>>();
        if lapsed.is_empty() { None } else { Some(InvoiceEvent::Lapsed { locks: lapsed }) }
    }

    /// The enterprise that a party is, where it may see this invoice's reimbursement as holder.
    fn is_holder(&self, enterprise: &Uscc) -> bool {
        self.holder().and_then(PartyId::enterprise) == Some(enterprise)
    }

    /// Who holds it.
    #[must_use]
    pub fn holder(&self) -> Option<&PartyId> {
        match &self.claim {
            Claim::Unclaimed => None,
            Claim::Claimed { holder, presented_to: _ } => Some(holder),
        }
    }

    /// To whom it is presented; nobody where nobody has claimed it.
    #[must_use]
    pub fn presented_to(&self) -> &BTreeSet<Uscc> {
        static NOBODY: BTreeSet<Uscc> = BTreeSet::new();
        match &self.claim {
            Claim::Unclaimed => &NOBODY,
            Claim::Claimed { holder: _, presented_to } => presented_to,
        }
    }
}
