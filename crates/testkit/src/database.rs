//! A fresh database a test.

use std::time::Duration;

use piao_store::fresh::{FreshDatabase, test_server_url};
use piao_store::{Database, DatabaseConfig, Schema};

/// The ledger's schema in every test database.
///
/// # Panics
/// Never: the name is well formed.
#[must_use]
pub fn ledger_schema() -> Schema {
    Schema::parse("ledger").expect("a well-formed name")
}

/// A database with the ledger's tables, and a pool on it.
///
/// # Panics
/// Where the test server named by the environment cannot be used.
pub async fn ledger_database(connections: usize) -> (FreshDatabase, Database) {
    let fresh = FreshDatabase::empty(&test_server_url()).await.expect("a database on the test server");
    piao_ledger::migrate_ledger(fresh.url(), &ledger_schema()).await.expect("the ledger's migrations");
    let database = open(fresh.url(), connections).await;
    (fresh, database)
}

/// A pool on a database.
///
/// # Panics
/// Where there is no such database.
pub async fn open(url: &str, connections: usize) -> Database {
    open_with(url, connections, Duration::from_secs(30)).await
}

/// A pool on a database whose server bounds each statement and each idle transaction.
///
/// # Panics
/// Where there is no such database.
pub async fn open_with(url: &str, connections: usize, statement_wait_max: Duration) -> Database {
    let config = DatabaseConfig {
        pool_size_max: connections,
        statement_wait_max: Some(statement_wait_max),
        idle_wait_max: Some(statement_wait_max),
        ..DatabaseConfig::new(url)
    };
    Database::connect(config).await.expect("a connection")
}
