//! Commands by their parts, for whom a [`Command`] is too much to write.

use piao_domain::command::{ClaimSignature, Command, Kind, ReasonCode};
use piao_domain::ids::{ChainId, ClaimRef, KeyId, PartyId};
use piao_domain::invoice::{LockRequest, LockUse};
use piao_domain::key::PublicKey;
use piao_domain::money::Fen;
use piao_domain::number::{InvoiceNumber, Segment};
use piao_domain::party::{Industry, NewKey, Region};
use piao_domain::quota::{Adjustment, ApplicationRef, Grant};
use piao_domain::rules::{Allowance, RuleChange, RuleVersion};
use piao_domain::time::{Date, Month};
use piao_domain::uscc::Uscc;
use piao_protocol::body::{self, Body, BodyError};
use piao_protocol::claim::ClaimSecret;
use piao_protocol::jwk;

/// `party.register`, by a bureau.
#[must_use]
pub fn register(
    enterprise: Uscc,
    name: &str,
    region: Region,
    industry: Industry,
    key: &PublicKey,
) -> Command {
    Command::PartyRegister { enterprise, name: name.to_owned(), region, industry, key: new_key(key) }
}

/// `party.enroll`, by the person whose first key this is.
#[must_use]
pub fn enroll(key: &PublicKey) -> Command {
    Command::PartyEnroll { key: new_key(key) }
}

/// `party.suspend`, by a bureau.
#[must_use]
pub const fn suspend(party: PartyId, reason: ReasonCode) -> Command {
    Command::PartySuspend { party, reason }
}

/// `party.reinstate`, by a bureau.
#[must_use]
pub const fn reinstate(party: PartyId, reason: ReasonCode) -> Command {
    Command::PartyReinstate { party, reason }
}

/// `key.add`, a further key of the signer.
#[must_use]
pub fn add_key(key: &PublicKey) -> Command {
    Command::KeyAdd { key: new_key(key) }
}

/// `key.revoke`, a key of the signer.
#[must_use]
pub const fn revoke_key(key: KeyId) -> Command {
    Command::KeyRevoke { key }
}

/// `key.reset`, by a bureau.
#[must_use]
pub fn reset_keys(enterprise: Uscc, key: &PublicKey, reason: ReasonCode) -> Command {
    Command::KeyReset { enterprise, key: new_key(key), reason }
}

/// `rules.deploy`, by a bureau: `json` is the body, as a file of `examples/rules/` holds it.
///
/// # Errors
/// [`BodyError`] where it is none.
pub fn deploy_rules(json: &str) -> Result<Command, BodyError> {
    body::parse(Kind::RulesDeploy.as_str(), json).map(Body::into_command)
}

/// `rules.activate`, by a bureau.
#[must_use]
pub const fn activate_rules(version: RuleVersion, from: Date) -> Command {
    Command::Rules(RuleChange::Activate { version, from })
}

/// `rules.retire`, by a bureau.
#[must_use]
pub const fn retire_rules(version: RuleVersion) -> Command {
    Command::Rules(RuleChange::Retire { version })
}

/// `quota.apply`, by an issuer.
#[must_use]
pub const fn apply_for_quota(month: Month, asked: Allowance) -> Command {
    Command::QuotaApply { month, asked }
}

/// `quota.grant`, by a bureau; under the next free numbers where no segment is named.
#[must_use]
pub const fn grant_quota(target: ApplicationRef, given: Allowance, segment: Option<Segment>) -> Command {
    Command::QuotaGrant(Grant { target, given, segment })
}

/// `quota.adjust`, by a bureau.
#[must_use]
pub const fn adjust_quota(adjustment: Adjustment) -> Command {
    Command::QuotaAdjust(adjustment)
}

/// `quota.refuse`, by a bureau.
#[must_use]
pub const fn refuse_quota(target: ApplicationRef, reason: ReasonCode) -> Command {
    Command::QuotaRefuse { target, reason }
}

/// `claim.take` by whoever was handed the claim key; the proof binds chain, invoice and holder.
#[must_use]
pub fn claim_with(
    secret: &ClaimSecret,
    chain: &ChainId,
    invoice: InvoiceNumber,
    holder: &PartyId,
) -> Command {
    let proof = secret.sign_claim(chain, invoice.as_str(), holder);
    Command::ClaimTake { invoice, proof: Some(ClaimSignature(*proof.as_bytes())) }
}

/// `claim.take` by the enterprise that is named as buyer.
#[must_use]
pub const fn claim_as_buyer(invoice: InvoiceNumber) -> Command {
    Command::ClaimTake { invoice, proof: None }
}

/// `claim.present`, by the holder.
#[must_use]
pub const fn present(invoice: InvoiceNumber, enterprise: Uscc) -> Command {
    Command::ClaimPresent { invoice, enterprise }
}

/// `claim.withdraw`, by the holder.
#[must_use]
pub const fn withdraw(invoice: InvoiceNumber, enterprise: Uscc) -> Command {
    Command::ClaimWithdraw { invoice, enterprise }
}

/// `reimbursement.lock`, by an enterprise. `claim_ref` is its own reference, never used before for this invoice.
#[must_use]
pub const fn lock(invoice: InvoiceNumber, claim_ref: ClaimRef, amount: Fen, lease_seconds: u32) -> Command {
    Command::Lock { invoice, request: LockRequest { claim_ref, amount, lease_seconds } }
}

/// `reimbursement.renew`, by the lock's owner.
#[must_use]
pub const fn renew(invoice: InvoiceNumber, lock: LockUse, lease_seconds: u32) -> Command {
    Command::Renew { invoice, lock, lease_seconds }
}

/// `reimbursement.release`, by the lock's owner.
#[must_use]
pub const fn release(invoice: InvoiceNumber, lock: LockUse) -> Command {
    Command::Release { invoice, lock }
}

/// `reimbursement.settle`, by the lock's owner: the whole lock, for good.
#[must_use]
pub const fn settle(invoice: InvoiceNumber, lock: LockUse) -> Command {
    Command::Settle { invoice, lock }
}

/// `reimbursement.force_release`, by a bureau.
#[must_use]
pub const fn force_release(invoice: InvoiceNumber, enterprise: Uscc, reason: ReasonCode) -> Command {
    Command::ForceRelease { invoice, enterprise, reason }
}

/// `booking.book`: into state 02 where `deductible`, else 03.
#[must_use]
pub const fn book(invoice: InvoiceNumber, deductible: bool) -> Command {
    Command::Book { invoice, deductible }
}

/// `booking.unbook`.
#[must_use]
pub const fn unbook(invoice: InvoiceNumber) -> Command {
    Command::Unbook { invoice }
}

fn new_key(key: &PublicKey) -> NewKey {
    NewKey { id: jwk::thumbprint(key), public: *key }
}
