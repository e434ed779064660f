//! One transaction, from BEGIN to COMMIT.

use std::future::Future;

use diesel::connection::{TransactionDepthChange, TransactionManagerStatus};
use diesel::result::{Error as QueryError, QueryResult};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager};

use crate::database::{Database, discard};
use crate::{Schema, StoreError};

/// An `async` closure whose future is `Send`. Written out because the language cannot yet say it at the bound.
pub trait AsyncFunc<T, R>: AsyncFnOnce(T) -> R + FnOnce(T) -> Self::Fut {
    /// The future that the closure returns.
    type Fut: Future<Output = R>;
}

impl<F, T, Fut, R> AsyncFunc<T, R> for F
where
    F: AsyncFnOnce(T) -> R + FnOnce(T) -> Fut,
    Fut: Future<Output = R>,
{
    type Fut = Fut;
}

/// What a transaction sees of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// Every statement sees what was committed before the first.
    RepeatableRead,
    /// As if transactions ran one after the other; may fail with [`StoreError::Serialization`].
    Serializable,
}

/// Whether a transaction may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It may.
    ReadWrite,
    /// PostgreSQL refuses its writes.
    ReadOnly,
}

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The disk: a crash after it takes nothing away.
    Disk,
    /// Nothing: a crash of the server within the next moments may take it away, together with every such commit after
    /// it, and never only a part of it. For what is a function of data that is durable elsewhere, and is made again.
    Derived,
}

/// How a transaction runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// What it sees of others.
    pub isolation: Isolation,
    /// Whether it may write.
    pub access: Access,
    /// What its commit waits for.
    pub durability: Durability,
}

impl Mode {
    /// READ COMMITTED, may write: the default.
    pub const WRITE: Self =
        Self { isolation: Isolation::ReadCommitted, access: Access::ReadWrite, durability: Durability::Disk };
    /// As [`Mode::WRITE`], for what can be made again.
    pub const DERIVE: Self = Self { durability: Durability::Derived, ..Self::WRITE };
    /// Several reads of one moment.
    pub const SNAPSHOT: Self =
        Self { isolation: Isolation::RepeatableRead, access: Access::ReadOnly, durability: Durability::Disk };

    fn begin(self, schema: &Schema) -> String {
        let isolation = match self.isolation {
            Isolation::ReadCommitted => "READ COMMITTED",
            Isolation::RepeatableRead => "REPEATABLE READ",
            Isolation::Serializable => "SERIALIZABLE",
        };
        let access = match self.access {
            Access::ReadWrite => "READ WRITE",
            Access::ReadOnly => "READ ONLY",
        };
        let durability = match self.durability {
            Durability::Disk => "",
            Durability::Derived => "; SET LOCAL synchronous_commit TO off",
        };
        format!(
            "BEGIN ISOLATION LEVEL {isolation} {access}; SET LOCAL search_path TO \"{schema}\"{durability}"
        )
    }
}

impl Database {
    /// Runs `work` in one READ COMMITTED transaction whose unqualified names mean `schema`.
    ///
    /// Commits if `work` returns `Ok`, rolls back if it returns `Err` or its future is dropped.
    ///
    /// **`work` awaits nothing but the connection it is given**: the pool may hold a single one for the whole
    /// process (see the crate's documentation).
    ///
    /// # Errors
    /// What `work` returned; else [`StoreError::Unavailable`] (nothing written), [`StoreError::Aborted`]
    /// (nothing written: `work` swallowed a failed statement), [`StoreError::Conflict`] or
    /// [`StoreError::Serialization`] at COMMIT (nothing written), [`StoreError::OutcomeUnknown`].
    pub async fn transaction<T, E, F>(&self, schema: &Schema, work: F) -> Result<T, E>
    where
        for<'c> F: AsyncFnOnce(&'c mut AsyncPgConnection) -> Result<T, E>
            + AsyncFunc<&'c mut AsyncPgConnection, Result<T, E>, Fut: Send>
            + Send,
        E: From<StoreError>,
    {
        self.transaction_with(schema, Mode::WRITE, work).await
    }

    /// As [`Database::transaction`], with a choice of isolation and access.
    ///
    /// # Errors
    /// As [`Database::transaction`].
    pub async fn transaction_with<T, E, F>(&self, schema: &Schema, mode: Mode, work: F) -> Result<T, E>
    where
        for<'c> F: AsyncFnOnce(&'c mut AsyncPgConnection) -> Result<T, E>
            + AsyncFunc<&'c mut AsyncPgConnection, Result<T, E>, Fut: Send>
            + Send,
        E: From<StoreError>,
    {
        let mut connection = self.begin(schema, mode).await?;
        // A crash or a dropped future here: the server rolls back when the connection is gone, and the pool
        // never gives out a connection with an open transaction.
        match work(&mut connection).await {
            Ok(value) => {
                self.commit(connection, schema, mode).await?;
                Ok(value)
            }
            Err(error) => {
                if AnsiTransactionManager::rollback_transaction(&mut *connection).await.is_err() {
                    discard(connection);
                }
                Err(error)
            }
        }
    }

    async fn begin(&self, schema: &Schema, mode: Mode) -> Result<Object<AsyncPgConnection>, StoreError> {
        let sql = mode.begin(schema);
        let doing = || format!("beginning a transaction in schema {schema}");
        let mut dead = 0;
        loop {
            let mut connection = self.acquire(doing()).await?;
            let begun = AnsiTransactionManager::begin_transaction_sql(&mut *connection, &sql).await;
            let Err(error) = begun else { return Ok(connection) };
            // Whatever state it is in, nobody gets this connection again.
            discard(connection);
            let error = StoreError::of_statement(doing(), error);
            dead += 1;
            // The server was restarted since the connection was idle: nothing has been asked of it, try another.
            let stale = matches!(error, StoreError::Unavailable { .. });
            if !stale || dead > self.dead_connections_max() {
                return Err(error);
            }
        }
    }

    async fn commit(
        &self,
        mut connection: Object<AsyncPgConnection>,
        schema: &Schema,
        mode: Mode,
    ) -> Result<(), StoreError> {
        // A crash before the server has flushed the commit record: nothing was written. After: all was.
        // A connection lost in between: OutcomeUnknown, and only reading tells.
        let doing = || format!("committing in schema {schema}");
        if let Err(error) = commit(&mut connection).await {
            discard(connection);
            return Err(StoreError::of_commit(doing(), error));
        }
        match (mode.access, mode.durability) {
            (Access::ReadOnly, _) | (Access::ReadWrite, Durability::Derived) => Ok(()),
            // The connection is held meanwhile, so that nobody reads what is not on the disk yet.
            (Access::ReadWrite, Durability::Disk) => {
                let outcome = self.after_commit().await;
                outcome.map_err(|source| StoreError::OutcomeUnknown { doing: doing(), source })
            }
        }
    }
}

/// PostgreSQL answers COMMIT of a transaction in which a statement failed with ROLLBACK and no error, so a caller who
/// swallowed that failure would believe its writes are there. Any statement brings it out, and of one message the server
/// does nothing after what fails. Sent by ourselves, since diesel's own commit is a message of its own. Where this is
/// dropped or fails, diesel still counts an open transaction, and the pool gives the connection to nobody.
async fn commit(connection: &mut AsyncPgConnection) -> QueryResult<()> {
    connection.batch_execute("SELECT 1; COMMIT").await?;
    match AnsiTransactionManager::transaction_manager_status_mut(connection) {
        TransactionManagerStatus::Valid(open) => {
            open.change_transaction_depth(TransactionDepthChange::DecreaseDepth)
        }
        TransactionManagerStatus::InError => Err(QueryError::BrokenTransactionManager),
    }
}
