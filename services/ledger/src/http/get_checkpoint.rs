use actix_web::{HttpResponse, get, web};
use piao_edge::problem::{Problem, ProblemDocument};

use super::{LedgerState, fault};

/// Read the log's last checkpoint, a C2SP signed note. Public.
#[utoipa::path(
    tag = "log",
    responses(
        (status = 200, description = "The note, as schemas/checkpoint.json says", body = String, content_type = "text/plain"),
        (status = 404, description = "None signed yet", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too much asked; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Not now; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/log/checkpoint")]
pub(super) async fn get_checkpoint(state: web::Data<LedgerState>) -> Result<HttpResponse, Problem> {
    let note = state.chain.checkpoint().await.map_err(fault("reading the checkpoint"))?;
    let note = note.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(note))
}
