//! What happens, in order.

mod authority;
mod issuing;
mod keys;
mod reimbursing;

use std::collections::BTreeMap;

use piao_domain::ids::PartyId;
use piao_domain::money::Fen;
use piao_domain::number::{InvoiceNumber, Segment};
use piao_protocol::claim::ClaimSecret;

use super::cast::companies;
use super::examples::INVOICES;
use super::stage::Stage;
use crate::exit::Failure;

/// Everything that the demo knows of an issued invoice.
struct Issued {
    number: InvoiceNumber,
    total: Fen,
    buyer: Option<PartyId>,
    secret: Option<ClaimSecret>,
}

/// Numbers of an issuer that are not used yet.
struct Numbers {
    segment: Segment,
    next: u64,
}

/// Plays the main job.
///
/// # Errors
/// [`Failure`] at the first step that does not go as it must.
pub(super) async fn play(stage: &mut Stage) -> Result<(), Failure> {
    let companies = companies()?;
    authority::register(stage, &companies).await?;
    authority::deploy(stage).await?;
    let drafts = issuing::drafts(INVOICES, &companies)?;
    let mut numbers = issuing::apply(stage, &companies, &drafts).await?;
    let issued = issuing::issue(stage, &drafts, &mut numbers).await?;
    issuing::refuse_to_issue(stage, &companies, &mut numbers).await?;
    issuing::run_out_of_quota(stage, &companies).await?;
    reimbursing::as_buyer(stage, &issued).await?;
    reimbursing::for_employee(stage, &companies, &issued).await?;
    keys::revoke(stage, &companies).await
}

impl Numbers {
    const fn of(segment: Segment) -> Self {
        Self { next: segment.first(), segment }
    }
}

fn take_number(numbers: &mut BTreeMap<PartyId, Numbers>, seller: &PartyId) -> Result<InvoiceNumber, Failure> {
    let none = || Failure::Negative(format!("{seller} has no number left"));
    let numbers = numbers.get_mut(seller).ok_or_else(none)?;
    let number = numbers.segment.number(numbers.next).ok_or_else(none)?;
    numbers.next += 1;
    Ok(number)
}

/// That an example or a company is missing, which this build would not be without.
fn missing(what: &str) -> Failure {
    Failure::Negative(format!("the demo has no {what}"))
}
