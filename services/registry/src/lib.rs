//! The registry: who takes part, and with which keys they sign.
//!
//! It must never tell one party about another more than a counterparty has to know: keys and natural persons are the
//! business of the party itself and of the bureaus.

mod db;
mod http;

use diesel_migrations::embed_migrations;
use piao_domain::command::Kind;
use piao_edge::service::Service;
use piao_store::{EmbeddedMigrations, StoreError};

pub use http::{configure, openapi};

/// The service's name, and its schema's.
pub const NAME: &str = "registry";

/// The types of transition that it takes.
pub const KINDS: &[Kind] = &[
    Kind::PartyRegister,
    Kind::PartyEnroll,
    Kind::PartySuspend,
    Kind::PartyReinstate,
    Kind::KeyAdd,
    Kind::KeyRevoke,
    Kind::KeyReset,
];

/// Its own migrations: indexes on the parties that every service follows.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/registry");

/// The service before it starts. Parties and keys are followed by every service; there is nothing to add.
///
/// # Errors
/// Never: its name is well formed.
pub fn service() -> Result<Service, StoreError> {
    Service::new(NAME, KINDS)
}

/// Brings its schema up to date. With the embedded database, before the pool is opened.
///
/// # Errors
/// As [`piao_store::migrate`].
pub async fn migrate(url: &str) -> Result<(), StoreError> {
    piao_edge::migrations::migrate(url, service()?.schema(), [MIGRATIONS]).await
}
