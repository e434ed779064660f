//! The whole way, simulated: see `piao_testkit::sim`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test panics and tells what it measured")]

use std::time::Instant;

use piao_testkit::sim::{Bugs, Simulator, Trace};

#[test]
fn some_seeds() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
    };
    let (first, seeds) = (number("PIAO_SIM_SEED", 1), number("PIAO_SIM_SEEDS", 200));
    let simulator = Simulator::new();
    let began = Instant::now();
    let (mut failed, mut blocks, mut decided, mut events, mut simulated) = (0, 0, 0, 0, 0.0);
    for seed in first..first + seeds {
        let outcome = simulator.run(seed, Bugs::default(), Trace::brief());
        blocks += outcome.blocks;
        decided += outcome.decided;
        events += outcome.trace.events();
        simulated += outcome.simulated.as_secs_f64();
        if !outcome.violations.is_empty() {
            failed += 1;
            if failed <= 10 {
                println!("seed {seed}: {:#?}", outcome.violations);
            }
        }
    }
    println!(
        "{seeds} seeds in {:?}: {blocks} blocks, {decided} decided, {events} events, {simulated} s simulated",
        began.elapsed()
    );
    assert_eq!(failed, 0);
}
