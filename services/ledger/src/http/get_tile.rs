use actix_web::{HttpResponse, get, web};
use piao_edge::problem::{Problem, ProblemDocument};
use piao_protocol::log::TilePath;

use super::described::TileBody;
use super::{LedgerState, fault};

/// Read a tile of the log (C2SP tlog-tiles). Public; a full tile never changes.
#[utoipa::path(
    tag = "log",
    params(("path" = String, Path, description = "<L>/<N> or entries/<N>, with .p/<W> where partial")),
    responses(
        (status = 200, description = "Hashes of 32 bytes, or an entry bundle", body = TileBody, content_type = "application/octet-stream"),
        (status = 404, description = "Not in the signed log", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too much asked; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Not now; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/log/tile/{path:.*}")]
pub(super) async fn get_tile(
    state: web::Data<LedgerState>,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let path = TilePath::parse(&format!("tile/{path}")).map_err(|_| Problem::not_found())?;
    let tile = state.chain.tile(path).await.map_err(fault("reading a tile"))?;
    let tile = tile.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().content_type("application/octet-stream").body(tile))
}
