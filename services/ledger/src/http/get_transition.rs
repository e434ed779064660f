use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, get, web};
use piao_edge::http::{DecidedTransition, Head, Journals, ReadProblems, named_transition};
use piao_edge::problem::Problem;
use piao_edge::submit::Recorded;

use super::{LedgerState, audience, fault};

/// Read a transition's receipt, where the `Location` of a 202 pointed.
///
/// The ledger answers to the signer and to whoever is named in the transition, with the transition itself (as
/// `application/jose` it alone). Another process answers to the signer from the journals of its services.
#[utoipa::path(
    tag = "process",
    params(("id" = String, Path, description = "Transition id, 64 lower-case hexadecimal digits")),
    responses(
        (status = 200, description = "Decided: accepted or rejected, as the receipt says", content(
            (DecidedTransition<'_> = "application/json"),
            (String = "application/jose"),
        )),
        (status = 202, description = "Recorded for the caller, who signed it, and not decided yet; see Retry-After", body = Recorded),
        ReadProblems
    )
)]
#[get("/v1/transitions/{id}")]
pub(super) async fn get_transition(
    state: web::Data<LedgerState>,
    journals: web::Data<Journals>,
    head: Head,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let id = named_transition(&id)?;
    let decided = state.chain.decided(&id).await.map_err(fault("reading a transition"))?;
    let Some(decided) = decided else { return journals.answer(&head, &caller, id).await };
    audience::check(&caller, &decided)?;
    let jose = request.headers().get(ACCEPT).is_some_and(|accept| accept.as_bytes() == b"application/jose");
    if jose {
        return Ok(HttpResponse::Ok().content_type("application/jose").body(decided.compact.to_string()));
    }
    let transition = Some(&*decided.compact);
    Ok(HttpResponse::Ok().json(DecidedTransition { transition, receipt: &decided.receipt }))
}
