//! How long and how often everything is measured.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Measures piao beside what it stands on. `cargo xtask bench` builds everything and calls it.
#[derive(Debug, Parser)]
#[command(name = "piao-load-tests", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    /// One short run a row instead of three long ones
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only see that the ledger alone and the whole way run: some seconds, nothing written, and a failure where anything
    /// but acceptance is met
    #[arg(long, conflicts_with = "quick")]
    pub(crate) smoke: bool,
    /// Only these rows
    #[arg(long, value_enum)]
    pub(crate) only: Vec<Part>,
    /// Only so many clients in the closed loop
    #[arg(long)]
    pub(crate) clients: Vec<usize>,
    /// Where the report goes
    #[arg(long, default_value = "load-tests/results")]
    pub(crate) out: PathBuf,
    /// Print the table and write nothing
    #[arg(long)]
    pub(crate) no_report: bool,
    /// Be the ledger that is measured alone, on a chain that begins at this time: started by ourselves
    #[arg(long, hide = true)]
    pub(crate) ledger_of: Option<i64>,
}

/// A part of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// PostgreSQL alone, one commit a transition
    Postgres,
    /// k256 verification alone
    Signatures,
    /// The ledger alone
    Ledger,
    /// The whole way over REST, closed loop
    Rest,
    /// The whole way over REST, at a fixed rate
    Arrivals,
}

/// What is measured, how long and how often.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    parts: Vec<Part>,
    /// How many clients wait for each other's answers in the closed loop.
    pub(crate) clients: Vec<usize>,
    /// Before anything counts.
    pub(crate) warm_up: Duration,
    /// What counts.
    pub(crate) measured: Duration,
    pub(crate) repetitions: u32,
}

impl Plan {
    /// The plan that a command line asks for.
    pub(crate) fn of(arguments: &Arguments) -> Self {
        let (warm_up, seconds, repetitions, clients) = match (arguments.smoke, arguments.quick) {
            // Nothing of it is measured, and a machine that is done within a warm-up would have nothing to show.
            (true, _) => (0, 3, 1, vec![16]),
            (false, true) => (3, 8, 1, vec![1, 16, 256]),
            (false, false) => (3, 20, 3, vec![1, 16, 64, 256, 512]),
        };
        let whole = if arguments.smoke { vec![Part::Ledger, Part::Rest] } else { Vec::new() };
        Self {
            parts: if arguments.only.is_empty() { whole } else { arguments.only.clone() },
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
}

#[cfg(test)]
mod tests {
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
    fn a_smoke_run_is_the_shortest_and_of_two_rows() {
        let (smoke, quick) = (plan(&["--smoke"]), plan(&["--quick"]));
        assert!(smoke.measured < quick.measured && smoke.repetitions == 1 && smoke.clients.len() == 1);
        let wanted = Part::value_variants().iter().filter(|part| smoke.wants(**part)).collect::<Vec<_>>();
        assert_eq!(wanted, [&Part::Ledger, &Part::Rest]);
        assert!(plan(&["--smoke", "--only", "arrivals"]).wants(Part::Arrivals));
    }

    #[test]
    fn parts_and_clients_can_be_chosen() {
        let chosen = plan(&["--only", "rest", "--clients", "7"]);
        assert!(chosen.wants(Part::Rest) && !chosen.wants(Part::Ledger));
        assert_eq!(chosen.clients, [7]);
        assert!(plan(&[]).wants(Part::Ledger));
    }
}
