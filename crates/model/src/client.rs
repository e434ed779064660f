//! What enterprises do: sign a lock, send it until it is decided, and, against all advice, sign another for the same
//! thing (`crates/client/src/submit.rs`, protocol §1).

use crate::fault::Fault;
use crate::names::{Id, Signing};
use crate::scope::Scope;
use crate::state::{Row, State};

/// Whether a first signature can be sent.
#[must_use]
pub fn may_submit(state: &State, id: Id) -> bool {
    id.signing() == Signing::First && state.edge.up && state.edge.rows[id.place()] == Row::Absent
}

/// Whether a second can, by somebody who has no receipt of the first.
#[must_use]
pub fn may_sign_anew(state: &State, id: Id) -> bool {
    let first = state.edge.rows[id.signed(Signing::First).place()];
    id.signing() == Signing::Anew
        && state.left.allows(Fault::SignAnew)
        && state.edge.up
        && state.edge.rows[id.place()] == Row::Absent
        && first != Row::Absent
        && first.told().is_none()
}

/// The service takes it: `crates/edge/src/submit/way.rs`, as far as the journal. That is one transaction with nothing
/// before it that lasts, so a crash before it never happened.
pub(crate) fn submit(scope: &Scope, state: &mut State, id: Id) {
    state.edge.rows[id.place()] = if scope.writers { Row::Writing } else { Row::Open };
    let outbox = &mut state.edge.outbox;
    if scope.has(crate::Bug::CursorOutbox) {
        outbox.places[id.place()] = outbox.places.iter().max().map_or(1, |last| last + 1);
    }
}

/// The same for a second signature.
pub(crate) fn sign_anew(scope: &Scope, state: &mut State, id: Id) {
    state.left.take(Fault::SignAnew);
    submit(scope, state, id);
}
