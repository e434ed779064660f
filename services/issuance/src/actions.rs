//! What a caller may do with an invoice now: the domain's own guards, asked with a harmless example of each action.

use piao_domain::command::{Command, Kind, ReasonCode};
use piao_domain::ids::{ClaimRef, PartyId};
use piao_domain::invoice::{Claim, HOLDERS_MAX, Invoice, InvoiceEvent, LockRequest, LockUse, Proof};
use piao_domain::rejection::Rejection;
use piao_domain::rules::Terms;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;

use crate::signer::{NO_TRANSITION, Signer};

/// The transitions on this invoice that the ledger would accept from the caller now, in the order of an invoice's life.
/// For `claim.take` a claim key is taken to be at hand, where the invoice has one.
pub(crate) fn allowed(invoice: &Invoice, signer: &Signer, now: Time) -> Vec<Kind> {
    let mut tried = claiming(invoice, signer.caller().party(), now);
    if let Some(enterprise) = signer.caller().enterprise() {
        let terms = Terms::of(&signer.binding(now));
        tried.extend(reimbursing(invoice, *enterprise, &terms, now));
    }
    tried.extend(force_release(invoice, now));
    let passed =
        tried.into_iter().filter(|tried| tried.passes && signer.admit(tried.command.clone(), now).is_ok());
    passed.map(|tried| tried.command.kind()).collect()
}

/// An example of an action, and whether the invoice lets it pass.
struct Tried {
    command: Command,
    passes: bool,
}

impl Tried {
    fn new(command: Command, decided: Result<InvoiceEvent, Rejection>) -> Self {
        Self { command, passes: decided.is_ok() }
    }
}

/// Taking, presenting to one more, and withdrawing from whom it can be withdrawn.
fn claiming(invoice: &Invoice, party: &PartyId, now: Time) -> Vec<Tried> {
    let number = invoice.number;
    let mut tried = Vec::new();
    if invoice.holder() != Some(party) {
        let shown = if invoice.claim_key.is_some() { Proof::Right } else { Proof::Absent };
        let decided = invoice.take(party, shown, now).or_else(|_| invoice.take(party, Proof::Absent, now));
        tried.push(Tried::new(Command::ClaimTake { invoice: number, proof: None }, decided));
    }
    let Claim::Claimed { holder: _, presented_to } = &invoice.claim else { return tried };
    if presented_to.len() < HOLDERS_MAX {
        let command = Command::ClaimPresent { invoice: number, enterprise: invoice.issuer };
        tried.push(Tried::new(command, invoice.present(party, invoice.issuer)));
    }
    let withdrawal = presented_to.iter().find_map(|enterprise| {
        let decided = invoice.withdraw(party, *enterprise, now);
        let command = Command::ClaimWithdraw { invoice: number, enterprise: *enterprise };
        decided.is_ok().then(|| Tried::new(command, decided))
    });
    tried.extend(withdrawal);
    tried
}

/// A lock of all that is free, every use of the enterprise's own live lock, and booking.
fn reimbursing(invoice: &Invoice, enterprise: Uscc, terms: &Terms<'_>, now: Time) -> Vec<Tried> {
    let number = invoice.number;
    let mut tried = Vec::new();
    // Whether a reference was used before does not matter: the caller takes another.
    if let Ok(claim_ref) = ClaimRef::parse("any") {
        let request = LockRequest { claim_ref, amount: invoice.free(now), lease_seconds: 1 };
        let decided = invoice.lock(NO_TRANSITION, enterprise, &request, None, terms, now);
        tried.push(Tried::new(Command::Lock { invoice: number, request }, decided));
    }
    let own = invoice.live_locks(now).find(|(_, lock)| lock.enterprise == enterprise);
    let own = own.map(|(id, lock)| LockUse { id: *id, token: lock.token });
    if let Some(lock) = own {
        let decided = invoice.renew(&enterprise, lock, 1, terms, now);
        tried.push(Tried::new(Command::Renew { invoice: number, lock, lease_seconds: 1 }, decided));
        let decided = invoice.release(&enterprise, lock, now);
        tried.push(Tried::new(Command::Release { invoice: number, lock }, decided));
    }
    let decided = invoice.book(enterprise, true, now);
    tried.push(Tried::new(Command::Book { invoice: number, deductible: true }, decided));
    tried.push(Tried::new(Command::Unbook { invoice: number }, invoice.unbook(enterprise, now)));
    if let Some(lock) = own {
        let decided = invoice.settle(&enterprise, lock, terms, now);
        tried.push(Tried::new(Command::Settle { invoice: number, lock }, decided));
    }
    tried
}

/// A forced release, where there is anything to release. The domain lets every one pass.
fn force_release(invoice: &Invoice, now: Time) -> Option<Tried> {
    let locked = invoice.live_locks(now).next().map(|(_, lock)| lock.enterprise);
    let enterprise = locked.or_else(|| invoice.booking.owner().copied())?;
    let reason = ReasonCode::parse("any").ok()?;
    let command = Command::ForceRelease { invoice: invoice.number, enterprise, reason };
    Some(Tried { command, passes: true })
}
