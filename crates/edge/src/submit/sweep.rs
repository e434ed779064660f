//! Publishes again what has no receipt.

use std::sync::Arc;

use piao_bus::Bus;
use piao_domain::time::Time;
use piao_store::StoreError;
use tokio::sync::watch;

use super::journal::{OpenRows, log_publish};
use super::publish::commands;
use super::{JournalConfig, JournalStore};
use crate::clock::Clock;
use crate::fault;
use crate::metrics::ServiceMetrics;

/// A clock that was put back by no more than this is no reason to publish everything: so long a row may wait anyway.
const PUT_BACK_SECONDS: i64 = 60;

/// What the sweeper works with.
pub(crate) struct Sweeper {
    pub(crate) store: Arc<dyn JournalStore>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: JournalConfig,
    pub(crate) metrics: ServiceMetrics,
    pub(crate) open: OpenRows,
}

/// Publishes open rows again and again until told to stop; at first all of them, since the last run may have ended
/// between a commit and its publish, and all of them again where the clock was put back.
pub(crate) async fn sweep(sweeper: Sweeper, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        biased;
        () = sweeper.run() => {}
        // Between two awaits, as in a crash: what was taken and not published has its next turn.
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

impl Sweeper {
    async fn run(&self) {
        // What the last round that went through took for now; none yet.
        let mut latest: Option<Time> = None;
        loop {
            let now = self.clock.now();
            // Under a clock that was put back, what was put off while it was ahead would wait for that time.
            let all = latest.is_none_or(|latest| now.plus(PUT_BACK_SECONDS) < latest);
            match self.round(all).await {
                Ok(()) => latest = Some(now),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the journal was not swept, it will be again"
                    );
                }
            }
            tokio::time::sleep(self.config.sweep_every).await;
        }
    }

    async fn round(&self, all: bool) -> Result<(), StoreError> {
        if all {
            self.store.make_all_due(self.clock.now()).await?;
            fault::point("edge.due.after");
        }
        loop {
            let now = self.clock.now();
            let (pause, rows_max) = (self.config.republish_seconds, self.config.sweep_rows_max);
            // A crash after this and before the publish: the rows are taken again when their next turn comes.
            let due = self.store.take_due(now, pause, rows_max).await?;
            if due.is_empty() {
                break;
            }
            fault::point("edge.sweep.taken");
            let texts: Vec<_> = due.iter().map(|due| Arc::clone(&due.jws)).collect();
            for command in commands(&texts, self.config.message_bytes_max) {
                let published = self.bus.publish_command(command).await;
                let failed = published.is_err();
                log_publish(published);
                // Where the bus is away, the next round comes soon enough, and no more rows are put off for nothing.
                if failed {
                    return self.count().await;
                }
            }
            fault::point("edge.sweep.after");
            tracing::info!(transitions = texts.len(), "published again what has no receipt");
            self.metrics.republished(texts.len());
        }
        self.count().await
    }

    /// How much waits, said anew: what was added up meanwhile counted repeats, too.
    async fn count(&self) -> Result<(), StoreError> {
        let open = self.store.count_open().await?;
        self.open.counted(open);
        self.metrics.journal_open(open);
        Ok(())
    }
}
