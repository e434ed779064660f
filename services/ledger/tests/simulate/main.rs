//! The whole way, simulated: see `piao_testkit::sim`.
//!
//! `PIAO_SIM_SEED` and `PIAO_SIM_SEEDS` name the first seed and how many; where they are set, all of them are run,
//! however long it takes. `PIAO_SIM_TRACE` tells what happened in each, event by event.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test panics and tells what it measured")]

mod seeds;

use std::time::{Duration, Instant};

use piao_testkit::sim::{Bug, Bugs, Simulator, Trace};

use crate::seeds::{Seeds, number};

/// How long the seeds of a test run take.
const TIME: Duration = Duration::from_secs(60);
/// No more are run than this, however fast they are.
const SEEDS: u64 = 20_000;
/// Fewer in that time is no busy machine any more: the simulation itself takes many times as long as it should.
const SEEDS_MIN: u64 = 1_000;

#[test]
fn whatever_goes_wrong_what_was_promised_holds() {
    let named = number("PIAO_SIM_SEEDS");
    if named.is_none() {
        seeds_that_failed_before_hold();
    }
    let seeds = Seeds {
        first: number("PIAO_SIM_SEED").unwrap_or(1),
        seeds: named.unwrap_or(SEEDS),
        time: if named.is_some() { Duration::MAX } else { TIME },
    };
    let report = seeds.run();
    report.print();
    assert_eq!(report.failed, [0; 0], "seeds that failed: keep them in failed_before.txt");
    // A run in which nothing goes wrong, or nothing is decided, proves nothing.
    assert!(report.decided > 5 * report.seeds, "{} decided", report.decided);
    assert!(named.is_some() || report.seeds >= SEEDS_MIN, "{} seeds in {TIME:?}", report.seeds);
    if report.seeds >= SEEDS_MIN {
        let missing = seeds::FAULTS.iter().filter(|fault| !report.injected.contains_key(**fault));
        assert_eq!(missing.collect::<Vec<_>>(), [&""; 0], "faults that never came");
    }
}

/// Seeds that found a mistake of ours once: `12345 # what it found`, a line each.
const FAILED_BEFORE: &str = include_str!("failed_before.txt");

/// The seeds of such a list.
fn kept(list: &str) -> Vec<u64> {
    let seeds = list.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    seeds.filter(|seed| !seed.is_empty()).map(|seed| seed.parse().expect("a seed")).collect()
}

#[test]
fn the_list_of_seeds_that_failed_is_read() {
    assert_eq!(kept("# why\n\n7\n 12345 # a lock too many\n"), [7, 12_345]);
    assert_eq!(
        kept(FAILED_BEFORE).len(),
        FAILED_BEFORE.lines().filter(|line| !line.starts_with('#')).count()
    );
}

fn seeds_that_failed_before_hold() {
    let simulator = Simulator::new();
    for seed in kept(FAILED_BEFORE) {
        let outcome = simulator.run(seed, Bugs::default(), Trace::brief());
        assert_eq!(outcome.violations, [""; 0], "seed {seed}");
    }
}

#[test]
fn a_seed_goes_the_same_way_in_every_process_and_thread() {
    let run = || {
        let simulator = Simulator::new();
        (1..=40).map(|seed| simulator.run(seed, Bugs::default(), Trace::brief())).collect::<Vec<_>>()
    };
    let other = std::thread::spawn(run);
    let (here, there) = (run(), other.join().unwrap());
    for (here, there) in here.iter().zip(&there) {
        let events = |outcome: &piao_testkit::sim::Outcome| (outcome.trace.hash(), outcome.trace.events());
        assert_eq!(events(here), events(there), "seed {}", here.seed);
    }
    let hashes = here.iter().map(|outcome| outcome.trace.hash());
    assert_eq!(hashes.collect::<std::collections::BTreeSet<_>>().len(), here.len(), "no two seeds are one");
}

#[test]
fn a_ledger_whose_database_was_put_back_builds_nothing_on_it() {
    let simulator = Simulator::new();
    let mut found = 0;
    for seed in 1..=300 {
        let outcome = simulator.run(seed, Bugs(Some(Bug::Restored)), Trace::brief());
        assert_eq!(outcome.violations, [""; 0], "seed {seed}");
        found += outcome.injected.get("a ledger finds its database put back").copied().unwrap_or(0);
    }
    assert!(found > 0, "no ledger ran while its database was put back");
}

/// Most seeds that a mistake may take to be found.
const FOUND_WITHIN: u64 = 2_000;

/// Each mistake, and what is wrong then: words of the violation that has to be found, in whatever else is.
const SHOWS: [(Bug, &str); 10] = [
    (Bug::AckBeforeCommit, "is acknowledged and not decided"),
    (Bug::NoDedupe, "is decided twice"),
    (Bug::NoFencing, "committed a block while epoch"),
    (Bug::NoHeadCheck, "follows none that is there"),
    (Bug::HeightAlone, "follows none that is there"),
    (Bug::ClosedOnConfirm, "was said to be written down and is not decided"),
    (Bug::PublishedOnce, "rows of a journal have no receipt"),
    (Bug::CursorOutbox, "rows of a journal have no receipt"),
    (Bug::ReadCheckWrite, r#"comes to {"code":"lock.exists""#),
    (Bug::NewWishAfterUnknown, "came true more than once"),
];

#[test]
fn each_mistake_is_found() {
    let simulator = Simulator::new();
    assert_eq!(SHOWS.map(|(bug, _)| bug), Bug::ALL);
    for (bug, shows) in SHOWS {
        let began = Instant::now();
        let found = (1..=FOUND_WITHIN).find_map(|seed| {
            let outcome = simulator.run(seed, Bugs(Some(bug)), Trace::brief());
            let what = outcome.violations.into_iter().find(|what| what.contains(shows))?;
            Some((seed, what))
        });
        let Some((seed, what)) = found else { panic!("{bug:?} is not found in {FOUND_WITHIN} seeds") };
        println!("| {bug:?} | {seed} | {:.0} ms | {what} |", 1_000.0 * began.elapsed().as_secs_f64());
    }
}
