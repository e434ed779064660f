//! What a run of a row came to, and what several runs of it have in common.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::latency::Percentiles;
use crate::part::Part;

/// A row of the table: one thing measured, several times.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) part: Part,
    pub(crate) name: String,
    /// How many wait for each other's answers, in a closed loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clients: Option<usize>,
    /// What a second has so many of.
    pub(crate) unit: &'static str,
    pub(crate) runs: Vec<Run>,
}

/// One run.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Run {
    pub(crate) seconds: f64,
    /// How many were done and accepted within these seconds.
    pub(crate) done: u64,
    /// Decided and refused; none is expected.
    pub(crate) refused: u64,
    /// Neither.
    pub(crate) failed: u64,
    /// The first answer that was not expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) surprise: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latency_ms: Option<Percentiles>,
    /// What was read meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reads: Option<Reads>,
    /// CPU seconds by program.
    pub(crate) cpu_seconds: BTreeMap<&'static str, f64>,
    /// Memory at the end, by program.
    pub(crate) memory_bytes: BTreeMap<&'static str, u64>,
    /// Written ahead by PostgreSQL meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wal_bytes: Option<u64>,
    /// Blocks meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) blocks: Option<u64>,
    /// Why the run counts for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) discarded: Option<String>,
}

/// Reads of a run that were answered with what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Reads {
    pub(crate) done: u64,
    pub(crate) latency_ms: Percentiles,
}

/// A number measured several times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Run {
    /// How many a second.
    pub(crate) fn per_second(&self) -> f64 {
        if self.seconds > 0.0 { whole(self.done) / self.seconds } else { 0.0 }
    }

    /// Milliseconds of CPU that a program spent on each.
    pub(crate) fn cpu_ms_each(&self, program: &str) -> Option<f64> {
        let seconds = self.cpu_seconds.get(program)?;
        (self.done > 0).then(|| seconds * 1000.0 / whole(self.done))
    }

    /// Bytes written ahead for each.
    pub(crate) fn wal_bytes_each(&self) -> Option<f64> {
        self.wal_bytes.filter(|_| self.done > 0).map(|bytes| whole(bytes) / whole(self.done))
    }
}

impl Row {
    /// The median and spread of a number over the runs that count.
    pub(crate) fn spread(&self, of: impl Fn(&Run) -> Option<f64>) -> Option<Spread> {
        let counted = self.runs.iter().filter(|run| run.discarded.is_none());
        Spread::of(counted.filter_map(of).collect())
    }

    /// What to say of runs that do not count, or of answers that were not expected.
    pub(crate) fn odd(&self) -> Option<String> {
        let reasons = self.runs.iter().filter_map(|run| run.discarded.as_ref()).collect::<Vec<_>>();
        let surprise = || self.runs.iter().find_map(|run| run.surprise.clone());
        let Some(reason) = reasons.first() else { return surprise() };
        Some(format!("{} of {} runs count for nothing: {reason}", reasons.len(), self.runs.len()))
    }

    /// What of it is not as it should be: a run in which nothing was accepted, or anything else was met.
    pub(crate) fn complaint(&self) -> Option<String> {
        let Self { name, unit, runs, .. } = self;
        if runs.is_empty() {
            return Some(format!("{name}: no run"));
        }
        runs.iter().find_map(|run| {
            let Run { done, refused, failed, .. } = run;
            let odd = run.discarded.as_ref().or(run.surprise.as_ref());
            let clean = *done > 0 && *refused == 0 && *failed == 0 && odd.is_none();
            let odd = odd.map_or("nothing else", String::as_str);
            let told = format!("{name}: {done} {unit} accepted, {refused} refused, {failed} failed, {odd}");
            (!clean).then_some(told)
        })
    }

    /// A row of which nothing was measured yet.
    pub(crate) fn new(part: Part, name: impl Into<String>, unit: &'static str) -> Self {
        Self { part, name: name.into(), clients: None, unit, runs: Vec::new() }
    }

    /// The median throughput.
    pub(crate) fn per_second(&self) -> Option<f64> {
        self.spread(|run| Some(run.per_second())).map(|spread| spread.median)
    }
}

impl Spread {
    /// The median, least and most of some numbers; nothing of none.
    pub(crate) fn of(mut numbers: Vec<f64>) -> Option<Self> {
        numbers.sort_by(f64::total_cmp);
        let (least, most) = (*numbers.first()?, *numbers.last()?);
        let middle = numbers.len() / 2;
        let median = if numbers.len().is_multiple_of(2) {
            f64::midpoint(numbers[middle - 1], numbers[middle])
        } else {
            numbers[middle]
        };
        Some(Self { median, least, most })
    }
}

/// Counts and bytes of a run are far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "what a run counts is far below 2^52")]
pub(crate) fn whole(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(runs: &[Run]) -> Row {
        Row { runs: runs.to_vec(), ..Row::new(Part::Rest, "x", "transitions") }
    }

    #[test]
    fn a_median_lies_in_the_middle() {
        let check = |numbers: &[f64], expect: Option<(f64, f64, f64)>| {
            let expect = expect.map(|(median, least, most)| Spread { median, least, most });
            assert_eq!(Spread::of(numbers.to_vec()), expect, "{numbers:?}");
        };
        check(&[], None);
        check(&[3.0], Some((3.0, 3.0, 3.0)));
        check(&[5.0, 1.0, 2.0], Some((2.0, 1.0, 5.0)));
        check(&[4.0, 1.0, 2.0, 9.0], Some((3.0, 1.0, 9.0)));
    }

    #[test]
    fn a_discarded_run_does_not_count() {
        let run = |done, discarded: Option<&str>| Run {
            seconds: 2.0,
            done,
            discarded: discarded.map(str::to_owned),
            ..Run::default()
        };
        let row = row(&[run(10, None), run(90, Some("late"))]);
        assert_eq!(row.per_second(), Some(5.0));
        assert_eq!(row.odd().as_deref(), Some("1 of 2 runs count for nothing: late"));
    }

    #[test]
    fn a_row_complains_of_everything_but_acceptance() {
        let check = |runs: &[Run], expect: Option<&str>| {
            assert_eq!(row(runs).complaint().as_deref(), expect, "{runs:?}");
        };
        let good = Run { done: 7, ..Run::default() };
        check(std::slice::from_ref(&good), None);
        check(&[], Some("x: no run"));
        check(
            &[good.clone(), Run::default()],
            Some("x: 0 transitions accepted, 0 refused, 0 failed, nothing else"),
        );
        check(
            &[Run { refused: 1, surprise: Some("1 × 409 lock.exists".into()), ..good.clone() }],
            Some("x: 7 transitions accepted, 1 refused, 0 failed, 1 × 409 lock.exists"),
        );
        check(
            &[Run { failed: 2, ..good.clone() }],
            Some("x: 7 transitions accepted, 0 refused, 2 failed, nothing else"),
        );
        check(
            &[Run { discarded: Some("late".into()), ..good }],
            Some("x: 7 transitions accepted, 0 refused, 0 failed, late"),
        );
    }

    #[test]
    fn shares_of_nothing_are_nothing() {
        let run = Run { cpu_seconds: BTreeMap::from([("piao", 1.0)]), wal_bytes: Some(7), ..Run::default() };
        assert_eq!((run.per_second(), run.cpu_ms_each("piao"), run.wal_bytes_each()), (0.0, None, None));
        let run = Run { done: 1000, seconds: 2.0, ..run };
        assert_eq!((run.per_second(), run.cpu_ms_each("piao")), (500.0, Some(1.0)));
        assert_eq!(run.cpu_ms_each("other"), None);
    }
}
