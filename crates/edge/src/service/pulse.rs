//! Whether a database answers, asked as seldom as will do: anybody may probe as often as they like, and in the embedded
//! shape the connection that answers is the one that commits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use piao_store::Database;

/// How long an answer is good for.
const GOOD_FOR: Duration = Duration::from_millis(250);

/// How long the last answer is told on while the next is asked for: longer than any answer of a database that is well.
const TOLD_FOR: Duration = Duration::from_secs(2);

/// The last answer.
#[derive(Default)]
pub(super) struct Pulse {
    last: Mutex<Option<(Instant, bool)>>,
    asking: AtomicBool,
}

/// One who asks; whoever stops in the midst of it leaves the next to ask.
struct Asking<'a>(&'a AtomicBool);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Pulse {
    /// Whether the database answers. While one asks, everybody else is told what was answered last.
    pub(super) async fn beats(&self, database: &Database) -> bool {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = last.filter(|(at, _)| at.elapsed() < GOOD_FOR);
        if let Some((_, answered)) = fresh {
            return answered;
        }
        if self.asking.swap(true, Ordering::AcqRel) {
            return last.is_some_and(|(at, answered)| answered && at.elapsed() < TOLD_FOR);
        }
        let asking = Asking(&self.asking);
        let answered = database.check().await.is_ok();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), answered));
        drop(asking);
        answered
    }
}
