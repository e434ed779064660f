//! Every order of steps and failures within some worlds, each explored to its end.

use std::collections::BTreeSet;
use std::time::Instant;

use piao_model::Fault::{
    AnswerLost, Disconnect, Duplicate, EdgeCrash, FollowLost, LedgerCrash, Loss, ProcessCrash, Restore,
    SignAnew, Stall, Takeover, Tick,
};
use piao_model::property::{PROMISES, REACHED};
use piao_model::{Budget, Fault, Scope, Way, symmetry};
use stateright::{Checker, Model};

/// Each of these, as often as a world lets anything happen.
const EVERYTHING: [Fault; 10] =
    [Duplicate, Loss, Disconnect, LedgerCrash, EdgeCrash, AnswerLost, Takeover, Stall, SignAnew, FollowLost];

/// A world and how many states it has at least, so that one that shrank by mistake does not pass for explored.
struct World {
    scope: Scope,
    states_min: usize,
}

/// A world in which any of these happens, some in all, each as often as all.
fn world(
    name: &'static str,
    (invoices, enterprises): (usize, usize),
    faults: &[Fault],
    in_all: u8,
    states_min: usize,
) -> World {
    let each = faults.iter().map(|fault| (*fault, in_all)).collect::<Vec<_>>();
    let faults = Budget::of(&each, in_all);
    let scope = Scope {
        name,
        invoices,
        enterprises,
        faults,
        prompt: false,
        writers: false,
        slow_clock: false,
        bug: None,
    };
    World { scope, states_min }
}

/// The same with clients and a service that do at once what they can.
fn prompt(world: World) -> World {
    World { scope: Scope { prompt: true, ..world.scope }, ..world }
}

fn worlds() -> Vec<World> {
    let ledgers = [LedgerCrash, AnswerLost, Takeover, Stall];
    let leases = world(
        "leases, and a slow clock",
        (1, 3),
        &[Tick, Takeover, AnswerLost, LedgerCrash, SignAnew],
        4,
        1_100_000,
    );
    let writers = world("two copies of the service write", (1, 3), &[EdgeCrash, Loss, Duplicate], 3, 11_000);
    vec![
        prompt(world("anything twice", (2, 3), &EVERYTHING, 2, 2_600_000)),
        prompt(world("three times what ledgers suffer", (2, 3), &ledgers, 3, 1_600_000)),
        prompt(world("anything three times", (2, 2), &EVERYTHING, 3, 3_000_000)),
        prompt(world("anything four times", (1, 3), &EVERYTHING, 4, 3_200_000)),
        world("anything twice, service at its pace", (2, 2), &EVERYTHING, 2, 1_400_000),
        world("anything three times, service at its pace", (1, 3), &EVERYTHING, 3, 1_100_000),
        prompt(World { scope: Scope { slow_clock: true, ..leases.scope }, ..leases }),
        World { scope: Scope { writers: true, ..writers.scope }, ..writers },
        world(
            "one process for all of it",
            (1, 3),
            &[ProcessCrash, AnswerLost, SignAnew, FollowLost],
            3,
            330_000,
        ),
        world("the database is put back", (1, 3), &[Restore, AnswerLost, LedgerCrash, Takeover], 3, 45_000),
    ]
}

#[test]
fn every_promise_is_kept_in_every_order_of_steps_and_failures() {
    let mut reached = BTreeSet::new();
    println!("| invoices × enterprises | what happens | states | steps between them | deepest path | s |");
    println!("|---|---|---|---|---|---|");
    for World { scope, states_min } in worlds() {
        let since = Instant::now();
        // Two clocks tell the ledgers apart.
        let representative = if scope.slow_clock { symmetry::of_names } else { symmetry::of_all };
        let checker = Way(scope).checker().threads(2).symmetry_fn(representative).spawn_dfs().join();
        let states = checker.unique_state_count();
        println!(
            "| {} × {} | {} | {states} | {} | {} | {:.1} |",
            scope.invoices,
            scope.enterprises,
            scope.name,
            checker.state_count() - 1,
            checker.max_depth() - 1,
            since.elapsed().as_secs_f64(),
        );
        for promise in PROMISES {
            if let Some(path) = checker.discovery(promise.says()) {
                panic!("{}: not \"{}\" after {:#?}", scope.name, promise.says(), path.into_actions());
            }
        }
        assert!(states >= states_min, "{}: {states} states, fewer than {states_min}", scope.name);
        reached
            .extend(REACHED.iter().map(|(name, _)| *name).filter(|name| checker.discovery(name).is_some()));
    }
    let all = REACHED.iter().map(|(name, _)| *name).collect();
    assert_eq!(reached, all, "what is never reached is not checked");
}
