use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::LedgerError;

/// How far clocks may disagree before the ledger stops sealing, in seconds (protocol §5).
pub const CLOCK_SECONDS_MAX: u64 = 60;

/// What time it is, in UTC seconds, and whether that can be believed.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> i64 + Send + Sync>,
    steady: Option<Arc<dyn Fn() -> Duration + Send + Sync>>,
    started: (Steady, i64),
}

/// A moment on a clock that nobody sets.
#[derive(Clone, Copy)]
enum Steady {
    /// Since the machine was started, its sleep included.
    Boot(Duration),
    /// Where the system tells no such time; it stands still while the machine sleeps.
    Process(Instant),
    /// The caller's own.
    Given(Duration),
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
        let started = (Steady::now(), wall());
        Self { wall: Arc::new(wall), steady: None, started }
    }

    /// As [`Clock::new`], with a clock that nobody sets of the caller's own, too: how long it runs already.
    pub fn with_steady(
        wall: impl Fn() -> i64 + Send + Sync + 'static,
        steady: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let started = (Steady::Given(steady()), wall());
        Self { wall: Arc::new(wall), steady: Some(Arc::new(steady)), started }
    }

    /// UTC seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.wall)()
    }

    /// The time, if neither the database server nor this machine's steady clock contradicts it.
    pub(crate) fn checked(&self, server: i64) -> Result<i64, LedgerError> {
        let own = self.now();
        let elapsed = i64::try_from(self.elapsed().as_secs()).unwrap_or(i64::MAX);
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

    fn elapsed(&self) -> Duration {
        match self.started.0 {
            Steady::Boot(began) => boot_time().unwrap_or(began).saturating_sub(began),
            Steady::Process(began) => began.elapsed(),
            Steady::Given(began) => {
                self.steady.as_ref().map_or(began, |steady| steady()).saturating_sub(began)
            }
        }
    }
}

impl Steady {
    fn now() -> Self {
        boot_time().map_or_else(|| Self::Process(Instant::now()), Self::Boot)
    }
}

/// Linux gives `CLOCK_BOOTTIME` here (proc(5)), which unlike the clock behind [`Instant`] goes on while the machine
/// sleeps: a ledger that wakes up seals again once its wall clock is right.
fn boot_time() -> Option<Duration> {
    parse_uptime(&std::fs::read_to_string("/proc/uptime").ok()?)
}

/// Seconds with two decimals, then other things.
fn parse_uptime(text: &str) -> Option<Duration> {
    let (seconds, rest) = text.split_once('.')?;
    let (hundredths, _) = rest.split_once(' ')?;
    let whole = Duration::from_secs(seconds.parse().ok()?);
    (hundredths.len() == 2).then_some(whole + Duration::from_millis(10 * hundredths.parse::<u64>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect_ms: Option<u64>) {
        assert_eq!(parse_uptime(text), expect_ms.map(Duration::from_millis), "{text:?}");
    }

    #[test]
    fn the_time_since_the_machine_was_started_is_read() {
        check("350735.47 234388.90\n", Some(350_735_470));
        check("0.05 0.01\n", Some(50));
        for wrong in ["", "12", "12.3", "12.345 1\n", "x.00 1\n", "-1.00 1\n"] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_clock_that_nothing_contradicts_is_believed_and_no_other() {
        let clock = Clock::system();
        let now = clock.now();
        assert!(clock.checked(now).is_ok());
        let seconds = i64::try_from(CLOCK_SECONDS_MAX).unwrap();
        assert!(matches!(clock.checked(now - seconds - 2), Err(LedgerError::Clock { .. })));
        // The wall clock jumps after the start, and the server's with it.
        let jumped = std::sync::atomic::AtomicI64::new(0);
        let jumping =
            Clock::new(move || now + jumped.fetch_add(seconds + 2, std::sync::atomic::Ordering::SeqCst));
        assert!(
            matches!(jumping.checked(now + seconds + 2), Err(LedgerError::Clock { other, .. }) if other.contains("monotonic"))
        );
    }
}
