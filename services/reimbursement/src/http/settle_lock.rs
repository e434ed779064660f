use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::service::Edge;
use piao_edge::submit::{Submission, SubmissionBody};

use super::ReimbursementState;
use super::agree::{agree, command};

/// Record that a whole lock is reimbursed, for good: `reimbursement.settle`, signed by its owner with its fencing token.
///
/// The invoice must be booked by the same enterprise, unless the rules waive it. Pay only when the proof bundle of the
/// accepted settlement is at hand, under a signed checkpoint.
#[utoipa::path(
    tag = "locks",
    params(("id" = String, Path, description = "The lock's id, 64 hexadecimal digits, as in the body's `lock`")),
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/locks/{id}:settle")]
pub(super) async fn settle_lock(
    state: web::Data<ReimbursementState>,
    head: Head,
    id: web::Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    names(&state.edge, &submission, &id)?;
    state.edge.submit(&head, submission, &[Kind::Settle]).await
}

fn names(edge: &Edge, submission: &Submission, id: &str) -> Result<(), Problem> {
    match command(edge, submission, &[Kind::Settle])? {
        Command::Settle { lock, .. } => agree("/body/lock", id, lock.id),
        // The type was checked, so the command is no other.
        other => Err(Problem::schema("/type", Kind::Settle.as_str()).found(other.kind().as_str())),
    }
}
