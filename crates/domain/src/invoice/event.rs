use std::collections::BTreeSet;

use super::{Booking, Claim, Invoice, Lock, LockEnd, Settled};
use crate::ids::{PartyId, TransitionId};
use crate::money::Fen;
use crate::time::{Month, Time};
use crate::uscc::Uscc;

/// What became of an invoice after it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvoiceEvent {
    /// These locks ran out before the transition was looked at.
    Lapsed {
        /// Which.
        locks: Vec<TransitionId>,
    },
    /// A holder took it, from nobody or from a person; presentations ended.
    Claimed {
        /// Who.
        holder: PartyId,
    },
    /// It is presented to one more enterprise.
    Presented {
        /// Which.
        enterprise: Uscc,
    },
    /// It is presented to one enterprise less.
    Withdrawn {
        /// Which.
        enterprise: Uscc,
    },
    /// It is locked.
    Locked {
        /// The transition, and so the lock's name.
        id: TransitionId,
        /// The lock.
        lock: Lock,
    },
    /// A lock lapses at another time.
    Renewed {
        /// Which.
        id: TransitionId,
        /// When.
        lease_until: Time,
    },
    /// Its owner ended a lock.
    Released {
        /// Which.
        id: TransitionId,
    },
    /// The whole lock is reimbursed, for good.
    Settled {
        /// Which.
        id: TransitionId,
    },
    /// A bureau ended an enterprise's locks and booking.
    ForceReleased {
        /// Whose.
        enterprise: Uscc,
    },
    /// An enterprise booked it.
    Booked {
        /// Which.
        enterprise: Uscc,
        /// Whether the tax is deductible.
        deductible: bool,
        /// Into which month.
        month: Month,
    },
    /// It took its booking back.
    Unbooked {
        /// Which.
        enterprise: Uscc,
    },
}

impl Invoice {
    /// Applies what was decided.
    #[must_use]
    pub fn evolve(mut self, event: InvoiceEvent) -> Self {
        match event {
            InvoiceEvent::Lapsed { locks } => {
                locks.iter().for_each(|id| self.end_lock(id, LockEnd::Lapsed));
            }
            InvoiceEvent::Claimed { holder } => {
                self.claim = Claim::Claimed { holder, presented_to: BTreeSet::new() };
            }
            InvoiceEvent::Presented { enterprise } => {
                if let Claim::Claimed { holder: _, presented_to } = &mut self.claim {
                    presented_to.insert(enterprise);
                }
            }
            InvoiceEvent::Withdrawn { enterprise } => {
                if let Claim::Claimed { holder: _, presented_to } = &mut self.claim {
                    presented_to.remove(&enterprise);
                }
            }
            InvoiceEvent::Locked { id, lock } => {
                self.reimbursement.last_token = lock.token;
                self.reimbursement.locks.insert(id, lock);
            }
            InvoiceEvent::Renewed { id, lease_until } => {
                if let Some(lock) = self.reimbursement.locks.get_mut(&id) {
                    lock.lease_until = lease_until;
                }
            }
            InvoiceEvent::Released { id } => self.end_lock(&id, LockEnd::Released),
            InvoiceEvent::Settled { id } => self.settle_lock(&id),
            InvoiceEvent::ForceReleased { enterprise } => self.force(enterprise),
            InvoiceEvent::Booked { enterprise, deductible, month } => {
                self.booking = Booking::Booked { enterprise, deductible, month };
            }
            InvoiceEvent::Unbooked { enterprise } => self.booking = Booking::UnbookedAgain { enterprise },
        }
        self
    }

    fn end_lock(&mut self, id: &TransitionId, end: LockEnd) {
        if let Some(lock) = self.reimbursement.locks.get_mut(id) {
            lock.end = Some(end);
        }
    }

    fn settle_lock(&mut self, id: &TransitionId) {
        let Some(lock) = self.reimbursement.locks.get_mut(id) else { return };
        lock.end = Some(LockEnd::Settled);
        let before = self.reimbursement.settled.take().map_or(Fen::ZERO, |settled| settled.amount);
        let Some(amount) = before.checked_add(lock.amount) else {
            unreachable!("the guards keep what is settled and locked at or below the invoice's total");
        };
        self.reimbursement.settled = Some(Settled { enterprise: lock.enterprise, amount });
    }

    fn force(&mut self, enterprise: Uscc) {
        for lock in self.reimbursement.locks.values_mut() {
            if lock.enterprise == enterprise && lock.end.is_none() {
                lock.end = Some(LockEnd::Forced);
            }
        }
        if self.booking.is_booked_by(&enterprise) {
            self.booking = Booking::UnbookedAgain { enterprise };
        }
    }
}
