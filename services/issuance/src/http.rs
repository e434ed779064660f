//! Its endpoints, one a file.

mod adjust_quota;
mod apply_quota;
mod grant_quota;
mod issue_invoice;
mod named_quota;
mod refuse_quota;

use piao_edge::service::Edge;
use utoipa_actix_web::service_config::ServiceConfig;

/// What its endpoints use.
pub(crate) struct IssuanceState {
    pub(crate) edge: Edge,
}

/// Registers every endpoint.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(apply_quota::apply_quota)
        .service(grant_quota::grant_quota)
        .service(adjust_quota::adjust_quota)
        .service(refuse_quota::refuse_quota)
        .service(issue_invoice::issue_invoice);
}
