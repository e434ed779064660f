//! Writes commands as bodies.

use piao_domain::command::Command;
use piao_domain::invoice::{LockRequest, LockUse};
use piao_domain::number::InvoiceNumber;
use piao_domain::rules::RuleChange;

use super::key::Key;
use super::leaf::{Int, Maybe, Of};
use super::{Wire, booking, claim, invoice, key, party, quota, reimbursement, rules};
use crate::digest::SealedDigest;

/// Writes a command, and the digest where its type has one.
pub(super) fn render(command: &Command, sealed: Option<SealedDigest>) -> String {
    let sealed_digest = Maybe(sealed.map(Of));
    match command {
        Command::PartyRegister { enterprise, name, region, industry, key } => text(&party::Register {
            party: Of(*enterprise),
            name: Of(party::Name(name.clone())),
            region: Of(*region),
            industry: Of(industry.clone()),
            key: Key(*key),
        }),
        Command::PartyEnroll { key } => text(&party::Enroll { key: Key(*key) }),
        Command::PartySuspend { party, reason } => {
            text(&party::Suspend { party: Of(party.clone()), reason: Of(reason.clone()), sealed_digest })
        }
        Command::PartyReinstate { party, reason } => {
            text(&party::Reinstate { party: Of(party.clone()), reason: Of(reason.clone()), sealed_digest })
        }
        Command::KeyAdd { key } => text(&key::Add { key: Key(*key) }),
        Command::KeyRevoke { key } => text(&key::Revoke { kid: Of(*key) }),
        Command::KeyReset { enterprise, key, reason } => {
            let (party, key, reason) = (Of(*enterprise), Key(*key), Of(reason.clone()));
            text(&key::Reset { party, key, reason, sealed_digest })
        }
        Command::Rules(change) => rules(change),
        Command::QuotaApply { month, asked } => {
            text(&quota::Apply { month: Of(*month), amount: Int(asked.amount), count: Int(asked.count) })
        }
        Command::QuotaGrant(grant) => text(&quota::Grant::from(grant)),
        Command::QuotaAdjust(adjustment) => text(&quota::Adjust::from(adjustment)),
        Command::QuotaRefuse { target, reason } => {
            let (application, issuer, month) = (Of(target.application), Of(target.issuer), Of(target.month));
            let reason = Of(reason.clone());
            text(&quota::Refuse { application, issuer, month, reason, sealed_digest })
        }
        Command::InvoiceIssue(content) => text(&invoice::Issue::from(&**content)),
        Command::ClaimTake { invoice, proof } => {
            text(&claim::Take { invoice: Of(*invoice), proof: Maybe(proof.map(Of)) })
        }
        Command::ClaimPresent { invoice, enterprise } => {
            text(&claim::Present { invoice: Of(*invoice), party: Of(*enterprise) })
        }
        Command::ClaimWithdraw { invoice, enterprise } => {
            text(&claim::Withdraw { invoice: Of(*invoice), party: Of(*enterprise) })
        }
        Command::Lock { invoice, request } => lock(*invoice, request),
        Command::Renew { invoice, lock, lease_seconds } => renew(*invoice, *lock, *lease_seconds),
        Command::Release { invoice, lock } => {
            text(&reimbursement::Release { invoice: Of(*invoice), lock: Of(lock.id), token: Int(lock.token) })
        }
        Command::Settle { invoice, lock } => {
            text(&reimbursement::Settle { invoice: Of(*invoice), lock: Of(lock.id), token: Int(lock.token) })
        }
        Command::ForceRelease { invoice, enterprise, reason } => {
            let (invoice, party, reason) = (Of(*invoice), Of(*enterprise), Of(reason.clone()));
            text(&reimbursement::ForceRelease { invoice, party, reason, sealed_digest })
        }
        Command::Book { invoice, deductible } => {
            text(&booking::Book { invoice: Of(*invoice), state: Of(booking::Deductible(*deductible)) })
        }
        Command::Unbook { invoice } => text(&booking::Unbook { invoice: Of(*invoice) }),
    }
}

fn rules(change: &RuleChange) -> String {
    match change {
        RuleChange::Deploy(set) => text(&rules::Deploy::from(&**set)),
        RuleChange::Activate { version, from } => {
            let (id, from) = (Of(version.id.clone()), Of(*from));
            text(&rules::Activate { id, version: Int(version.version), from })
        }
        RuleChange::Retire { version } => {
            text(&rules::Retire { id: Of(version.id.clone()), version: Int(version.version) })
        }
    }
}

fn lock(invoice: InvoiceNumber, request: &LockRequest) -> String {
    text(&reimbursement::Lock {
        invoice: Of(invoice),
        claim_ref: Of(request.claim_ref.clone()),
        amount: Int(request.amount),
        lease_seconds: Int(request.lease_seconds),
    })
}

fn renew(invoice: InvoiceNumber, lock: LockUse, lease_seconds: u32) -> String {
    text(&reimbursement::Renew {
        invoice: Of(invoice),
        lock: Of(lock.id),
        token: Int(lock.token),
        lease_seconds: Int(lease_seconds),
    })
}

fn text<W: Wire>(body: &W) -> String {
    serde_json::to_string(body).expect("structs of texts, integers and lists have nothing that JSON lacks")
}
