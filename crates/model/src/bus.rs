//! The queue of commands: `crates/bus/src/rabbitmq/consume.rs`. Messages come in any order. What was taken and not
//! acknowledged is delivered again when its connection breaks.

use crate::fault::Fault;
use crate::names::Id;
use crate::state::{Running, State};

/// One copy less, without anybody having taken it.
pub(crate) fn lose(state: &mut State, id: Id) {
    state.left.take(Fault::Loss);
    state.queue[id.place()] -= 1;
}

/// One copy more.
pub(crate) fn put(state: &mut State, id: Id) {
    state.queue[id.place()] += 1;
}

/// What a ledger had in hand is in the queue again, unless it was already.
pub(crate) fn give_back(state: &mut State, ledger: &Running) {
    if !ledger.stale {
        ledger.held().for_each(|id| put(state, id));
    }
}
