//! What a service looks at before it says that it is ready.

use std::sync::Arc;

use tokio::sync::watch;

use crate::follow::Horizon;

/// Something of one service's own that must hold: `Err` says in a few words what is waited for.
pub type ReadyCheck = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// How far a read model may be behind what is known of the chain. Busy chains have a few tens of blocks a second.
const LAG_BLOCKS_MAX: u64 = 256;

/// Whether a service is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeReadiness {
    /// Its name.
    pub service: String,
    /// The last block applied.
    pub height: Option<u64>,
    /// Blocks known of and not applied; nothing before the ledger has been heard of.
    pub lag_blocks: Option<u64>,
    /// What it waits for, a word or a few each: `follower`, `lag`, `journal`, `bus`, `database`, `ledger: …`.
    pub waits_for: Vec<String>,
}

impl EdgeReadiness {
    /// Whether it waits for nothing.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.waits_for.is_empty()
    }
}

/// What is watched without asking anybody.
pub(super) struct Watched {
    pub(super) heights: watch::Receiver<Option<u64>>,
    pub(super) horizon: Arc<Horizon>,
    pub(super) checks: Vec<ReadyCheck>,
}

impl Watched {
    pub(super) fn lag(&self) -> Option<u64> {
        self.horizon.lag(*self.heights.borrow())
    }

    /// A ledger that is away later on leaves a service ready: it still takes transitions, and what it shows is the
    /// newest that there is.
    pub(super) fn waits_for(&self) -> Vec<String> {
        let mut waits_for: Vec<String> = self.checks.iter().filter_map(|check| check().err()).collect();
        // The sender is gone once following has stopped, for good or for bad.
        match self.lag() {
            None => waits_for.push("follower".to_owned()),
            Some(_) if self.heights.has_changed().is_err() => waits_for.push("follower".to_owned()),
            Some(lag) if lag > LAG_BLOCKS_MAX => waits_for.push("lag".to_owned()),
            Some(_) => {}
        }
        waits_for
    }
}
