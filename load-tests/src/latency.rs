//! How long something took, many times. Every one is kept: a run has some 100,000, and sorting them costs nothing
//! once the clock has stopped.

use std::time::Duration;

use serde::Serialize;

/// Latencies in microseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies(Vec<u32>);

/// What is told of many latencies, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Latencies {
    /// Adds one.
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// Adds all of others.
    pub(crate) fn join(&mut self, others: &Self) {
        self.0.extend_from_slice(&others.0);
    }

    /// What is told of them; nothing where there is none.
    pub(crate) fn percentiles(mut self) -> Option<Percentiles> {
        self.0.sort_unstable();
        let max = f64::from(*self.0.last()?) / 1000.0;
        // The nearest rank: the least latency that so many in a hundred do not exceed.
        let at = |percent: usize| {
            let rank = (self.0.len() * percent).div_ceil(100).max(1);
            f64::from(self.0[rank - 1]) / 1000.0
        };
        Some(Percentiles { p50: at(50), p95: at(95), p99: at(99), max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ms: &[u64], expect: Option<[f64; 4]>) {
        let mut latencies = Latencies::default();
        ms.iter().for_each(|ms| latencies.add(Duration::from_millis(*ms)));
        let told = latencies.percentiles().map(|told| [told.p50, told.p95, told.p99, told.max]);
        assert_eq!(told, expect, "{ms:?}");
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        check(&[], None);
        check(&[7], Some([7.0; 4]));
        check(&[9, 1], Some([1.0, 9.0, 9.0, 9.0]));
        check(&(1..=1000).rev().collect::<Vec<_>>(), Some([500.0, 950.0, 990.0, 1000.0]));
    }
}
