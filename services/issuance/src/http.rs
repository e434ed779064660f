//! Its endpoints, one a file.

mod adjust_quota;
mod apply_quota;
mod check_invoice;
mod draft_body;
mod get_invoice;
mod grant_quota;
mod invoice_view;
mod issue_invoice;
mod issue_step;
mod list_invoice_history;
mod list_invoices;
mod list_quota_entries;
mod list_quotas;
mod named_quota;
mod prepare_invoice;
mod refuse_quota;
mod trial;

use piao_edge::service::Edge;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::rule_shelf::RuleShelf;

/// What its endpoints use.
pub(crate) struct IssuanceState {
    pub(crate) edge: Edge,
    pub(crate) rules: RuleShelf,
}

/// Registers every endpoint.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(apply_quota::apply_quota)
        .service(grant_quota::grant_quota)
        .service(adjust_quota::adjust_quota)
        .service(refuse_quota::refuse_quota)
        .service(list_quotas::list_quotas)
        .service(list_quota_entries::list_quota_entries)
        .service(issue_invoice::issue_invoice)
        .service(prepare_invoice::prepare_invoice)
        .service(check_invoice::check_invoice)
        .service(list_invoices::list_invoices)
        .service(list_invoice_history::list_invoice_history)
        .service(get_invoice::get_invoice);
}
