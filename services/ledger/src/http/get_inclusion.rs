use actix_web::{HttpResponse, get, web};
use piao_edge::problem::{Problem, ProblemCode, ProblemDocument, form};
use piao_protocol::encoding::base64url;
use serde::Serialize;
use utoipa::ToSchema;

use super::get_block::whole_number;
use super::{LedgerState, fault};
use crate::Inclusion;

/// That an entry is in the log, for anybody: what a proof bundle says of it without its transition.
#[derive(Serialize, ToSchema)]
#[schema(as = InclusionProof)]
struct InclusionBody {
    /// Its place in the log.
    index: u64,
    /// 0x01 ‖ transition id ‖ outcome digest, or 0x02 ‖ block hash ‖ state root: 65 bytes, base64url.
    entry: String,
    /// Inclusion path under the checkpoint, from the leaf up: SHA-256 hashes, 64 hexadecimal digits each.
    path: Vec<String>,
    /// The signed note over the log (C2SP tlog-checkpoint), which says of how many entries.
    checkpoint: String,
}

/// Read the proof that an entry is in the log: entry, path and checkpoint (RFC 6962 §2.1.1). Public.
#[utoipa::path(
    tag = "log",
    params(("index" = u64, Path, description = "The entry's place, which its receipt names")),
    responses(
        (status = 200, description = "The proof under the last checkpoint", body = InclusionBody),
        (status = 404, description = "Not in the log", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "No place in a log", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too much asked; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Under no checkpoint yet, or not now; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/log/proof/{index}")]
pub(super) async fn get_inclusion(
    state: web::Data<LedgerState>,
    index: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let index = whole_number(&index).ok_or_else(|| Problem::form("index", form::HEIGHT))?;
    match state.chain.inclusion(index).await.map_err(fault("proving an entry"))? {
        Inclusion::In { entry, path, checkpoint } => Ok(HttpResponse::Ok().json(InclusionBody {
            index,
            entry: base64url::encode(&entry.to_bytes()),
            path: path.iter().map(ToString::to_string).collect(),
            checkpoint,
        })),
        Inclusion::NotYet => Err(Problem::new(ProblemCode::Behind).retry_after(1)),
        Inclusion::Unknown => Err(Problem::not_found()),
    }
}
