use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Said, Submission, SubmissionBody};

use super::ReimbursementState;

/// Give a lock up: `reimbursement.release`, signed by its owner with its fencing token.
#[utoipa::path(
    tag = "locks",
    params(("id" = String, Path, description = "The lock's id, 64 hexadecimal digits, as in the body's `lock`")),
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/locks/{id}:release")]
pub(super) async fn release_lock(
    state: web::Data<ReimbursementState>,
    head: Head,
    id: web::Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let submitted = state.edge.submit_named(&head, submission, Kind::Release, [&id], |_, command| {
        let Command::Release { lock, .. } = command else { return None };
        Some([Said::new("/body/lock", lock.id)])
    });
    submitted.await
}
