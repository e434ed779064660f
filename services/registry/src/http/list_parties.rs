use actix_web::{HttpResponse, get, web};
use piao_domain::ids::PartyId;
use piao_domain::party::{Region, Standing};
use piao_edge::caller::Role;
use piao_edge::http::{Head, List, ListQuery, ReadProblems};
use piao_edge::problem::{Problem, form};
use serde::Deserialize;
use utoipa::IntoParams;

use super::RegistryState;
use super::party::PartyBody;
use crate::db::party::{self, PartyFilter};

/// Which parties.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PartyQuery {
    /// `bureau`, `node`, `enterprise` or `person`.
    kind: Option<String>,
    /// `active` or `suspended`.
    standing: Option<String>,
    /// Where an enterprise is registered: six digits (GB/T 2260).
    region: Option<String>,
}

/// List parties, by name of party; for bureaus.
#[utoipa::path(
    tag = "registry",
    params(ListQuery, PartyQuery),
    responses((status = 200, description = "A page", body = List<PartyBody>), ReadProblems)
)]
#[get("/v1/parties")]
pub(super) async fn list_parties(
    state: web::Data<RegistryState>,
    head: Head,
    page: web::Query<ListQuery>,
    query: web::Query<PartyQuery>,
) -> Result<HttpResponse, Problem> {
    state.edge.caller(&head).await?.only(&[Role::Bureau])?;
    let (limit, after, filter) = (page.limit()?, page.after(PartyId::parse)?, query.filter()?);
    let read = state
        .edge
        .read(async move |connection| party::find(connection, &filter, after.as_ref(), limit + 1).await);
    let page = List::page(read.await?, limit, |record| record.party.to_string(), PartyBody::from);
    Ok(HttpResponse::Ok().json(page))
}

impl PartyQuery {
    fn filter(&self) -> Result<PartyFilter, Problem> {
        let kind = self.kind.as_deref().map(|text| match text {
            "bureau" => Ok(Role::Bureau),
            "node" => Ok(Role::Node),
            "enterprise" => Ok(Role::Enterprise),
            "person" => Ok(Role::Person),
            other => Err(Problem::schema("?kind", "bureau|node|enterprise|person").found(other)),
        });
        let standing = self.standing.as_deref().map(|text| match text {
            "active" => Ok(Standing::Active),
            "suspended" => Ok(Standing::Suspended),
            other => Err(Problem::schema("?standing", "active|suspended").found(other)),
        });
        let region = self
            .region
            .as_deref()
            .map(|text| Region::parse(text).map_err(|_| Problem::form("?region", form::REGION).found(text)));
        Ok(PartyFilter {
            kind: kind.transpose()?,
            standing: standing.transpose()?,
            region: region.transpose()?,
        })
    }
}
