//! The reimbursement service: who locked, settled and booked an invoice.
//!
//! It must never decide whether a lock stands: it carries signed transitions to the ledger and shows what the blocks
//! say. What it tells early (`:check`, `live_now`, `allowed_actions`) is told by its own clock and binds nobody: block
//! time decides.

mod db;
mod desk;
mod http;
mod lock_state;
mod project;
mod trace;

use std::sync::Arc;

use actix_web::web;
use diesel_migrations::embed_migrations;
use piao_domain::command::Kind;
use piao_edge::follow::InvoiceProjection;
use piao_edge::http::Configure;
use piao_edge::migrations;
use piao_edge::service::{Edge, Service};
use piao_store::{EmbeddedMigrations, Schema, StoreError};
use utoipa::openapi::OpenApi;

pub use lock_state::{LockFilter, LockState, NoLockFilter};

/// The service's name, and its schema's.
pub const NAME: &str = "reimbursement";

/// The service's own tables, beside the edge's.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/reimbursement");

const KINDS: [Kind; 7] =
    [Kind::Lock, Kind::Renew, Kind::Release, Kind::Settle, Kind::ForceRelease, Kind::Book, Kind::Unbook];

/// The service, ready to start: it keeps receipts of `reimbursement.*` and `booking.*`, and follows invoices and what
/// rule sets demand of whoever locks.
///
/// # Errors
/// [`StoreError::Config`] never, for the name is a schema's.
pub fn service() -> Result<Service, StoreError> {
    Ok(Service::new(NAME, &KINDS)?.project(InvoiceProjection).project(project::TermsProjection))
}

/// Brings its schema up to date, before a pool is opened.
///
/// # Errors
/// As [`piao_store::migrate`].
pub async fn migrate(url: &str) -> Result<(), StoreError> {
    migrations::migrate(url, &Schema::parse(NAME)?, [migrations::INVOICE, MIGRATIONS]).await
}

/// Its endpoints, for [`piao_edge::http::serve`].
#[must_use]
pub fn configure(edge: Edge) -> Configure {
    let state = web::Data::new(http::ReimbursementState { edge });
    Arc::new(move |config| {
        config.app_data(state.clone());
        http::register(config);
    })
}

/// Its OpenAPI 3.1 document.
#[must_use]
pub fn openapi() -> OpenApi {
    http::openapi()
}
