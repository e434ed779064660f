//! Time and randomness as arguments.

use piao_domain::time::Time;

/// Says what time it is.
pub trait Clock: Send + Sync + 'static {
    /// UTC now, whole seconds.
    fn now(&self) -> Time;
}

/// Fills bytes at random, as good as keys need.
pub trait Random: Send + Sync + 'static {
    /// Fills all of `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// The operating system's source of randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        // A clock before 1970 is a clock that was never set; every window check then says so.
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Time::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes)
            .expect("the operating system has randomness, or no key here is worth anything");
    }
}
