//! How long and how often everything is measured.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum as _};

use crate::part::Part;
use crate::scenario::Scenario;

/// Measures piao beside what it stands on, on servers of its own, and writes a report.
#[derive(Debug, Parser)]
#[command(name = "piao-load-tests", bin_name = "cargo xtask bench", version)]
pub(crate) struct Arguments {
    /// One short run a row instead of three long ones
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only see that every row can be measured: a second each, nothing is written
    ///
    /// It fails where anything is met that should not be, whatever the speed.
    #[arg(long, conflicts_with = "quick")]
    pub(crate) smoke: bool,
    /// Only this part; can be given more than once
    #[arg(long, value_enum, value_name = "PART")]
    pub(crate) only: Vec<Part>,
    /// Only so many clients in the closed loop of `rest`; can be given more than once
    #[arg(long, value_name = "NUMBER")]
    pub(crate) clients: Vec<usize>,
    /// Only this one of the part `scenarios`; can be given more than once
    #[arg(long, value_enum, value_name = "SCENARIO")]
    pub(crate) scenario: Vec<Scenario>,
    /// Where the report goes
    #[arg(long, value_name = "FOLDER", default_value = "load-tests/results")]
    pub(crate) out: PathBuf,
    /// Print the tables and write nothing
    #[arg(long)]
    pub(crate) no_report: bool,
    /// Be the ledger that is measured alone, on a chain that begins at this time: started by ourselves
    #[arg(long, hide = true)]
    pub(crate) ledger_of: Option<i64>,
    /// Be the service that is measured beside piao, for the keys of a chain that begins at this time: started by
    /// ourselves
    #[arg(long, hide = true)]
    pub(crate) service_of: Option<i64>,
}

/// What is measured, how long and how often.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    parts: Vec<Part>,
    pub(crate) extent: Extent,
    /// How many clients wait for each other's answers in the closed loop.
    pub(crate) clients: Vec<usize>,
    pub(crate) scenarios: Vec<Scenario>,
    /// Before anything counts.
    pub(crate) warm_up: Duration,
    /// What counts.
    pub(crate) measured: Duration,
    pub(crate) repetitions: u32,
}

/// How much trouble is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Whether it runs at all.
    Smoke,
    /// Numbers for whoever changes something and wants to know soon.
    Quick,
    /// Numbers to be kept.
    Whole,
}

impl Plan {
    /// The plan that a command line asks for.
    pub(crate) fn of(arguments: &Arguments) -> Self {
        let extent = match (arguments.smoke, arguments.quick) {
            (true, _) => Extent::Smoke,
            (false, true) => Extent::Quick,
            (false, false) => Extent::Whole,
        };
        let (warm_up, seconds, repetitions, clients) = match extent {
            // Nothing of it is measured, and a machine that is done within a warm-up would have nothing to show.
            Extent::Smoke => (0, 1, 1, vec![16]),
            Extent::Quick => (3, 8, 1, vec![1, 16, 256]),
            Extent::Whole => (3, 20, 3, vec![1, 16, 64, 256, 512]),
        };
        let scenarios = if arguments.scenario.is_empty() {
            Scenario::value_variants().to_vec()
        } else {
            arguments.scenario.clone()
        };
        Self {
            parts: arguments.only.clone(),
            scenarios,
            extent,
            clients: if arguments.clients.is_empty() { clients } else { arguments.clients.clone() },
            warm_up: Duration::from_secs(warm_up),
            measured: Duration::from_secs(seconds),
            repetitions,
        }
    }

    /// Whether a part is wanted.
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    /// How many are needed for a run at a rate, in a second.
    pub(crate) fn enough(&self, per_second: f64) -> u64 {
        let seconds = (self.warm_up + self.measured).as_secs_f64();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred thousand")]
        let enough = (per_second.max(0.0) * seconds) as u64;
        enough
    }

    /// The same, each run no shorter than this.
    pub(crate) fn at_least(&self, measured: Duration) -> Self {
        Self { measured: self.measured.max(measured), ..self.clone() }
    }

    /// The same with nothing before what counts.
    pub(crate) fn without_warm_up(&self) -> Self {
        Self { warm_up: Duration::ZERO, ..self.clone() }
    }

    /// As many clients as a row has that is not about their number.
    pub(crate) const fn crowd(&self) -> usize {
        self.pick(16, 256, 256)
    }

    /// One of three, by the extent.
    pub(crate) const fn pick<T: Copy>(&self, smoke: T, quick: T, whole: T) -> T {
        match self.extent {
            Extent::Smoke => smoke,
            Extent::Quick => quick,
            Extent::Whole => whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn plan(words: &[&str]) -> Plan {
        Plan::of(&Arguments::parse_from(std::iter::once("load").chain(words.iter().copied())))
    }

    #[test]
    fn a_quick_plan_is_a_short_one() {
        let (quick, whole) = (plan(&["--quick"]), plan(&[]));
        assert!(quick.measured < whole.measured && quick.repetitions < whole.repetitions);
        assert!(whole.measured >= Duration::from_secs(20) && whole.repetitions >= 3);
        assert_eq!(quick.enough(100.0), 1100);
    }

    #[test]
    fn a_smoke_run_is_the_shortest_and_of_every_part() {
        let (smoke, quick) = (plan(&["--smoke"]), plan(&["--quick"]));
        assert!(smoke.measured < quick.measured && smoke.repetitions == 1 && smoke.clients.len() == 1);
        assert!(Part::value_variants().iter().all(|part| smoke.wants(*part)));
        assert!(!plan(&["--smoke", "--only", "arrivals"]).wants(Part::Rest));
    }

    #[test]
    fn the_help_fits_a_terminal_of_a_hundred_columns() {
        let help = Arguments::command().render_long_help().to_string();
        let long = help.lines().filter(|line| line.chars().count() > 100).collect::<Vec<_>>();
        assert!(long.is_empty(), "{long:#?}");
    }

    #[test]
    fn parts_and_clients_can_be_chosen() {
        let chosen = plan(&["--only", "rest", "--clients", "7"]);
        assert!(chosen.wants(Part::Rest) && !chosen.wants(Part::Ledger));
        assert_eq!(chosen.clients, [7]);
        assert!(plan(&[]).wants(Part::Ledger));
        assert_eq!(plan(&["--scenario", "month-end"]).scenarios, [Scenario::MonthEnd]);
        assert_eq!(plan(&[]).scenarios.len(), 5);
    }
}
