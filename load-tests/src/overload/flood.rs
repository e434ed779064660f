//! One run: as much as is due is sent when it is due, whatever becomes of what was sent before.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::timeline::{Counts, Second, Timeline, normal_after};
use super::{Callers, Flood, Phases};
use crate::failure::Failure;
use crate::http::Request;
use crate::open_loop::{Due, LATE_PERCENT_MAX, Offering, Told};
use crate::platform::PIAO;
use crate::rest::Target;
use crate::schedule::phases;

/// How often memory is looked at while it lasts, the last time at its end.
const LOOKS: u32 = 4;
/// Longest latency that is as before where it was shorter still: below it nothing is felt.
const NORMAL_MS_LEAST: f64 = 50.0;

/// Offers so many times the peak for a while, and half of it before and after.
pub(super) async fn run(
    target: &mut Target<'_>,
    callers: Callers,
    phases: Phases,
    peak: f64,
    times: u32,
) -> Result<Flood, Failure> {
    let due = self::phases(&phases.schedule(peak, times));
    let steps = target.corpus.sign_issues(due.len() as u64)?;
    let steps = steps.into_iter().flat_map(|life| life.steps).map(Request::Post);
    let due = due.into_iter().zip(steps).map(|(after, request)| Due::alone(after, request)).collect();
    let seconds = phases.before + phases.over + phases.after;
    let timeline = Arc::new(Timeline::new(usize::try_from(seconds).unwrap_or(1)));
    let noted = Arc::clone(&timeline);
    let note = move |told: &Told<'_>| noted.note(told);
    let start = Instant::now() + callers.ready_within;
    let offering = Offering::begin(target.address, callers.connections, start, due, note)?;
    let over = start + Duration::from_secs(phases.before);
    let each = Duration::from_secs(phases.over) / LOOKS;
    sleep_until(over).await;
    let before = target.watch.look().await?;
    let mut memory_bytes = vec![before.memory_bytes(PIAO).unwrap_or(0)];
    let program = target.running.program();
    for look in 1..LOOKS {
        sleep_until(over + each * look).await;
        memory_bytes.push(program.look().memory_bytes);
    }
    sleep_until(over + each * LOOKS).await;
    let at_the_end = target.watch.look().await?;
    sleep_until(start + Duration::from_secs(seconds)).await;
    let after = program.look().memory_bytes;
    offering.end().await?;
    target.running.check()?;
    memory_bytes.extend([at_the_end.memory_bytes(PIAO).unwrap_or(0), after]);
    let used = target.watch.between(&before, &at_the_end);
    Ok(Flood { used, memory_bytes, ..told(&timeline.finish(), phases) })
}

fn told(counts: &Counts, phases: Phases) -> Flood {
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
    Flood {
        offered_per_second: each_second(|second| second.offered),
        accepted_per_second: each_second(|second| second.receipts),
        told_to_wait: total(|second| second.told_to_wait),
        refused: total(|second| second.refused),
        failed: total(|second| second.failed),
        surprise: counts.surprise.clone(),
        before_ms: before,
        under_ms: counts.latencies(from, until),
        memory_bytes: Vec::new(),
        normal_after_seconds: normal_after(&counts.seconds, until, bound),
        used: crate::measured::Run::default(),
        timeline: counts.seconds.clone(),
        discarded,
    }
}
