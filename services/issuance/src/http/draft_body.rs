//! A plain JSON question: an invoice, unsigned.

use piao_domain::command::{Command, Kind};
use piao_domain::content::Content;
use piao_edge::problem::Problem;
use piao_protocol::body;
use utoipa::ToSchema;

/// An invoice as it is asked about: the body of an `invoice.issue`, unsigned, from which may be left out what follows
/// from the rest.
#[derive(ToSchema)]
#[schema(as = InvoiceDraft)]
#[expect(dead_code, reason = "only its schema is used: the protocol reads the body as it reads a signed one")]
pub(super) struct DraftSchema {
    /// Its number, 20 digits; where absent, the issuer's next free one.
    number: Option<String>,
    /// `special` or `plain`; `plain` where absent.
    kind: Option<String>,
    /// Who is named as buyer: `{type, id?, name?}`.
    #[schema(value_type = Object)]
    buyer: String,
    /// The public half of the one-time claim key.
    claim_key: Option<String>,
    /// Its lines. `nature`, `entered`, `amount`, `tax` and `price` may be absent; a line may carry `total` (fen, tax
    /// included), from which amount and tax then follow.
    #[schema(value_type = Vec<Object>)]
    lines: Vec<String>,
    /// Without tax, fen.
    amount: Option<i64>,
    /// The tax, fen.
    tax: Option<i64>,
    /// With tax, fen.
    total: Option<i64>,
    /// The order that it bills: `{reference, digest}`.
    #[schema(value_type = Object)]
    order: Option<String>,
    /// The digest of what will be sealed beside it.
    sealed_digest: Option<String>,
}

/// Reads an invoice by the same door as a signed body.
pub(super) fn content_of(text: &str) -> Result<Box<Content>, Problem> {
    let body = body::parse(Kind::InvoiceIssue.as_str(), text).map_err(|error| Problem::body(&error, ""))?;
    match body.into_command() {
        Command::InvoiceIssue(content) => Ok(content),
        // A body of this type is no other command.
        other => Err(Problem::schema("", other.kind().as_str())),
    }
}
