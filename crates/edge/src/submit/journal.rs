//! Group commit: one task writes what many requests bring, in one statement, and publishes it in one message.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use piao_bus::{Bus, BusError};
use piao_protocol::receipt::Receipt;
use piao_store::StoreError;
use thiserror::Error;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::publish::commands;
use super::{Entry, JournalStore};
use crate::clock::Clock;
use crate::fault;
use crate::metrics::ServiceMetrics;

/// How much a journal takes at once.
#[derive(Clone, Copy, Debug)]
pub struct JournalConfig {
    /// Transitions that wait to be written; beyond, requests are turned away.
    pub queue_max: usize,
    /// Transitions that are written and have no receipt; beyond, requests are turned away until the ledger has caught
    /// up. It is known to about a second.
    pub open_max: u64,
    /// Most transitions in one commit.
    pub batch_max: usize,
    /// How long a commit waits for more, where it has more than one already. Alone, a transition never waits.
    pub linger: Duration,
    /// Publishes in flight at once. What finds none free is left to the sweeper.
    pub publishes_in_flight_max: usize,
    /// Most bytes in one bus message, if it holds more than one transition.
    pub message_bytes_max: usize,
    /// When a row without receipt is published again, in seconds; twice as long each time after.
    pub republish_seconds: u32,
    /// Most rows that the sweeper takes at once.
    pub sweep_rows_max: u32,
    /// How often the sweeper looks.
    pub sweep_every: Duration,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self {
            queue_max: 4_096,
            open_max: 100_000,
            batch_max: 256,
            linger: Duration::from_millis(3),
            publishes_in_flight_max: 64,
            message_bytes_max: 4 << 20,
            republish_seconds: 5,
            sweep_rows_max: 256,
            sweep_every: Duration::from_secs(1),
        }
    }
}

/// Longest wait for publishes when a service stops.
const SETTLE_WAIT_MAX: Duration = Duration::from_secs(5);

/// Why a transition was not journalled.
#[derive(Clone, Debug, Error)]
pub enum JournalFault {
    /// More than the queue holds; nothing was written.
    #[error("the journal's queue is full")]
    Full,
    /// More than are let wait for the ledger; nothing was written.
    #[error("too many transitions wait for the ledger")]
    Backlog,
    /// The service is stopping; nothing was written.
    #[error("the journal is stopped")]
    Stopped,
    /// The database did not take it, or nobody knows whether it did. Sending it again is safe.
    #[error("the journal could not be written")]
    Store(#[source] Arc<StoreError>),
}

/// What journalling came to.
pub(super) type Written = Result<Option<Arc<Receipt>>, JournalFault>;

/// The way into the journal. Clones are the same journal.
#[derive(Clone, Debug)]
pub struct Journal {
    queue: mpsc::Sender<Waiting>,
    open: OpenRows,
    open_max: u64,
    in_flight: Arc<Semaphore>,
    in_flight_max: u32,
}

/// How many rows have no receipt: what the sweeper counted last, and what was written since.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenRows(Arc<AtomicU64>);

#[derive(Debug)]
struct Waiting {
    entry: Entry,
    answer: oneshot::Sender<Written>,
}

struct Task {
    store: Arc<dyn JournalStore>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    config: JournalConfig,
    metrics: ServiceMetrics,
    in_flight: Arc<Semaphore>,
    open: OpenRows,
}

impl OpenRows {
    /// What was counted takes the place of what was reckoned.
    pub(super) fn counted(&self, rows: u64) {
        self.0.store(rows, Ordering::Relaxed);
    }

    fn written(&self, rows: usize) {
        self.0.fetch_add(rows as u64, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Journal {
    /// Starts the journal's task on the present runtime. It ends when every clone is dropped, after what was queued
    /// is written.
    pub fn start(
        store: Arc<dyn JournalStore>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        config: JournalConfig,
        metrics: ServiceMetrics,
    ) -> (Self, JoinHandle<()>) {
        let (queue, waiting) = mpsc::channel(config.queue_max.max(1));
        let in_flight_max = u32::try_from(config.publishes_in_flight_max).unwrap_or(u32::MAX);
        let in_flight = Arc::new(Semaphore::new(config.publishes_in_flight_max));
        let (open, open_max) = (OpenRows::default(), config.open_max);
        let task = Task {
            store,
            bus,
            clock,
            config,
            metrics,
            in_flight: Arc::clone(&in_flight),
            open: open.clone(),
        };
        (Self { queue, open, open_max, in_flight, in_flight_max }, tokio::spawn(task.run(waiting)))
    }

    /// Where the sweeper says how many rows are open.
    pub(crate) fn open_rows(&self) -> OpenRows {
        self.open.clone()
    }

    /// Writes a transition down, together with whatever else comes at this moment, and sends it on its way. `Some` is
    /// the receipt of a transition that was decided before.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub async fn write(&self, entry: Entry) -> Result<Option<Arc<Receipt>>, JournalFault> {
        if self.open.get() >= self.open_max {
            return Err(JournalFault::Backlog);
        }
        let (answer, written) = oneshot::channel();
        self.queue.try_send(Waiting { entry, answer }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => JournalFault::Full,
            mpsc::error::TrySendError::Closed(_) => JournalFault::Stopped,
        })?;
        written.await.unwrap_or(Err(JournalFault::Stopped))
    }

    /// Whether it would take a transition at this moment; for readiness.
    pub(crate) fn has_room(&self) -> bool {
        !self.queue.is_closed() && self.queue.capacity() > 0
    }

    /// Waits until nothing is on its way to the bus, so that what was taken last is decided before the next start. No
    /// longer than a publish takes: what does not get there is published at the next start.
    pub(crate) async fn settle(&self) {
        let settled = self.in_flight.acquire_many(self.in_flight_max);
        if tokio::time::timeout(SETTLE_WAIT_MAX, settled).await.is_err() {
            tracing::warn!("publishes were still on their way: they are made again at the next start");
        }
    }
}

impl Task {
    async fn run(self, mut waiting: mpsc::Receiver<Waiting>) {
        let mut batch = Vec::with_capacity(self.config.batch_max);
        while waiting.recv_many(&mut batch, self.config.batch_max).await > 0 {
            if batch.len() > 1 {
                self.linger(&mut waiting, &mut batch).await;
            }
            let (entries, answers): (Vec<_>, Vec<_>) =
                batch.drain(..).map(|waiting| (waiting.entry, waiting.answer)).unzip();
            self.commit(entries, answers).await;
        }
    }

    /// Where there is a crowd already, a commit is worth a short wait for the rest of it.
    async fn linger(&self, waiting: &mut mpsc::Receiver<Waiting>, batch: &mut Vec<Waiting>) {
        let more = async {
            while batch.len() < self.config.batch_max {
                let room = self.config.batch_max - batch.len();
                if waiting.recv_many(batch, room).await == 0 {
                    break;
                }
            }
        };
        tokio::time::timeout(self.config.linger, more).await.ok();
    }

    async fn commit(&self, entries: Vec<Entry>, answers: Vec<oneshot::Sender<Written>>) {
        let again = self.clock.now().plus(i64::from(self.config.republish_seconds));
        // A crash before the commit: nobody was answered, nothing is there. A crash after it: the rows are there, and
        // the sweeper of the next start publishes them. An unknown outcome is one of the two.
        fault::point("edge.journal.taken");
        let decided = match self.store.write(&entries, again).await {
            Ok(decided) => {
                fault::point("edge.journal.after");
                decided
            }
            Err(error) => {
                let error = Arc::new(error);
                tracing::warn!(error = &*error as &dyn std::error::Error, "a batch was not journalled");
                for answer in answers {
                    // Whoever gave up waiting misses nothing.
                    let _ = answer.send(Err(JournalFault::Store(Arc::clone(&error))));
                }
                return;
            }
        };
        let written = entries.len() - decided.len().min(entries.len());
        self.metrics.journalled(written);
        self.open.written(written);
        let mut texts = Vec::with_capacity(entries.len());
        for (entry, answer) in entries.iter().zip(answers) {
            let receipt = decided.iter().find(|receipt| receipt.transition == entry.key.id);
            if receipt.is_none() {
                texts.push(Arc::clone(&entry.jws));
            }
            let _ = answer.send(Ok(receipt.map(|receipt| Arc::new(receipt.clone()))));
        }
        self.publish(&texts);
    }

    /// Never in the way of the next commit: a broker that is slow or away costs a republish, not a request.
    fn publish(&self, texts: &[Arc<str>]) {
        for command in commands(texts, self.config.message_bytes_max) {
            let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
                tracing::debug!("too many publishes in flight: left to the sweeper");
                return;
            };
            let bus = Arc::clone(&self.bus);
            tokio::spawn(async move {
                fault::point("edge.publish.before");
                log_publish(bus.publish_command(command).await);
                fault::point("edge.publish.after");
                drop(permit);
            });
        }
    }
}

/// A publish that failed is no fault of a request: its row stays open and is published again.
pub(super) fn log_publish(outcome: Result<(), BusError>) {
    if let Err(error) = outcome {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "commands were not published, they will be again"
        );
    }
}
