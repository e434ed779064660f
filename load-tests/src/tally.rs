//! What a generator counts while it runs.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::failure::Failure;
use crate::http::{Answer, Meaning, Request};
use crate::latency::Latencies;
use crate::measured::{Reads, Run};
use crate::open_loop::{LATE_PERCENT_MAX, Told};

/// When answers count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from: Instant,
    pub(crate) until: Instant,
}

impl Window {
    fn holds(self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }
}

/// Counts answers; shared by all clients of a run.
#[derive(Debug)]
pub(crate) struct Tally {
    window: Window,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    accepted: u64,
    refused: u64,
    failed: u64,
    latencies: Latencies,
    reads: u64,
    read_latencies: Latencies,
    surprises: BTreeMap<String, u64>,
    /// Due within the window of an open loop, and how many of them were sent late.
    due: u64,
    late: u64,
}

/// An answer, and whether it counts.
struct Came<'a> {
    answer: &'a Result<Answer, Failure>,
    meaning: Meaning,
    is_read: bool,
    /// Within the window.
    is_counted: bool,
    /// How long it took, where that counts.
    took: Option<Duration>,
}

impl Tally {
    pub(crate) fn new(window: Window) -> Self {
        Self { window, counted: Mutex::default() }
    }

    /// Notes an answer that came now, to a transition posted at a moment.
    pub(crate) fn note(&self, since: Instant, answer: &Result<Answer, Failure>) -> Meaning {
        let meaning = answer.as_ref().map_or(Meaning::Failed, Answer::meaning);
        self.note_now(since, answer, meaning, false)
    }

    /// Notes what came now of a read.
    pub(crate) fn note_read(&self, since: Instant, request: &Request, answer: &Result<Answer, Failure>) {
        let meaning = answer.as_ref().map_or(Meaning::Failed, |answer| request.meaning(answer));
        self.note_now(since, answer, meaning, true);
    }

    fn note_now(
        &self,
        since: Instant,
        answer: &Result<Answer, Failure>,
        meaning: Meaning,
        is_read: bool,
    ) -> Meaning {
        let now = Instant::now();
        let is_counted = self.window.holds(now);
        let took = is_counted.then(|| now - since);
        self.lock().add(&Came { answer, meaning, is_read, is_counted, took });
        meaning
    }

    /// Notes what became of something in an open loop. It is accepted when its receipt comes. How long it took counts from
    /// when it was due, and wherever it was due within the window, whenever it is answered: or a platform that stands
    /// still at the end would be forgiven.
    pub(crate) fn note_offered(&self, start: Instant, told: &Told<'_>) {
        let is_due = self.window.holds(start + told.due);
        let mut counted = self.lock();
        counted.due += u64::from(is_due);
        counted.late += u64::from(is_due && told.is_late());
        counted.add(&Came {
            answer: told.answer,
            meaning: told.meaning(),
            is_read: matches!(told.request, Request::Get(_)),
            is_counted: self.window.holds(start + told.came),
            took: is_due.then(|| told.came.saturating_sub(told.due)),
        });
    }

    /// What it came to, beside what was used meanwhile. `seconds` is how much of the window has passed.
    pub(crate) fn finish(&self, used: Run) -> Run {
        let counted = std::mem::take(&mut *self.lock());
        let most = counted.surprises.into_iter().max_by_key(|(_, times)| *times);
        let late_percent = (counted.late * 100).div_ceil(counted.due.max(1));
        let read_latencies = counted.read_latencies.percentiles();
        Run {
            done: counted.accepted,
            refused: counted.refused,
            failed: counted.failed,
            surprise: most.map(|(what, times)| format!("{times} × {what}")),
            latency_ms: counted.latencies.percentiles(),
            reads: read_latencies.map(|latency_ms| Reads { done: counted.reads, latency_ms }),
            discarded: (late_percent > LATE_PERCENT_MAX)
                .then(|| format!("the generator sent {late_percent} % late")),
            ..used
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn add(&mut self, came: &Came<'_>) {
        let counts = u64::from(came.is_counted);
        match (came.meaning, came.is_read) {
            (Meaning::Accepted, false) => self.accepted += counts,
            (Meaning::Accepted, true) => self.reads += counts,
            // Nothing of this is expected at any time.
            (Meaning::Refused, _) => self.refused += 1,
            (Meaning::Later | Meaning::Failed, _) => self.failed += 1,
        }
        if came.meaning != Meaning::Accepted {
            *self.surprises.entry(surprise(came.answer)).or_default() += 1;
        } else if let Some(took) = came.took {
            let latencies = if came.is_read { &mut self.read_latencies } else { &mut self.latencies };
            latencies.add(took);
        }
    }
}

/// An answer as it is told of: the status and the code, without what differs from one to the next.
pub(crate) fn surprise(answer: &Result<Answer, Failure>) -> String {
    const CODE: &str = "\"code\":\"";
    match answer {
        Err(failure) => failure.whole(),
        Ok(Answer { status, body, .. }) => {
            let body = String::from_utf8_lossy(body);
            let code = body.split_once(CODE).and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
            format!("{status} {code}").trim_end().to_owned()
        }
    }
}

/// Longest time in which the last answers come.
pub(crate) const LAST_ANSWERS_WAIT_MAX: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::http::{Read, Step};

    fn answer(status: u16, body: &str) -> Result<Answer, Failure> {
        Ok(Answer { status, retry_after: false, closes: false, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn only_what_comes_within_the_window_counts() {
        let now = Instant::now();
        let hour = Duration::from_secs(3600);
        let check = |window: Window, expect: u64| {
            let tally = Tally::new(window);
            assert_eq!(tally.note(now, &answer(201, "")), Meaning::Accepted);
            assert_eq!(tally.finish(Run::default()).done, expect, "{window:?}");
        };
        check(Window { from: now, until: now + hour }, 1);
        check(Window { from: now + hour, until: now + hour }, 0);
        check(Window { from: now, until: now }, 0);
    }

    #[test]
    fn what_is_due_within_the_window_is_timed_whenever_it_is_answered() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let tally = Tally::new(Window { from: at(100), until: at(200) });
        let request = Request::Post(Step { path: "/".into(), jws: "a.b.c".into() });
        for [due, sent, came] in [[90, 90, 110], [110, 131, 190], [150, 151, 950], [210, 299, 300]] {
            let [due, sent, came] = [due, sent, came].map(Duration::from_millis);
            let answer = &answer(201, "");
            tally.note_offered(start, &Told { request: &request, due, sent, came, answer });
        }
        let run = tally.finish(Run::default());
        assert_eq!((run.done, run.latency_ms.map(|told| (told.p50, told.max))), (2, Some((80.0, 800.0))));
        assert_eq!(run.discarded.as_deref(), Some("the generator sent 50 % late"));
    }

    #[test]
    fn reads_are_counted_apart() {
        let now = Instant::now();
        let tally = Tally::new(Window { from: now, until: now + Duration::from_secs(3600) });
        let read = Request::Get(Arc::new(Read { path: "/".into(), token: "t".into() }));
        tally.note(now, &answer(201, ""));
        tally.note_read(now, &read, &answer(200, ""));
        tally.note_read(now, &read, &answer(404, ""));
        let run = tally.finish(Run::default());
        assert_eq!((run.done, run.reads.map(|reads| reads.done), run.failed), (1, Some(1), 1));
    }

    #[test]
    fn what_was_not_expected_is_told() {
        let now = Instant::now();
        let tally = Tally::new(Window { from: now, until: now });
        assert_eq!(tally.note(now, &answer(409, r#"{"code":"lock.exists"}"#)), Meaning::Refused);
        assert_eq!(tally.note(now, &answer(503, r#"{"code":"overloaded"}"#)), Meaning::Failed);
        assert_eq!(tally.note(now, &answer(503, r#"{"code":"overloaded"}"#)), Meaning::Failed);
        assert_eq!(tally.note(now, &Err(Failure::new("gone"))), Meaning::Failed);
        let run = tally.finish(Run::default());
        assert_eq!((run.refused, run.failed), (1, 3));
        assert_eq!(run.surprise.as_deref(), Some("2 × 503 overloaded"));
    }
}
