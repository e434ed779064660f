//! The endpoints: one a file.

mod list_claims;
mod present_invoice;
mod take_claim;
mod withdraw_presentation;

use actix_web::App;
use piao_edge::http::named;
use piao_edge::service::Edge;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;

/// What the endpoints use.
pub(crate) struct ClaimsState {
    pub(crate) edge: Edge,
}

/// Registers every endpoint.
pub(crate) fn register(config: &mut ServiceConfig<'_>) {
    config
        .service(take_claim::take_claim)
        .service(present_invoice::present_invoice)
        .service(withdraw_presentation::withdraw_presentation)
        .service(list_claims::list_claims);
}

pub(crate) fn openapi() -> OpenApi {
    let (_, document) = App::new().into_utoipa_app().configure(register).split_for_parts();
    named(document, "piao claims")
}
