use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Said, Submission, SubmissionBody};

use super::ReimbursementState;

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
    let submitted =
        state.edge.submit_named(&head, submission, Kind::ForceRelease, [&number], |_, command| {
            let Command::ForceRelease { invoice, .. } = command else { return None };
            Some([Said::new("/body/invoice", invoice)])
        });
    submitted.await
}
