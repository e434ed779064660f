//! Migrations of one schema, over a connection of their own.

use diesel::pg::Pg;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

use crate::database::create_schema;
use crate::{Cause, Schema, StoreError};

/// Longest wait for another process that migrates the same schema.
const LOCK_WAIT_MAX_MS: u32 = 60_000;

/// Creates `schema` if need be and applies what is pending of `migrations` inside it.
///
/// Opens one connection and closes it before it returns: with the embedded database, which has only one, call
/// it before the pool is opened. Must be called on a multi-thread runtime. Two processes may call it at once.
///
/// # Errors
/// [`StoreError::Unavailable`], [`StoreError::Migration`]; migrations before the one that failed stay applied.
pub async fn migrate(url: &str, schema: &Schema, migrations: EmbeddedMigrations) -> Result<(), StoreError> {
    on_own_connection(url, schema, "applying", move |harness| {
        let applied = harness.run_pending_migrations(migrations)?;
        Ok(applied.into_iter().map(|version| version.to_string()).collect())
    })
    .await
}

/// Reverts every applied migration of `schema`, the newest first. For tests: an operator never calls it.
///
/// # Errors
/// As [`migrate`].
pub async fn revert_all(
    url: &str,
    schema: &Schema,
    migrations: EmbeddedMigrations,
) -> Result<(), StoreError> {
    on_own_connection(url, schema, "reverting", move |harness| {
        let reverted = harness.revert_all_migrations(migrations)?;
        Ok(reverted.into_iter().map(|version| version.to_string()).collect())
    })
    .await
}

type Harness = AsyncMigrationHarness<AsyncPgConnection>;

async fn on_own_connection(
    url: &str,
    schema: &Schema,
    doing: &'static str,
    work: impl FnOnce(&mut Harness) -> Result<Vec<String>, Cause> + Send + 'static,
) -> Result<(), StoreError> {
    let (url, migrated) = (url.to_owned(), schema.clone());
    // A task of its own, because the migrations block the thread they run on (see `block_in_place`), and with
    // it everything that is joined or selected with this future.
    let task = tokio::spawn(async move {
        let mut harness = Harness::new(open(&url, &migrated).await?);
        let outcome = work(&mut harness);
        harness.into_inner().batch_execute("SELECT pg_advisory_unlock_all()").await.ok();
        outcome.map_err(|source| StoreError::Migration { schema: migrated, doing: doing.to_owned(), source })
    });
    let outcome = task.await.map_err(|stopped| StoreError::Migration {
        schema: schema.clone(),
        doing: doing.to_owned(),
        source: stopped.into(),
    })?;
    tracing::info!(schema = schema.as_str(), doing, versions = ?outcome?, "migrations done");
    Ok(())
}

async fn open(url: &str, schema: &Schema) -> Result<AsyncPgConnection, StoreError> {
    let doing = || format!("preparing migrations of schema {schema}");
    let mut connection =
        AsyncPgConnection::establish(url).await.map_err(|error| StoreError::of_connection(doing(), error))?;
    // The lock keeps a second process from creating the same schema and tables at the same time.
    let sql = format!(
        "SET lock_timeout = {LOCK_WAIT_MAX_MS}; SELECT pg_advisory_lock(hashtextextended('piao migrate {schema}', 0)); \
         {}; SET search_path TO \"{schema}\"",
        create_schema(schema)
    );
    connection.batch_execute(&sql).await.map_err(|error| StoreError::of_statement(doing(), error))?;
    Ok(connection)
}

/// The harness is used through this trait only; named here so that a change of backend is an error here.
const _: fn() = || {
    fn is_harness<H: MigrationHarness<Pg>>() {}
    is_harness::<Harness>();
};
