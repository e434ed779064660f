use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Said, Submission, SubmissionBody};

use super::ReimbursementState;

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
    let submitted = state.edge.submit_named(&head, submission, Kind::Settle, [&id], |_, command| {
        let Command::Settle { lock, .. } = command else { return None };
        Some([Said::new("/body/lock", lock.id)])
    });
    submitted.await
}
