use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::LedgerError;

/// How far clocks may disagree before the ledger stops sealing, in seconds (protocol §5).
pub const CLOCK_SECONDS_MAX: u64 = 60;

/// What time it is, in UTC seconds, and whether that can be believed.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> i64 + Send + Sync>,
    steady: Steady,
    started: i64,
}

/// A clock that nobody sets.
#[derive(Clone)]
enum Steady {
    /// The machine's.
    Machine(Arc<Machine>),
    /// The caller's own, and what it said at the start.
    Given(Arc<dyn Fn() -> Duration + Send + Sync>, Duration),
}

struct Machine {
    /// Stands still while the machine sleeps.
    since: Instant,
    /// Goes on then, where the system tells such a time. Held open: whoever takes all the files that a process may have
    /// open must not stop the clock.
    boot: Option<(File, Duration)>,
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
        let (steady, started) = (Steady::Machine(Arc::new(Machine::start())), wall());
        Self { wall: Arc::new(wall), steady, started }
    }

    /// As [`Clock::new`], with a clock that nobody sets of the caller's own, too: how long it runs already.
    pub fn with_steady(
        wall: impl Fn() -> i64 + Send + Sync + 'static,
        steady: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let (began, started) = (steady(), wall());
        Self { wall: Arc::new(wall), steady: Steady::Given(Arc::new(steady), began), started }
    }

    /// UTC seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.wall)()
    }

    /// The time, if neither the database server nor this machine's steady clock contradicts it.
    pub(crate) fn checked(&self, server: i64) -> Result<i64, LedgerError> {
        let own = self.now();
        let elapsed = i64::try_from(self.steady.elapsed().as_secs()).unwrap_or(i64::MAX);
        let monotonic = self.started.saturating_add(elapsed);
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

impl Steady {
    fn elapsed(&self) -> Duration {
        match self {
            Self::Machine(machine) => machine.elapsed(),
            Self::Given(steady, began) => steady().saturating_sub(*began),
        }
    }
}

impl Machine {
    fn start() -> Self {
        let uptime = File::open(UPTIME).ok();
        let boot = uptime.and_then(|file| boot_time(&file).map(|began| (file, began)));
        Self { since: Instant::now(), boot }
    }

    fn elapsed(&self) -> Duration {
        let by_boot = self.boot.as_ref().and_then(|(file, began)| boot_time(file)?.checked_sub(*began));
        // Never less than what passed for this process: a time that cannot be told is not no time.
        by_boot.unwrap_or_default().max(self.since.elapsed())
    }
}

/// Linux gives `CLOCK_BOOTTIME` here (proc(5)), which unlike the clock behind [`Instant`] goes on while the machine
/// sleeps: a ledger that wakes up seals again once its wall clock is right.
const UPTIME: &str = "/proc/uptime";

fn boot_time(uptime: &File) -> Option<Duration> {
    // Two numbers and a space; each read from the start is of this moment.
    let mut text = [0; 64];
    let length = uptime.read_at(&mut text, 0).ok()?;
    parse_uptime(std::str::from_utf8(text.get(..length)?).ok()?)
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
    fn a_machine_s_time_is_told_anew_from_a_file_that_stays_open() {
        let uptime = File::open(UPTIME).unwrap();
        let began = boot_time(&uptime).unwrap();
        let since = Instant::now();
        while boot_time(&uptime).unwrap() == began {
            assert!(since.elapsed() < Duration::from_secs(10), "the time stands still");
        }
        let steady = Machine { since, boot: Some((File::open("/dev/null").unwrap(), began)) };
        assert!(steady.elapsed() > Duration::ZERO, "what cannot be read is not no time");
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
