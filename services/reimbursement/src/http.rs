//! The endpoints: one a file.

mod book_invoice;
mod check_lock;
mod filters;
mod force_release;
mod get_lock;
mod inquiry;
mod list_bookings;
mod list_inbox;
mod list_locks;
mod lock_invoice;
mod lock_view;
mod release_lock;
mod renew_lock;
mod settle_lock;
mod unbook_invoice;

use actix_web::App;
use piao_edge::http::named;
use piao_edge::service::Edge;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;

/// What the endpoints use.
pub(crate) struct ReimbursementState {
    pub(crate) edge: Edge,
}

/// Registers every endpoint.
pub(crate) fn register(config: &mut ServiceConfig<'_>) {
    config
        .service(lock_invoice::lock_invoice)
        .service(check_lock::check_lock)
        .service(list_locks::list_locks)
        .service(renew_lock::renew_lock)
        .service(release_lock::release_lock)
        .service(settle_lock::settle_lock)
        .service(get_lock::get_lock)
        .service(force_release::force_release)
        .service(book_invoice::book_invoice)
        .service(unbook_invoice::unbook_invoice)
        .service(list_bookings::list_bookings)
        .service(list_inbox::list_inbox);
}

pub(crate) fn openapi() -> OpenApi {
    let (_, document) = App::new().into_utoipa_app().configure(register).split_for_parts();
    named(document, "piao reimbursement")
}
