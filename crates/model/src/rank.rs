//! Why every path ends: how far a state is from its end, as numbers of which the first that differs decides. Every step
//! makes them smaller.

use crate::action::Action;
use crate::names::{IDS, Id};
use crate::state::{Phase, Row, Running, State};

/// How far a state is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank([usize; 12]);

/// The rank of a state.
#[must_use]
pub fn rank(state: &State) -> Rank {
    let mut held = [0; IDS];
    let mut in_hand = 0;
    let (mut undone, mut doomed, mut working) = (0, 0, 0);
    for (who, ledger) in (0..).zip(&state.ledgers) {
        let Some(ledger) = ledger else { continue };
        for id in ledger.held() {
            in_hand += 1;
            held[id.place()] += usize::from(!ledger.stale);
        }
        doomed += usize::from(who != state.store.leader || ledger.behind < 0);
        let lost = |id: Id| state.store.decided[id.place()].is_none();
        undone += usize::from(ledger.phase == Phase::Durable && ledger.held().any(lost));
        working += phase(ledger, state.store.open[who].is_some());
    }
    let (mut absent, mut writing, mut undecided, mut unpublished, mut queued) = (0, 0, 0, 0, 0);
    for (place, row) in state.edge.rows.iter().enumerate() {
        let copies = usize::from(state.queue[place]);
        queued += copies;
        absent += usize::from(*row == Row::Absent);
        writing += usize::from(*row == Row::Writing);
        if *row != Row::Absent && state.store.decided[place].is_none() {
            undecided += 1;
            unpublished += usize::from(row.is_open() && copies + held[place] == 0);
        }
    }
    Rank([
        // What can still go wrong.
        state.left.left().into(),
        // What can still be sent.
        absent,
        writing,
        // What is not decided. Only a block makes it less, and it is that block's turn to be followed.
        undecided,
        state.store.open.iter().flatten().filter(|open| open.orphan).count(),
        // Ledgers that will acknowledge what a database that was put back has lost.
        undone,
        // Ledgers that will end, then whether one has to start; the service as well.
        doomed,
        usize::from(!state.is_led()) + usize::from(!state.edge.up),
        usize::try_from(state.store.unfollowed).unwrap_or_default(),
        // What has to be published, then what is on its way.
        unpublished,
        2 * queued + in_hand,
        working,
    ])
}

/// How far a ledger is with what it has in hand.
fn phase(ledger: &Running, open: bool) -> usize {
    let moved = ledger.behind > 0;
    let rank = match ledger.phase {
        Phase::Prepared if open => 2,
        // Its transaction was ended, which it will be told.
        Phase::Prepared => 5,
        Phase::Unknown => 4,
        Phase::Taking if ledger.held().next().is_none() => 0,
        Phase::Taking | Phase::Retrying => 3 + 2 * usize::from(moved),
        Phase::Durable => 1,
    };
    // A head that moved is read anew before anything else.
    rank + 4 * usize::from(moved)
}

/// # Panics
/// Where a step does not bring the state nearer to its end: then paths could go on for ever, and nothing could be said
/// about the end.
pub fn assert_nearer(last: &State, next: &State, step: Action) {
    let (before, after) = (rank(last), rank(next));
    assert!(after < before, "{step:?} leads from {before:?} to {after:?}: {last:?}");
}
