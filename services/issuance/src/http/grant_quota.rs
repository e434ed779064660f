use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::Head;
use piao_edge::problem::{Problem, ProblemDocument};
use piao_edge::submit::{Recorded, Submission, SubmissionBody};

use super::IssuanceState;
use super::named_quota::names;

/// A bureau grants an application (`quota.grant`), perhaps other than asked for.
#[utoipa::path(
    tag = "quota",
    params(("id" = String, Path, description = "The application: the id of the transition that applied.")),
    request_body(content(
        (SubmissionBody = "application/json"),
        (String = "application/jose"),
    )),
    responses(
        (status = 201, description = "Decided and accepted: the receipt.", body = serde_json::Value),
        (status = 200, description = "Decided and accepted before: the same receipt.", body = serde_json::Value),
        (status = 202, description = "Recorded; it will be decided.", body = Recorded),
        (status = 400, description = "Not JSON, or no compact JWS.", body = ProblemDocument),
        (status = 401, description = "Unknown party or key, or a wrong signature.", body = ProblemDocument),
        (status = 409, description = "Decided and refused, with the receipt.", body = ProblemDocument),
        (status = 413, description = "Too large.", body = ProblemDocument),
        (status = 415, description = "Another content type.", body = ProblemDocument),
        (status = 422, description = "Well-formed, but never acceptable.", body = ProblemDocument),
        (status = 503, description = "Something that we need is away.", body = ProblemDocument),
    )
)]
#[post("/v1/quotas/{id}:grant")]
pub(crate) async fn grant_quota(
    state: web::Data<IssuanceState>,
    id: web::Path<String>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    names(&state.edge, &submission, Kind::QuotaGrant, &id)?;
    state.edge.submit(&head, submission, &[Kind::QuotaGrant]).await
}
