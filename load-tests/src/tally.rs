//! What a generator counts while it runs.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::failure::Failure;
use crate::http::{Answer, Meaning};
use crate::latency::Latencies;
use crate::measured::Run;

/// When answers count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from: Instant,
    pub(crate) until: Instant,
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
    surprises: BTreeMap<String, u64>,
}

impl Tally {
    pub(crate) fn new(window: Window) -> Self {
        Self { window, counted: Mutex::default() }
    }

    /// Notes an answer that came now, to something that was due at a moment.
    pub(crate) fn note(&self, due: Instant, answer: &Result<Answer, Failure>) -> Meaning {
        let now = Instant::now();
        let meaning = answer.as_ref().map_or(Meaning::Failed, Answer::meaning);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = self.window.from <= now && now < self.window.until;
        match meaning {
            Meaning::Accepted if counts => {
                counted.accepted += 1;
                counted.latencies.add(now - due);
            }
            Meaning::Accepted => {}
            // Nothing of this is expected at any time.
            Meaning::Refused => counted.refused += 1,
            Meaning::Later | Meaning::Failed => counted.failed += 1,
        }
        if meaning != Meaning::Accepted {
            *counted.surprises.entry(surprise(answer)).or_default() += 1;
        }
        meaning
    }

    /// What it came to, beside what was used meanwhile. `seconds` is how much of the window has passed.
    pub(crate) fn finish(&self, used: Run) -> Run {
        let counted = std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner));
        let most = counted.surprises.into_iter().max_by_key(|(_, times)| *times);
        Run {
            done: counted.accepted,
            refused: counted.refused,
            failed: counted.failed,
            surprise: most.map(|(what, times)| format!("{times} × {what}")),
            latency_ms: counted.latencies.percentiles(),
            ..used
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
    use super::*;

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
