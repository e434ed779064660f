//! The pool. Its connections live on the runtime that opened it, whoever uses them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::ConnectionError;
use diesel::connection::CacheSize;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::timeout;

use crate::{Cause, Schema, StoreError, link};

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
    /// Longest time that a transaction may hold what it holds without asking anything, kept by the server; `None` as
    /// above. Shorter than `statement_wait_max`: whoever waits for a lock of one that hangs waits inside a statement,
    /// and must get it before that statement's own time is up. Ours await nothing but their connection and compute for
    /// well under a second between two statements.
    pub idle_wait_max: Option<Duration>,
    /// How long the other side may be silent before a connection over TCP counts as lost; whole seconds.
    pub peer_wait_max: Duration,
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
            idle_wait_max: Some(Duration::from_secs(10)),
            peer_wait_max: Duration::from_secs(20),
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
    /// A commit is visible and may not be on the disk: nothing may be read or built on it any more.
    unsafe_commit: AtomicBool,
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
        let unsafe_commit = AtomicBool::new(false);
        let inner = Inner { pool, acquire_wait_max, after_commit, unsafe_commit, handle };
        let database = Self { inner: Arc::new(inner) };
        database.check().await?;
        Ok(database)
    }

    /// Whether a connection can be had and answers; for readiness.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn check(&self) -> Result<(), StoreError> {
        let doing = || "asking whether it answers".to_owned();
        let mut asked = Asked(Some(self.acquire(doing()).await?));
        let answer = match &mut asked.0 {
            Some(connection) => connection.batch_execute("SELECT 1").await,
            None => Ok(()),
        };
        if answer.is_ok() {
            drop(asked.0.take());
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
        if self.inner.unsafe_commit.load(Ordering::SeqCst) {
            let doing = format!("{doing}, after a commit that the disk did not take: start again");
            return Err(StoreError::Embedded { doing, source: None });
        }
        match timeout(self.inner.acquire_wait_max, self.inner.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(StoreError::Unavailable { doing, source: Some(error.into()) }),
            Err(elapsed) => Err(StoreError::Unavailable { doing, source: Some(elapsed.into()) }),
        }
    }

    /// Sees a commit onto the disk. Where that fails once, no later success says anything of what was written before
    /// it, so the pool gives no connection any more: the next start reads what is really there.
    pub(crate) async fn after_commit(&self) -> Result<(), Cause> {
        let Some(after_commit) = self.inner.after_commit.clone() else { return Ok(()) };
        let seen = self.inner.handle.spawn_blocking(move || after_commit()).await;
        let seen = seen.map_err(Cause::from).and_then(|seen| seen.map_err(Cause::from));
        if seen.is_err() {
            self.inner.unsafe_commit.store(true, Ordering::SeqCst);
        }
        seen
    }

    /// How many connections in a row may turn out to be dead before we stop looking for a live one.
    pub(crate) fn dead_connections_max(&self) -> usize {
        self.inner.pool.status().max_size
    }
}

/// A connection that was asked and has not answered. Whoever stops waiting must not hand it to the next.
struct Asked(Option<Object<AsyncPgConnection>>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.take().map(discard).unwrap_or_default();
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
    let config_of_each = config.clone();
    let wait_max = config.acquire_wait_max;
    setup.custom_setup = Box::new(move |url| {
        let opening = open(link::watched(url, config_of_each.peer_wait_max), config_of_each.clone());
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

async fn open(url: String, config: DatabaseConfig) -> Result<AsyncPgConnection, ConnectionError> {
    let mut connection = AsyncPgConnection::establish(&url).await?;
    // A plan made once for all parameters would go by the sizes that tables had then: in a young database by those of
    // empty ones. What is read is mostly in memory, and a look-up by key must not become a scan of a table that is
    // still small; no statement of ours is worth compiling.
    let mut settings = "SET TimeZone = 'UTC'; SET plan_cache_mode = force_custom_plan; \
        SET random_page_cost = 1.1; SET jit = off"
        .to_owned();
    if !config.keep_statements {
        connection.set_prepared_statement_cache_size(CacheSize::Disabled);
    }
    for (name, wait_max) in [
        ("statement_timeout", config.statement_wait_max),
        ("idle_in_transaction_session_timeout", config.idle_wait_max),
    ] {
        if let Some(wait_max) = wait_max {
            settings += &format!("; SET {name} = {}", wait_max.as_millis());
        }
    }
    connection.batch_execute(&settings).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    if let Err(error) = connection.batch_execute(IN_ENGLISH).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the database's messages are not in English, so some faults that pass end the ledger: set lc_messages \
             to C for this role"
        );
    }
    Ok(connection)
}

/// Faults are told apart by the server's words. Only a superuser may choose them, and only other servers are asked to.
const IN_ENGLISH: &str = "SELECT set_config('lc_messages', 'C', false) \
    WHERE current_setting('lc_messages') !~ '^(C|POSIX|en)'";
