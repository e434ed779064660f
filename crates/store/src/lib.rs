//! The only door to PostgreSQL: pool, transaction, migrations, embedded database.
//!
//! [`Database::transaction`] is the one way to a connection. It begins with `SET LOCAL search_path`, so every
//! table name elsewhere is unqualified, and every service sees its own schema.
//!
//! **While a connection is held, await nothing but that connection.** The embedded shape has one connection
//! for the whole process: a transaction that waits for another transaction, a lock, a channel, a timer or
//! the network stops every service, and one that waits for a second connection waits for ever.
//!
//! This crate must never know what is stored.

mod database;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
#[cfg(feature = "testing")]
pub mod fresh;
mod link;
mod look;
mod migrate;
mod schema;
mod statement;
mod transaction;

pub use database::{AfterCommit, Database, DatabaseConfig};
pub use diesel_async::AsyncPgConnection as Connection;
pub use diesel_migrations::EmbeddedMigrations;
pub use error::{Cause, StoreError};
pub use look::Standing;
pub use migrate::{migrate, revert_all};
pub use schema::{SCHEMA_CHARS_MAX, Schema};
pub use statement::{Bound, Statement, sql_query};
pub use transaction::{Access, AsyncFunc, Durability, Isolation, Mode};
