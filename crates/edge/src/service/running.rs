use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Edge;
use crate::follow::FollowError;

/// A service that runs.
pub struct Running {
    edge: Edge,
    stop: watch::Sender<bool>,
    journal: JoinHandle<()>,
    sweeper: JoinHandle<()>,
    follower: JoinHandle<Result<(), FollowError>>,
}

impl Running {
    pub(super) const fn new(
        edge: Edge,
        stop: watch::Sender<bool>,
        journal: JoinHandle<()>,
        sweeper: JoinHandle<()>,
        follower: JoinHandle<Result<(), FollowError>>,
    ) -> Self {
        Self { edge, stop, journal, sweeper, follower }
    }

    /// What endpoints use.
    #[must_use]
    pub const fn edge(&self) -> &Edge {
        &self.edge
    }

    /// Returns when following has stopped by itself, which it does only where it must not go on: the process is to
    /// end, and people are to look.
    ///
    /// # Errors
    /// Why it stopped.
    pub async fn failed(&mut self) -> Result<(), FollowError> {
        match (&mut self.follower).await {
            Ok(outcome) => outcome,
            Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
            Err(_aborted) => Ok(()),
        }
    }

    /// Stops following and sweeping; stop the HTTP server first. The journal ends with the last clone of the edge, and
    /// what it had not published is published at the next start.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.sweeper.await.ok();
        if !self.follower.is_finished() {
            self.follower.await.ok();
        }
        self.edge.settle().await;
        drop(self.edge);
        // Endpoints may still hold a clone of the edge; nothing is lost by not waiting for them.
        self.journal.abort();
    }
}
