//! The ledger's database: the head's row, which a commit holds from its first statement on, and what a commit writes
//! (`services/ledger/src/store.rs`, `db/head.rs`).

use crate::bug::Bug;
use crate::fault::{Budget, Fault};
use crate::record;
use crate::scope::Scope;
use crate::state::{Outcome, State, Store, Transaction};

/// Whether somebody's transaction holds the head's row, so that whoever else wants it waits.
#[must_use]
pub fn is_held(scope: &Scope, store: &Store) -> bool {
    !scope.has(Bug::HeadNotHeld) && store.open.iter().any(Option::is_some)
}

/// COMMIT goes through: block, decided ids, locks and head at once.
pub(crate) fn commit(state: &mut State, open: &Transaction) {
    record::observe(state, open.owner, &open.block);
    let store = &mut state.store;
    for (id, outcome) in open.block.decides() {
        store.decided[id.place()] = Some(outcome);
    }
    store.locks = open.locks;
    store.time = open.block.time;
    // The order in a block has had its effect: without it fewer states differ.
    let mut block = open.block;
    block.entries.sort_unstable();
    store.blocks.push(block);
    store.unfollowed += 1;
    for ledger in state.ledgers.iter_mut().flatten() {
        ledger.behind += 1;
    }
}

/// Forgets blocks that nobody asks for any more, so that fewer states differ.
pub(crate) fn trim(store: &mut Store, left: &Budget) {
    let returns = left.allows(Fault::FollowLost) || left.allows(Fault::Restore);
    let kept = usize::from(returns) + usize::try_from(store.unfollowed).unwrap_or_default();
    let surplus = store.blocks.len().saturating_sub(kept);
    store.blocks.drain(..surplus);
}

/// Whether the database may come back without its last block.
#[must_use]
pub fn may_restore(state: &State) -> bool {
    state.left.allows(Fault::Restore) && !state.store.blocks.is_empty()
}

/// A base backup, or a replica that lagged, takes the database's place. Every connection breaks.
pub(crate) fn restore(state: &mut State) {
    state.left.take(Fault::Restore);
    let Some(lost) = state.store.blocks.pop() else { return };
    for (id, outcome) in lost.decides() {
        state.store.decided[id.place()] = None;
        if outcome == Outcome::Accepted {
            state.store.locks[id.invoice()][id.enterprise()] = 0;
            state.record.granted[id.invoice()][id.enterprise()] = 0;
        }
    }
    state.store.open = Default::default();
    state.store.put_back = true;
    state.store.unfollowed -= 1;
    for ledger in state.ledgers.iter_mut().flatten() {
        ledger.behind -= 1;
    }
}
