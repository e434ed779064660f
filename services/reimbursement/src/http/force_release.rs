use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::service::Edge;
use piao_edge::submit::{Submission, SubmissionBody};

use super::ReimbursementState;
use super::agree::{agree, command};

/// End an enterprise's locks on an invoice and take back its booking: `reimbursement.force_release`, signed by a bureau.
#[utoipa::path(
    tag = "locks",
    params(("number" = String, Path, description = "The invoice's number, 20 digits, as in the body's `invoice`")),
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/invoices/{number}:force-release")]
pub(super) async fn force_release(
    state: web::Data<ReimbursementState>,
    head: Head,
    number: web::Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    names(&state.edge, &submission, &number)?;
    state.edge.submit(&head, submission, &[Kind::ForceRelease]).await
}

fn names(edge: &Edge, submission: &Submission, number: &str) -> Result<(), Problem> {
    match command(edge, submission, &[Kind::ForceRelease])? {
        Command::ForceRelease { invoice, .. } => agree("/body/invoice", number, invoice),
        // The type was checked, so the command is no other.
        other => Err(Problem::schema("/type", Kind::ForceRelease.as_str()).found(other.kind().as_str())),
    }
}
