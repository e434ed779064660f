//! The whole way over REST, closed loop: each client sends the next step when it holds the receipt of the last.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::corpus::Life;
use crate::failure::Failure;
use crate::http::Connection;
use crate::measured::{Row, Run};
use crate::plan::Plan;
use crate::platform::Platform;
use crate::tally::{LAST_ANSWERS_WAIT_MAX, Meaning, Tally, Window};
use crate::watch::Watch;

/// What one client is signed for at first; the next runs know better.
const FIRST_GUESS_PER_SECOND: f64 = 1500.0;
/// Between two looks at whether the corpus is used up.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What the clients of one run share.
struct Loop {
    lives: Vec<Life>,
    next: AtomicUsize,
    tally: Tally,
    until: Instant,
}

/// Runs every number of clients, `progress` being told of each row as soon as it is there.
pub(crate) async fn measure(
    plan: &Plan,
    platform: &mut Platform,
    watch: &Watch<'_>,
    mut progress: impl FnMut(&Row),
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    let mut guess = FIRST_GUESS_PER_SECOND;
    for clients in &plan.clients {
        let name = format!("whole way over REST, {clients} client{}", if *clients == 1 { "" } else { "s" });
        let mut row = Row { name, unit: "transitions", runs: Vec::new() };
        for _ in 0..plan.repetitions {
            let lives = platform.corpus.sign(plan.enough(guess) / 3 + *clients as u64)?;
            let run = run(plan, platform, *clients, lives, watch).await?;
            platform.running.check()?;
            guess = (run.per_second() * 1.4).max(FIRST_GUESS_PER_SECOND);
            row.runs.push(run);
        }
        // More clients do more.
        guess = (guess * 2.0).max(FIRST_GUESS_PER_SECOND);
        progress(&row);
        rows.push(row);
    }
    Ok(rows)
}

async fn run(
    plan: &Plan,
    platform: &Platform,
    clients: usize,
    lives: Vec<Life>,
    watch: &Watch<'_>,
) -> Result<Run, Failure> {
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(Connection::open(platform.address).await?);
    }
    let from = Instant::now() + plan.warm_up;
    let window = Window { from, until: from + plan.measured };
    let (next, tally) = (AtomicUsize::new(0), Tally::new(window));
    let shared = Arc::new(Loop { lives, next, tally, until: window.until });
    let mut running = JoinSet::new();
    for connection in connections {
        running.spawn(client(connection, Arc::clone(&shared)));
    }
    sleep_until(window.from).await;
    let before = watch.look().await?;
    // A corpus that is used up ends the run early.
    while Instant::now() < window.until && shared.next.load(Ordering::Relaxed) < shared.lives.len() {
        sleep_until((Instant::now() + LOOK_EVERY).min(window.until)).await;
    }
    let used = watch.since(&before).await?;
    let run = shared.tally.finish(used);
    let ended = timeout(LAST_ANSWERS_WAIT_MAX, async { while running.join_next().await.is_some() {} });
    ended.await.map_err(Failure::doing("waiting for the last answers"))?;
    Ok(run)
}

/// Takes life after life, step by step. A step that was not accepted ends its life.
async fn client(mut connection: Connection, shared: Arc<Loop>) {
    while Instant::now() < shared.until {
        let Some(life) = shared.lives.get(shared.next.fetch_add(1, Ordering::Relaxed)) else { return };
        for step in &life.steps {
            let since = Instant::now();
            let answer = connection.post(step).await;
            match (shared.tally.note(since, &answer), answer) {
                (Meaning::Accepted, _) => {}
                (Meaning::Refused | Meaning::Failed, Ok(_)) => break,
                // The connection is gone, and nothing is known of this life.
                (Meaning::Refused | Meaning::Failed, Err(_)) => return,
            }
            if Instant::now() >= shared.until {
                return;
            }
        }
    }
}
