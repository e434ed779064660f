//! The invoice event behind an accepted transition, told from its command and effect.

use piao_domain::command::Command;
use piao_domain::content::Content;
use piao_domain::invoice::{Booking, Claim, Invoice, InvoiceEvent, Lock, Reimbursement};
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_protocol::outcome::Effect;

use super::Decided;

/// What an accepted transition does to invoices.
pub(super) enum Change {
    /// It is about something else.
    Nothing,
    /// There is one more.
    Issued(Box<Invoice>),
    /// One is changed.
    Event(InvoiceNumber, InvoiceEvent),
    /// Command and effect do not belong together.
    Impossible,
}

/// Reads the event.
pub(super) fn change(entry: &Decided, effect: &Effect, now: Time) -> Change {
    let on = |number: &InvoiceNumber, event: InvoiceEvent| Change::Event(*number, event);
    let enterprise = entry.signer().enterprise().copied();
    match (entry.command(), effect, enterprise) {
        (Command::InvoiceIssue(content), Effect::Issued { .. }, Some(issuer)) => {
            Change::Issued(Box::new(issued(entry, content, issuer, now)))
        }
        (Command::ClaimTake { invoice, proof: _ }, Effect::Nothing, _) => {
            on(invoice, InvoiceEvent::Claimed { holder: entry.signer().clone() })
        }
        (Command::ClaimPresent { invoice, enterprise }, Effect::Nothing, _) => {
            on(invoice, InvoiceEvent::Presented { enterprise: *enterprise })
        }
        (Command::ClaimWithdraw { invoice, enterprise }, Effect::Nothing, _) => {
            on(invoice, InvoiceEvent::Withdrawn { enterprise: *enterprise })
        }
        (
            Command::Lock { .. }
            | Command::Renew { .. }
            | Command::Release { .. }
            | Command::Settle { .. }
            | Command::ForceRelease { .. }
            | Command::Book { .. }
            | Command::Unbook { .. },
            _,
            _,
        ) => match reimbursement(entry, effect, now) {
            Some((number, event)) => on(number, event),
            None => Change::Impossible,
        },
        (
            Command::InvoiceIssue(_)
            | Command::ClaimTake { .. }
            | Command::ClaimPresent { .. }
            | Command::ClaimWithdraw { .. },
            _,
            _,
        ) => Change::Impossible,
        (
            Command::PartyRegister { .. }
            | Command::PartyEnroll { .. }
            | Command::PartySuspend { .. }
            | Command::PartyReinstate { .. }
            | Command::KeyAdd { .. }
            | Command::KeyRevoke { .. }
            | Command::KeyReset { .. }
            | Command::Rules(_)
            | Command::QuotaApply { .. }
            | Command::QuotaGrant(_)
            | Command::QuotaAdjust(_)
            | Command::QuotaRefuse { .. },
            _,
            _,
        ) => Change::Nothing,
    }
}

/// The event of a transition about locks, settlements and bookings; nothing where the effect is of another type.
fn reimbursement<'a>(
    entry: &'a Decided,
    effect: &Effect,
    now: Time,
) -> Option<(&'a InvoiceNumber, InvoiceEvent)> {
    let enterprise = entry.signer().enterprise().copied();
    match (entry.command(), effect, enterprise) {
        (
            Command::Lock { invoice, request },
            Effect::Locked { lock: id, token, amount, exclusive, lease_until },
            Some(enterprise),
        ) => {
            let lock = Lock {
                enterprise,
                claim_ref: request.claim_ref.clone(),
                amount: *amount,
                token: *token,
                accepted_at: now,
                lease_until: *lease_until,
                exclusive: *exclusive,
                end: None,
            };
            Some((invoice, InvoiceEvent::Locked { id: *id, lock }))
        }
        (Command::Renew { invoice, lock, lease_seconds: _ }, Effect::Renewed { lease_until }, _) => {
            Some((invoice, InvoiceEvent::Renewed { id: lock.id, lease_until: *lease_until }))
        }
        (Command::Release { invoice, lock }, Effect::Nothing, _) => {
            Some((invoice, InvoiceEvent::Released { id: lock.id }))
        }
        (Command::Settle { invoice, lock }, Effect::Settled { .. }, _) => {
            Some((invoice, InvoiceEvent::Settled { id: lock.id }))
        }
        (Command::ForceRelease { invoice, enterprise, reason: _ }, Effect::Nothing, _) => {
            Some((invoice, InvoiceEvent::ForceReleased { enterprise: *enterprise }))
        }
        (Command::Book { invoice, deductible }, Effect::Booked { month }, Some(enterprise)) => {
            Some((invoice, InvoiceEvent::Booked { enterprise, deductible: *deductible, month: *month }))
        }
        (Command::Unbook { invoice }, Effect::Nothing, Some(enterprise)) => {
            Some((invoice, InvoiceEvent::Unbooked { enterprise }))
        }
        (_, _, _) => None,
    }
}

fn issued(entry: &Decided, content: &Content, issuer: Uscc, now: Time) -> Invoice {
    Invoice {
        number: content.number,
        issuer,
        issued_by: entry.id(),
        issued_at: now,
        buyer: content.buyer.enterprise().copied(),
        claim_key: content.claim_key,
        amount: content.amount,
        total: content.total,
        claim: Claim::Unclaimed,
        reimbursement: Reimbursement::default(),
        booking: Booking::Unbooked,
    }
}
