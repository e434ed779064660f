use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Submission, SubmissionBody};

use super::RulesState;

/// Deploy a version of a rule set.
///
/// `rules.deploy`, signed by a bureau. It binds nobody yet.
#[utoipa::path(
    tag = "rules",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/rule-sets")]
pub(super) async fn deploy_rule_set(
    state: web::Data<RulesState>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state.edge.submit(&head, submission, &[Kind::RulesDeploy]).await
}
