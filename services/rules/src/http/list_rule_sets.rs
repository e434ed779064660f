use actix_web::{HttpResponse, get, web};
use piao_domain::rules::RuleVersion;
use piao_edge::http::{Head, List, ListQuery, ReadProblems};
use piao_edge::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use super::RulesState;
use super::named::read_version;
use super::rule_set::RuleSetHead;
use crate::db::rule_set::{self, RuleSetRecord, StatusName};

/// Which rule sets.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RuleSetQuery {
    /// `deployed`, `active` or `retired`.
    status: Option<String>,
}

/// List rule sets, by id and version; for every party.
#[utoipa::path(
    tag = "rules",
    params(ListQuery, RuleSetQuery),
    responses((status = 200, description = "A page", body = List<RuleSetHead>), ReadProblems)
)]
#[get("/v1/rule-sets")]
pub(super) async fn list_rule_sets(
    state: web::Data<RulesState>,
    head: Head,
    page: web::Query<ListQuery>,
    query: web::Query<RuleSetQuery>,
) -> Result<HttpResponse, Problem> {
    state.edge.caller(&head).await?;
    let (limit, after, status) = (page.limit()?, page.after(read_key)?, query.status()?);
    let read = state
        .edge
        .read(async move |connection| rule_set::list(connection, status, after.as_ref(), limit + 1).await);
    Ok(HttpResponse::Ok().json(List::page(read.await?, limit, key, RuleSetHead::from)))
}

fn key(record: &RuleSetRecord) -> String {
    let version = &record.deployed.set.version;
    format!("{}/{}", version.id, version.version)
}

fn read_key(key: &str) -> Result<RuleVersion, ()> {
    key.split_once('/').and_then(|(id, version)| read_version(id, version)).ok_or(())
}

impl RuleSetQuery {
    fn status(&self) -> Result<Option<StatusName>, Problem> {
        match self.status.as_deref() {
            None => Ok(None),
            Some("deployed") => Ok(Some(StatusName::Deployed)),
            Some("active") => Ok(Some(StatusName::Active)),
            Some("retired") => Ok(Some(StatusName::Retired)),
            Some(other) => Err(Problem::schema("?status", "deployed|active|retired").found(other)),
        }
    }
}
