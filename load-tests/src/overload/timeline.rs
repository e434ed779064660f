//! What came of a run second by second.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::http::Meaning;
use crate::latency::{Latencies, Percentiles};
use crate::open_loop::Told;
use crate::tally::surprise;

/// A second of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Second {
    /// Due within it.
    pub(crate) offered: u64,
    /// Receipts that came within it.
    pub(crate) receipts: u64,
    /// Of what was due within it: turned away with a time to come again.
    pub(crate) told_to_wait: u64,
    /// Likewise: refused.
    pub(crate) refused: u64,
    /// Likewise: neither.
    pub(crate) failed: u64,
    /// Of what was due within it and accepted, whenever.
    pub(crate) latency_ms: Option<Percentiles>,
}

/// Counts while it runs.
pub(super) struct Timeline(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    seconds: Vec<(Second, Latencies)>,
    late: u64,
    surprises: BTreeMap<String, u64>,
}

/// What it came to.
pub(super) struct Counts {
    pub(super) seconds: Vec<Second>,
    /// Sent late.
    pub(super) late: u64,
    /// The commonest answer that was not foreseen.
    pub(super) surprise: Option<String>,
    latencies: Vec<Latencies>,
}

impl Timeline {
    /// A run of so many seconds; what comes later is counted in the last.
    pub(super) fn new(seconds: usize) -> Self {
        let seconds = vec![Default::default(); seconds.max(1)];
        Self(Mutex::new(Counted { seconds, ..Counted::default() }))
    }

    /// Notes what became of something that was due.
    pub(super) fn note(&self, told: &Told<'_>) {
        let meaning = told.meaning();
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(meaning, Meaning::Refused | Meaning::Failed) {
            *counted.surprises.entry(surprise(told.answer)).or_default() += 1;
        }
        counted.late += u64::from(told.is_late());
        let (second, latencies) = counted.second(told.due);
        second.offered += 1;
        match meaning {
            Meaning::Accepted => latencies.add(told.came.saturating_sub(told.due)),
            Meaning::Refused => second.refused += 1,
            Meaning::Later => second.told_to_wait += 1,
            Meaning::Failed => second.failed += 1,
        }
        counted.second(told.came).0.receipts += u64::from(meaning == Meaning::Accepted);
    }

    /// What it came to.
    pub(super) fn finish(&self) -> Counts {
        let counted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let most = counted.surprises.into_iter().max_by_key(|(_, times)| *times);
        let (mut seconds, latencies): (Vec<Second>, Vec<Latencies>) = counted.seconds.into_iter().unzip();
        for (second, latencies) in seconds.iter_mut().zip(&latencies) {
            second.latency_ms = latencies.clone().percentiles();
        }
        let surprise = most.map(|(what, times)| format!("{times} × {what}"));
        Counts { seconds, late: counted.late, surprise, latencies }
    }
}

impl Counted {
    fn second(&mut self, at: Duration) -> &mut (Second, Latencies) {
        let place = usize::try_from(at.as_secs()).unwrap_or(usize::MAX).min(self.seconds.len() - 1);
        &mut self.seconds[place]
    }
}

impl Counts {
    /// Latencies of what was due within some seconds.
    pub(super) fn latencies(&self, from: usize, until: usize) -> Option<Percentiles> {
        let mut all = Latencies::default();
        self.latencies[from..until].iter().for_each(|some| all.join(some));
        all.percentiles()
    }
}

/// How many seconds after `from` everything is as it was: the first of three seconds in which nothing was turned away and
/// 95 of a hundred had their receipt within `bound_ms`. Near the end fewer than three will do.
pub(super) fn normal_after(seconds: &[Second], from: usize, bound_ms: f64) -> Option<u64> {
    const IN_A_ROW: usize = 3;
    let normal = |second: &Second| {
        let in_time = second.latency_ms.is_some_and(|told| told.p95 <= bound_ms);
        in_time && second.told_to_wait == 0 && second.failed == 0
    };
    let after = seconds.get(from..)?;
    let first = (0..after.len()).find(|first| after[*first..].iter().take(IN_A_ROW).all(normal))?;
    u64::try_from(first).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Answer, Request, Step};

    fn second(p95: f64, told_to_wait: u64) -> Second {
        let latency_ms = Some(Percentiles { p50: p95, p95, p99: p95, max: p95 });
        Second { told_to_wait, latency_ms, ..Second::default() }
    }

    #[test]
    fn it_is_over_when_three_seconds_are_as_before() {
        let check = |seconds: &[Second], from: usize, expect: Option<u64>| {
            assert_eq!(normal_after(seconds, from, 50.0), expect, "{seconds:?}");
        };
        let (good, slow, full) = (second(50.0, 0), second(51.0, 0), second(9.0, 1));
        check(&[slow.clone(), good.clone(), good.clone(), good.clone()], 0, Some(1));
        check(&[slow.clone(), good.clone(), good.clone(), good.clone()], 1, Some(0));
        check(
            &[good.clone(), good.clone(), full.clone(), good.clone(), good.clone(), good.clone()],
            0,
            Some(3),
        );
        check(&[slow.clone(), good.clone()], 0, Some(1));
        check(&[good.clone(), slow], 0, None);
        check(&[full], 0, None);
        check(&[Second::default()], 0, None);
        check(&[good], 2, None);
    }

    #[test]
    fn what_is_due_counts_when_it_is_due_and_what_comes_when_it_comes() {
        let timeline = Timeline::new(2);
        let ms = Duration::from_millis;
        let request = Request::Post(Step { path: "/".into(), jws: "a.b.c".into() });
        let note = |[due, sent, came]: [u64; 3], status, retry_after| {
            let answer = Ok(Answer { status, retry_after, closes: false, body: Vec::new() });
            let [due, sent, came] = [due, sent, came].map(ms);
            timeline.note(&Told { request: &request, due, sent, came, answer: &answer });
        };
        note([100, 101, 1100], 201, false);
        note([200, 221, 300], 429, true);
        note([1200, 1220, 9000], 409, false);
        note([1200, 1200, 1300], 503, false);
        let counts = timeline.finish();
        let [first, last] = counts.seconds.as_slice() else { panic!("two seconds") };
        assert_eq!((first.offered, first.receipts, first.told_to_wait, first.refused), (2, 0, 1, 0));
        assert_eq!((last.receipts, last.failed, last.refused), (1, 1, 1));
        assert_eq!(first.latency_ms.map(|told| told.p50), Some(1000.0));
        assert_eq!(counts.latencies(0, 2).map(|told| told.max), Some(1000.0));
        assert_eq!(counts.latencies(1, 2), None);
        assert_eq!((counts.late, counts.surprise.is_some()), (1, true));
    }
}
