//! `invoice.issue`

mod buyer;
mod line;

use piao_domain::command::Command;
use piao_domain::content::{ClaimKey, Content, Kind, Lines};
use piao_domain::ids::OrderRef;
use piao_domain::number::InvoiceNumber;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::buyer::Buyer;
use self::line::Line;
use super::leaf::{Amount, Int, Maybe, Of};
use super::{Body, BodyError, Wire};
use crate::digest::SealedDigest;
use crate::json::{Flaw, JsonError};

/// An issuer issues an invoice.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Issue {
    /// Its number: 20 digits, in the issuer's own segment.
    number: Of<InvoiceNumber>,
    /// `special` (专用发票: the buyer may deduct the tax) or `plain` (普通发票).
    kind: Of<Kind>,
    /// Who is named as buyer.
    buyer: Buyer,
    /// The public half of the one-time Ed25519 key whose holder may claim it, base64url. Needed unless an
    /// enterprise is named as buyer.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    claim_key: Maybe<Of<ClaimKey>>,
    /// What was sold, in the order printed.
    #[schemars(length(min = 1, max = 2000))]
    lines: Vec<Line>,
    /// The lines' amounts without tax together, in fen.
    amount: Amount,
    /// The lines' tax together, in fen.
    tax: Amount,
    /// Amount and tax together, in fen: 价税合计.
    total: Amount,
    /// The order that it bills.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    order: Maybe<Order>,
    /// Digest of what is sealed beside it: a natural person's name and id, remarks, drawer, payee, reviewer.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    sealed_digest: Maybe<Of<SealedDigest>>,
}

/// The merchant's order that an invoice bills.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    /// The merchant's reference: opaque, never a name.
    reference: Of<OrderRef>,
    /// A digest of the order, of the merchant's own making.
    digest: Of<[u8; 32]>,
}

impl From<&Content> for Issue {
    fn from(content: &Content) -> Self {
        let order = content
            .order
            .as_ref()
            .map(|order| Order { reference: Of(order.reference.clone()), digest: Of(order.digest) });
        Self {
            number: Of(content.number),
            kind: Of(content.kind),
            buyer: Buyer::from(&content.buyer),
            claim_key: Maybe(content.claim_key.map(Of)),
            lines: content.lines.iter().map(Line::from).collect(),
            amount: Int(content.amount),
            tax: Int(content.tax),
            total: Int(content.total),
            order: Maybe(order),
            sealed_digest: Maybe(content.sealed_digest.map(|digest| Of(SealedDigest::new(digest)))),
        }
    }
}

impl Wire for Issue {
    fn into_body(self) -> Result<Body, BodyError> {
        let mut lines = Vec::with_capacity(self.lines.len());
        for (index, line) in self.lines.into_iter().enumerate() {
            lines.push(line.into_domain(index)?);
        }
        let count = lines.len();
        let lines = Lines::new(lines).map_err(|malformed| {
            let within = format!("1..{}", Lines::MAX);
            JsonError::new("/lines", Flaw::Count, malformed).wants(within).found(count)
        })?;
        let order = self.order.0.map(|Order { reference: Of(reference), digest: Of(digest) }| {
            piao_domain::content::Order { reference, digest }
        });
        Ok(Body::new(Command::InvoiceIssue(Box::new(Content {
            number: self.number.0,
            kind: self.kind.0,
            buyer: self.buyer.into_domain()?,
            claim_key: self.claim_key.into_item(),
            lines,
            amount: self.amount.0,
            tax: self.tax.0,
            total: self.total.0,
            order,
            sealed_digest: self.sealed_digest.into_item().map(|digest| *digest.as_bytes()),
        }))))
    }
}
