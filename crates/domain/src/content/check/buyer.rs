use crate::content::{Buyer, Content, Kind, Treatment};
use crate::rejection::{Code, Finding, Rejection};

/// Whoever is not a buyer enterprise needs a claim key, a natural person is sealed, and no special invoice goes to
/// a natural person or nobody or holds an exempt line.
///
/// # Errors
/// `invoice.buyer`.
pub fn buyer(content: &Content) -> Result<(), Rejection> {
    let (enterprise, deducts) = match content.buyer {
        Buyer::Enterprise { .. } => (true, true),
        Buyer::LegacyTaxpayer { .. } => (false, true),
        Buyer::NaturalPerson | Buyer::Unnamed => (false, false),
    };
    if !enterprise && content.claim_key.is_none() {
        return Err(refuse("/claim_key", "a claim key, or a buyer with a USCC", "none"));
    }
    if content.buyer == Buyer::NaturalPerson && content.sealed_digest.is_none() {
        return Err(refuse("/sealed_digest", "the digest of the buyer's sealed name and id", "none"));
    }
    match content.kind {
        Kind::Plain => Ok(()),
        Kind::Special if !deducts => Err(refuse("/kind", "plain, or a buyer that is a taxpayer", "special")),
        Kind::Special => match content.lines.iter().position(|line| line.treatment == Treatment::Exempt) {
            Some(index) => {
                Err(refuse(format!("/lines/{index}/treatment"), "not exempt on a special invoice", "exempt"))
            }
            None => Ok(()),
        },
    }
}

fn refuse(pointer: impl Into<String>, expected: &str, actual: &str) -> Rejection {
    Rejection::member(Code::InvoiceBuyer, Finding::new(pointer, expected, actual))
}
