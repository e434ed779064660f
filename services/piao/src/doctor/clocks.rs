use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use piao_ledger::CLOCK_SECONDS_MAX;

use super::check::Checks;

/// The machine's two clocks at one moment.
pub(super) struct Clocks {
    wall: SystemTime,
    monotonic: Instant,
}

/// How far the wall clock may move apart from the monotonic one while we look.
const DRIFT_MAX: Duration = Duration::from_secs(1);
/// From here on a difference is worth a word.
const SECONDS_WORTH_A_WORD: u64 = 5;

impl Clocks {
    pub(super) fn read() -> Self {
        Self { wall: SystemTime::now(), monotonic: Instant::now() }
    }

    /// Compares how far each went since.
    pub(super) fn look(&self, checks: &mut Checks) {
        const NAME: &str = "clock: monotonic";
        let monotonic = self.monotonic.elapsed();
        let apart = match SystemTime::now().duration_since(self.wall) {
            Ok(wall) => wall.abs_diff(monotonic),
            Err(back) => back.duration() + monotonic,
        };
        let says = format!("{} ms apart after {} ms", apart.as_millis(), monotonic.as_millis());
        if apart <= DRIFT_MAX {
            checks.holds(NAME, says);
        } else {
            checks.wrong(NAME, format!("the clock jumped: {says}"));
        }
    }
}

/// Compares this machine's clock with the database server's.
pub(super) fn look_at_server(checks: &mut Checks, server: i64) {
    const NAME: &str = "clock: database";
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let own = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    let apart = own.abs_diff(server);
    if apart > CLOCK_SECONDS_MAX {
        checks.wrong(NAME, format!("{apart} s apart: above {CLOCK_SECONDS_MAX} s the ledger does not seal"));
    } else if apart >= SECONDS_WORTH_A_WORD {
        checks.holds(
            NAME,
            format!("{apart} s apart, of {CLOCK_SECONDS_MAX} allowed: is NTP running everywhere?"),
        );
    } else {
        checks.holds(NAME, format!("{apart} s apart"));
    }
}
