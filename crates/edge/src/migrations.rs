//! The tables that every service has in its schema, and those that some have.

use diesel_migrations::embed_migrations;
use piao_store::{EmbeddedMigrations, Schema, StoreError};

/// Journal, sealed data, cursor, parties and keys: every service.
pub const COMMON: EmbeddedMigrations = embed_migrations!("../../migrations/edge/common");

/// Invoices and their locks: services with the [`crate::follow::InvoiceProjection`].
pub const INVOICE: EmbeddedMigrations = embed_migrations!("../../migrations/edge/invoice");

/// Brings a service's schema up to date: the common tables, then those of `own`, in order. To be called before the
/// pool is opened (see [`piao_store::migrate`]).
///
/// # Errors
/// As [`piao_store::migrate`].
pub async fn migrate(
    url: &str,
    schema: &Schema,
    own: impl IntoIterator<Item = EmbeddedMigrations>,
) -> Result<(), StoreError> {
    for migrations in std::iter::once(COMMON).chain(own) {
        piao_store::migrate(url, schema, migrations).await?;
    }
    Ok(())
}
