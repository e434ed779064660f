use actix_web::{HttpResponse, get, web};
use piao_edge::caller::Role;
use piao_edge::http::{Head, ReadProblems};
use piao_edge::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{LedgerState, fault};

/// Which blocks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Blocks {
    /// The first height.
    from: u64,
    /// How many at most, 1 to 500; 100 where not said. Fewer are given where they are large, and none only where there
    /// are none yet.
    limit: Option<u32>,
}

const LIMIT_DEFAULT: u32 = 100;
const LIMIT_MAX: u32 = 500;

/// Read blocks with their transitions: for nodes and bureaus, since transitions are confidential.
#[utoipa::path(
    tag = "ledger",
    params(Blocks),
    responses(
        (status = 200, description = "One export line a block, each a Block as canonical JSON (protocol §5)", body = String, content_type = "application/x-ndjson"),
        ReadProblems
    )
)]
#[get("/v1/blocks")]
pub(super) async fn list_blocks(
    state: web::Data<LedgerState>,
    head: Head,
    query: web::Query<Blocks>,
) -> Result<HttpResponse, Problem> {
    state.edge.caller(&head).await?.only(&[Role::Node, Role::Bureau])?;
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::schema("?limit", format!("1..{LIMIT_MAX}")));
    }
    let lines = state.chain.blocks(query.from, limit).await.map_err(fault("reading blocks"))?;
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").body(lines.concat()))
}
