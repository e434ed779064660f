//! For each thing that could be done wrong, the promise that is broken then, and that is kept in the same world where
//! nothing is done wrong: the model would notice.

use std::time::Instant;

use piao_model::property::PROMISES;
use piao_model::{Budget, Bug, Fault, Promise, Scope, Way};
use stateright::{Checker, Model};

/// What is done wrong, in which world, and what is broken by it.
struct Row {
    bug: Bug,
    invoices: usize,
    enterprises: usize,
    faults: &'static [(Fault, u8)],
    breaks: Promise,
}

const fn row(bug: Bug, world: (usize, usize), faults: &'static [(Fault, u8)], breaks: Promise) -> Row {
    Row { bug, invoices: world.0, enterprises: world.1, faults, breaks }
}

const ROWS: [Row; 13] = [
    row(Bug::AckBeforeCommit, (1, 2), &[(Fault::LedgerCrash, 1)], Promise::Acknowledged),
    row(Bug::NoDedupe, (1, 2), &[(Fault::Duplicate, 1)], Promise::Once),
    row(Bug::NoFencingCheck, (1, 2), &[(Fault::Takeover, 1)], Promise::Fenced),
    row(Bug::HeadNotHeld, (1, 2), &[(Fault::Takeover, 1)], Promise::Fenced),
    row(Bug::ReadCheckWrite, (1, 2), &[(Fault::AnswerLost, 1)], Promise::OneLock),
    row(Bug::NewIdAfterUnknown, (1, 2), &[(Fault::AnswerLost, 1)], Promise::Asked),
    row(Bug::JournalClosedOnConfirm, (1, 2), &[(Fault::Loss, 1)], Promise::Decided),
    row(Bug::LostAckFalse, (1, 2), &[(Fault::Disconnect, 1)], Promise::Once),
    row(Bug::LeaseByLocalClock, (2, 2), &[(Fault::Tick, 1), (Fault::Takeover, 1)], Promise::Replays),
    row(Bug::CursorOutbox, (1, 2), &[], Promise::Closed),
    row(Bug::RestoreWithoutHeadCheck, (1, 2), &[(Fault::Restore, 1)], Promise::Receipt),
    row(Bug::NoClaimRefCheck, (1, 2), &[(Fault::Tick, 1), (Fault::SignAnew, 1)], Promise::OneReference),
    row(Bug::AnnounceBeforeCommit, (1, 2), &[(Fault::LedgerCrash, 1)], Promise::Receipt),
];

impl Row {
    fn scope(&self) -> Scope {
        let in_all = self.faults.iter().map(|(_, times)| times).sum();
        Scope {
            name: "a small world",
            invoices: self.invoices,
            enterprises: self.enterprises,
            faults: Budget::of(self.faults, in_all),
            prompt: false,
            writers: self.bug == Bug::CursorOutbox,
            slow_clock: self.bug == Bug::LeaseByLocalClock,
            bug: None,
        }
    }
}

/// A promise that is broken, and the steps to it.
type Broken = (&'static str, Vec<String>);

/// What is broken in a world within some steps, and how many states those lead to. Breadth first, without symmetry.
fn broken(scope: Scope, steps_max: usize) -> (Vec<Broken>, usize) {
    // The first state is at depth 1 already, and what is at the last depth is not looked at.
    let checker = Way(scope).checker().target_max_depth(steps_max + 2).spawn_bfs().join();
    let found = |promise: Promise| {
        let steps = checker.discovery(promise.says())?.into_actions();
        Some((promise.says(), steps.iter().map(|step| format!("{step:?}")).collect()))
    };
    (PROMISES.into_iter().filter_map(found).collect(), checker.unique_state_count())
}

/// More steps than any path of these worlds has.
const STEPS_MAX: usize = 100;

#[test]
fn whatever_is_done_wrong_breaks_a_promise() {
    println!("| done wrong | what may fail | broken | after steps | states | ms |");
    println!("|---|---|---|---|---|---|");
    for row in &ROWS {
        let since = Instant::now();
        let mut runs = (1..STEPS_MAX).map(|steps| broken(row.scope().with(row.bug), steps));
        let broken = runs.find_map(|(found, states)| {
            let (says, steps) = found.into_iter().find(|(says, _)| *says == row.breaks.says())?;
            Some((says, steps, states))
        });
        let (says, steps, states) =
            broken.unwrap_or_else(|| panic!("{:?} should break \"{}\"", row.bug, row.breaks.says()));
        let ms = since.elapsed().as_millis();
        let (bug, faults) = (row.bug, row.faults);
        println!("| {bug:?} | {faults:?} | {says} | {} | {states} | {ms} |", steps.len());
        println!("  {}", steps.join(" · "));
    }
}

#[test]
fn nothing_breaks_a_promise_in_the_same_worlds() {
    for row in &ROWS {
        let (found, states) = broken(row.scope(), STEPS_MAX);
        assert_eq!(found, [], "without {:?}", row.bug);
        assert!(states > 50, "without {:?}: {states} states are no world", row.bug);
    }
}
