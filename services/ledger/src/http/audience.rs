use piao_domain::command::Command;
use piao_domain::ids::PartyId;
use piao_domain::uscc::Uscc;
use piao_edge::caller::{Caller, Role};
use piao_edge::problem::Problem;
use piao_protocol::body;
use piao_protocol::jws::Unverified;

use crate::DecidedTransition;

/// Lets a transition be read by its signer, the parties named in it, the bureaus and the nodes; for anybody else it is
/// not there (protocol §5).
///
/// # Errors
/// `not_found`, faults.
pub(super) fn check(caller: &Caller, decided: &DecidedTransition) -> Result<(), Problem> {
    match caller.role() {
        Role::Bureau | Role::Node => return Ok(()),
        Role::Enterprise | Role::Person => {}
    }
    let unreadable = |error| Problem::internal("reading a decided transition", error);
    let transition = Unverified::parse(std::sync::Arc::clone(&decided.compact)).map_err(unreadable)?;
    let body = body::parse(&transition.claims().kind, transition.body_text())
        .map_err(|error| Problem::internal("reading a decided body", error))?;
    let named = named(body.command()).is_some_and(|party| caller.is(&party));
    caller.may_know(named || caller.is(&transition.claims().party))
}

/// The party that a body names beside its signer.
fn named(command: &Command) -> Option<PartyId> {
    let enterprise = |uscc: &Uscc| Some(PartyId::Enterprise(*uscc));
    match command {
        Command::PartyRegister { enterprise: uscc, .. }
        | Command::KeyReset { enterprise: uscc, .. }
        | Command::ClaimPresent { enterprise: uscc, .. }
        | Command::ClaimWithdraw { enterprise: uscc, .. }
        | Command::ForceRelease { enterprise: uscc, .. } => enterprise(uscc),
        Command::PartySuspend { party, .. } | Command::PartyReinstate { party, .. } => Some(party.clone()),
        Command::QuotaGrant(grant) => enterprise(&grant.target.issuer),
        Command::QuotaAdjust(change) => enterprise(&change.target.issuer),
        Command::QuotaRefuse { target, .. } => enterprise(&target.issuer),
        Command::InvoiceIssue(content) => content.buyer.enterprise().and_then(enterprise),
        Command::PartyEnroll { .. }
        | Command::KeyAdd { .. }
        | Command::KeyRevoke { .. }
        | Command::Rules(_)
        | Command::QuotaApply { .. }
        | Command::ClaimTake { .. }
        | Command::Lock { .. }
        | Command::Renew { .. }
        | Command::Release { .. }
        | Command::Settle { .. }
        | Command::Book { .. }
        | Command::Unbook { .. } => None,
    }
}
