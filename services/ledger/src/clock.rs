use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::LedgerError;

/// How far clocks may disagree before the ledger stops sealing, in seconds (protocol §5).
pub const CLOCK_SECONDS_MAX: u64 = 60;

/// What time it is, in UTC seconds, and whether that can be believed.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// How long a clock runs already that nobody sets.
    steady: Arc<dyn Fn() -> Duration + Send + Sync>,
    /// What the two said at the same moment: when it was made, or when the ledger had opened its chain. Nothing where
    /// the database server contradicted it then: when they agree for the first time.
    agreed: Arc<Mutex<Option<(Duration, i64)>>>,
}

/// The machine's clock that nobody sets.
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
        let machine = Machine::start();
        Self::with_steady(wall, move || machine.elapsed())
    }

    /// As [`Clock::new`], with a clock that nobody sets of the caller's own, too: how long it runs already.
    pub fn with_steady(
        wall: impl Fn() -> i64 + Send + Sync + 'static,
        steady: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let agreed = Arc::new(Mutex::new(Some((steady(), wall()))));
        Self { wall: Arc::new(wall), steady: Arc::new(steady), agreed }
    }

    /// UTC seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.wall)()
    }

    /// Begins to hold the wall clock against the steady one, now that the database server has said what time it is. A
    /// machine may start a ledger before it has set its clock: what that said is nothing to hold it to for ever.
    pub(crate) fn begin(&self, server: i64) {
        let own = self.now();
        let is_believed = own.abs_diff(server) <= CLOCK_SECONDS_MAX;
        *self.agreed() = is_believed.then(|| ((self.steady)(), own));
    }

    /// Whether the database server says about the same time.
    pub(crate) fn near(&self, server: i64) -> Result<(), LedgerError> {
        let own = self.now();
        let is_near = own.abs_diff(server) <= CLOCK_SECONDS_MAX;
        if is_near {
            Ok(())
        } else {
            Err(LedgerError::Clock { own, other: "the database server", theirs: server })
        }
    }

    /// The time, if neither the database server nor this machine's steady clock contradicts it.
    pub(crate) fn checked(&self, server: i64) -> Result<i64, LedgerError> {
        let own = self.now();
        let believed = |other: &'static str, theirs: i64| {
            let is_near = own.abs_diff(theirs) <= CLOCK_SECONDS_MAX;
            if is_near { Ok(()) } else { Err(LedgerError::Clock { own, other, theirs }) }
        };
        believed("the database server", server)?;
        let (began, then) = *self.agreed().get_or_insert_with(|| ((self.steady)(), own));
        let elapsed = (self.steady)().saturating_sub(began);
        let elapsed = i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX);
        believed("the monotonic clock since start", then.saturating_add(elapsed))?;
        Ok(own)
    }

    /// Nothing panics under it.
    fn agreed(&self) -> MutexGuard<'_, Option<(Duration, i64)>> {
        self.agreed.lock().unwrap_or_else(PoisonError::into_inner)
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
        let machine = Machine { since, boot: Some((File::open("/dev/null").unwrap(), began)) };
        assert!(machine.elapsed() > Duration::ZERO, "what cannot be read is not no time");
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

    #[test]
    fn a_clock_that_was_wrong_when_the_ledger_started_is_believed_once_it_is_set_right() {
        use std::sync::atomic::{AtomicI64, Ordering};
        let far = i64::try_from(CLOCK_SECONDS_MAX).unwrap() + 2;
        let wall = Arc::new(AtomicI64::new(1_000 + far));
        let seen = Arc::clone(&wall);
        let clock = Clock::with_steady(move || seen.load(Ordering::SeqCst), || Duration::from_secs(5));
        clock.begin(1_000);
        assert!(
            matches!(clock.checked(1_000), Err(LedgerError::Clock { other, .. }) if other.contains("server"))
        );
        wall.store(1_000, Ordering::SeqCst);
        assert_eq!(clock.checked(1_001).ok(), Some(1_000));
        // From here on it is held to what it said, even where the server's clock jumps with it.
        wall.store(1_000 + far, Ordering::SeqCst);
        assert!(
            matches!(clock.checked(1_000 + far), Err(LedgerError::Clock { other, .. }) if other.contains("monotonic"))
        );
    }
}
