use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::Head;
use piao_edge::problem::{Problem, ProblemDocument};
use piao_edge::submit::{Recorded, Submission, SubmissionBody};

use super::RulesState;
use super::named::submit_named;

/// Let a version of a rule set bind nobody any more.
///
/// `rules.retire`, signed by a bureau. The next lower active version binds again.
#[utoipa::path(
    tag = "rules",
    request_body(content = SubmissionBody, description = "Or the bare compact JWS as application/jose"),
    params(
        ("id" = String, Path, description = "The set"),
        ("version" = u32, Path, description = "Its version, counting up from 1"),
        ("Prefer" = Option<String>, Header, description = "wait=N, 0 to 30 seconds, 5 where not said"),
    ),
    responses(
        (status = 200, description = "Decided before; the same receipt again"),
        (status = 201, description = "Decided and accepted; the receipt"),
        (status = 202, description = "Recorded, and will be decided; Location says where", body = Recorded),
        (status = 400, description = "Not a transition", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, description = "Wrong signature, or unknown party or key", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Decided and refused; with the receipt", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "Neither application/json nor application/jose", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A transition that can never be decided, or another one than the URL names", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Not now; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/rule-sets/{id}/{version}:retire")]
pub(super) async fn retire_rule_set(
    state: web::Data<RulesState>,
    head: Head,
    named: web::Path<(String, String)>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    submit_named(&state.edge, &head, submission, Kind::RulesRetire, named.into_inner()).await
}
