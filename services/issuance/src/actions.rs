//! What a caller may do with an invoice now: the domain's own guards, asked with a harmless example of each action.

use piao_domain::command::{Command, Kind, ReasonCode};
use piao_domain::ids::ClaimRef;
use piao_domain::invoice::{Claim, HOLDERS_MAX, Invoice, LockRequest, LockUse, Proof};
use piao_domain::rules::Terms;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;

use crate::signer::{NO_TRANSITION, Signer};

/// The transitions on this invoice that the ledger would accept from the caller now, in the order of an invoice's life.
/// For `claim.take` a claim key is taken to be at hand, where the invoice has one.
pub(crate) fn allowed(invoice: &Invoice, signer: &Signer, now: Time) -> Vec<Kind> {
    let terms = Terms::of(&signer.binding(now));
    let mut commands = vec![
        Command::ClaimTake { invoice: invoice.number, proof: None },
        Command::ClaimPresent { invoice: invoice.number, enterprise: invoice.issuer },
    ];
    commands.extend(withdrawal(invoice, signer, now));
    if let Some(enterprise) = signer.caller().enterprise() {
        commands.extend(reimbursing(invoice, enterprise, now));
    }
    commands.extend(force_release(invoice, now));
    let accepted = |command: &Command| {
        signer.admit(command.clone(), now).is_ok() && passes(invoice, signer, command, &terms, now)
    };
    let mut kinds =
        commands.iter().filter(|command| accepted(command)).map(Command::kind).collect::<Vec<_>>();
    kinds.dedup();
    kinds
}

/// A withdrawal from each enterprise that it is presented to, where the caller is the holder.
fn withdrawal(invoice: &Invoice, signer: &Signer, now: Time) -> Option<Command> {
    let Claim::Claimed { holder: _, presented_to } = &invoice.claim else { return None };
    let party = signer.caller().party();
    let enterprise = presented_to.iter().find(|one| invoice.withdraw(party, **one, now).is_ok())?;
    Some(Command::ClaimWithdraw { invoice: invoice.number, enterprise: *enterprise })
}

/// A lock of all that is free, every use of the caller's own live locks, and booking.
fn reimbursing(invoice: &Invoice, enterprise: &Uscc, now: Time) -> Vec<Command> {
    let number = invoice.number;
    let mut commands = Vec::new();
    // A reference that nobody has used: it begins with what no finance system would write.
    if let Ok(claim_ref) = ClaimRef::parse("~allowed_actions") {
        let request = LockRequest { claim_ref, amount: invoice.free(now), lease_seconds: 1 };
        commands.push(Command::Lock { invoice: number, request });
    }
    let own = invoice.live_locks(now).find(|(_, lock)| lock.enterprise == *enterprise);
    if let Some(lock) = own.map(|(id, lock)| LockUse { id: *id, token: lock.token }) {
        commands.push(Command::Renew { invoice: number, lock, lease_seconds: 1 });
        commands.push(Command::Release { invoice: number, lock });
    }
    commands.push(Command::Book { invoice: number, deductible: true });
    commands.push(Command::Unbook { invoice: number });
    if let Some(lock) = own.map(|(id, lock)| LockUse { id: *id, token: lock.token }) {
        commands.push(Command::Settle { invoice: number, lock });
    }
    commands
}

/// A forced release, where there is anything to release.
fn force_release(invoice: &Invoice, now: Time) -> Option<Command> {
    let locked = invoice.live_locks(now).next().map(|(_, lock)| lock.enterprise);
    let enterprise = locked.or_else(|| invoice.booking.owner().copied())?;
    let reason = ReasonCode::parse("none").ok()?;
    Some(Command::ForceRelease { invoice: invoice.number, enterprise, reason })
}

fn passes(invoice: &Invoice, signer: &Signer, command: &Command, terms: &Terms<'_>, now: Time) -> bool {
    let party = signer.caller().party();
    let Some(enterprise) = party.enterprise().copied() else {
        return match command {
            Command::ClaimTake { .. } => may_take(invoice, signer, now),
            Command::ClaimPresent { enterprise, .. } => may_present(invoice, signer, *enterprise),
            Command::ClaimWithdraw { enterprise, .. } => invoice.withdraw(party, *enterprise, now).is_ok(),
            Command::ForceRelease { .. } => true,
            _ => false,
        };
    };
    match command {
        Command::ClaimTake { .. } => may_take(invoice, signer, now),
        Command::ClaimPresent { enterprise, .. } => may_present(invoice, signer, *enterprise),
        Command::ClaimWithdraw { enterprise, .. } => invoice.withdraw(party, *enterprise, now).is_ok(),
        Command::Lock { request, .. } => {
            invoice.lock(NO_TRANSITION, enterprise, request, None, terms, now).is_ok()
        }
        Command::Renew { lock, lease_seconds, .. } => {
            invoice.renew(&enterprise, *lock, *lease_seconds, terms, now).is_ok()
        }
        Command::Release { lock, .. } => invoice.release(&enterprise, *lock, now).is_ok(),
        Command::Settle { lock, .. } => invoice.settle(&enterprise, *lock, terms, now).is_ok(),
        Command::Book { deductible, .. } => invoice.book(enterprise, *deductible, now).is_ok(),
        Command::Unbook { .. } => invoice.unbook(enterprise, now).is_ok(),
        _ => false,
    }
}

fn may_take(invoice: &Invoice, signer: &Signer, now: Time) -> bool {
    let proof = if invoice.claim_key.is_some() { Proof::Right } else { Proof::Absent };
    let party = signer.caller().party();
    invoice.holder() != Some(party)
        && (invoice.take(party, proof, now).is_ok() || invoice.take(party, Proof::Absent, now).is_ok())
}

/// Whether there is room to present it to one more.
fn may_present(invoice: &Invoice, signer: &Signer, enterprise: Uscc) -> bool {
    let room = match &invoice.claim {
        Claim::Unclaimed => false,
        Claim::Claimed { holder: _, presented_to } => presented_to.len() < HOLDERS_MAX,
    };
    room && invoice.present(signer.caller().party(), enterprise).is_ok()
}
