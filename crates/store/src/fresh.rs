//! A fresh database per test, made from a template.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};

use crate::StoreError;

/// Names the environment variable with the URL of a server on which databases may be created.
pub const DATABASE_URL_VARIABLE: &str = "PIAO_TEST_DATABASE_URL";

/// URL of the test server.
///
/// # Panics
/// If the variable is not set: a test that cannot run must fail and say why, not pass.
#[must_use]
pub fn test_server_url() -> String {
    std::env::var(DATABASE_URL_VARIABLE).unwrap_or_else(|_| {
        panic!(
            "{DATABASE_URL_VARIABLE} is not set: run `cargo xtask servers -- cargo test --release …`, which \
             starts a private PostgreSQL"
        )
    })
}

/// A database that is dropped, with every connection to it, when this value is.
#[derive(Debug)]
pub struct FreshDatabase {
    server_url: String,
    name: String,
    url: String,
}

/// A database that others are copied from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

impl FreshDatabase {
    /// An empty database on the server at `server_url`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Data`].
    pub async fn empty(server_url: &str) -> Result<Self, StoreError> {
        Self::copy(server_url, &Template("template0".to_owned())).await
    }

    /// A copy of `template` on the server at `server_url`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Data`].
    pub async fn copy(server_url: &str, template: &Template) -> Result<Self, StoreError> {
        let name = fresh_name("piao_test");
        let url = url_of(server_url, &name)?;
        let sql = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{}\"", template.0);
        execute(server_url, &sql).await?;
        Ok(Self { server_url: server_url.to_owned(), name, url })
    }

    /// URL of this database.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for FreshDatabase {
    /// Also after a panic of the test, so on a thread and a runtime of its own.
    fn drop(&mut self) {
        let (server_url, sql) = (self.server_url.clone(), drop_database(&self.name));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(execute(&server_url, &sql)))
        });
        match dropping.join() {
            Ok(Ok(Ok(()))) => {}
            failed => tracing::warn!(name = self.name, ?failed, "a test database was left behind"),
        }
    }
}

impl Template {
    /// The template `name`, prepared by `prepare` (given its URL) if it is not there yet. Processes and
    /// threads that ask for the same template at once wait for the first of them.
    ///
    /// Whatever changes what `prepare` does (a digest of the migrations) belongs into `name`, `[a-z0-9_]{1,48}`.
    ///
    /// # Errors
    /// What `prepare` returned, [`StoreError::Unavailable`], [`StoreError::Data`], [`StoreError::Config`].
    pub async fn ensure(
        server_url: &str,
        name: &str,
        prepare: impl AsyncFnOnce(&str) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let well_formed = (1..=48).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !well_formed {
            return Err(StoreError::Config { what: format!("template name {name:?}"), source: None });
        }
        let name = format!("tpl_{name}");
        let mut connection = establish(server_url).await?;
        let doing = || format!("preparing template {name}");
        let lock = format!("SELECT pg_advisory_lock(hashtextextended('{name}', 0))");
        connection.batch_execute(&lock).await.map_err(StoreError::on(doing()))?;
        if !exists(&mut connection, &name).await? {
            // Under another name until it is complete, so that a crash leaves no half template behind.
            let unfinished = fresh_name("piao_unfinished");
            connection
                .batch_execute(&format!("CREATE DATABASE \"{unfinished}\" TEMPLATE template0"))
                .await
                .map_err(StoreError::on(doing()))?;
            let prepared = prepare(&url_of(server_url, &unfinished)?).await;
            let close = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{unfinished}'"
            );
            connection.batch_execute(&close).await.map_err(StoreError::on(doing()))?;
            if let Err(error) = prepared {
                connection
                    .batch_execute(&drop_database(&unfinished))
                    .await
                    .map_err(StoreError::on(doing()))?;
                return Err(error);
            }
            connection
                .batch_execute(&format!("ALTER DATABASE \"{unfinished}\" RENAME TO \"{name}\""))
                .await
                .map_err(StoreError::on(doing()))?;
        }
        Ok(Self(name))
    }
}

async fn exists(connection: &mut AsyncPgConnection, name: &str) -> Result<bool, StoreError> {
    use diesel_async::RunQueryDsl;
    let found = diesel::sql_query("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind::<diesel::sql_types::Text, _>(name)
        .execute(connection)
        .await;
    Ok(found.map_err(StoreError::on("looking for a template"))? > 0)
}

async fn execute(server_url: &str, sql: &str) -> Result<(), StoreError> {
    let mut connection = establish(server_url).await?;
    connection.batch_execute(sql).await.map_err(StoreError::on(sql))
}

async fn establish(server_url: &str) -> Result<AsyncPgConnection, StoreError> {
    let doing = || "connecting to the test server".to_owned();
    AsyncPgConnection::establish(server_url).await.map_err(|error| StoreError::of_connection(doing(), error))
}

fn drop_database(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")
}

fn fresh_name(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("{prefix}_{}_{number}_{nanos}", std::process::id())
}

/// `server_url` with another database.
fn url_of(server_url: &str, name: &str) -> Result<String, StoreError> {
    let wrong = || StoreError::Config {
        what: "the test server's URL is not postgres://…/database".to_owned(),
        source: None,
    };
    let (scheme, rest) = server_url.split_once("://").ok_or_else(wrong)?;
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, _) = rest.split_once('/').ok_or_else(wrong)?;
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok(format!("{scheme}://{authority}/{name}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(server_url: &str, expect: Option<&str>) {
        assert_eq!(url_of(server_url, "x").ok().as_deref(), expect, "{server_url}");
    }

    #[test]
    fn only_the_database_of_the_url_is_replaced() {
        check("postgres://u:p@h:1/postgres", Some("postgres://u:p@h:1/x"));
        check("postgresql://h/a?sslmode=disable", Some("postgresql://h/x?sslmode=disable"));
        check("postgres:///a?host=/run/a", Some("postgres:///x?host=/run/a"));
        check("postgres://h", None);
        check("", None);
    }
}
