//! More offered than the platform can do: how much it does all the same, how it turns away the rest, and how long it takes
//! until nothing is felt of it any more.
//!
//! What is offered is issuing alone, each invoice for itself: where a step needs one that was turned away, refusals would
//! be measured. The peak is that of issuing alone, too, measured just before on the same platform.

mod flood;
mod timeline;

use std::time::Duration;

use serde::Serialize;

use crate::failure::Failure;
use crate::latency::Percentiles;
use crate::measured::{Row, Run, whole};
use crate::part::Part;
use crate::plan::Plan;
use crate::platform::Platform;
use crate::rest::Target;
use crate::watch::Watch;
pub(crate) use timeline::Second;

/// Of the peak, how much is offered before and after.
const SHARE_BEFORE: f64 = 0.5;

/// Signed for at least, so that nobody runs out of what is to be posted before anything counts.
const GUESS_PER_SECOND_LEAST: f64 = 4000.0;

/// So many times the peak, as often as planned.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Overload {
    pub(crate) times: u32,
    pub(crate) peak_per_second: f64,
    pub(crate) runs: Vec<Flood>,
}

/// One run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Flood {
    pub(crate) offered_per_second: f64,
    /// Accepted while so much was offered.
    pub(crate) accepted_per_second: f64,
    /// Turned away with a time to come again, of what was due meanwhile.
    pub(crate) told_to_wait: u64,
    pub(crate) refused: u64,
    /// Neither, of what was due meanwhile.
    pub(crate) failed: u64,
    /// The commonest answer that was neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) surprise: Option<String>,
    /// From when it was due to the receipt, before.
    pub(crate) before_ms: Option<Percentiles>,
    /// The same of what was accepted meanwhile.
    pub(crate) under_ms: Option<Percentiles>,
    /// Memory of the platform: before, so often while it lasted, and when it was long over.
    pub(crate) memory_bytes: Vec<u64>,
    /// Until latencies were as before; nothing where they never were.
    pub(crate) normal_after_seconds: Option<u64>,
    /// CPU, memory and write-ahead log meanwhile.
    pub(crate) used: Run,
    pub(crate) timeline: Vec<Second>,
    /// Why the run counts for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) discarded: Option<String>,
}

/// How long what is offered, in whole seconds.
#[derive(Clone, Copy, Debug)]
struct Phases {
    before: u64,
    over: u64,
    after: u64,
}

/// Those who come when there are too many of them. They keep their connections.
#[derive(Clone, Copy, Debug)]
struct Callers {
    /// Open, and asked over, before anything is due; more are opened where these are not enough.
    connections: usize,
    /// For these to be opened. What is due before they are is sent late.
    ready_within: Duration,
}

/// Measures the peak, then offers twice and five times of it.
pub(crate) async fn measure(
    plan: &Plan,
    platform: &mut Platform,
    watch: &Watch,
    guess_per_second: f64,
) -> Result<(Row, Vec<Overload>), Failure> {
    let Platform { running, address, corpus, .. } = platform;
    let clients = plan.crowd();
    let mut row =
        Row::new(Part::Overload, format!("issuing alone over REST, {clients} clients"), "transitions");
    let mut target = Target { running, address: *address, corpus, watch };
    for _ in 0..plan.repetitions {
        let guess = row.per_second().unwrap_or(guess_per_second).max(GUESS_PER_SECOND_LEAST) * 2.0;
        let lives = target.corpus.sign_issues(plan.enough(guess))?;
        row.runs.push(target.run(plan, clients, lives).await?);
    }
    row.clients = Some(clients);
    let peak = row.per_second().unwrap_or(guess_per_second).max(20.0);
    let phases =
        Phases { before: plan.pick(1, 5, 10), over: plan.pick(1, 8, 20), after: plan.pick(1, 20, 45) };
    let callers = Callers {
        connections: plan.pick(64, 12_000, 12_000),
        ready_within: Duration::from_secs(plan.pick(1, 8, 8)),
    };
    let mut overloads = Vec::new();
    for times in [2, 5] {
        let mut overload = Overload { times, peak_per_second: peak, runs: Vec::new() };
        for _ in 0..plan.repetitions {
            let flood = flood::run(&mut target, callers, phases, peak, times).await?;
            let Flood { accepted_per_second, memory_bytes, discarded, .. } = &flood;
            println!(
                "   {times} times the peak: {accepted_per_second} a second, memory {memory_bytes:?}, {discarded:?}"
            );
            overload.runs.push(flood);
        }
        overloads.push(overload);
    }
    Ok((row, overloads))
}

/// How many of so many a second, over so many seconds.
fn each_second(total: u64, seconds: usize) -> f64 {
    whole(total) / whole(seconds.max(1) as u64)
}

impl Phases {
    fn schedule(self, peak: f64, times: u32) -> Vec<(f64, Duration)> {
        let normal = peak * SHARE_BEFORE;
        [(normal, self.before), (peak * f64::from(times), self.over), (normal, self.after)]
            .map(|(per_second, seconds)| (per_second, Duration::from_secs(seconds)))
            .to_vec()
    }
}

impl Overload {
    /// What is not as it should be: nothing accepted, or an answer that is neither a receipt nor says when to come again.
    pub(crate) fn complaint(&self) -> Option<String> {
        let Self { times, runs, .. } = self;
        runs.iter().find_map(|run| {
            let Flood { accepted_per_second, refused, failed, .. } = run;
            let clean = *accepted_per_second > 0.0 && *refused == 0 && *failed == 0;
            let odd = run.surprise.as_ref().or(run.discarded.as_ref());
            let odd = odd.map_or("nothing else", String::as_str);
            (!clean).then(|| {
                format!("{times} times the peak: {accepted_per_second} accepted a second, {refused} refused, {failed} failed, {odd}")
            })
        })
    }
}
