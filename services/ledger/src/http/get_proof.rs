use actix_web::{HttpResponse, get, web};
use piao_edge::http::{Head, ReadProblems, named_transition};
use piao_edge::problem::{Problem, ProblemCode};

use super::described::BundleBody;
use super::{LedgerState, audience, fault};

/// Read the proof bundle of a decided transition: what a finance system keeps of a settlement that it pays.
#[utoipa::path(
    tag = "ledger",
    params(("id" = String, Path, description = "Transition id, 64 lower-case hexadecimal digits")),
    responses(
        (status = 200, description = "The bundle, canonical JSON (protocol §5)", body = BundleBody),
        ReadProblems
    )
)]
#[get("/v1/transitions/{id}/proof")]
pub(super) async fn get_proof(
    state: web::Data<LedgerState>,
    head: Head,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let id = named_transition(&id)?;
    let decided = state.chain.decided(&id).await.map_err(fault("reading a transition"))?;
    let decided = decided.ok_or_else(Problem::not_found)?;
    audience::check(&caller, &decided)?;
    let bundle = state.chain.proof(&decided).await.map_err(fault("making a proof"))?;
    let bundle = bundle.ok_or_else(|| Problem::new(ProblemCode::Behind).retry_after(1))?;
    let text = bundle.to_json().map_err(|error| Problem::internal("writing a proof", error))?;
    Ok(HttpResponse::Ok().content_type("application/json").body(text))
}
