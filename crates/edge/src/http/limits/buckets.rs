use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::Rate;

/// After so many checks, keys that are as good as new are let go. A key stays at most until its bucket is full again,
/// so that no more are held than were active lately.
const CHECKS_BETWEEN_CLEANING: u32 = 4_096;

/// How long at least nothing of a key is listened to whose bucket is empty: what `Retry-After` can say.
const SILENCE_MIN: Duration = Duration::from_secs(1);

/// A bucket a key.
pub(super) struct Buckets<K: Clone + Eq + Hash, C: Clock = MonotonicClock> {
    limiter: RateLimiter<K, HashMapStateStore<K>, C, NoOpMiddleware<C::Instant>>,
    checks: AtomicU32,
}

/// A bucket a key that only failures take from, and until when nothing of a key is listened to whose bucket is empty.
pub(super) struct Failures<K: Clone + Eq + Hash, C: Clock = MonotonicClock> {
    buckets: Buckets<K, C>,
    silent_until: Mutex<HashMap<K, C::Instant>>,
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self::with_clock(rate, MonotonicClock)
    }
}

impl<K: Clone + Eq + Hash, C: Clock> Buckets<K, C> {
    fn with_clock(rate: Rate, clock: C) -> Self {
        let once = Quota::per_second(NonZeroU32::MIN);
        let quota = Quota::with_period(rate.every()).unwrap_or(once).allow_burst(rate.burst());
        let limiter = RateLimiter::new(quota, HashMapStateStore::default(), clock);
        Self { limiter, checks: AtomicU32::new(0) }
    }

    /// Takes one of a key's, or says how long to wait for the next.
    pub(super) fn take(&self, key: &K) -> Result<(), Duration> {
        self.take_at(key).map_err(|earliest| wait(self.limiter.clock(), earliest))
    }

    fn take_at(&self, key: &K) -> Result<(), C::Instant> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_BETWEEN_CLEANING
            == CHECKS_BETWEEN_CLEANING - 1
        {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|until| until.earliest_possible())
    }
}

impl<K: Clone + Eq + Hash> Failures<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self::with_clock(rate, MonotonicClock)
    }
}

impl<K: Clone + Eq + Hash, C: Clock> Failures<K, C> {
    fn with_clock(rate: Rate, clock: C) -> Self {
        Self { buckets: Buckets::with_clock(rate, clock), silent_until: Mutex::default() }
    }

    fn clock(&self) -> &C {
        self.buckets.limiter.clock()
    }

    /// Whether a key is listened to; else how long it is not.
    pub(super) fn may_try(&self, key: &K) -> Result<(), Duration> {
        let mut silent_until = self.silent_until.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = silent_until.get(key).copied() else { return Ok(()) };
        if until > self.clock().now() {
            return Err(wait(self.clock(), until));
        }
        silent_until.remove(key);
        Ok(())
    }

    /// Takes one of a key's. When none is left the key is not listened to until there is one again, a second at least:
    /// many that come at one moment would else all be listened to whenever there is one.
    pub(super) fn take(&self, key: &K) -> Result<(), Duration> {
        let Err(earliest) = self.buckets.take_at(key) else { return Ok(()) };
        let now = self.clock().now();
        let earliest = earliest.max(now + SILENCE_MIN.into());
        let mut silent_until = self.silent_until.lock().unwrap_or_else(PoisonError::into_inner);
        silent_until.retain(|_, until| *until > now);
        silent_until.insert(key.clone(), earliest);
        Err(wait(self.clock(), earliest))
    }
}

fn wait<C: Clock>(clock: &C, until: C::Instant) -> Duration {
    until.duration_since(clock.now()).into()
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    const EVERY: Duration = Duration::from_secs(10);

    #[test]
    fn a_burst_passes_and_then_one_each_time_that_the_while_has_passed() {
        let clock = FakeRelativeClock::default();
        let buckets = Buckets::with_clock(Rate::new(2, EVERY), clock.clone());
        let check = |key: u8, expect: Result<(), u64>| {
            assert_eq!(buckets.take(&key).map_err(|wait| wait.as_secs()), expect, "{key}");
        };
        check(1, Ok(()));
        check(1, Ok(()));
        check(1, Err(10));
        check(2, Ok(()));
        clock.advance(Duration::from_secs(4));
        check(1, Err(6));
        clock.advance(Duration::from_secs(6));
        check(1, Ok(()));
        check(1, Err(10));
        clock.advance(Duration::from_secs(1_000));
        check(1, Ok(()));
        check(1, Ok(()));
        check(1, Err(10));
    }

    #[test]
    fn only_failures_count_and_after_too_many_nothing_is_listened_to_for_a_while() {
        let clock = FakeRelativeClock::default();
        let failures = Failures::with_clock(Rate::new(2, EVERY), clock.clone());
        let check = |key: u8, expect: Result<(), u64>| {
            assert_eq!(failures.may_try(&key).map_err(|wait| wait.as_secs()), expect, "{key}");
        };
        for _ in 0..3 {
            check(1, Ok(()));
            failures.take(&1).ok();
        }
        check(1, Err(10));
        check(2, Ok(()));
        clock.advance(Duration::from_secs(9));
        check(1, Err(1));
        clock.advance(Duration::from_secs(1));
        // One try is paid for by the while that has passed, and the next one not.
        check(1, Ok(()));
        assert!(failures.take(&1).is_ok());
        check(1, Ok(()));
        assert!(failures.take(&1).is_err());
        check(1, Err(10));
    }

    #[test]
    fn a_silence_lasts_a_second_however_soon_there_is_one_again() {
        let clock = FakeRelativeClock::default();
        let failures = Failures::with_clock(Rate::new(1, Duration::from_millis(50)), clock.clone());
        assert!(failures.take(&1).is_ok());
        assert!(failures.take(&1).is_err());
        clock.advance(Duration::from_millis(999));
        assert_eq!(failures.may_try(&1), Err(Duration::from_millis(1)));
        clock.advance(Duration::from_millis(1));
        assert_eq!(failures.may_try(&1), Ok(()));
    }

    #[test]
    fn keys_that_are_as_good_as_new_are_let_go() {
        let clock = FakeRelativeClock::default();
        let buckets = Buckets::with_clock(Rate::new(1, EVERY), clock.clone());
        for key in 0..CHECKS_BETWEEN_CLEANING - 1 {
            buckets.take(&key).unwrap();
        }
        clock.advance(Duration::from_secs(1_000));
        buckets.take(&0).unwrap();
        assert_eq!(buckets.limiter.len(), 1);
    }
}
