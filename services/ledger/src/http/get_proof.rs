use actix_web::{HttpResponse, get, web};
use piao_domain::ids::TransitionId;
use piao_edge::http::{Head, ReadProblems};
use piao_edge::problem::{Problem, ProblemCode, form};

use super::described::BundleBody;
use super::{LedgerState, audience, fault};
use crate::Proof;

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
    let id = TransitionId::parse_hex(&id).map_err(|_| Problem::form("id", form::TRANSITION_ID))?;
    let decided = state.chain.decided(&id).await.map_err(fault("reading a transition"))?;
    audience::check(&caller, &decided.ok_or_else(Problem::not_found)?)?;
    match state.chain.proof(&id).await.map_err(fault("making a proof"))? {
        Proof::Bundle(bundle) => {
            let text = bundle.to_json().map_err(|error| Problem::internal("writing a proof", error))?;
            Ok(HttpResponse::Ok().content_type("application/json").body(text))
        }
        Proof::NotYet => Err(Problem::new(ProblemCode::Behind).retry_after(1)),
        Proof::Unknown => Err(Problem::not_found()),
    }
}
