use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_domain::ids::PartyId;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Said, Submission, SubmissionBody};

use super::ClaimsState;

/// Take a presentation back: `claim.withdraw`, signed by the holder.
///
/// Refused while that enterprise holds a live lock.
#[utoipa::path(
    tag = "claims",
    params(
        ("number" = String, Path, description = "The invoice's number, 20 digits, as in the body's `invoice`"),
        ("party" = String, Path, description = "The enterprise, `uscc:` and 18 characters, as in the body's `party`"),
    ),
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/invoices/{number}/presentations/{party}:withdraw")]
pub(super) async fn withdraw_presentation(
    state: web::Data<ClaimsState>,
    head: Head,
    path: web::Path<(String, String)>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let submitted =
        state.edge.submit_named(&head, submission, Kind::ClaimWithdraw, [&path.0, &path.1], |_, command| {
            let Command::ClaimWithdraw { invoice, enterprise } = command else { return None };
            Some([
                Said::new("/body/invoice", invoice),
                Said::new("/body/party", PartyId::Enterprise(*enterprise)),
            ])
        });
    submitted.await
}
