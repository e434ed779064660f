//! `claim.take`, `claim.present`, `claim.withdraw`

use piao_domain::command::{ClaimSignature, Command};
use piao_domain::number::InvoiceNumber;
use piao_domain::uscc::Uscc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::leaf::{Maybe, Of};
use super::{Body, BodyError, Wire};

/// A holder takes an invoice.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Take {
    /// Which invoice.
    pub(super) invoice: Of<InvoiceNumber>,
    /// Ed25519 by the claim key over `"piao/claim/v1\0"` and JCS({chain, invoice, holder}), base64url. The named
    /// buyer needs none.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) proof: Maybe<Of<ClaimSignature>>,
}

/// The holder presents an invoice to an enterprise.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Present {
    /// Which invoice.
    pub(super) invoice: Of<InvoiceNumber>,
    /// To whom.
    pub(super) party: Of<Uscc>,
}

/// The holder takes a presentation back.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Withdraw {
    /// Which invoice.
    pub(super) invoice: Of<InvoiceNumber>,
    /// From whom.
    pub(super) party: Of<Uscc>,
}

impl Wire for Take {
    fn into_body(self) -> Result<Body, BodyError> {
        Ok(Body::new(Command::ClaimTake { invoice: self.invoice.0, proof: self.proof.into_item() }))
    }
}

impl Wire for Present {
    fn into_body(self) -> Result<Body, BodyError> {
        Ok(Body::new(Command::ClaimPresent { invoice: self.invoice.0, enterprise: self.party.0 }))
    }
}

impl Wire for Withdraw {
    fn into_body(self) -> Result<Body, BodyError> {
        Ok(Body::new(Command::ClaimWithdraw { invoice: self.invoice.0, enterprise: self.party.0 }))
    }
}
