use crate::content::{Buyer, Content, Kind, Treatment};
use crate::rejection::{Check, Code, Finding, Rejection};

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
        return Err(refuse(Finding::new("/claim_key", Check::BuyerClaimKey)));
    }
    if content.buyer == Buyer::NaturalPerson && content.sealed_digest.is_none() {
        return Err(refuse(Finding::new("/sealed_digest", Check::BuyerSealed)));
    }
    match content.kind {
        Kind::Plain => Ok(()),
        Kind::Special if !deducts => {
            Err(refuse(Finding::new("/kind", Check::BuyerTaxpayer).wants("plain").found("special")))
        }
        Kind::Special => match content.lines.iter().position(|line| line.treatment == Treatment::Exempt) {
            Some(index) => {
                let finding = Finding::new(format!("/lines/{index}/treatment"), Check::BuyerExempt);
                Err(refuse(finding.found(Treatment::Exempt)))
            }
            None => Ok(()),
        },
    }
}

fn refuse(finding: Finding) -> Rejection {
    Rejection::member(Code::InvoiceBuyer, finding)
}
