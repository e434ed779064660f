//! The pool. Its connections live on the runtime that opened it, whoever uses them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::ConnectionError;
use diesel::connection::CacheSize;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::timeout;

use crate::{Cause, Schema, StoreError};

/// Where the database is and what we may use of it. `Debug` does not show the URL, which may hold a password.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// `postgres://user:password@host:port/database`.
    pub url: String,
    /// Most connections at once; 1 for the embedded database.
    pub pool_size_max: usize,
    /// Longest wait for a free connection, opening one included.
    pub acquire_wait_max: Duration,
    /// Longest run of one statement, kept by the server; `None` where the server has no timers (embedded).
    pub statement_wait_max: Option<Duration>,
    /// Run, on a blocking thread, after every COMMIT that may have written and before it counts as done. For a
    /// database that cannot see its log onto the disk by itself (embedded).
    pub after_commit: Option<AfterCommit>,
    /// Whether a connection keeps what it prepared. Not where one connection serves several schemas (embedded).
    pub keep_statements: bool,
}

/// What must happen before a commit counts as done.
pub type AfterCommit = Arc<dyn Fn() -> std::io::Result<()> + Send + Sync>;

impl DatabaseConfig {
    /// Defaults for a PostgreSQL server.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_size_max: 8,
            acquire_wait_max: Duration::from_secs(10),
            statement_wait_max: Some(Duration::from_secs(30)),
            after_commit: None,
            keep_statements: true,
        }
    }
}

impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseConfig").field("pool_size_max", &self.pool_size_max).finish_non_exhaustive()
    }
}

/// A pool of connections to one database. Clones are the same pool. May be used from every runtime of the
/// process, an actix worker's included.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool<AsyncPgConnection>,
    acquire_wait_max: Duration,
    after_commit: Option<AfterCommit>,
    handle: Handle,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("pool", &self.inner.pool.status()).finish()
    }
}

impl Database {
    /// Opens the pool on the runtime this is called on, which must be the multi-thread one that lives as long
    /// as the process, and tries a first connection.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection can be had, [`StoreError::Config`] if called on a
    /// single-thread runtime.
    pub async fn connect(config: DatabaseConfig) -> Result<Self, StoreError> {
        let handle = Handle::current();
        if handle.runtime_flavor() == RuntimeFlavor::CurrentThread {
            let what = "the pool must be opened on the main multi-thread runtime".to_owned();
            return Err(StoreError::Config { what, source: None });
        }
        let acquire_wait_max = config.acquire_wait_max;
        let pool = Pool::builder(manager(&config, handle.clone()))
            .max_size(config.pool_size_max.max(1))
            .build()
            .map_err(|error| StoreError::Config { what: "pool".to_owned(), source: Some(error.into()) })?;
        let after_commit = config.after_commit;
        let database = Self { inner: Arc::new(Inner { pool, acquire_wait_max, after_commit, handle }) };
        database.check().await?;
        Ok(database)
    }

    /// Whether a connection can be had and answers; for readiness.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn check(&self) -> Result<(), StoreError> {
        let doing = || "asking whether it answers".to_owned();
        let mut connection = self.acquire(doing()).await?;
        let answer = connection.batch_execute("SELECT 1").await;
        if answer.is_err() {
            discard(connection);
        }
        answer.map_err(|error| StoreError::of_statement(doing(), error))
    }

    /// Creates the schema if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Data`].
    pub async fn ensure_schema(&self, schema: &Schema) -> Result<(), StoreError> {
        self.transaction(schema, async |connection| {
            connection
                .batch_execute(&create_schema(schema))
                .await
                .map_err(StoreError::on("creating the schema"))
        })
        .await
    }

    /// Runs a statement that PostgreSQL refuses inside a transaction: VACUUM, CHECKPOINT.
    #[cfg(feature = "embedded")]
    pub(crate) async fn outside_transaction(&self, statement: &'static str) -> Result<(), StoreError> {
        let mut connection = self.acquire(statement.to_owned()).await?;
        let outcome = connection.batch_execute(statement).await;
        if outcome.is_err() {
            discard(connection);
        }
        outcome.map_err(StoreError::on(statement))
    }

    /// Closes every connection that is idle now, and the others when they come back. Later calls fail.
    pub fn close(&self) {
        self.inner.pool.close();
    }

    pub(crate) async fn acquire(&self, doing: String) -> Result<Object<AsyncPgConnection>, StoreError> {
        match timeout(self.inner.acquire_wait_max, self.inner.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(StoreError::Unavailable { doing, source: Some(error.into()) }),
            Err(elapsed) => Err(StoreError::Unavailable { doing, source: Some(elapsed.into()) }),
        }
    }

    pub(crate) async fn after_commit(&self) -> Result<(), Cause> {
        let Some(after_commit) = self.inner.after_commit.clone() else { return Ok(()) };
        self.inner.handle.spawn_blocking(move || after_commit()).await??;
        Ok(())
    }

    /// How many connections in a row may turn out to be dead before we stop looking for a live one.
    pub(crate) fn dead_connections_max(&self) -> usize {
        self.inner.pool.status().max_size
    }
}

/// Closes a connection instead of giving it back.
pub(crate) fn discard(connection: Object<AsyncPgConnection>) {
    drop(Object::take(connection));
}

pub(crate) fn create_schema(schema: &Schema) -> String {
    format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"")
}

fn manager(config: &DatabaseConfig, handle: Handle) -> AsyncDieselConnectionManager<AsyncPgConnection> {
    let mut setup = ManagerConfig::default();
    // A dead connection is noticed by BEGIN, which costs nothing and is tried again on another.
    setup.recycling_method = RecyclingMethod::Fast;
    let (wait_max, statement_wait_max) = (config.acquire_wait_max, config.statement_wait_max);
    let keep_statements = config.keep_statements;
    setup.custom_setup = Box::new(move |url| {
        let opening = open(url.to_owned(), statement_wait_max, keep_statements);
        // On the main runtime: the task that drives the connection must outlive whoever asked first.
        let opened = handle.spawn(async move { timeout(wait_max, opening).await });
        async move {
            match opened.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(elapsed)) => Err(ConnectionError::BadConnection(elapsed.to_string())),
                Err(stopped) => Err(ConnectionError::BadConnection(stopped.to_string())),
            }
        }
        .boxed()
    });
    AsyncDieselConnectionManager::new_with_config(config.url.clone(), setup)
}

async fn open(
    url: String,
    statement_wait_max: Option<Duration>,
    keep_statements: bool,
) -> Result<AsyncPgConnection, ConnectionError> {
    let mut connection = AsyncPgConnection::establish(&url).await?;
    // A plan made once for all parameters would go by the sizes that tables had then: in a young database by those of
    // empty ones.
    let mut settings = "SET TimeZone = 'UTC'; SET plan_cache_mode = force_custom_plan".to_owned();
    if !keep_statements {
        connection.set_prepared_statement_cache_size(CacheSize::Disabled);
    }
    if let Some(wait_max) = statement_wait_max {
        let ms = wait_max.as_millis();
        settings +=
            &format!("; SET statement_timeout = {ms}; SET idle_in_transaction_session_timeout = {ms}");
    }
    connection.batch_execute(&settings).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}
