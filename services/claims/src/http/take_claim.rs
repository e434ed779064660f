use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Submission, SubmissionBody};

use super::ClaimsState;

/// Take an invoice: `claim.take`, signed by who holds it from then on.
///
/// The signer is the enterprise named as buyer, or shows the proof that the one-time claim key made for it. A claim of
/// an invoice that names no buyer is bearer: who has the claim key may take it.
#[utoipa::path(
    tag = "claims",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/claims")]
pub(super) async fn take_claim(
    state: web::Data<ClaimsState>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state.edge.submit(&head, submission, &[Kind::ClaimTake]).await
}
