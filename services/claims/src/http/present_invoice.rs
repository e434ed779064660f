use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Said, Submission, SubmissionBody};

use super::ClaimsState;

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
    let submitted =
        state.edge.submit_named(&head, submission, Kind::ClaimPresent, [&number], |_, command| {
            let Command::ClaimPresent { invoice, enterprise: _ } = command else { return None };
            Some([Said::new("/body/invoice", invoice)])
        });
    submitted.await
}
