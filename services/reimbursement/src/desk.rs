use piao_domain::admission::admit;
use piao_domain::command::{Command, Transition};
use piao_domain::ids::{ClaimRef, KeyId, PartyId, TransitionId};
use piao_domain::invoice::{Invoice, LockRequest, LockUse};
use piao_domain::party::Party;
use piao_domain::rejection::{Code, Rejection};
use piao_domain::rules::{RuleBook, Terms};
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;

use crate::trace::{Step, trace_lock};

/// Stands for the transition that nobody has signed yet.
const UNSIGNED: TransitionId = TransitionId::new([0; 32]);

/// An enterprise that asks what it could do now: the ledger's own guards, asked early. What they answer binds nobody.
pub(crate) struct Desk<'a> {
    /// Who asks.
    pub(crate) enterprise: Uscc,
    /// With which key.
    pub(crate) key: KeyId,
    /// What this read model knows of it.
    pub(crate) party: &'a Party,
    /// What rule sets demand.
    pub(crate) book: &'a RuleBook,
    /// When it asks.
    pub(crate) now: Time,
}

impl Desk<'_> {
    /// The guards of a lock in their order, each passed or not.
    pub(crate) fn trace_lock(&self, invoice: &Invoice, request: &LockRequest) -> Vec<Step> {
        let command = Command::Lock { invoice: invoice.number, request: request.clone() };
        let admitted = Step { code: Code::PartySuspended, refused: self.admits(command).err() };
        let guards = trace_lock(invoice, self.enterprise, request, &self.terms(), self.now);
        std::iter::once(admitted).chain(guards).collect()
    }

    /// Which transitions of this service it could sign on an invoice now.
    pub(crate) fn allowed(&self, invoice: &Invoice) -> Vec<&'static str> {
        let (signer, now, number) = (self.enterprise, self.now, invoice.number);
        let terms = self.terms();
        let mut allowed = Vec::new();
        let mut offer = |command: Command, passes: bool| {
            let name = command.kind().as_str();
            if passes && !allowed.contains(&name) && self.admits(command).is_ok() {
                allowed.push(name);
            }
        };
        if let Some(request) = whole(invoice, now) {
            let passes = trace_lock(invoice, signer, &request, &terms, now).iter().all(Step::passed);
            offer(Command::Lock { invoice: number, request }, passes);
        }
        for (id, found) in invoice.live_locks(now).filter(|(_, lock)| lock.enterprise == signer) {
            let lock = LockUse { id: *id, token: found.token };
            let renewed = invoice.renew(&signer, lock, 1, &terms, now).is_ok();
            offer(Command::Renew { invoice: number, lock, lease_seconds: 1 }, renewed);
            offer(Command::Release { invoice: number, lock }, invoice.release(&signer, lock, now).is_ok());
            offer(
                Command::Settle { invoice: number, lock },
                invoice.settle(&signer, lock, &terms, now).is_ok(),
            );
        }
        let booked = invoice.book(signer, true, now).is_ok();
        offer(Command::Book { invoice: number, deductible: true }, booked);
        offer(Command::Unbook { invoice: number }, invoice.unbook(signer, now).is_ok());
        allowed
    }

    fn terms(&self) -> Terms<'_> {
        Terms::of(&self.book.binding(&self.enterprise, &self.party.profile, self.now.date()))
    }

    fn admits(&self, command: Command) -> Result<(), Rejection> {
        let transition = Transition {
            id: UNSIGNED,
            signer: PartyId::Enterprise(self.enterprise),
            key: self.key,
            issued_at: self.now,
            command,
        };
        admit(&transition, Some(self.party), self.now, 0)
    }
}

/// A wish to lock all that is free, or the total where nothing is, under a reference that nobody has used: what tells
/// whether an enterprise may lock at all.
pub(crate) fn whole(invoice: &Invoice, now: Time) -> Option<LockRequest> {
    let free = invoice.free(now);
    let amount = if free.get() > 0 { free } else { invoice.total };
    let is_used =
        |reference: &ClaimRef| invoice.reimbursement.locks.values().any(|lock| lock.claim_ref == *reference);
    let claim_ref = (0_u64..)
        .map_while(|count| ClaimRef::parse(&format!("any-{count}")).ok())
        .find(|one| !is_used(one))?;
    Some(LockRequest { claim_ref, amount, lease_seconds: 1 })
}
