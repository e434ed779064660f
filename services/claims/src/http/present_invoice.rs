use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::service::Edge;
use piao_edge::submit::{Submission, SubmissionBody};

use super::ClaimsState;
use super::agree::{agree, command};

/// Present an invoice to one more enterprise: `claim.present`, signed by its holder.
///
/// Earlier presentations stay; presenting to the same enterprise again is accepted.
#[utoipa::path(
    tag = "claims",
    params(("number" = String, Path, description = "The invoice's number, 20 digits, as in the body's `invoice`")),
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/invoices/{number}/presentations")]
pub(super) async fn present_invoice(
    state: web::Data<ClaimsState>,
    head: Head,
    number: web::Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    names(&state.edge, &submission, &number)?;
    state.edge.submit(&head, submission, &[Kind::ClaimPresent]).await
}

fn names(edge: &Edge, submission: &Submission, number: &str) -> Result<(), Problem> {
    match command(edge, submission, &[Kind::ClaimPresent])? {
        Command::ClaimPresent { invoice, enterprise: _ } => agree("/body/invoice", number, invoice),
        // The type was checked, so the command is no other.
        other => Err(Problem::schema("/type", Kind::ClaimPresent.as_str()).found(other.kind().as_str())),
    }
}
