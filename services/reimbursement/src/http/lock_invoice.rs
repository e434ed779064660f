use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Submission, SubmissionBody};

use super::ReimbursementState;

/// Lock an invoice for a reimbursement: `reimbursement.lock`, signed by the enterprise.
///
/// The receipt's `detail` holds the lock's id (the transition's own), its fencing token and the end of its lease. A 202
/// says only that the request is recorded: nothing is locked before a receipt says so. After a timeout send the very
/// same transition again and get the same receipt; a new one with the same `claim_ref` is refused `lock.claim_ref`,
/// names the earlier lock, and `differs` lists the members in which it differs from that.
#[utoipa::path(
    tag = "locks",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/locks")]
pub(super) async fn lock_invoice(
    state: web::Data<ReimbursementState>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state.edge.submit(&head, submission, &[Kind::Lock]).await
}
