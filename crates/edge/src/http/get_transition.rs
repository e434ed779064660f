use actix_web::{HttpResponse, get, web};
use piao_domain::ids::TransitionId;
use piao_protocol::receipt::Receipt;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Head, ReadProblems, ReceiptBody};
use crate::caller::Caller;
use crate::problem::{Problem, form};
use crate::service::Edge;
use crate::submit::{Journalled, Recorded, recorded};

/// A decided transition.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecidedTransition<'a> {
    /// The compact JWS, as it was signed. Left out by a process without the ledger, whose services keep receipts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transition: Option<&'a str>,
    /// What came of it.
    #[schema(value_type = ReceiptBody)]
    pub receipt: &'a Receipt,
}

/// The journals of all services of the process: whoever was told 202 looks under one address, whichever service it was.
#[derive(Clone)]
pub struct Journals {
    edges: Vec<Edge>,
}

impl Journals {
    pub(super) const fn new(edges: Vec<Edge>) -> Self {
        Self { edges }
    }

    /// Answers what became of a transition that the caller signed and a service of the process took or heard of.
    ///
    /// # Errors
    /// `not_found`, faults.
    pub async fn answer(
        &self,
        head: &Head,
        caller: &Caller,
        id: TransitionId,
    ) -> Result<HttpResponse, Problem> {
        let mut open = false;
        for edge in &self.edges {
            match edge.journalled(id, caller.party()).await? {
                // One journal may have the receipt while another has yet to hear of it.
                Some(Journalled::Decided(receipt)) => {
                    head.answer_at(receipt.height);
                    let decided = DecidedTransition { transition: None, receipt: &receipt };
                    return Ok(HttpResponse::Ok().json(decided));
                }
                Some(Journalled::Open) => open = true,
                None => {}
            }
        }
        caller.may_know(open)?;
        Ok(recorded(&id))
    }
}

/// Reads a transition's id in an address.
///
/// # Errors
/// `schema`.
pub fn named_transition(text: &str) -> Result<TransitionId, Problem> {
    TransitionId::parse_hex(text).map_err(|_| Problem::form("id", form::TRANSITION_ID))
}

/// Registers it, for a process in which no endpoint of the ledger took the address before.
pub(super) fn register(config: &mut ServiceConfig<'_>) {
    config.service(get_transition);
}

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
async fn get_transition(
    journals: web::Data<Journals>,
    head: Head,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let edge = journals.edges.first().ok_or_else(Problem::not_found)?;
    let caller = edge.caller(&head).await?;
    journals.answer(&head, &caller, named_transition(&id)?).await
}
