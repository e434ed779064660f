//! The path of every endpoint: the resource map of the REST interface, in one place.

use piao_domain::command::Command;
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::number::InvoiceNumber;
use piao_domain::rules::{RuleChange, RuleVersion};
use piao_domain::uscc::Uscc;
use piao_protocol::jwk;

use crate::endpoints::Service;

/// Any transition, whatever its type: `POST` to the ledger.
pub const TRANSITIONS: &str = "/v1/transitions";
pub(crate) const PARTIES: &str = "/v1/parties";
pub(crate) const RULE_SETS: &str = "/v1/rule-sets";
pub(crate) const QUOTAS: &str = "/v1/quotas";
pub(crate) const INVOICES: &str = "/v1/invoices";
pub(crate) const CLAIMS: &str = "/v1/claims";
pub(crate) const LOCKS: &str = "/v1/locks";
pub(crate) const BOOKINGS: &str = "/v1/bookings";
pub(crate) const INBOX: &str = "/v1/inbox";
pub(crate) const CHECKPOINT: &str = "/log/checkpoint";

/// Where a transition is posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Which service takes it.
    pub service: Service,
    /// The path below the service's base URL. The method is always `POST`.
    pub path: String,
}

/// Where a party posts a command.
#[must_use]
pub fn route_of(signer: &PartyId, command: &Command) -> Route {
    let (service, path) = match command {
        Command::PartyRegister { .. } | Command::PartyEnroll { .. } => {
            (Service::Registry, PARTIES.to_owned())
        }
        Command::PartySuspend { party, .. } => (Service::Registry, act(&party_path(party), "suspend")),
        Command::PartyReinstate { party, .. } => (Service::Registry, act(&party_path(party), "reinstate")),
        Command::KeyReset { enterprise, .. } => {
            (Service::Registry, act(&party_path(&PartyId::Enterprise(*enterprise)), "reset"))
        }
        Command::KeyAdd { .. } => (Service::Registry, keys(signer)),
        Command::KeyRevoke { key } => {
            (Service::Registry, act(&format!("{}/{}", keys(signer), jwk::kid(key)), "revoke"))
        }
        Command::Rules(change) => (Service::Rules, rules_path(change)),
        Command::QuotaApply { .. } => (Service::Issuance, QUOTAS.to_owned()),
        Command::QuotaGrant(grant) => (Service::Issuance, act(&quota(&grant.target.application), "grant")),
        Command::QuotaAdjust(adjusted) => {
            (Service::Issuance, act(&quota(&adjusted.target.application), "adjust"))
        }
        Command::QuotaRefuse { target, .. } => {
            (Service::Issuance, act(&quota(&target.application), "refuse"))
        }
        Command::InvoiceIssue(_) => (Service::Issuance, INVOICES.to_owned()),
        Command::ClaimTake { .. } => (Service::Claims, CLAIMS.to_owned()),
        Command::ClaimPresent { invoice, .. } => (Service::Claims, presentations(invoice)),
        Command::ClaimWithdraw { invoice, enterprise } => {
            (Service::Claims, act(&presentation(invoice, enterprise), "withdraw"))
        }
        Command::Lock { .. } => (Service::Reimbursement, LOCKS.to_owned()),
        Command::Renew { lock, .. } => (Service::Reimbursement, act(&lock_path(&lock.id), "renew")),
        Command::Release { lock, .. } => (Service::Reimbursement, act(&lock_path(&lock.id), "release")),
        Command::Settle { lock, .. } => (Service::Reimbursement, act(&lock_path(&lock.id), "settle")),
        Command::ForceRelease { invoice, .. } => {
            (Service::Reimbursement, act(&invoice_path(invoice), "force-release"))
        }
        Command::Book { .. } => (Service::Reimbursement, BOOKINGS.to_owned()),
        Command::Unbook { invoice } => {
            (Service::Reimbursement, act(&format!("{BOOKINGS}/{invoice}"), "unbook"))
        }
    };
    Route { service, path }
}

fn rules_path(change: &RuleChange) -> String {
    match change {
        RuleChange::Deploy(_) => RULE_SETS.to_owned(),
        RuleChange::Activate { version, .. } => act(&rule_set(version), "activate"),
        RuleChange::Retire { version } => act(&rule_set(version), "retire"),
    }
}

fn act(resource: &str, verb: &str) -> String {
    format!("{resource}:{verb}")
}

pub(crate) fn party_path(party: &PartyId) -> String {
    format!("{PARTIES}/{party}")
}

fn keys(party: &PartyId) -> String {
    format!("{PARTIES}/{party}/keys")
}

pub(crate) fn rule_set(version: &RuleVersion) -> String {
    format!("{RULE_SETS}/{}/{}", version.id, version.version)
}

fn quota(application: &TransitionId) -> String {
    format!("{QUOTAS}/{application}")
}

pub(crate) fn quota_entries(application: &TransitionId) -> String {
    format!("{QUOTAS}/{application}/entries")
}

pub(crate) fn invoice_path(number: &InvoiceNumber) -> String {
    format!("{INVOICES}/{number}")
}

pub(crate) fn invoice_history(number: &InvoiceNumber) -> String {
    format!("{INVOICES}/{number}/history")
}

pub(crate) fn prepare_invoice() -> String {
    act(INVOICES, "prepare")
}

pub(crate) fn check_invoice() -> String {
    act(INVOICES, "check")
}

pub(crate) fn check_lock() -> String {
    act(LOCKS, "check")
}

pub(crate) fn binding() -> String {
    act(RULE_SETS, "binding")
}

fn presentations(number: &InvoiceNumber) -> String {
    format!("{INVOICES}/{number}/presentations")
}

fn presentation(number: &InvoiceNumber, enterprise: &Uscc) -> String {
    format!("{INVOICES}/{number}/presentations/uscc:{enterprise}")
}

pub(crate) fn lock_path(lock: &TransitionId) -> String {
    format!("{LOCKS}/{lock}")
}

pub(crate) fn transition(id: &TransitionId) -> String {
    format!("{TRANSITIONS}/{id}")
}

pub(crate) fn proof(id: &TransitionId) -> String {
    format!("{TRANSITIONS}/{id}/proof")
}

pub(crate) fn blocks(from: u64, limit: u32) -> String {
    format!("/v1/blocks?from={from}&limit={limit}")
}
