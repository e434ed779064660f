//! The guards that every transition meets first, in this order: expiry, key, party, role (domain §3).

use crate::command::{Kind, Transition};
use crate::ids::PartyId;
use crate::party::{Party, Standing};
use crate::rejection::{Code, Rejection};
use crate::time::Time;

/// Lets a transition pass to its own guards, or not. `window_seconds` is the chain's parameter: how far the
/// signer's clock may be from block time, either way. `party` is the signer; nobody for a person who enrols.
///
/// # Errors
/// `transition.expired`, `key.revoked`, `party.suspended`, `role.forbidden`.
pub fn admit(
    transition: &Transition,
    party: Option<&Party>,
    now: Time,
    window_seconds: u64,
) -> Result<(), Rejection> {
    let kind = transition.command.kind();
    if transition.issued_at.distance(now) > window_seconds {
        return Err(Code::TransitionExpired.into());
    }
    if let Some(party) = party {
        if !party.is_live(&transition.key) {
            return Err(Code::KeyRevoked.into());
        }
        if party.standing == Standing::Suspended && !undoes(kind) {
            return Err(Code::PartySuspended.into());
        }
    }
    if may_sign(&transition.signer, kind) { Ok(()) } else { Err(Code::RoleForbidden.into()) }
}

/// What a suspended party may still do (domain §2).
const fn undoes(kind: Kind) -> bool {
    match kind {
        Kind::Release | Kind::Unbook | Kind::KeyRevoke => true,
        Kind::PartyRegister
        | Kind::PartyEnroll
        | Kind::PartySuspend
        | Kind::PartyReinstate
        | Kind::KeyAdd
        | Kind::KeyReset
        | Kind::RulesDeploy
        | Kind::RulesActivate
        | Kind::RulesRetire
        | Kind::QuotaApply
        | Kind::QuotaGrant
        | Kind::QuotaAdjust
        | Kind::QuotaRefuse
        | Kind::InvoiceIssue
        | Kind::ClaimTake
        | Kind::ClaimPresent
        | Kind::ClaimWithdraw
        | Kind::Lock
        | Kind::Renew
        | Kind::Settle
        | Kind::ForceRelease
        | Kind::Book => false,
    }
}

/// Which kind of party may sign what (domain §3).
#[must_use]
pub const fn may_sign(signer: &PartyId, kind: Kind) -> bool {
    let (bureau, enterprise, person) = match signer {
        PartyId::Bureau(_) => (true, false, false),
        PartyId::Enterprise(_) => (false, true, false),
        PartyId::Person(_) => (false, false, true),
        PartyId::Node(_) => (false, false, false),
    };
    match kind {
        Kind::PartyRegister
        | Kind::PartySuspend
        | Kind::PartyReinstate
        | Kind::KeyReset
        | Kind::RulesDeploy
        | Kind::RulesActivate
        | Kind::RulesRetire
        | Kind::QuotaGrant
        | Kind::QuotaAdjust
        | Kind::QuotaRefuse
        | Kind::ForceRelease => bureau,
        Kind::PartyEnroll => person,
        Kind::KeyAdd | Kind::KeyRevoke => true,
        Kind::QuotaApply
        | Kind::InvoiceIssue
        | Kind::Lock
        | Kind::Renew
        | Kind::Release
        | Kind::Settle
        | Kind::Book
        | Kind::Unbook => enterprise,
        Kind::ClaimTake | Kind::ClaimPresent | Kind::ClaimWithdraw => enterprise || person,
    }
}
