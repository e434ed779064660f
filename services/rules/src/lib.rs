//! The rules service: rule sets as bureaus deploy, activate and retire them, for everybody to read who is bound by them.
//!
//! It must never decide by itself what a rule set says of an invoice: that is the domain's, and the ledger's.

mod db;
mod follow;
mod http;

use diesel_migrations::embed_migrations;
use piao_domain::command::Kind;
use piao_edge::service::Service;
use piao_store::{EmbeddedMigrations, StoreError};

pub use http::{configure, openapi};

/// The service's name, and its schema's.
pub const NAME: &str = "rules";

/// The types of transition that it takes.
pub const KINDS: &[Kind] = &[Kind::RulesDeploy, Kind::RulesActivate, Kind::RulesRetire];

/// Its own migrations.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/rules");

/// The service before it starts.
///
/// # Errors
/// Never: its name is well formed.
pub fn service() -> Result<Service, StoreError> {
    Ok(Service::new(NAME, KINDS)?.project(follow::RuleSetProjection))
}

/// Brings its schema up to date. With the embedded database, before the pool is opened.
///
/// # Errors
/// As [`piao_store::migrate`].
pub async fn migrate(url: &str) -> Result<(), StoreError> {
    piao_edge::migrations::migrate(url, service()?.schema(), [MIGRATIONS]).await
}
