use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::LedgerError;

/// How far clocks may disagree before the ledger stops sealing, in seconds (protocol §5).
pub const CLOCK_SECONDS_MAX: u64 = 60;

/// What time it is, in UTC seconds, and whether that can be believed.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> i64 + Send + Sync>,
    started: (Instant, i64),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        })
    }

    /// A clock of the caller's own.
    pub fn new(wall: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let started = (Instant::now(), wall());
        Self { wall: Arc::new(wall), started }
    }

    /// UTC seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.wall)()
    }

    /// The time, if neither the database server nor this machine's monotonic clock contradicts it.
    pub(crate) fn checked(&self, server: i64) -> Result<i64, LedgerError> {
        let own = self.now();
        let elapsed = i64::try_from(self.started.0.elapsed().as_secs()).unwrap_or(i64::MAX);
        let monotonic = self.started.1.saturating_add(elapsed);
        for (other, theirs) in
            [("the database server", server), ("the monotonic clock since start", monotonic)]
        {
            if own.abs_diff(theirs) > CLOCK_SECONDS_MAX {
                return Err(LedgerError::Clock { own, other, theirs });
            }
        }
        Ok(own)
    }
}
