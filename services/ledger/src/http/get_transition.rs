use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, get, web};
use piao_domain::ids::TransitionId;
use piao_edge::http::{Head, ReadProblems};
use piao_edge::problem::{Problem, form};
use piao_protocol::receipt::Receipt;
use serde::Serialize;

use super::described::DecidedBody;
use super::{LedgerState, audience, fault};

/// A decided transition.
#[derive(Serialize)]
struct Decided<'a> {
    transition: &'a str,
    receipt: &'a Receipt,
}

/// Read a decided transition and its receipt; as application/jose the bare compact JWS.
#[utoipa::path(
    tag = "ledger",
    params(("id" = String, Path, description = "Transition id, 64 lower-case hexadecimal digits")),
    responses(
        (status = 200, description = "The transition and its receipt, or the transition alone", content(
            (DecidedBody = "application/json"),
            (String = "application/jose"),
        )),
        ReadProblems
    )
)]
#[get("/v1/transitions/{id}")]
pub(super) async fn get_transition(
    state: web::Data<LedgerState>,
    head: Head,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let id = TransitionId::parse_hex(&id).map_err(|_| Problem::form("id", form::TRANSITION_ID))?;
    let decided = state.chain.decided(&id).await.map_err(fault("reading a transition"))?;
    let decided = decided.ok_or_else(Problem::not_found)?;
    audience::check(&caller, &decided)?;
    let jose = request.headers().get(ACCEPT).is_some_and(|accept| accept.as_bytes() == b"application/jose");
    if jose {
        return Ok(HttpResponse::Ok().content_type("application/jose").body(decided.compact.to_string()));
    }
    Ok(HttpResponse::Ok().json(Decided { transition: &decided.compact, receipt: &decided.receipt }))
}
