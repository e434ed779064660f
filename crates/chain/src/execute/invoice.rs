use piao_domain::command::{ClaimSignature, Command};
use piao_domain::content::{ClaimKey, Content};
use piao_domain::ids::PartyId;
use piao_domain::invoice::{Invoice, InvoiceEvent, IssueDesk, LockRequest, Proof};
use piao_domain::number::InvoiceNumber;
use piao_domain::quota::Account;
use piao_domain::rejection::{Code, Rejection};
use piao_domain::rules::Terms;
use piao_domain::uscc::Uscc;
use piao_protocol::outcome::Effect;

use super::rules::binding;
use super::{Step, proofs};
use crate::invariants;

impl Step<'_> {
    pub(super) fn issue(&mut self, content: &Content) -> Result<Effect, Rejection> {
        let issuer = self.enterprise()?;
        let month = (issuer, self.now.month());
        let order = content.order.as_ref().map(|order| (issuer, order.reference.clone()));
        let account = self.state.accounts.get(&month).copied().unwrap_or(Account::EMPTY);
        let binding = binding(self.state, &issuer, self.now);
        let desk = IssueDesk {
            segments: self.state.segments.get(&issuer).map_or(&[], Vec::as_slice),
            existing: self.state.invoices.get(&content.number),
            order_count: order.as_ref().and_then(|order| self.state.orders.get(order)).copied().unwrap_or(0),
            account: &account,
            binding: &binding,
        };
        let invoice = desk.decide(self.transition.id, &issuer, content, self.now)?;
        let rules = binding.iter().map(|set| set.version.clone()).collect();
        let used = invariants::used(self.state, &issuer, month.1);
        self.state.accounts.insert(month, account.charge(content.amount));
        self.touched.accounts.insert(month);
        if self.executor.safeguards.invariants() {
            let charged = invariants::charge(used, invariants::used(self.state, &issuer, month.1), content);
            self.breach = self.breach.take().or(charged.err());
        }
        if let Some(order) = order {
            *self.state.orders.entry(order.clone()).or_insert(0) += 1;
            self.touched.orders.insert(order);
        }
        self.touched.issued.insert(invoice.number);
        self.touched.invoices.insert(invoice.number);
        self.state.invoices.insert(invoice.number, invoice);
        Ok(Effect::Issued { rules })
    }

    /// Ends the locks of an invoice that are lapsed by now, whatever becomes of the transition.
    pub(super) fn lapse(&mut self, number: InvoiceNumber) {
        if let Some(event) = self.state.invoices.get(&number).and_then(|invoice| invoice.lapse(self.now)) {
            self.evolve(number, event);
        }
    }

    pub(super) fn change_invoice(&mut self, number: InvoiceNumber) -> Result<Effect, Rejection> {
        self.named_party_is_known()?;
        let invoice = self.state.invoices.get(&number).ok_or(Code::InvoiceUnknown)?;
        let event = self.decide(invoice)?;
        let effect = effect(&event, invoice);
        if let InvoiceEvent::Locked { id, lock } = &event {
            let reference = (number, lock.enterprise, lock.claim_ref.clone());
            self.state.claim_refs.insert(reference, *id);
        }
        let settling = match &event {
            InvoiceEvent::Settled { .. } => Some(invoice.clone()),
            _ => None,
        };
        self.evolve(number, event);
        if let Some(before) = settling
            && self.executor.safeguards.invariants()
        {
            let after = self.state.invoices.get(&number);
            let waived = self.enterprise().is_ok_and(|signer| !self.terms(&signer).booking_required.value);
            self.breach = invariants::settlement(&before, after, self.transition, waived, self.now).err();
        }
        Ok(effect)
    }

    fn decide(&self, invoice: &Invoice) -> Result<InvoiceEvent, Rejection> {
        let now = self.now;
        let signer = &self.transition.signer;
        match &self.transition.command {
            Command::ClaimTake { invoice: _, proof } => {
                invoice.take(signer, self.proof(invoice, proof.as_ref()), now)
            }
            Command::ClaimPresent { invoice: _, enterprise } => invoice.present(signer, *enterprise),
            Command::ClaimWithdraw { invoice: _, enterprise } => invoice.withdraw(signer, *enterprise, now),
            Command::Lock { invoice: _, request } => self.decide_lock(invoice, request),
            Command::Renew { invoice: _, lock, lease_seconds } => {
                let enterprise = self.enterprise()?;
                invoice.renew(&enterprise, *lock, *lease_seconds, &self.terms(&enterprise), now)
            }
            Command::Release { invoice: _, lock } => invoice.release(&self.enterprise()?, *lock, now),
            Command::Settle { invoice: _, lock } => {
                let enterprise = self.enterprise()?;
                invoice.settle(&enterprise, *lock, &self.terms(&enterprise), now)
            }
            Command::ForceRelease { invoice: _, enterprise, reason: _ } => {
                Ok(InvoiceEvent::ForceReleased { enterprise: *enterprise })
            }
            Command::Book { invoice: _, deductible } => invoice.book(self.enterprise()?, *deductible, now),
            Command::Unbook { invoice: _ } => invoice.unbook(self.enterprise()?, now),
            other => unreachable!("{} does not change an invoice", other.kind().as_str()),
        }
    }

    fn decide_lock(&self, invoice: &Invoice, request: &LockRequest) -> Result<InvoiceEvent, Rejection> {
        let enterprise = self.enterprise()?;
        let reference = (invoice.number, enterprise, request.claim_ref.clone());
        let used = self.state.claim_refs.get(&reference).copied();
        let terms = self.terms(&enterprise);
        let (id, now) = (self.transition.id, self.now);
        #[cfg(feature = "disarm")]
        if !self.executor.safeguards.lock_guard {
            // The guard looks at an invoice that shows no lock.
            let mut blind = invoice.clone();
            blind.reimbursement.locks.clear();
            return blind.lock(id, enterprise, request, used, &terms, now);
        }
        invoice.lock(id, enterprise, request, used, &terms, now)
    }

    fn proof(&self, invoice: &Invoice, proof: Option<&ClaimSignature>) -> Proof {
        match (proof, &invoice.claim_key) {
            (None, _) => Proof::Absent,
            (Some(_), None) => Proof::Wrong,
            (Some(proof), Some(key)) => self.check_proof(invoice, proof, key),
        }
    }

    fn check_proof(&self, invoice: &Invoice, proof: &ClaimSignature, key: &ClaimKey) -> Proof {
        let chain = &self.executor.parameters.chain;
        let is_right = self
            .proofs
            .get(&self.transition.id, key)
            .unwrap_or_else(|| proofs::is_right(chain, self.transition, invoice.number, proof, key));
        if is_right { Proof::Right } else { Proof::Wrong }
    }

    fn named_party_is_known(&self) -> Result<(), Rejection> {
        match &self.transition.command {
            Command::ClaimPresent { enterprise, .. } | Command::ForceRelease { enterprise, .. }
                if !self.state.parties.contains_key(&PartyId::Enterprise(*enterprise)) =>
            {
                Err(Code::PartyUnknown.into())
            }
            _ => Ok(()),
        }
    }

    fn terms(&self, enterprise: &Uscc) -> Terms<'_> {
        Terms::of(&binding(self.state, enterprise, self.now))
    }

    fn enterprise(&self) -> Result<Uscc, Rejection> {
        self.transition.signer.enterprise().copied().ok_or_else(|| Code::RoleForbidden.into())
    }

    fn evolve(&mut self, number: InvoiceNumber, event: InvoiceEvent) {
        let Some(before) = self.state.invoices.remove(&number) else { return };
        match &event {
            InvoiceEvent::Lapsed { locks } => self.touched.locks.extend(locks.iter().map(|id| (number, *id))),
            InvoiceEvent::Locked { id, .. }
            | InvoiceEvent::Renewed { id, .. }
            | InvoiceEvent::Released { id }
            | InvoiceEvent::Settled { id } => {
                self.touched.locks.insert((number, *id));
            }
            InvoiceEvent::ForceReleased { enterprise } => {
                let locks = before.reimbursement.locks.iter();
                let theirs = locks.filter(|(_, lock)| lock.enterprise == *enterprise && lock.end.is_none());
                self.touched.locks.extend(theirs.map(|(id, _)| (number, *id)));
            }
            InvoiceEvent::Claimed { .. }
            | InvoiceEvent::Presented { .. }
            | InvoiceEvent::Withdrawn { .. }
            | InvoiceEvent::Booked { .. }
            | InvoiceEvent::Unbooked { .. } => {}
        }
        self.touched.invoices.insert(number);
        self.state.invoices.insert(number, before.evolve(event));
    }
}

/// What the receipt tells of an event, looked up in the invoice before it.
fn effect(event: &InvoiceEvent, before: &Invoice) -> Effect {
    match event {
        InvoiceEvent::Locked { id, lock } => Effect::Locked {
            lock: *id,
            token: lock.token,
            amount: lock.amount,
            exclusive: lock.exclusive,
            lease_until: lock.lease_until,
        },
        InvoiceEvent::Renewed { id: _, lease_until } => Effect::Renewed { lease_until: *lease_until },
        InvoiceEvent::Settled { id } => match before.reimbursement.locks.get(id) {
            Some(lock) => Effect::Settled { amount: lock.amount },
            None => unreachable!("a guard let a lock settle that is not there"),
        },
        InvoiceEvent::Booked { month, .. } => Effect::Booked { month: *month },
        InvoiceEvent::Lapsed { .. }
        | InvoiceEvent::Claimed { .. }
        | InvoiceEvent::Presented { .. }
        | InvoiceEvent::Withdrawn { .. }
        | InvoiceEvent::Released { .. }
        | InvoiceEvent::ForceReleased { .. }
        | InvoiceEvent::Unbooked { .. } => Effect::Nothing,
    }
}
