use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::service::Edge;
use piao_edge::submit::{Submission, SubmissionBody};

use super::ReimbursementState;
use super::agree::{agree, command};

/// Keep a lock for longer: `reimbursement.renew`, signed by its owner with its fencing token.
///
/// The longest lease of the rules counts from the lock's acceptance, renewals included; the token stays.
#[utoipa::path(
    tag = "locks",
    params(("id" = String, Path, description = "The lock's id, 64 hexadecimal digits, as in the body's `lock`")),
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/locks/{id}:renew")]
pub(super) async fn renew_lock(
    state: web::Data<ReimbursementState>,
    head: Head,
    id: web::Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    names(&state.edge, &submission, &id)?;
    state.edge.submit(&head, submission, &[Kind::Renew]).await
}

fn names(edge: &Edge, submission: &Submission, id: &str) -> Result<(), Problem> {
    match command(edge, submission, &[Kind::Renew])? {
        Command::Renew { lock, .. } => agree("/body/lock", id, lock.id),
        // The type was checked, so the command is no other.
        other => Err(Problem::schema("/type", Kind::Renew.as_str()).found(other.kind().as_str())),
    }
}
