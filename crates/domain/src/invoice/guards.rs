//! What may become of an issued invoice: the rules across its axes, each in the order of domain §2 and §3.

use super::{Claim, HOLDERS_MAX, Invoice, InvoiceEvent, LOCKS_LIVE_MAX, Lock, LockEnd, Proof};
use crate::ids::{ClaimRef, PartyId, TransitionId};
use crate::money::Fen;
use crate::rejection::{Check, Code, Finding, Rejection};
use crate::rules::{Term, Terms};
use crate::time::Time;
use crate::uscc::Uscc;

/// A wish to lock an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockRequest {
    /// The enterprise's reference of the reimbursement claim.
    pub claim_ref: ClaimRef,
    /// How much.
    pub amount: Fen,
    /// For how long from now, in seconds.
    pub lease_seconds: u32,
}

/// A lock as its owner names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockUse {
    /// The transition that made it.
    pub id: TransitionId,
    /// Its fencing token.
    pub token: u64,
}

impl Invoice {
    /// Decides who holds the invoice. A named buyer enterprise needs no proof and may take over a person's claim;
    /// the issuer can never take by the claim key that it made itself.
    ///
    /// # Errors
    /// `claim.proof`, `claim.taken`, `claim.locked`, `reimbursement.settled`.
    pub fn take(&self, signer: &PartyId, proof: Proof, now: Time) -> Result<InvoiceEvent, Rejection> {
        let buyer = signer.enterprise().is_some() && signer.enterprise() == self.buyer.as_ref();
        let issuer = signer.enterprise() == Some(&self.issuer);
        match proof {
            Proof::Right if issuer && !buyer => return Err(Code::ClaimProof.into()),
            Proof::Absent if !buyer => return Err(Code::ClaimProof.into()),
            Proof::Wrong => return Err(Code::ClaimProof.into()),
            Proof::Right | Proof::Absent => {}
        }
        match &self.claim {
            Claim::Unclaimed => {}
            Claim::Claimed { holder: PartyId::Person(_), presented_to: _ } if buyer => {
                if self.reimbursement.settled.is_some() {
                    return Err(Code::ReimbursementSettled.into());
                }
                if self.live_locks(now).next().is_some() {
                    return Err(Code::ClaimLocked.into());
                }
            }
            Claim::Claimed { holder: _, presented_to: _ } => return Err(Code::ClaimTaken.into()),
        }
        Ok(InvoiceEvent::Claimed { holder: signer.clone() })
    }

    /// Decides whether the holder presents it to one more enterprise. Presenting it again is accepted.
    ///
    /// # Errors
    /// `claim.not_holder`, `claim.full`.
    pub fn present(&self, signer: &PartyId, enterprise: Uscc) -> Result<InvoiceEvent, Rejection> {
        match &self.claim {
            Claim::Claimed { holder, presented_to } if holder == signer => {
                if presented_to.len() >= HOLDERS_MAX && !presented_to.contains(&enterprise) {
                    return Err(Code::ClaimFull.into());
                }
                Ok(InvoiceEvent::Presented { enterprise })
            }
            Claim::Claimed { holder: _, presented_to: _ } | Claim::Unclaimed => {
                Err(Code::ClaimNotHolder.into())
            }
        }
    }

    /// Decides whether the holder takes a presentation back.
    ///
    /// # Errors
    /// `claim.not_holder`, `claim.not_presented`, `claim.locked`.
    pub fn withdraw(&self, signer: &PartyId, enterprise: Uscc, now: Time) -> Result<InvoiceEvent, Rejection> {
        match &self.claim {
            Claim::Claimed { holder, presented_to } if holder == signer => {
                if !presented_to.contains(&enterprise) {
                    return Err(Code::ClaimNotPresented.into());
                }
                if self.live_locks(now).any(|(_, lock)| lock.enterprise == enterprise) {
                    return Err(Code::ClaimLocked.into());
                }
                Ok(InvoiceEvent::Withdrawn { enterprise })
            }
            Claim::Claimed { holder: _, presented_to: _ } | Claim::Unclaimed => {
                Err(Code::ClaimNotHolder.into())
            }
        }
    }

    /// Decides a lock. `used` is the lock for which this enterprise used the reference before, on this invoice.
    ///
    /// # Errors
    /// `claim.not_presented`, `lock.buyer`, `lock.claim_ref`, `reimbursement.settled`, `lock.exists`,
    /// `booking.owner`, `lock.amount`, `lock.lease`.
    pub fn lock(
        &self,
        id: TransitionId,
        signer: Uscc,
        request: &LockRequest,
        used: Option<TransitionId>,
        terms: &Terms<'_>,
        now: Time,
    ) -> Result<InvoiceEvent, Rejection> {
        self.may_see(&signer)?;
        let named = self.buyer.is_none_or(|buyer| buyer == signer);
        if terms.buyer_only.value && !named {
            let finding = Finding::new("/invoice", Check::BuyerOnly).found(self.number);
            return Err(terms.buyer_only.refuse(Code::LockBuyer, finding));
        }
        if let Some(earlier) = used {
            return Err(Rejection::existing(Code::LockClaimRef, earlier));
        }
        self.may_lock(&signer, terms.partial_locks.value, now)?;
        let free = self.free(now);
        let fits = if terms.partial_locks.value {
            request.amount > Fen::ZERO && request.amount <= free
        } else {
            request.amount == free
        };
        if !fits {
            let finding = if terms.partial_locks.value {
                Finding::new("/amount", Check::PartialLocks).wants_within(1, free.get())
            } else {
                Finding::new("/amount", Check::WholeLocks).wants(free.get())
            };
            let finding = finding.found(request.amount.get());
            return Err(terms.partial_locks.refuse(Code::LockAmount, finding));
        }
        let lease_until = lease(request.lease_seconds, now, now, terms)?;
        let lock = Lock {
            enterprise: signer,
            claim_ref: request.claim_ref.clone(),
            amount: request.amount,
            token: self.reimbursement.last_token + 1,
            accepted_at: now,
            lease_until,
            exclusive: !terms.partial_locks.value,
            end: None,
        };
        Ok(InvoiceEvent::Locked { id, lock })
    }

    /// Decides another end of a lease, which counts from the lock's acceptance.
    ///
    /// # Errors
    /// `lock.unknown`, `lock.not_owner`, `lock.token`, `reimbursement.settled`, `lock.expired`, `lock.lease`.
    pub fn renew(
        &self,
        signer: &Uscc,
        lock: LockUse,
        lease_seconds: u32,
        terms: &Terms<'_>,
        now: Time,
    ) -> Result<InvoiceEvent, Rejection> {
        let found = self.own_lock(signer, lock, now)?;
        let lease_until = lease(lease_seconds, now, found.accepted_at, terms)?;
        Ok(InvoiceEvent::Renewed { id: lock.id, lease_until })
    }

    /// Decides whether a lock's owner gives it up.
    ///
    /// # Errors
    /// `lock.unknown`, `lock.not_owner`, `lock.token`, `reimbursement.settled`, `lock.expired`.
    pub fn release(&self, signer: &Uscc, lock: LockUse, now: Time) -> Result<InvoiceEvent, Rejection> {
        self.own_lock(signer, lock, now)?;
        Ok(InvoiceEvent::Released { id: lock.id })
    }

    /// Decides whether a whole lock is reimbursed.
    ///
    /// # Errors
    /// `lock.unknown`, `lock.not_owner`, `lock.token`, `reimbursement.settled`, `lock.expired`, `booking.state`.
    pub fn settle(
        &self,
        signer: &Uscc,
        lock: LockUse,
        terms: &Terms<'_>,
        now: Time,
    ) -> Result<InvoiceEvent, Rejection> {
        self.own_lock(signer, lock, now)?;
        if terms.booking_required.value && !self.booking.is_booked_by(signer) {
            let finding = Finding::new("/invoice", Check::BookingRequired).wants_one_of(&["02", "03"]);
            let finding = finding.found(self.booking.code());
            return Err(terms.booking_required.refuse(Code::BookingState, finding));
        }
        Ok(InvoiceEvent::Settled { id: lock.id })
    }

    /// Decides a booking. Whoever has neither locked, settled nor holds the invoice learns nothing more of it.
    ///
    /// # Errors
    /// `booking.owner`, `reimbursement.settled`, `lock.exists`, `booking.state`.
    pub fn book(&self, signer: Uscc, deductible: bool, now: Time) -> Result<InvoiceEvent, Rejection> {
        let settled = self.reimbursement.settled.as_ref().map(|settled| settled.enterprise);
        if !self.may_book(&signer, now) {
            return Err(Code::BookingOwner.into());
        }
        if settled.is_some_and(|enterprise| enterprise != signer) {
            return Err(Code::ReimbursementSettled.into());
        }
        if self.live_locks(now).any(|(_, lock)| lock.enterprise != signer) {
            return Err(Code::LockExists.into());
        }
        match self.booking.owner() {
            Some(owner) if *owner == signer => Err(Code::BookingState.into()),
            Some(_) => Err(Code::BookingOwner.into()),
            None => Ok(InvoiceEvent::Booked { enterprise: signer, deductible, month: now.month() }),
        }
    }

    /// Decides whether an enterprise takes its booking back. Whoever is not concerned does not learn whether anybody
    /// booked it.
    ///
    /// # Errors
    /// `booking.owner`, `booking.state`.
    pub fn unbook(&self, signer: Uscc, now: Time) -> Result<InvoiceEvent, Rejection> {
        match self.booking.owner() {
            Some(owner) if *owner == signer => Ok(InvoiceEvent::Unbooked { enterprise: signer }),
            None if self.may_book(&signer, now) => Err(Code::BookingState.into()),
            Some(_) | None => Err(Code::BookingOwner.into()),
        }
    }

    /// The lock owner, the settled enterprise, and the holder enterprise.
    fn may_book(&self, signer: &Uscc, now: Time) -> bool {
        let settled =
            self.reimbursement.settled.as_ref().is_some_and(|settled| settled.enterprise == *signer);
        let locked = self.live_locks(now).any(|(_, lock)| lock.enterprise == *signer);
        locked || settled || self.is_holder(signer)
    }

    /// The holder, and the enterprises it is presented to.
    fn may_see(&self, signer: &Uscc) -> Result<(), Rejection> {
        if self.is_holder(signer) || self.presented_to().contains(signer) {
            return Ok(());
        }
        Err(Code::ClaimNotPresented.into())
    }

    /// Live locks, settlements and a standing booking belong to one enterprise.
    fn may_lock(&self, signer: &Uscc, partial: bool, now: Time) -> Result<(), Rejection> {
        if let Some(settled) = &self.reimbursement.settled
            && (settled.enterprise != *signer || settled.amount >= self.total)
        {
            return Err(Code::ReimbursementSettled.into());
        }
        let mut live = 0;
        for (_, lock) in self.live_locks(now) {
            live += 1;
            if lock.enterprise != *signer || lock.exclusive || !partial || live == LOCKS_LIVE_MAX {
                return Err(Code::LockExists.into());
            }
        }
        if self.booking.owner().is_some_and(|owner| owner != signer) {
            return Err(Code::BookingOwner.into());
        }
        Ok(())
    }

    fn own_lock(&self, signer: &Uscc, named: LockUse, now: Time) -> Result<&Lock, Rejection> {
        let lock = self.reimbursement.locks.get(&named.id).ok_or(Code::LockUnknown)?;
        if lock.enterprise != *signer {
            return Err(Code::LockNotOwner.into());
        }
        if lock.token != named.token {
            return Err(Code::LockToken.into());
        }
        match lock.end {
            Some(LockEnd::Settled) => Err(Code::ReimbursementSettled.into()),
            Some(LockEnd::Released | LockEnd::Lapsed | LockEnd::Forced) => Err(Code::LockExpired.into()),
            None if !self.is_live(lock, now) => Err(Code::LockExpired.into()),
            None => Ok(lock),
        }
    }
}

/// The end of a lease asked for now, for a lock accepted at some time.
fn lease(seconds: u32, now: Time, accepted_at: Time, terms: &Terms<'_>) -> Result<Time, Rejection> {
    let latest = accepted_at.plus(i64::from(terms.lease_seconds_max.value));
    let until = now.plus(i64::from(seconds));
    if seconds > 0 && until <= latest {
        return Ok(until);
    }
    let most = latest.unix().saturating_sub(now.unix()).max(0);
    let finding = match most {
        0 => Finding::new("/lease_seconds", Check::LeaseSpent),
        most => Finding::new("/lease_seconds", Check::LeaseSecondsMax).wants_within(1, most),
    };
    Err(terms.lease_seconds_max.refuse(Code::LockLease, finding.found(seconds)))
}

impl<T> Term<'_, T> {
    /// A refusal that names the rule set the term comes from, where it comes from one.
    fn refuse(&self, code: Code, finding: Finding) -> Rejection {
        match self.source {
            Some(rule) => Rejection::rule(code, rule, finding),
            None => Rejection::member(code, finding),
        }
    }
}
