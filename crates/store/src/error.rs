//! What can go wrong between us and PostgreSQL.

mod kind;

use diesel::ConnectionError;
use diesel::result::Error as QueryError;

use crate::Schema;
use kind::{Kind, kind_of};

/// The cause below a [`StoreError`].
pub type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What can go wrong between us and PostgreSQL. Every one is a fault, except [`StoreError::Conflict`], which a
/// caller may expect.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection could be had in bounded time, it broke before COMMIT, or the server cannot do it now: time ran
    /// out, its disk or memory is full. Nothing was written, and the same may do better later.
    #[error("the database is not available: {doing}")]
    Unavailable {
        /// What we were doing to what.
        doing: String,
        /// What the driver said, if it said anything.
        #[source]
        source: Option<Cause>,
    },
    /// A unique or exclusion constraint stopped a statement.
    #[error("constraint {constraint} was violated: {doing}")]
    Conflict {
        /// What we were doing to what.
        doing: String,
        /// Name of the constraint or unique index.
        constraint: String,
        /// The error as PostgreSQL gave it.
        #[source]
        source: QueryError,
    },
    /// PostgreSQL could not order this transaction among others; nothing was written, the same may be tried again.
    #[error("the transaction lost against another: {doing}")]
    Serialization {
        /// What we were doing to what.
        doing: String,
        /// The error as PostgreSQL gave it.
        #[source]
        source: QueryError,
    },
    /// A statement, or what it read, is not what we expect: a check or foreign key, a missing table, a value
    /// that cannot be. It never gets better by trying again.
    #[error("the database refused or surprised us: {doing}")]
    Data {
        /// What we were doing to what.
        doing: String,
        /// The error as diesel or PostgreSQL gave it.
        #[source]
        source: QueryError,
    },
    /// The connection was lost during COMMIT: the transaction is there as a whole or not at all, and only
    /// reading tells which.
    #[error("it is not known whether the transaction was committed: {doing}")]
    OutcomeUnknown {
        /// What we were doing to what.
        doing: String,
        /// What the driver or the disk said.
        #[source]
        source: Cause,
    },
    /// The caller asked to commit although one of its statements had failed; PostgreSQL would have rolled
    /// back and said that all is well.
    #[error("a statement had failed, so the transaction was rolled back: {doing}")]
    Aborted {
        /// What we were doing to what.
        doing: String,
        /// The error as PostgreSQL gave it.
        #[source]
        source: QueryError,
    },
    /// A migration could not be applied or reverted.
    #[error("migrations of schema {schema} failed: {doing}")]
    Migration {
        /// Schema the migration belongs to.
        schema: Schema,
        /// What we were doing.
        doing: String,
        /// What the migration said.
        #[source]
        source: Cause,
    },
    /// The embedded database did not start, stop or open its files.
    #[error("the embedded database: {doing}")]
    Embedded {
        /// What we were doing to which directory.
        doing: String,
        /// What it said.
        #[source]
        source: Option<Cause>,
    },
    /// A value that cannot work, whatever the database says.
    #[error("the store is configured wrongly: {what}")]
    Config {
        /// Which value, what was expected.
        what: String,
        /// The parser's own complaint, if one parsed it.
        #[source]
        source: Option<Cause>,
    },
}

impl StoreError {
    /// Turns an error of a statement inside a transaction into ours: `.map_err(StoreError::on("inserting blocks"))`.
    pub fn on(doing: impl Into<String>) -> impl FnOnce(QueryError) -> Self {
        move |source| Self::of_statement(doing.into(), source)
    }

    pub(crate) fn of_statement(doing: String, source: QueryError) -> Self {
        match kind_of(&source) {
            Kind::Conflict(constraint) => Self::Conflict { doing, constraint, source },
            Kind::Serialization => Self::Serialization { doing, source },
            Kind::Lost | Kind::Passing => Self::Unavailable { doing, source: Some(source.into()) },
            Kind::Refused | Kind::Aborted | Kind::Other => Self::Data { doing, source },
        }
    }

    pub(crate) fn of_commit(doing: String, source: QueryError) -> Self {
        match kind_of(&source) {
            Kind::Conflict(constraint) => Self::Conflict { doing, constraint, source },
            Kind::Serialization => Self::Serialization { doing, source },
            Kind::Refused => Self::Data { doing, source },
            Kind::Aborted => Self::Aborted { doing, source },
            // A server that is shut down, or that could not go on, may have written the commit record before it said so.
            Kind::Lost | Kind::Passing | Kind::Other => Self::OutcomeUnknown { doing, source: source.into() },
        }
    }

    pub(crate) fn of_connection(doing: String, source: ConnectionError) -> Self {
        Self::Unavailable { doing, source: Some(source.into()) }
    }
}
