//! Whether a database answers, asked as seldom as will do: anybody may probe as often as they like, and in the embedded
//! shape the connection that answers is the one that commits.

use std::time::{Duration, Instant};

use piao_store::Database;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long an answer is good for.
const GOOD_FOR: Duration = Duration::from_millis(250);

/// How long an answer is waited for: who probes gives up soon, and a database that takes longer is not well.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(2);

/// The last answer.
#[derive(Default)]
pub(super) struct Pulse {
    last: Mutex<Option<(Instant, bool)>>,
}

impl Pulse {
    /// Whether the database answers.
    pub(super) async fn beats(&self, database: &Database) -> bool {
        // Held while one asks, for as long as an answer is waited for: whoever else waits here wants this very answer.
        let mut last = self.last.lock().await;
        if let Some((_, answered)) = last.filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            return answered;
        }
        let answered = matches!(timeout(ANSWER_WAIT_MAX, database.check()).await, Ok(Ok(())));
        *last = Some((Instant::now(), answered));
        answered
    }
}
