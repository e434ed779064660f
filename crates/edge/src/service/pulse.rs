//! Whether a database answers, asked as seldom as will do: anybody may probe as often as they like, and in the embedded
//! shape the connection that answers is the one that commits.

use std::time::{Duration, Instant};

use piao_store::Database;
use tokio::sync::Mutex;

/// How long an answer is good for.
const GOOD_FOR: Duration = Duration::from_millis(250);

/// The last answer.
#[derive(Default)]
pub(super) struct Pulse {
    last: Mutex<Option<(Instant, bool)>>,
}

impl Pulse {
    /// Whether the database answers.
    pub(super) async fn beats(&self, database: &Database) -> bool {
        // Held while one asks, in bounded time: whoever else waits here wants this very answer.
        let mut last = self.last.lock().await;
        if let Some((_, answered)) = last.filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            return answered;
        }
        let answered = database.check().await.is_ok();
        *last = Some((Instant::now(), answered));
        answered
    }
}
