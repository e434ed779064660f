//! The claims service: who holds an invoice, and to which enterprises it is presented.
//!
//! It must never decide whether a claim stands: it carries signed transitions to the ledger and shows what the blocks
//! say.

mod db;
mod http;
mod state;

use std::sync::Arc;

use actix_web::web;
use piao_domain::command::Kind;
use piao_edge::follow::InvoiceProjection;
use piao_edge::http::Configure;
use piao_edge::migrations;
use piao_edge::service::{Edge, Service};
use piao_store::{Schema, StoreError};
pub use state::{ClaimState, NoClaimState};
use utoipa::openapi::OpenApi;

/// The service's name, and its schema's.
pub const NAME: &str = "claims";

const KINDS: [Kind; 3] = [Kind::ClaimTake, Kind::ClaimPresent, Kind::ClaimWithdraw];

/// The service, ready to start: it keeps receipts of `claim.*` and follows invoices.
///
/// # Errors
/// [`StoreError::Config`] never, for the name is a schema's.
pub fn service() -> Result<Service, StoreError> {
    Ok(Service::new(NAME, &KINDS)?.project(InvoiceProjection))
}

/// Brings its schema up to date, before a pool is opened.
///
/// # Errors
/// As [`piao_store::migrate`].
pub async fn migrate(url: &str) -> Result<(), StoreError> {
    migrations::migrate(url, &Schema::parse(NAME)?, [migrations::INVOICE]).await
}

/// Its endpoints, for [`piao_edge::http::serve`].
#[must_use]
pub fn configure(edge: Edge) -> Configure {
    let state = web::Data::new(http::ClaimsState { edge });
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
