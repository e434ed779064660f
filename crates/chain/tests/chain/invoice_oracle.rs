//! What domain §2 and §3 say of a transition on an invoice, written a second time from their text. It reads the
//! invoice's facts and calls nothing of the code under test.

use piao_domain::command::Command;
use piao_domain::ids::PartyId;
use piao_domain::invoice::{Booking, Claim, Invoice, Lock, LockEnd};
use piao_domain::rejection::Code;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;

/// What the rules of the locking enterprise say.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) buyer_only: bool,
    pub(crate) partial: bool,
    pub(crate) waived: bool,
}

/// A transition on an invoice, by an active party with a live key. Amounts and leases are legal; references are new.
pub(crate) struct Question<'a> {
    pub(crate) invoice: &'a Invoice,
    pub(crate) rules: Rules,
    pub(crate) now: Time,
    pub(crate) signer: &'a PartyId,
}

impl Question<'_> {
    /// The code, or nothing where it is accepted.
    pub(crate) fn answer(&self, command: &Command) -> Option<Code> {
        let bureau = matches!(self.signer, PartyId::Bureau(_));
        let Some(holder_side) = self.may_sign(command) else { return Some(Code::RoleForbidden) };
        let verdict = match command {
            Command::ClaimTake { proof, .. } => self.take(proof.is_some()),
            Command::ClaimPresent { .. } => self.present(),
            Command::ClaimWithdraw { enterprise, .. } => self.withdraw(enterprise),
            Command::Lock { request, .. } => self.lock(request.amount.get()),
            Command::Renew { lock, .. } | Command::Release { lock, .. } => {
                self.named(self.invoice.reimbursement.locks.get(&lock.id))
            }
            Command::Settle { lock, .. } => {
                self.named(self.invoice.reimbursement.locks.get(&lock.id)).and_then(|()| {
                    let ready = self.rules.waived || self.booked_by() == Some(self.own());
                    ready.then_some(()).ok_or(Code::BookingState)
                })
            }
            Command::ForceRelease { .. } => Ok(()),
            Command::Book { .. } => self.book(),
            Command::Unbook { .. } => self.unbook(),
            other => panic!("{other:?} is not about an issued invoice"),
        };
        assert_eq!(holder_side, !bureau, "a bureau signs force_release alone");
        verdict.err()
    }

    /// Nothing where the role forbids it; whether it is a transition of holders and enterprises otherwise.
    fn may_sign(&self, command: &Command) -> Option<bool> {
        let claim = matches!(
            command,
            Command::ClaimTake { .. } | Command::ClaimPresent { .. } | Command::ClaimWithdraw { .. }
        );
        let force = matches!(command, Command::ForceRelease { .. });
        match self.signer {
            PartyId::Bureau(_) => force.then_some(false),
            PartyId::Enterprise(_) => (!force).then_some(true),
            PartyId::Person(_) => claim.then_some(true),
            PartyId::Node(_) => None,
        }
    }

    /// "proof by the claim key, or the holder is the enterprise named as buyer; the issuer's own party can never take
    /// by claim key"; "a named buyer enterprise may take over a person's claim while nothing is locked, settled". A
    /// proof that is given must be right.
    fn take(&self, proof: bool) -> Result<(), Code> {
        let buyer = self.is_enterprise(self.invoice.buyer);
        let right = proof && self.invoice.claim_key.is_some();
        let by_key = right && !self.is_enterprise(Some(self.invoice.issuer));
        if (proof && !right) || (!by_key && !buyer) {
            return Err(Code::ClaimProof);
        }
        match self.holder() {
            None => Ok(()),
            Some(PartyId::Person(_)) if buyer => {
                if self.settled_by().is_some() {
                    Err(Code::ReimbursementSettled)
                } else if !self.lockers().is_empty() {
                    Err(Code::ClaimLocked)
                } else {
                    Ok(())
                }
            }
            Some(_) => Err(Code::ClaimTaken),
        }
    }

    fn present(&self) -> Result<(), Code> {
        if self.holder() == Some(self.signer) { Ok(()) } else { Err(Code::ClaimNotHolder) }
    }

    /// "withdrawing names the enterprise and is refused while that one holds a live lock"
    fn withdraw(&self, enterprise: &Uscc) -> Result<(), Code> {
        self.present()?;
        if !self.presented().contains(enterprise) {
            Err(Code::ClaimNotPresented)
        } else if self.lockers().contains(enterprise) {
            Err(Code::ClaimLocked)
        } else {
            Ok(())
        }
    }

    /// "presented to it, or it is the holder; if a buyer enterprise is named, only that one (rule default); no live
    /// lock, settlement or booking 02/03 of another enterprise; amount free". Exclusive locks take all that is free,
    /// and nothing beside them; of partial ones sixteen may live (ADR 0019).
    fn lock(&self, amount: i64) -> Result<(), Code> {
        let own = self.own();
        let total = self.invoice.total.get();
        let settled = self.invoice.reimbursement.settled.as_ref().map_or(0, |settled| settled.amount.get());
        let locked: i64 = self.live().iter().map(|lock| lock.amount.get()).sum();
        let free = total - settled - locked;
        if self.holder() != Some(self.signer) && !self.presented().contains(&own) {
            Err(Code::ClaimNotPresented)
        } else if self.rules.buyer_only && self.invoice.buyer.is_some_and(|buyer| buyer != own) {
            Err(Code::LockBuyer)
        } else if self.settled_by().is_some_and(|settler| settler != own) || settled == total {
            Err(Code::ReimbursementSettled)
        } else if self.lockers().len() >= 16
            || self.lockers().iter().any(|locker| *locker != own || !self.rules.partial)
        {
            Err(Code::LockExists)
        } else if self.booked_by().is_some_and(|booker| booker != own) {
            Err(Code::BookingOwner)
        } else if amount > free || (amount != free && !self.rules.partial) {
            Err(Code::LockAmount)
        } else {
            Ok(())
        }
    }

    /// "live lock, right token", of its owner.
    fn named(&self, lock: Option<&Lock>) -> Result<(), Code> {
        let lock = lock.ok_or(Code::LockUnknown)?;
        if lock.enterprise != self.own() {
            Err(Code::LockNotOwner)
        } else if lock.end == Some(LockEnd::Settled) {
            Err(Code::ReimbursementSettled)
        } else if !self.live().contains(&lock) {
            Err(Code::LockExpired)
        } else {
            Ok(())
        }
    }

    /// "lock owner, settled enterprise, or holder enterprise", "no booking 02/03, live lock or settlement of another
    /// enterprise". Booking twice is a matter of the booking's state.
    fn book(&self) -> Result<(), Code> {
        let own = self.own();
        if !self.is_concerned() {
            Err(Code::BookingOwner)
        } else if self.settled_by().is_some_and(|settler| settler != own) {
            Err(Code::ReimbursementSettled)
        } else if self.lockers().iter().any(|locker| *locker != own) {
            Err(Code::LockExists)
        } else {
            match self.booked_by() {
                None => Ok(()),
                Some(booker) if booker == own => Err(Code::BookingState),
                Some(_) => Err(Code::BookingOwner),
            }
        }
    }

    /// An enterprise takes its own booking back. Whoever is not concerned does not learn whether there is one.
    fn unbook(&self) -> Result<(), Code> {
        match self.booked_by() {
            Some(booker) if booker == self.own() => Ok(()),
            None if self.is_concerned() => Err(Code::BookingState),
            None | Some(_) => Err(Code::BookingOwner),
        }
    }

    fn is_concerned(&self) -> bool {
        let own = self.own();
        self.lockers().contains(&own) || self.settled_by() == Some(own) || self.holder() == Some(self.signer)
    }

    fn own(&self) -> Uscc {
        match self.signer {
            PartyId::Enterprise(uscc) => *uscc,
            other => panic!("{other} is no enterprise"),
        }
    }

    fn is_enterprise(&self, enterprise: Option<Uscc>) -> bool {
        enterprise.is_some_and(|uscc| *self.signer == PartyId::Enterprise(uscc))
    }

    fn holder(&self) -> Option<&PartyId> {
        match &self.invoice.claim {
            Claim::Unclaimed => None,
            Claim::Claimed { holder, .. } => Some(holder),
        }
    }

    fn presented(&self) -> Vec<Uscc> {
        match &self.invoice.claim {
            Claim::Unclaimed => Vec::new(),
            Claim::Claimed { presented_to, .. } => presented_to.iter().copied().collect(),
        }
    }

    fn booked_by(&self) -> Option<Uscc> {
        match self.invoice.booking {
            Booking::Booked { enterprise, .. } => Some(enterprise),
            Booking::Unbooked | Booking::UnbookedAgain { .. } => None,
        }
    }

    fn settled_by(&self) -> Option<Uscc> {
        self.invoice.reimbursement.settled.as_ref().map(|settled| settled.enterprise)
    }

    /// "A lock is live iff it has not ended and (block time < lease_until or its owner's booking is 02/03)."
    fn live(&self) -> Vec<&Lock> {
        let booker = self.booked_by();
        let locks = self.invoice.reimbursement.locks.values();
        locks
            .filter(|lock| lock.end.is_none())
            .filter(|lock| lock.lease_until > self.now || booker == Some(lock.enterprise))
            .collect()
    }

    fn lockers(&self) -> Vec<Uscc> {
        self.live().iter().map(|lock| lock.enterprise).collect()
    }
}
