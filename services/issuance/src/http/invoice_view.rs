//! An invoice as one caller may see it.

use piao_domain::command::Kind;
use piao_domain::ids::PartyId;
use piao_domain::time::Time;
use piao_domain::uppercase;
use piao_domain::uscc::Uscc;
use piao_edge::audience::{Audience, Axes};
use piao_edge::follow::InvoiceRecord;
use serde::Serialize;
use utoipa::ToSchema;

use crate::actions;
use crate::signer::Signer;

/// An invoice with its axes. Where a party is absent that must be there, the caller may not know it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invoice)]
pub(super) struct InvoiceView {
    /// Its number, 20 digits.
    number: String,
    /// Who issued it.
    issuer: String,
    /// The enterprise that it names as buyer.
    buyer: Option<String>,
    /// Without tax, fen.
    amount: i64,
    /// The tax, fen.
    tax: i64,
    /// With tax, 价税合计, fen.
    total: i64,
    /// The same, 大写.
    total_uppercase: String,
    /// Block time of its issue, UTC seconds.
    issued_at: i64,
    /// The transition that issued it, 64 hexadecimal digits.
    transition: String,
    /// Where it stands.
    axes: Axes,
    /// How many accepted transitions it has seen; its issue is 1.
    version: u64,
    /// Whether it is reimbursed in whole, for good. A booking can still be taken back.
    terminal: bool,
    /// The transition types that the ledger would accept from the caller now. For `claim.take` the claim key is taken
    /// to be at hand.
    #[schema(value_type = Vec<String>)]
    allowed_actions: Vec<&'static str>,
}

impl InvoiceView {
    pub(super) fn of(record: &InvoiceRecord, audience: &Audience<'_>, signer: &Signer, now: Time) -> Self {
        let invoice = &record.invoice;
        let actions = actions::allowed(invoice, signer, now);
        Self {
            number: invoice.number.to_string(),
            issuer: party(&invoice.issuer),
            buyer: invoice.buyer.as_ref().map(party),
            amount: invoice.amount.get(),
            tax: invoice.total.get() - invoice.amount.get(),
            total: invoice.total.get(),
            total_uppercase: uppercase::write(invoice.total),
            issued_at: invoice.issued_at.unix(),
            transition: invoice.issued_by.to_string(),
            axes: Axes::of(audience, now),
            version: record.version,
            terminal: invoice.is_reimbursed(),
            allowed_actions: actions.into_iter().map(Kind::as_str).collect(),
        }
    }
}

fn party(enterprise: &Uscc) -> String {
    PartyId::Enterprise(*enterprise).to_string()
}
