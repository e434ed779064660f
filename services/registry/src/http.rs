//! The registry's endpoints, one file each.

mod add_key;
mod get_party;
mod list_parties;
mod party;
mod register_party;
mod reinstate_party;
mod reset_keys;
mod revoke_key;
mod suspend_party;

use std::sync::Arc;

use actix_web::web;
use piao_edge::http::Configure;
use piao_edge::service::Edge;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;

/// A type of its own, so that the services of one process do not find each other's.
struct RegistryState {
    edge: Edge,
}

/// The registry's endpoints.
#[must_use]
pub fn configure(edge: Edge) -> Configure {
    let state = web::Data::new(RegistryState { edge });
    Arc::new(move |config| {
        config.app_data(state.clone());
        endpoints(config);
    })
}

/// The registry's OpenAPI document (3.1).
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let app = actix_web::App::new().into_utoipa_app().configure(endpoints);
    piao_edge::http::named(app.split_for_parts().1, "piao registry")
}

fn endpoints(config: &mut ServiceConfig<'_>) {
    config
        .service(register_party::register_party)
        .service(list_parties::list_parties)
        .service(suspend_party::suspend_party)
        .service(reinstate_party::reinstate_party)
        .service(reset_keys::reset_keys)
        .service(add_key::add_key)
        .service(revoke_key::revoke_key)
        .service(get_party::get_party);
}
