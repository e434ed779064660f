use actix_web::{HttpResponse, get, web};
use piao_domain::ids::PartyId;
use piao_edge::caller::{Caller, Role};
use piao_edge::follow::{get_party as read_party, keys_of};
use piao_edge::http::Head;
use piao_edge::problem::{Problem, ProblemDocument};
use piao_edge::service::Edge;

use super::RegistryState;
use super::party::{PartyWithKeys, REVOKED_SHOWN_MAX};

/// Read a party.
///
/// Name, region, industry and standing of an enterprise may be read by every party, because counterparties must check
/// them. All else, keys above all, is for the party itself and for bureaus.
#[utoipa::path(
    tag = "registry",
    params(("party" = String, Path, description = "uscc:…, person:…, bureau:… or node:…")),
    responses(
        (status = 200, description = "The party", body = PartyWithKeys),
        (status = 401, description = "No valid read token", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "Not registered, or not for the caller to know of", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too much asked; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Not now; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/parties/{party}")]
pub(super) async fn get_party(
    state: web::Data<RegistryState>,
    head: Head,
    named: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let party = PartyId::parse(&named).map_err(|_| Problem::not_found())?;
    Ok(HttpResponse::Ok().json(show(&state.edge, &caller, party).await?))
}

async fn show(edge: &Edge, caller: &Caller, party: PartyId) -> Result<PartyWithKeys, Problem> {
    let concerned = caller.is(&party) || caller.role() == Role::Bureau;
    caller.may_know(concerned || party.enterprise().is_some())?;
    let read = edge.read(async move |connection| {
        let Some(record) = read_party(connection, &party).await? else { return Ok(None) };
        let keys =
            if concerned { Some(keys_of(connection, &party, REVOKED_SHOWN_MAX + 1).await?) } else { None };
        Ok(Some((record, keys)))
    });
    let (record, keys) = read.await?.ok_or_else(Problem::not_found)?;
    PartyWithKeys::new(record, keys)
}
