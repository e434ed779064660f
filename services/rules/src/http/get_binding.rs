use actix_web::{HttpResponse, get, web};
use piao_domain::ids::PartyId;
use piao_domain::rules::{RuleBook, RuleVersion, Terms};
use piao_domain::time::Date;
use piao_domain::uscc::Uscc;
use piao_edge::follow::{PartyRecord, get_party};
use piao_edge::http::Head;
use piao_edge::problem::{Problem, ProblemDocument, form};
use piao_edge::service::Edge;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::RulesState;
use crate::db::rule_set::{RuleSetRecord, list_active};

/// Whom and when.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BindingQuery {
    /// The enterprise: `uscc:` and its code.
    enterprise: String,
    /// The day, counted in UTC+8; today where not said.
    #[param(format = Date)]
    date: Option<String>,
}

/// What binds an enterprise on a day, as far as is known now.
#[derive(Debug, Serialize, ToSchema)]
struct Binding {
    /// The enterprise.
    enterprise: String,
    /// The day.
    #[schema(format = Date)]
    date: String,
    /// The rule sets that bind it, by id: of each the highest version that is active by then.
    rule_sets: Vec<BindingVersion>,
    /// On which terms it may lock and settle: the strictest of all, or the built-in defaults where nothing binds it.
    terms: BindingTerms,
}

/// A version of a rule set.
#[derive(Debug, Serialize, ToSchema)]
struct BindingVersion {
    /// The set.
    id: String,
    /// Its version.
    version: u32,
}

/// The terms on which an enterprise may lock and settle.
#[derive(Debug, Serialize, ToSchema)]
struct BindingTerms {
    /// Whether a named buyer alone may lock.
    buyer_only: bool,
    /// Whether it may lock a part.
    partial_locks: bool,
    /// Longest lease from acceptance, in seconds.
    lease_seconds_max: u32,
    /// Whether settling needs its booking.
    booking_required: bool,
}

/// What binds an enterprise on a day; for every party.
#[utoipa::path(
    tag = "rules",
    params(BindingQuery),
    responses(
        (status = 200, description = "Rule sets and the terms that they come to", body = Binding),
        (status = 401, description = "No valid read token", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such enterprise", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter of another shape", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too much asked; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Not now; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/rule-sets:binding")]
pub(super) async fn get_binding(
    state: web::Data<RulesState>,
    head: Head,
    query: web::Query<BindingQuery>,
) -> Result<HttpResponse, Problem> {
    state.edge.caller(&head).await?;
    let enterprise = query.enterprise()?;
    let date = query.date()?.unwrap_or_else(|| state.edge.now().date());
    Ok(HttpResponse::Ok().json(bind(&state.edge, enterprise, date).await?))
}

async fn bind(edge: &Edge, enterprise: Uscc, date: Date) -> Result<Binding, Problem> {
    let party = PartyId::Enterprise(enterprise);
    let read = edge.read(async move |connection| {
        let Some(record) = get_party(connection, &party).await? else { return Ok(None) };
        Ok(Some((record, list_active(connection, date).await?)))
    });
    let (record, active) = read.await?.ok_or_else(Problem::not_found)?;
    Ok(Binding::of(&record, &enterprise, active, date))
}

impl Binding {
    fn of(record: &PartyRecord, enterprise: &Uscc, active: Vec<RuleSetRecord>, date: Date) -> Self {
        let book = RuleBook::from_entries(active.into_iter().map(|record| record.deployed));
        let binding = book.binding(enterprise, &record.profile, date);
        let terms = Terms::of(&binding);
        let version =
            |version: &RuleVersion| BindingVersion { id: version.id.to_string(), version: version.version };
        Self {
            enterprise: record.party.to_string(),
            date: date.to_string(),
            rule_sets: binding.iter().map(|set| version(&set.version)).collect(),
            terms: BindingTerms {
                buyer_only: terms.buyer_only.value,
                partial_locks: terms.partial_locks.value,
                lease_seconds_max: terms.lease_seconds_max.value,
                booking_required: terms.booking_required.value,
            },
        }
    }
}

impl BindingQuery {
    fn enterprise(&self) -> Result<Uscc, Problem> {
        let party = PartyId::parse(&self.enterprise).ok();
        let enterprise = party.as_ref().and_then(PartyId::enterprise).copied();
        enterprise.ok_or_else(|| Problem::form("?enterprise", form::ENTERPRISE).found(&*self.enterprise))
    }

    fn date(&self) -> Result<Option<Date>, Problem> {
        let Some(text) = &self.date else { return Ok(None) };
        let date = Date::parse(text);
        date.map(Some).map_err(|_| Problem::form("?date", form::DATE).found(text))
    }
}
