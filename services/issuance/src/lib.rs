//! The issuance service: quota, numbers, and the invoices that are issued from them.
//!
//! It must never decide: it takes what parties sign, and answers from a read model that a replay of the blocks gives
//! again. What `:check` and `:prepare` say is the domain's own decision on that read model, and binds nobody.

mod actions;
mod db;
mod draft;
mod http;
mod issuing;
mod project;
mod rule_shelf;
mod signer;

use std::sync::Arc;

use actix_web::{App, web};
use diesel_migrations::embed_migrations;
use piao_domain::command::Kind;
use piao_edge::follow::InvoiceProjection;
use piao_edge::http::{Configure, named};
use piao_edge::migrations::INVOICE;
use piao_edge::service::{Edge, Service};
use piao_store::{EmbeddedMigrations, Schema, StoreError};
use utoipa_actix_web::AppExt as _;

use crate::http::IssuanceState;
use crate::rule_shelf::RuleShelf;

/// The service's name, and its schema's.
pub const NAME: &str = "issuance";

/// The tables of its own.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/issuance");

/// The transitions that are posted here, whose receipts it keeps.
const KINDS: [Kind; 5] =
    [Kind::QuotaApply, Kind::QuotaGrant, Kind::QuotaAdjust, Kind::QuotaRefuse, Kind::InvoiceIssue];

/// The service with its read model, before it starts.
///
/// # Errors
/// Never: its name is well formed.
pub fn service() -> Result<Service, StoreError> {
    let service = Service::new(NAME, &KINDS)?;
    Ok(service
        .project(InvoiceProjection)
        .project(project::RuleProjection)
        .project(project::QuotaProjection)
        .project(project::ContentProjection)
        .project(project::HistoryProjection))
}

/// Brings its schema up to date, before the pool is opened.
///
/// # Errors
/// [`StoreError`].
pub async fn migrate(url: &str) -> Result<(), StoreError> {
    piao_edge::migrations::migrate(url, &Schema::parse(NAME)?, [INVOICE, MIGRATIONS]).await
}

/// Its endpoints.
#[must_use]
pub fn configure(edge: Edge) -> Configure {
    let state = web::Data::new(IssuanceState { edge, rules: RuleShelf::default() });
    Arc::new(move |config| {
        config.app_data(state.clone());
        http::routes(config);
    })
}

/// Its OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let (_, document) = App::new().into_utoipa_app().configure(http::routes).split_for_parts();
    named(document, "piao issuance")
}
