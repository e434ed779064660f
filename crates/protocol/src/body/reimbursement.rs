//! `reimbursement.lock`, `reimbursement.renew`, `reimbursement.release`, `reimbursement.settle`,
//! `reimbursement.force_release`

use piao_domain::command::{Command, ReasonCode};
use piao_domain::ids::{ClaimRef, TransitionId};
use piao_domain::invoice::{LockRequest, LockUse};
use piao_domain::number::InvoiceNumber;
use piao_domain::uscc::Uscc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::leaf::{Amount, Maybe, Of, Seconds, Token};
use super::{Body, BodyError, Wire};
use crate::digest::SealedDigest;

/// An enterprise locks an amount of an invoice.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    /// Which invoice.
    pub(super) invoice: Of<InvoiceNumber>,
    /// The enterprise's own reference of the reimbursement claim: opaque, never a name, once for ever on this
    /// invoice.
    pub(super) claim_ref: Of<ClaimRef>,
    /// How much, in fen.
    pub(super) amount: Amount,
    /// For how long from block time, in seconds.
    pub(super) lease_seconds: Seconds,
}

/// The owner of a lock keeps it for longer.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Renew {
    /// Which invoice.
    pub(super) invoice: Of<InvoiceNumber>,
    /// The id of the transition that made the lock.
    pub(super) lock: Of<TransitionId>,
    /// The lock's fencing token.
    pub(super) token: Token,
    /// For how long from block time, in seconds.
    pub(super) lease_seconds: Seconds,
}

/// The owner of a lock gives it up.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    /// Which invoice.
    pub(super) invoice: Of<InvoiceNumber>,
    /// The id of the transition that made the lock.
    pub(super) lock: Of<TransitionId>,
    /// The lock's fencing token.
    pub(super) token: Token,
}

/// The owner of a lock has reimbursed all of it, for good.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settle {
    /// Which invoice.
    pub(super) invoice: Of<InvoiceNumber>,
    /// The id of the transition that made the lock.
    pub(super) lock: Of<TransitionId>,
    /// The lock's fencing token.
    pub(super) token: Token,
}

/// A bureau ends an enterprise's locks on an invoice and takes back its booking.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ForceRelease {
    /// Which invoice.
    pub(super) invoice: Of<InvoiceNumber>,
    /// Whose locks and booking.
    pub(super) party: Of<Uscc>,
    /// Why, by a code of the bureau's own list.
    pub(super) reason: Of<ReasonCode>,
    /// Digest of what is sealed beside it: the reason in words.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) sealed_digest: Maybe<Of<SealedDigest>>,
}

impl Wire for Lock {
    fn into_body(self) -> Result<Body, BodyError> {
        let Self { invoice: Of(invoice), claim_ref: Of(claim_ref), amount, lease_seconds } = self;
        let request = LockRequest { claim_ref, amount: amount.0, lease_seconds: lease_seconds.0 };
        Ok(Body::new(Command::Lock { invoice, request }))
    }
}

impl Wire for Renew {
    fn into_body(self) -> Result<Body, BodyError> {
        let lock = LockUse { id: self.lock.0, token: self.token.0 };
        let lease_seconds = self.lease_seconds.0;
        Ok(Body::new(Command::Renew { invoice: self.invoice.0, lock, lease_seconds }))
    }
}

impl Wire for Release {
    fn into_body(self) -> Result<Body, BodyError> {
        let lock = LockUse { id: self.lock.0, token: self.token.0 };
        Ok(Body::new(Command::Release { invoice: self.invoice.0, lock }))
    }
}

impl Wire for Settle {
    fn into_body(self) -> Result<Body, BodyError> {
        let lock = LockUse { id: self.lock.0, token: self.token.0 };
        Ok(Body::new(Command::Settle { invoice: self.invoice.0, lock }))
    }
}

impl Wire for ForceRelease {
    fn into_body(self) -> Result<Body, BodyError> {
        let Self { invoice: Of(invoice), party: Of(enterprise), reason: Of(reason), sealed_digest } = self;
        let sealed_digest = sealed_digest.into_item();
        Ok(Body { command: Command::ForceRelease { invoice, enterprise, reason }, sealed_digest })
    }
}
