//! Where the journal keeps its rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::ids::TransitionId;
use piao_domain::time::Time;
use piao_protocol::receipt::Receipt;
use piao_store::{Connection, Database, Schema, StoreError};

use super::{Entry, TransitionKey};
use crate::follow::LedgerReader;
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

    /// Takes open rows that are due and puts their next turn off; none only where none is due any more.
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
#[derive(Clone)]
pub struct PgJournal {
    db: Database,
    schema: Schema,
    /// Who knows what was decided of what others took; nobody where this service keeps all receipts itself.
    ledger: Option<Arc<dyn LedgerReader>>,
}

impl PgJournal {
    /// A journal in the tables of one schema.
    #[must_use]
    pub const fn new(db: Database, schema: Schema) -> Self {
        Self { db, schema, ledger: None }
    }

    /// The same for a service that keeps the receipts of what it took itself only ([`crate::follow::Keeps::Own`]): what
    /// others took is looked for in the ledger.
    #[must_use]
    pub fn recalling(self, ledger: Arc<dyn LedgerReader>) -> Self {
        Self { ledger: Some(ledger), ..self }
    }

    /// Asks the ledger for the receipts of transitions.
    ///
    /// After the commit that opened them, and never before it: a block that is applied here closes what was open by
    /// then, and a block that was applied before is in the ledger by now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the ledger cannot be asked: what is not known is not nothing.
    async fn recall(&self, keys: &[TransitionKey]) -> Result<Vec<Receipt>, StoreError> {
        let Some(ledger) = self.ledger.as_ref().filter(|_| !keys.is_empty()) else { return Ok(Vec::new()) };
        ledger.receipts(keys).await.map_err(|error| StoreError::Unavailable {
            doing: "asking the ledger for receipts".to_owned(),
            source: Some(Box::new(error)),
        })
    }

    /// As [`Self::recall`] for what is open here, closing what is decided. Where the ledger cannot be asked, the sweeper
    /// does so again.
    async fn recall_open(&self, keys: &[TransitionKey]) -> Vec<Receipt> {
        match self.recall(keys).await {
            Ok(receipts) => {
                self.close(keys, &receipts).await;
                receipts
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "what is open stays so for now");
                Vec::new()
            }
        }
    }

    /// Closes what is open. Where that fails, what is decided is no less so, and the sweeper closes it.
    async fn close(&self, keys: &[TransitionKey], receipts: &[Receipt]) {
        let key_of = |receipt: &Receipt| keys.iter().find(|key| key.id == receipt.transition).copied();
        let decided = receipts.iter().filter_map(|receipt| Some((key_of(receipt)?, receipt)));
        let decided = decided.collect::<Vec<_>>();
        if decided.is_empty() {
            return;
        }
        let kept = self.db.transaction(&self.schema, async |connection| {
            db::receipt::keep_own(connection, &decided).await?;
            fault::point("edge.recall.before");
            Ok(())
        });
        match kept.await {
            Ok(()) => fault::point("edge.recall.after"),
            Err(error) => {
                let error: &StoreError = &error;
                let error = error as &dyn std::error::Error;
                tracing::warn!(error, "receipts from the ledger were not kept");
            }
        }
    }

    async fn open(&self, batch: &[Entry], publish_at: Time) -> Result<Vec<Receipt>, StoreError> {
        self.db
            .transaction(&self.schema, async move |connection| {
                let new: Vec<_> = batch.iter().map(row).collect();
                let sealed: Vec<_> =
                    batch.iter().filter_map(|entry| Some((entry.key, entry.sealed.as_ref()?))).collect();
                let written = db::journal::open_many(connection, &new, publish_at).await?;
                db::sealed::keep_many(connection, &sealed).await?;
                fault::point("edge.journal.before");
                if written == new.len() {
                    return Ok(Vec::new());
                }
                // A second statement sees what was committed before it, the rows that were in the way included.
                let keys: Vec<_> = batch.iter().map(|entry| entry.key).collect();
                db::receipt::find_among(connection, &keys).await
            })
            .await
    }
}

impl JournalStore for PgJournal {
    fn write<'a>(
        &'a self,
        batch: &'a [Entry],
        publish_at: Time,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, StoreError>> {
        async move {
            let mut receipts = self.open(batch, publish_at).await?;
            let is_open = |entry: &&Entry| !receipts.iter().any(|known| known.transition == entry.key.id);
            let open = batch.iter().filter(is_open).map(|entry| entry.key).collect::<Vec<_>>();
            receipts.extend(self.recall_open(&open).await);
            Ok(receipts)
        }
        .boxed()
    }

    fn find(&self, key: TransitionKey) -> BoxFuture<'_, Result<Option<Journalled>, StoreError>> {
        async move {
            let find = async move |connection: &mut Connection| db::receipt::find(connection, key).await;
            match self.db.transaction(&self.schema, find).await? {
                Some(Journalled::Decided(receipt)) => Ok(Some(Journalled::Decided(receipt))),
                found @ (Some(Journalled::Open) | None) => {
                    let recalled = self.recall(&[key]).await?;
                    if found.is_some() {
                        self.close(&[key], &recalled).await;
                    }
                    Ok(recalled.into_iter().next().map(Journalled::Decided).or(found))
                }
            }
        }
        .boxed()
    }

    fn take_due(
        &self,
        now: Time,
        pause_seconds: u32,
        rows_max: u32,
    ) -> BoxFuture<'_, Result<Vec<Due>, StoreError>> {
        let pause_seconds = i32::try_from(pause_seconds).unwrap_or(i32::MAX);
        let take = async move |connection: &mut Connection| {
            let mut due = db::journal::take_due(connection, now, pause_seconds, i64::from(rows_max)).await?;
            if !due.is_empty() {
                fault::point("edge.sweep.before");
            }
            let taken = due.len();
            let keys = due.iter().map(|due| due.key).collect::<Vec<_>>();
            let dropped = db::journal::drop_decided(connection, &keys).await?;
            due.retain(|due| !dropped.contains(&due.key.id));
            Ok::<_, StoreError>((taken, due))
        };
        async move {
            loop {
                let (taken, mut due) = self.db.transaction(&self.schema, take).await?;
                let keys = due.iter().map(|due| due.key).collect::<Vec<_>>();
                let decided = self.recall_open(&keys).await;
                let decided = decided.iter().map(|known| known.transition).collect::<BTreeSet<_>>();
                due.retain(|due| !decided.contains(&due.key.id));
                // A page of which all is decided says nothing of the next.
                if !due.is_empty() || taken == 0 {
                    return Ok(due
                        .into_iter()
                        .map(|due| Due { id: due.key.id, jws: due.jws.into() })
                        .collect());
                }
            }
        }
        .boxed()
    }

    fn make_all_due(&self, now: Time) -> BoxFuture<'_, Result<(), StoreError>> {
        self.db
            .transaction(&self.schema, async move |connection| {
                db::journal::make_all_due(connection, now).await?;
                fault::point("edge.due.before");
                Ok(())
            })
            .boxed()
    }

    fn count_open(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.db
            .transaction(&self.schema, async |connection| db::journal::count_open(connection).await)
            .boxed()
    }
}

fn row(entry: &Entry) -> db::journal::NewEntry<'_> {
    db::journal::NewEntry { key: entry.key, party: entry.party.to_string(), jws: &entry.jws }
}
