//! When to try again.

use std::time::Duration;

use crate::sources::Sources;

/// How long to wait between two attempts: doubling, half of it by chance so that many clients do not come at once,
/// and never less than the service asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Longest wait before the second attempt.
    pub first_wait: Duration,
    /// Longest wait before any attempt, unless the service asks for more.
    pub wait_max: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first_wait: Duration::from_millis(200), wait_max: Duration::from_secs(5) }
    }
}

impl Retry {
    /// The wait after attempt number `attempt`, counted from 0.
    pub(crate) fn wait(&self, attempt: u32, asked: Option<Duration>, sources: &Sources) -> Duration {
        let doubled = self.first_wait.saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX));
        let longest = doubled.min(self.wait_max);
        let mut chance = [0; 2];
        sources.fill(&mut chance);
        let half = longest / 2;
        let jitter = half * u32::from(u16::from_be_bytes(chance)) / u32::from(u16::MAX);
        (half + jitter).max(asked.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use piao_domain::time::Time;

    use super::*;

    const RETRY: Retry =
        Retry { first_wait: Duration::from_millis(100), wait_max: Duration::from_millis(1000) };

    fn check(byte: u8, attempt: u32, asked_ms: Option<u64>, expect_ms: u64) {
        let sources = Sources::new(|| Time::from_unix(0), move |bytes| bytes.fill(byte));
        let wait = RETRY.wait(attempt, asked_ms.map(Duration::from_millis), &sources);
        assert_eq!(wait, Duration::from_millis(expect_ms), "chance {byte}, attempt {attempt}");
    }

    #[test]
    fn waits_double_up_to_the_longest_and_honour_what_was_asked() {
        check(0x00, 0, None, 50);
        check(0xff, 0, None, 100);
        check(0x00, 1, None, 100);
        check(0xff, 3, None, 800);
        check(0xff, 4, None, 1000);
        check(0x00, 4, None, 500);
        check(0xff, 4_000_000_000, None, 1000);
        check(0xff, 0, Some(20), 100);
        check(0xff, 0, Some(7000), 7000);
    }
}
