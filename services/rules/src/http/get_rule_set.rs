use actix_web::{HttpResponse, get, web};
use piao_edge::http::Head;
use piao_edge::problem::{Problem, ProblemDocument};

use super::RulesState;
use super::named::read_version;
use super::rule_set::RuleSet;
use crate::db::rule_set;

/// Read a version of a rule set, whole; for every party.
#[utoipa::path(
    tag = "rules",
    params(
        ("id" = String, Path, description = "The set"),
        ("version" = u32, Path, description = "Its version, counting up from 1"),
    ),
    responses(
        (status = 200, description = "The version and where it stands", body = RuleSet),
        (status = 401, description = "No valid read token", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "Never deployed", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too much asked; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Not now; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/rule-sets/{id}/{version}")]
pub(super) async fn get_rule_set(
    state: web::Data<RulesState>,
    head: Head,
    named: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    state.edge.caller(&head).await?;
    let version = read_version(&named.0, &named.1).ok_or_else(Problem::not_found)?;
    let read = state.edge.read(async move |connection| rule_set::get(connection, &version).await).await?;
    Ok(HttpResponse::Ok().json(RuleSet::try_from(read.ok_or_else(Problem::not_found)?)?))
}
