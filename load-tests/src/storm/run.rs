//! The storm itself: every enterprise has as many clients, each of which tries again when it holds the last receipt.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::prepare::Attempt;
use crate::failure::Failure;
use crate::http::{Answer, Connection, Meaning};
use crate::latency::Latencies;
use crate::measured::Run;
use crate::plan::Plan;
use crate::tally::{LAST_ANSWERS_WAIT_MAX, surprise};
use crate::watch::Watch;

/// Between two looks at whether an enterprise has anything left to try.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What came of an attempt.
pub(super) struct Told {
    pub(super) enterprise: usize,
    pub(super) place: usize,
    pub(super) answer: Result<Answer, Failure>,
    since: Instant,
    came: Instant,
}

/// A storm that is over.
pub(super) struct Outcome {
    pub(super) attempts: Arc<Vec<Vec<Attempt>>>,
    pub(super) told: Vec<Told>,
    pub(super) run: Run,
}

struct Shared {
    attempts: Arc<Vec<Vec<Attempt>>>,
    next: Vec<AtomicUsize>,
    until: Instant,
}

/// Runs until the time is over.
pub(super) async fn run(
    plan: &Plan,
    address: SocketAddr,
    watch: &Watch,
    attempts: Vec<Vec<Attempt>>,
    clients: usize,
) -> Result<Outcome, Failure> {
    let enterprises = attempts.len();
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(Connection::open(address).await?.keeping_bodies());
    }
    let from = Instant::now() + plan.warm_up;
    let until = from + plan.measured;
    let next = (0..enterprises).map(|_| AtomicUsize::new(0)).collect();
    let attempts = Arc::new(attempts);
    let shared = Arc::new(Shared { attempts: Arc::clone(&attempts), next, until });
    let mut running = JoinSet::new();
    for (place, connection) in connections.into_iter().enumerate() {
        running.spawn(client(connection, place % enterprises, Arc::clone(&shared)));
    }
    sleep_until(from).await;
    let before = watch.look().await?;
    // An enterprise that has nothing left to try ends the storm early.
    let used_up =
        || shared.next.iter().zip(&*attempts).any(|(next, all)| next.load(Ordering::Relaxed) >= all.len());
    while Instant::now() < until && !used_up() {
        sleep_until((Instant::now() + LOOK_EVERY).min(until)).await;
    }
    let until = Instant::now().min(until);
    let used = watch.since(&before).await?;
    let mut told = Vec::new();
    let ended = timeout(LAST_ANSWERS_WAIT_MAX, async {
        while let Some(ended) = running.join_next().await {
            told.extend(ended.map_err(Failure::doing("waiting for a client"))?);
        }
        Ok(())
    });
    ended.await.map_err(Failure::doing("waiting for the last answers"))??;
    let run = counted(&told, from, until, used);
    Ok(Outcome { attempts, told, run })
}

async fn client(mut connection: Connection, enterprise: usize, shared: Arc<Shared>) -> Vec<Told> {
    let mut told = Vec::new();
    while Instant::now() < shared.until {
        let place = shared.next[enterprise].fetch_add(1, Ordering::Relaxed);
        let Some(attempt) = shared.attempts[enterprise].get(place) else { break };
        let since = Instant::now();
        let answer = connection.post(&attempt.step).await;
        let gone = answer.is_err();
        told.push(Told { enterprise, place, answer, since, came: Instant::now() });
        if gone {
            break;
        }
    }
    told
}

/// Refusals within the time; anything but a refusal or a lock is told of whenever it came.
fn counted(told: &[Told], from: Instant, until: Instant, used: Run) -> Run {
    let mut run = used;
    let mut latencies = Latencies::default();
    for told in told {
        match told.answer.as_ref().map_or(Meaning::Failed, Answer::meaning) {
            Meaning::Refused if from <= told.came && told.came < until => {
                run.done += 1;
                latencies.add(told.came - told.since);
            }
            Meaning::Accepted | Meaning::Refused => {}
            Meaning::Later | Meaning::Failed => {
                run.failed += 1;
                run.surprise.get_or_insert_with(|| surprise(&told.answer));
            }
        }
    }
    run.latency_ms = latencies.percentiles();
    run
}
