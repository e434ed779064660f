//! The whole way over REST at a fixed rate, whatever the answers: latency counts from when a step was due, so that a
//! platform that stands still is charged with everything that waits meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::corpus::Life;
use crate::failure::Failure;
use crate::http::Connection;
use crate::measured::{Row, Run};
use crate::part::Part;
use crate::plan::{Extent, Plan};
use crate::platform::Platform;
use crate::schedule::{Due, Schedule};
use crate::tally::{LAST_ANSWERS_WAIT_MAX, Tally, Window};
use crate::watch::Watch;

/// Connections that wait for something due.
const CONNECTIONS: usize = 512;
/// A step sent so much after it was due was sent late.
const LATE: Duration = Duration::from_millis(20);
/// Of a hundred steps, how many may be sent late before the run counts for nothing.
const LATE_PERCENT_MAX: usize = 1;
/// Share of the closed loop's peak that is offered.
const SHARE_OF_PEAK: f64 = 0.7;

/// Offers a share of the peak that the closed loop reached.
pub(crate) async fn measure(
    plan: &Plan,
    platform: &mut Platform,
    watch: &Watch,
    peak_per_second: f64,
) -> Result<Row, Failure> {
    let per_second = (peak_per_second * SHARE_OF_PEAK).max(1.0).floor();
    // A run must be longer than what comes before its first third step.
    let plan = &plan.at_least(Duration::from_secs(3));
    let name = format!("whole way over REST, {per_second} arrivals a second (open loop)");
    let mut row = Row::new(Part::Arrivals, name, "transitions");
    for _ in 0..plan.repetitions {
        let lives = platform.corpus.sign(plan.enough(per_second) / 3)?;
        row.runs.push(run(plan, platform, lives, per_second, watch).await?);
        platform.running.check()?;
    }
    Ok(row)
}

async fn run(
    plan: &Plan,
    platform: &Platform,
    lives: Vec<Life>,
    per_second: f64,
    watch: &Watch,
) -> Result<Run, Failure> {
    // From one step of a life to its next: far longer than any answer should take.
    let seconds = Duration::from_secs(2);
    let between_steps = plan.pick(seconds / 4, seconds, seconds);
    let due = Schedule::new(per_second, lives.len(), between_steps).all();
    let (queue, waiting) = mpsc::channel::<(Instant, Due)>(CONNECTIONS);
    let (lives, waiting) = (Arc::new(lives), Arc::new(Mutex::new(waiting)));
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(platform.address).await?);
    }
    let start = Instant::now();
    // From here on all three kinds of steps are due, and until the first steps end.
    let from = start + plan.warm_up.max(2 * between_steps);
    let window = Window { from, until: start + plan.warm_up + plan.measured };
    let tally = Arc::new(Tally::new(window));
    let mut senders = JoinSet::new();
    for connection in connections {
        senders.spawn(sender(connection, Arc::clone(&lives), Arc::clone(&waiting), Arc::clone(&tally)));
    }
    let feeding = tokio::spawn(feed(due, queue, start));
    sleep_until(window.from).await;
    let before = watch.look().await?;
    sleep_until(window.until).await;
    let used = watch.since(&before).await?;
    let mut run = tally.finish(used);
    let late_percent = feeding.await.map_err(Failure::doing("keeping to a schedule"))?;
    // Of a smoke run nothing is measured.
    if late_percent > LATE_PERCENT_MAX && plan.extent != Extent::Smoke {
        run.discarded = Some(format!("the generator sent {late_percent} % of the steps late"));
    }
    let ended = timeout(LAST_ANSWERS_WAIT_MAX, async { while senders.join_next().await.is_some() {} });
    ended.await.map_err(Failure::doing("waiting for the last answers"))?;
    Ok(run)
}

/// Hands out each step when it is due; says how many of a hundred found no sender in time.
async fn feed(due: Vec<Due>, queue: mpsc::Sender<(Instant, Due)>, start: Instant) -> usize {
    let (mut late, steps) = (0, due.len().max(1));
    for step in due {
        let at = start + step.after;
        sleep_until(at).await;
        if queue.send((at, step)).await.is_err() {
            return 100;
        }
        late += usize::from(at.elapsed() > LATE);
    }
    (late * 100).div_ceil(steps)
}

async fn sender(
    mut connection: Connection,
    lives: Arc<Vec<Life>>,
    waiting: Arc<Mutex<mpsc::Receiver<(Instant, Due)>>>,
    tally: Arc<Tally>,
) {
    loop {
        let next = waiting.lock().await.recv().await;
        let Some((at, Due { after: _, life, step })) = next else { return };
        let answer = connection.post(&lives[life].steps[step]).await;
        tally.note(at, &answer);
        if answer.is_err() {
            return;
        }
    }
}
