use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Submission, SubmissionBody};

use super::IssuanceState;
use super::named_quota::submit_named;

/// A bureau changes what it granted (`quota.adjust`), never below what is used.
#[utoipa::path(
    tag = "quota",
    params(("id" = String, Path, description = "The application: the id of the transition that applied.")),
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/quotas/{id}:adjust")]
pub(super) async fn adjust_quota(
    state: web::Data<IssuanceState>,
    id: web::Path<String>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    submit_named(&state.edge, &head, submission, Kind::QuotaAdjust, &id).await
}
