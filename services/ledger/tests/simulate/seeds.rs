//! Many seeds, on all cores.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use piao_testkit::sim::{Bugs, Outcome, Simulator, Trace};

/// Everything that is to go wrong now and then.
pub(crate) const FAULTS: [&str; 34] = [
    "a step takes seconds",
    "a connection breaks at a statement",
    "a connection breaks at COMMIT",
    "before it",
    "after it",
    "while it is on its way",
    "died while committing, and committed",
    "a publish fails",
    "a publish is kept and not confirmed",
    "a publish is confirmed and lost",
    "a message is returned",
    "a neighbour is told of a return",
    "a message is returned and its publish confirmed",
    "a message is kept twice",
    "a message is late",
    "an acknowledgement does not go through",
    "an acknowledgement is lost and nobody knows",
    "an announcement goes astray",
    "the ledger does not answer",
    "a ledger is killed",
    "a second ledger opens the chain",
    "a ledger is stopped",
    "a ledger is woken",
    "a ledger is fenced",
    "a service is killed",
    "a service is stopped",
    "the ledger's database starts again",
    "a service's database starts again",
    "a service's database forgets blocks",
    "a read model is built anew",
    "a clock jumps",
    "poison is sent",
    "a client signs its wish anew",
    "a client gives up",
];

/// Which seeds, and for how long.
pub(crate) struct Seeds {
    pub(crate) first: u64,
    pub(crate) seeds: u64,
    pub(crate) time: Duration,
}

/// What came of them.
#[derive(Default)]
pub(crate) struct Report {
    first: u64,
    pub(crate) seeds: u64,
    pub(crate) failed: Vec<u64>,
    pub(crate) injected: BTreeMap<&'static str, u64>,
    blocks: u64,
    pub(crate) decided: u64,
    events: u64,
    simulated: f64,
    healing_max: Duration,
    elapsed: Duration,
}

/// A number that the environment names.
pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

impl Seeds {
    /// Runs them in order, each on the next core that is free.
    pub(crate) fn run(&self) -> Report {
        let began = Instant::now();
        let next = AtomicU64::new(self.first);
        let report = Mutex::new(Report { first: self.first, ..Report::default() });
        let trace = if std::env::var_os("PIAO_SIM_TRACE").is_some() { Trace::told } else { Trace::brief };
        thread::scope(|scope| {
            for _ in 0..cores() {
                scope.spawn(|| {
                    let simulator = Simulator::new();
                    while began.elapsed() < self.time {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= self.first + self.seeds {
                            break;
                        }
                        let outcome = simulator.run(seed, Bugs::default(), trace());
                        report.lock().unwrap().add(&outcome);
                    }
                });
            }
        });
        let report = report.into_inner().unwrap();
        Report { elapsed: began.elapsed(), ..report }
    }
}

impl Report {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.blocks += outcome.blocks;
        self.decided += outcome.decided;
        self.events += outcome.trace.events();
        self.simulated += outcome.simulated.as_secs_f64();
        self.healing_max = self.healing_max.max(outcome.healing);
        for (fault, times) in &outcome.injected {
            *self.injected.entry(fault).or_default() += times;
        }
        outcome.trace.lines().iter().for_each(|line| println!("{line}"));
        if !outcome.violations.is_empty() {
            self.failed.push(outcome.seed);
            println!("seed {}: {:#?}", outcome.seed, outcome.violations);
        }
    }

    /// The last line is read by `cargo xtask simulate`.
    pub(crate) fn print(&self) {
        for (fault, times) in &self.injected {
            println!("{times:>10} times {fault}");
        }
        println!(
            "{} blocks, {} decided, {} events, {:.0} s simulated, in order again within {:.1} s",
            self.blocks,
            self.decided,
            self.events,
            self.simulated,
            self.healing_max.as_secs_f64()
        );
        let core_ms = 1_000.0 * self.elapsed.as_secs_f64() * cores() as f64;
        println!("{:.2} ms a seed on each of {} cores", core_ms / self.seeds.max(1) as f64, cores());
        println!(
            "simulated: from {} seeds {} failed {:?} seconds {:.1}",
            self.first,
            self.seeds,
            self.failed,
            self.elapsed.as_secs_f64()
        );
    }
}
