//! Where the journal keeps its rows.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::ids::TransitionId;
use piao_domain::time::Time;
use piao_protocol::receipt::Receipt;
use piao_store::{Database, Schema, StoreError};

use super::{Entry, TransitionKey};
use crate::{db, fault};

/// An open row that is to be published once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The transition.
    pub id: TransitionId,
    /// Its compact JWS.
    pub jws: Arc<str>,
}

/// A transition that was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Journalled {
    /// It waits for its receipt.
    Open,
    /// Here is its receipt.
    Decided(Receipt),
}

/// Keeps what a service took until its receipt is there. PostgreSQL is one implementation, the simulator's memory the
/// other.
pub trait JournalStore: Send + Sync + 'static {
    /// Writes a batch down, durably, in one transaction; what is there already stays as it is. `publish_at` is when the
    /// sweeper may publish the new rows again. Returns the receipts that are there already among the batch.
    fn write<'a>(
        &'a self,
        batch: &'a [Entry],
        publish_at: Time,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, StoreError>>;

    /// What is written down of one transition.
    fn find(&self, key: TransitionKey) -> BoxFuture<'_, Result<Option<Journalled>, StoreError>>;

    /// Takes open rows that are due and puts their next turn off.
    fn take_due(
        &self,
        now: Time,
        pause_seconds: u32,
        rows_max: u32,
    ) -> BoxFuture<'_, Result<Vec<Due>, StoreError>>;

    /// Makes every open row due now.
    fn make_all_due(&self, now: Time) -> BoxFuture<'_, Result<(), StoreError>>;

    /// How many rows are open.
    fn count_open(&self) -> BoxFuture<'_, Result<u64, StoreError>>;
}

/// The journal in a service's own schema.
#[derive(Clone, Debug)]
pub struct PgJournal {
    db: Database,
    schema: Schema,
}

impl PgJournal {
    /// A journal in the tables of one schema.
    #[must_use]
    pub const fn new(db: Database, schema: Schema) -> Self {
        Self { db, schema }
    }
}

impl JournalStore for PgJournal {
    fn write<'a>(
        &'a self,
        batch: &'a [Entry],
        publish_at: Time,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, StoreError>> {
        self.db
            .transaction(&self.schema, async move |connection| {
                let new: Vec<_> = batch.iter().map(row).collect();
                let sealed: Vec<_> =
                    batch.iter().filter_map(|entry| Some((entry.key, entry.sealed.as_ref()?))).collect();
                let written = db::submission::open_many(connection, &new, publish_at).await?;
                db::sealed::keep_many(connection, &sealed).await?;
                fault::point("edge.journal.before");
                if written == new.len() {
                    return Ok(Vec::new());
                }
                // A second statement sees what was committed before it, the rows that were in the way included.
                let keys: Vec<_> = batch.iter().map(|entry| entry.key).collect();
                db::submission::receipts_among(connection, &keys).await
            })
            .boxed()
    }

    fn find(&self, key: TransitionKey) -> BoxFuture<'_, Result<Option<Journalled>, StoreError>> {
        self.db
            .transaction(&self.schema, async move |connection| db::submission::find(connection, key).await)
            .boxed()
    }

    fn take_due(
        &self,
        now: Time,
        pause_seconds: u32,
        rows_max: u32,
    ) -> BoxFuture<'_, Result<Vec<Due>, StoreError>> {
        let pause_seconds = i32::try_from(pause_seconds).unwrap_or(i32::MAX);
        self.db
            .transaction(&self.schema, async move |connection| {
                let due =
                    db::submission::take_due(connection, now, pause_seconds, i64::from(rows_max)).await?;
                if !due.is_empty() {
                    fault::point("edge.sweep.before");
                }
                Ok(due.into_iter().map(|due| Due { id: due.id, jws: due.jws.into() }).collect())
            })
            .boxed()
    }

    fn make_all_due(&self, now: Time) -> BoxFuture<'_, Result<(), StoreError>> {
        self.db
            .transaction(&self.schema, async move |connection| {
                db::submission::make_all_due(connection, now).await?;
                fault::point("edge.due.before");
                Ok(())
            })
            .boxed()
    }

    fn count_open(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.db
            .transaction(&self.schema, async |connection| db::submission::count_open(connection).await)
            .boxed()
    }
}

fn row(entry: &Entry) -> db::submission::NewSubmission<'_> {
    db::submission::NewSubmission {
        key: entry.key,
        kind: entry.kind.as_str(),
        party: entry.party.to_string(),
        jws: &entry.jws,
    }
}
