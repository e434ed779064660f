use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Submission, SubmissionBody};

use super::RulesState;
use super::named::submit_named;

/// Let a version of a rule set bind from a day on.
///
/// `rules.activate`, signed by a bureau.
#[utoipa::path(
    tag = "rules",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    params(
        ("id" = String, Path, description = "The set"),
        ("version" = u32, Path, description = "Its version, counting up from 1"),
    ),
    responses(WriteAnswers)
)]
#[post("/v1/rule-sets/{id}/{version}:activate")]
pub(super) async fn activate_rule_set(
    state: web::Data<RulesState>,
    head: Head,
    named: web::Path<(String, String)>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    submit_named(&state.edge, &head, submission, Kind::RulesActivate, named.into_inner()).await
}
