use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// So many at once, and one more each time that a while has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    burst: NonZeroU32,
    every: Duration,
}

/// What is no rate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected PER_SECOND/BURST such as 20/2000, both from 1 to 1000000")]
pub struct RateError;

const PER_SECOND_MAX: u32 = 1_000_000;

impl Rate {
    /// `burst` at once, and one more `every` so often. None at once is one, and no time is a microsecond.
    #[must_use]
    pub const fn new(burst: u32, every: Duration) -> Self {
        let burst = match NonZeroU32::new(burst) {
            Some(burst) => burst,
            None => NonZeroU32::MIN,
        };
        let every = if every.is_zero() { Duration::from_micros(1) } else { every };
        Self { burst, every }
    }

    /// So many a second on average, and `burst` at once.
    pub(super) const fn per_second(count: u32, burst: u32) -> Self {
        Self::new(burst, Duration::from_nanos(1_000_000_000 / if count == 0 { 1 } else { count as u64 }))
    }

    /// Reads `PER_SECOND/BURST`.
    ///
    /// # Errors
    /// [`RateError`].
    pub fn parse(text: &str) -> Result<Self, RateError> {
        let number = |text: &str| match text.parse::<u32>() {
            Ok(number @ 1..=PER_SECOND_MAX) => Ok(number),
            Ok(_) | Err(_) => Err(RateError),
        };
        let (count, burst) = text.split_once('/').ok_or(RateError)?;
        Ok(Self::per_second(number(count)?, number(burst)?))
    }

    pub(super) const fn burst(self) -> NonZeroU32 {
        self.burst
    }

    pub(super) const fn every(self) -> Duration {
        self.every
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_two_counts() {
        let check = |text: &str, expect: Option<(u64, u32)>| {
            let got = Rate::parse(text).ok().map(|rate| (rate.every.as_nanos() as u64, rate.burst.get()));
            assert_eq!(got, expect, "{text}");
        };
        check("20/2000", Some((50_000_000, 2000)));
        check("1/1", Some((1_000_000_000, 1)));
        check("1000000/1", Some((1_000, 1)));
        check("0/1", None);
        check("1/0", None);
        check("1000001/1", None);
        check("-1/1", None);
        check("20", None);
        check("", None);
    }
}
