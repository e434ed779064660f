//! Time and randomness as arguments.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use piao_domain::time::Time;

/// Where a client takes time and randomness from.
#[derive(Clone)]
pub struct Sources {
    now: Arc<dyn Fn() -> Time + Send + Sync>,
    fill: Arc<Fill>,
}

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Sources {
    /// The machine's clock and the operating system's randomness.
    #[must_use]
    pub fn system() -> Self {
        Self::new(system_now, |bytes| {
            getrandom::fill(bytes)
                .expect("without randomness of the operating system no key is worth anything");
        })
    }

    /// Others, for tests. `fill` must be as good as keys need.
    #[must_use]
    pub fn new(
        now: impl Fn() -> Time + Send + Sync + 'static,
        fill: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), fill: Arc::new(fill) }
    }

    /// UTC now, whole seconds.
    #[must_use]
    pub fn now(&self) -> Time {
        (self.now)()
    }

    /// Fills all of `bytes` at random.
    pub fn fill(&self, bytes: &mut [u8]) {
        (self.fill)(bytes);
    }
}

impl Default for Sources {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

fn system_now() -> Time {
    // A clock before 1970 was never set; every edge then says that the transition is stale.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
