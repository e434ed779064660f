//! What is printed on an invoice, and the checks of it that need nothing but itself (domain §5).

mod buyer;
pub mod check;
mod line;
mod text;

pub use buyer::{Buyer, LegacyTaxId};
pub use line::{Entered, Line, Lines, Measure, Nature, Treatment};
pub use text::Text;

use crate::ids::OrderRef;
use crate::money::Fen;
use crate::number::InvoiceNumber;

/// What an issuer puts on an invoice. Well formed, but right only after [`check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its number, in the issuer's own segment.
    pub number: InvoiceNumber,
    /// Special or plain.
    pub kind: Kind,
    /// Who is named as buyer.
    pub buyer: Buyer,
    /// The public half of the one-time key whose holder may claim it.
    pub claim_key: Option<ClaimKey>,
    /// What was sold, in the order printed.
    pub lines: Lines,
    /// The lines' amounts without tax together.
    pub amount: Fen,
    /// The lines' tax together.
    pub tax: Fen,
    /// Amount and tax together, 价税合计.
    pub total: Fen,
    /// The order that it bills.
    pub order: Option<Order>,
    /// The digest of what is sealed beside it (protocol §3): a natural person's name and id, remarks, drawer.
    pub sealed_digest: Option<[u8; 32]>,
}

/// Whether its buyer may deduct the tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 专用发票: the buyer may deduct the tax.
    Special,
    /// 普通发票.
    Plain,
}

/// The public half of the one-time Ed25519 key that travels with an invoice nobody has claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimKey([u8; 32]);

impl ClaimKey {
    /// Takes the encoded point (RFC 8032 §5.1.2). That it is one is found out when a proof is checked.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The encoded point.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The merchant's order that an invoice bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The merchant's reference.
    pub reference: OrderRef,
    /// A digest of the order, of the merchant's own making.
    pub digest: [u8; 32],
}
