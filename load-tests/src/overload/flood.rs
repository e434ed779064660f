//! One run: as much as is due is sent when it is due, whatever becomes of what was sent before.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::pool::Pool;
use super::timeline::{Counts, Second, Timeline, normal_after};
use super::{Flood, Phases};
use crate::failure::Failure;
use crate::http::{Answer, Meaning, Step};
use crate::platform::PIAO;
use crate::rest::Target;
use crate::schedule::phases;
use crate::tally::LAST_ANSWERS_WAIT_MAX;
use crate::watch::Moment;

/// Sent so much after it was due was sent late.
const LATE: Duration = Duration::from_millis(20);
/// Of a hundred, how many may be sent late before the run counts for nothing.
const LATE_PERCENT_MAX: u64 = 1;
/// Niceness of the generator's threads.
const GENERATOR_NICE: i32 = -10;
/// Longest latency that is as before where it was shorter still: below it nothing is felt.
const NORMAL_MS_LEAST: f64 = 50.0;

/// Offers so many times the peak for a while, and half of it before and after.
pub(super) async fn run(
    target: &mut Target<'_>,
    phases: Phases,
    peak: f64,
    times: u32,
) -> Result<Flood, Failure> {
    let due = self::phases(&phases.schedule(peak, times));
    let steps = target.corpus.sign_issues(due.len() as u64)?;
    let steps = steps.into_iter().flat_map(|life| life.steps).collect::<Vec<_>>();
    let seconds = phases.before + phases.over + phases.after;
    let timeline = Arc::new(Timeline::new(usize::try_from(seconds).unwrap_or(1)));
    let pool = Arc::new(Pool::new(target.address));
    let start = Instant::now();
    let ended = apart(send(start, due, steps, pool, Arc::clone(&timeline)))?;
    let mut moments = Vec::with_capacity(4);
    for second in [0, phases.before, phases.before + phases.over, seconds] {
        sleep_until(start + Duration::from_secs(second)).await;
        moments.push(target.watch.look().await?);
    }
    ended.await.map_err(Failure::doing("offering too much"))??;
    target.running.check()?;
    let used = target.watch.between(&moments[1], &moments[2]);
    Ok(Flood { used, ..told(&timeline.finish(), phases, &moments) })
}

/// Runs on threads of its own, before everybody else where that is allowed: a generator stands for other machines, and one
/// that gets no time on this one offers less than it should.
fn apart(
    sending: impl Future<Output = Result<(), Failure>> + Send + 'static,
) -> Result<oneshot::Receiver<Result<(), Failure>>, Failure> {
    let (ended, waiting) = oneshot::channel();
    let run = move || {
        // Threads that are started from here on have it, too. Without the right to it everybody is equal.
        rustix::process::setpriority_process(None, GENERATOR_NICE).ok();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let sent = match runtime {
            Ok(runtime) => runtime.block_on(sending),
            Err(error) => Err(Failure::doing("starting a runtime")(error)),
        };
        // Whoever would have waited is gone with the whole run.
        ended.send(sent).ok();
    };
    let thread = std::thread::Builder::new().name("flood".to_owned()).spawn(run);
    thread.map_err(Failure::doing("starting a thread"))?;
    Ok(waiting)
}

async fn send(
    start: Instant,
    due: Vec<Duration>,
    steps: Vec<Step>,
    pool: Arc<Pool>,
    timeline: Arc<Timeline>,
) -> Result<(), Failure> {
    let mut waiting = JoinSet::new();
    for (after, step) in due.into_iter().zip(steps) {
        sleep_until(start + after).await;
        let (pool, timeline) = (Arc::clone(&pool), Arc::clone(&timeline));
        waiting.spawn(async move {
            timeline.sent(after, start.elapsed() > after + LATE);
            let answer = match pool.take().await {
                Ok(mut connection) => {
                    let answer = connection.post(&step).await;
                    // Whoever is turned away before the body was read finds the connection closed, announced or not.
                    let kept = |answer: &Answer| !answer.closes && answer.meaning() != Meaning::Later;
                    if answer.as_ref().is_ok_and(kept) {
                        pool.give(connection);
                    } else {
                        pool.lost();
                    }
                    answer
                }
                Err(failure) => Err(failure),
            };
            timeline.note(after, start.elapsed(), &answer);
        });
        while waiting.try_join_next().is_some() {}
    }
    let ended = timeout(LAST_ANSWERS_WAIT_MAX, async { while waiting.join_next().await.is_some() {} });
    ended.await.map_err(Failure::doing("waiting for the last answers"))
}

fn told(counts: &Counts, phases: Phases, moments: &[Moment]) -> Flood {
    let at = |second: u64| usize::try_from(second).unwrap_or(0);
    let (from, until) = (at(phases.before), at(phases.before + phases.over));
    let over = &counts.seconds[from..until];
    let total = |of: fn(&Second) -> u64| over.iter().map(of).sum::<u64>();
    let each_second = |of: fn(&Second) -> u64| super::each_second(total(of), over.len());
    let before = counts.latencies(0, from);
    let bound = before.map_or(NORMAL_MS_LEAST, |told| (2.0 * told.p99).max(NORMAL_MS_LEAST));
    let sent = counts.seconds.iter().map(|second| second.offered).sum::<u64>().max(1);
    let late_percent = (counts.late * 100).div_ceil(sent);
    let discarded = (late_percent > LATE_PERCENT_MAX)
        .then(|| format!("the generator sent {late_percent} % of what was due late"));
    let memory = |moment: &Moment| moment.memory_bytes(PIAO).unwrap_or(0);
    Flood {
        offered_per_second: each_second(|second| second.offered),
        accepted_per_second: each_second(|second| second.receipts),
        told_to_wait: total(|second| second.told_to_wait),
        refused: total(|second| second.refused),
        failed: total(|second| second.failed),
        surprise: counts.surprise.clone(),
        before_ms: before,
        under_ms: counts.latencies(from, until),
        memory_bytes: [&moments[1], &moments[2], &moments[3]].map(memory),
        normal_after_seconds: normal_after(&counts.seconds, until, bound),
        used: crate::measured::Run::default(),
        timeline: counts.seconds.clone(),
        discarded,
    }
}
