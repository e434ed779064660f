//! The endpoints of the rules service, one file each.

mod activate_rule_set;
mod deploy_rule_set;
mod get_binding;
mod get_rule_set;
mod list_rule_sets;
mod named;
mod retire_rule_set;
mod rule_set;

use std::sync::Arc;

use actix_web::web;
use piao_edge::http::Configure;
use piao_edge::service::Edge;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;

/// A type of its own, so that the services of one process do not find each other's.
struct RulesState {
    edge: Edge,
}

/// The endpoints of the rules service.
#[must_use]
pub fn configure(edge: Edge) -> Configure {
    let state = web::Data::new(RulesState { edge });
    Arc::new(move |config| {
        config.app_data(state.clone());
        endpoints(config);
    })
}

/// The OpenAPI document (3.1) of the rules service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let app = actix_web::App::new().into_utoipa_app().configure(endpoints);
    piao_edge::http::named(app.split_for_parts().1, "piao rules")
}

fn endpoints(config: &mut ServiceConfig<'_>) {
    config
        .service(deploy_rule_set::deploy_rule_set)
        .service(list_rule_sets::list_rule_sets)
        .service(get_binding::get_binding)
        .service(activate_rule_set::activate_rule_set)
        .service(retire_rule_set::retire_rule_set)
        .service(get_rule_set::get_rule_set);
}
