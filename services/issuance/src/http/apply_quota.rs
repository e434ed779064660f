use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Submission, SubmissionBody};

use super::IssuanceState;

/// An issuer applies for a month's quota (`quota.apply`): granted at once inside the rules' allowance, else left to a
/// bureau.
#[utoipa::path(
    tag = "quota",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/quotas")]
pub(super) async fn apply_quota(
    state: web::Data<IssuanceState>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state.edge.submit(&head, submission, &[Kind::QuotaApply]).await
}
