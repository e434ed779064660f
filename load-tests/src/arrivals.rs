//! The whole way over REST at a fixed rate, whatever the answers: latency counts from when a step was due, so that a
//! platform that stands still is charged with everything that waits meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::corpus::{Life, Until};
use crate::failure::Failure;
use crate::http::Request;
use crate::measured::{Row, Run};
use crate::open_loop::{Due, Offering, Told};
use crate::part::Part;
use crate::plan::{Extent, Plan};
use crate::platform::Platform;
use crate::rest::Target;
use crate::schedule::{self, Schedule};
use crate::tally::{Tally, Window};
use crate::watch::Watch;

/// Connections that are open before anything is due; more are opened where these are not enough.
const CONNECTIONS: usize = 512;
/// For these to be opened. What is due before they are is sent late.
const READY_WITHIN: Duration = Duration::from_secs(2);
/// Share of the closed loop's peak that is offered. The peak is that of the largest batches. With fewer transitions on
/// their way, batches are smaller and each transition costs more: 70 % of the peak of 512 clients kept both cores busy
/// with 1.83 to 1.92 s of CPU a second, the generator's among them, and a machine without idle time measures its own queue.
pub(crate) const SHARE_OF_PEAK: f64 = 0.5;
/// A run that counts for nothing is run again, so often at most.
const RUNS_AGAIN_MAX: u32 = 2;

/// A fixed rate at which steps are due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// Steps a second.
    pub(crate) per_second: f64,
    /// Steps of a life.
    pub(crate) steps: u32,
}

/// Offers a share of the peak that the closed loop reached.
pub(crate) async fn measure(
    plan: &Plan,
    platform: &mut Platform,
    watch: &Watch,
    peak_per_second: f64,
) -> Result<Row, Failure> {
    let rate = Rate::of_peak(peak_per_second, Until::Locked.steps());
    let name = format!("whole way over REST, {} arrivals a second (open loop)", rate.per_second);
    let Platform { running, address, corpus, .. } = platform;
    let mut target = Target { running, address: *address, corpus, watch };
    let lives = async |target: &mut Target<'_>, lives| target.corpus.sign(lives);
    rate.row(Row::new(Part::Arrivals, name, "transitions"), plan, &mut target, lives).await
}

impl Rate {
    /// The share of a closed loop's peak that is offered, in whole steps a second.
    pub(crate) fn of_peak(per_second: f64, steps: u32) -> Self {
        Self { per_second: (per_second * SHARE_OF_PEAK).max(1.0).floor(), steps }
    }

    /// Runs as often as is planned, and again where a run counts for nothing. `lives` makes so many.
    pub(crate) async fn row(
        self,
        mut row: Row,
        plan: &Plan,
        target: &mut Target<'_>,
        mut lives: impl AsyncFnMut(&mut Target<'_>, u64) -> Result<Vec<Life>, Failure>,
    ) -> Result<Row, Failure> {
        for _ in 0..plan.repetitions {
            for _ in 0..=RUNS_AGAIN_MAX {
                let lives = lives(target, self.lives(plan)).await?;
                let run = self.run(plan, target, lives).await?;
                let discarded = run.discarded.clone();
                row.runs.push(run);
                let Some(reason) = discarded else { break };
                println!("   a run counts for nothing: {reason}");
            }
        }
        Ok(row)
    }

    /// From the start until every kind of step is due and the warm-up is over.
    fn lead(self, plan: &Plan) -> Duration {
        plan.warm_up.max(self.schedule(plan, 0).lead())
    }

    /// As many as begin until the end of a run.
    fn lives(self, plan: &Plan) -> u64 {
        let seconds = (self.lead(plan) + plan.measured).as_secs_f64();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred thousand")]
        let lives = (self.per_second * seconds / f64::from(self.steps)).ceil() as u64;
        lives.max(1)
    }

    fn schedule(self, plan: &Plan, lives: usize) -> Schedule {
        // From one step of a life to its next: longer than any answer should take.
        let seconds = Duration::from_secs(2);
        Schedule::new(self.per_second, lives, self.steps, plan.pick(seconds / 4, seconds, seconds))
    }

    async fn run(self, plan: &Plan, target: &mut Target<'_>, lives: Vec<Life>) -> Result<Run, Failure> {
        let schedule = self.schedule(plan, lives.len());
        let due = requests(&schedule, &lives);
        let (lead, whole) = (self.lead(plan), self.lead(plan) + plan.measured);
        let start = Instant::now() + plan.pick(READY_WITHIN / 5, READY_WITHIN, READY_WITHIN);
        let window = Window { from: start + lead, until: start + whole };
        let tally = Arc::new(Tally::new(window));
        let noted = Arc::clone(&tally);
        let note = move |told: &Told<'_>| noted.note_offered(start, told);
        let connections = plan.pick(64, CONNECTIONS, CONNECTIONS);
        let offering = Offering::begin(target.address, connections, start, due, note)?;
        sleep_until(window.from).await;
        let before = target.watch.look().await?;
        sleep_until(window.until).await;
        let used = target.watch.since(&before).await?;
        offering.end().await?;
        target.running.check()?;
        let run = tally.finish(used);
        // Of a smoke run nothing is measured.
        let discarded = run.discarded.filter(|_| plan.extent != Extent::Smoke);
        Ok(Run { discarded, ..run })
    }
}

/// Every step when it is due, and between one life and the next what is read of other invoices.
fn requests(schedule: &Schedule, lives: &[Life]) -> Vec<Due> {
    let turns = lives.iter().map(|_| Arc::new(Mutex::new(()))).collect::<Vec<_>>();
    let step = |due: schedule::Due| Due {
        after: due.after,
        request: Request::Post(lives[due.life].steps[due.step].clone()),
        turn: Some(Arc::clone(&turns[due.life])),
    };
    let mut due = schedule.all().into_iter().map(step).collect::<Vec<_>>();
    for (place, life) in lives.iter().enumerate() {
        let mut after = schedule.begins(place);
        for read in &life.reads {
            after += schedule.life_every() / u32::try_from(life.reads.len() + 1).unwrap_or(u32::MAX);
            due.push(Due::alone(after, Request::Get(Arc::clone(read))));
        }
    }
    due.sort_by_key(|due| due.after);
    due
}
