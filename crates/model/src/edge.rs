//! The service: journal, publishing and following.

use crate::bug::Bug;
use crate::bus;
use crate::fault::Fault;
use crate::names::Id;
use crate::record::Wrong;
use crate::scope::Scope;
use crate::state::{Row, State};
use crate::store;

/// The journal's transaction commits (`crates/edge/src/submit/journal.rs`, `Task::commit`).
pub(crate) fn write_down(state: &mut State, id: Id) {
    state.edge.rows[id.place()] = Row::Open;
}

/// Whether a row has to be published: by the task that wrote it, or by the sweeper, in the end, where that did not
/// happen or the message is lost (`crates/edge/src/submit/sweep.rs`). A sweeper that comes too early makes a
/// [`Fault::Duplicate`].
#[must_use]
pub fn may_publish(scope: &Scope, state: &State, id: Id) -> bool {
    let place = id.place();
    if !state.edge.up || !state.edge.rows[place].is_open() {
        return false;
    }
    if scope.has(Bug::CursorOutbox) {
        // The next row after the last one, among those that can be seen.
        let outbox = &state.edge.outbox;
        let seen = Id::all().filter(|other| state.edge.rows[other.place()].is_open());
        let next =
            seen.map(|other| outbox.places[other.place()]).filter(|place| *place > outbox.cursor).min();
        return next == Some(outbox.places[place]);
    }
    state.store.decided[place].is_none() && state.copies(id) == 0
}

/// Publishes it. A confirm closes nothing.
pub(crate) fn publish(scope: &Scope, state: &mut State, id: Id) {
    bus::put(state, id);
    if scope.has(Bug::CursorOutbox) {
        state.edge.outbox.cursor = state.edge.outbox.places[id.place()];
    }
    if scope.has(Bug::JournalClosedOnConfirm) {
        state.edge.rows[id.place()] = Row::GivenUp;
    }
}

/// Whether there may be one copy more: the broker's, or that of a row which is published once more although a copy of
/// it is on its way or it is decided already.
#[must_use]
pub fn may_duplicate(state: &State, id: Id) -> bool {
    let again = state.edge.up && state.edge.rows[id.place()].is_open();
    state.left.allows(Fault::Duplicate) && (again || state.queue[id.place()] > 0)
}

/// One copy more.
pub(crate) fn duplicate(state: &mut State, id: Id) {
    state.left.take(Fault::Duplicate);
    bus::put(state, id);
}

/// Whether there is a block to apply.
#[must_use]
pub fn may_follow(scope: &Scope, state: &State) -> bool {
    let announced = scope.has(Bug::AnnounceBeforeCommit) && state.store.open[state.store.leader].is_some();
    state.edge.up && (state.store.unfollowed > 0 || (announced && state.store.unfollowed == 0))
}

/// Applies the next block, announced or fetched, and moves the cursor, in one transaction
/// (`crates/edge/src/follow/store.rs`, `PgFollow::apply`). A receipt that is there stays.
pub(crate) fn follow(state: &mut State) {
    let unfollowed = usize::try_from(state.store.unfollowed).expect("there is a block to apply");
    let block = match unfollowed {
        0 => state.store.open[state.store.leader].map(|open| open.block),
        _ => state.store.blocks.get(state.store.blocks.len() - unfollowed).copied(),
    };
    let Some(block) = block else { return };
    for (id, outcome) in block.decides() {
        let row = &mut state.edge.rows[id.place()];
        if row.told().is_some_and(|told| told != outcome) {
            state.record.wrongs.add(Wrong::Contradicted);
        }
        *row = match *row {
            Row::Closed(first) => Row::Closed(first),
            Row::Absent | Row::Writing | Row::Open | Row::Reopened(_) | Row::GivenUp => Row::Closed(outcome),
        };
    }
    state.store.unfollowed -= 1;
    store::trim(&mut state.store, &state.left);
}

/// Whether the service's database may lose what it did last.
#[must_use]
pub fn may_forget(state: &State) -> bool {
    let unfollowed = state.store.unfollowed;
    let applied = usize::try_from(unfollowed).is_ok_and(|rest| state.store.blocks.len() > rest);
    state.left.allows(Fault::FollowLost) && applied
}

/// Loses the last block that was applied: what it closed is open again, the cursor is before it.
pub(crate) fn forget(state: &mut State) {
    state.left.take(Fault::FollowLost);
    let rest = usize::try_from(state.store.unfollowed).unwrap_or_default();
    let block = state.store.blocks[state.store.blocks.len() - rest - 1];
    for (id, outcome) in block.decides() {
        state.edge.rows[id.place()] = Row::Reopened(outcome);
    }
    state.store.unfollowed += 1;
}

/// The service dies. What it has not committed never was; whatever else it knows is in its journal.
pub(crate) fn crash(state: &mut State) {
    state.edge.up = false;
    for row in state.edge.rows.iter_mut().filter(|row| **row == Row::Writing) {
        *row = Row::Absent;
    }
}
