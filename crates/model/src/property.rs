//! What is promised.

use stateright::Property;

use crate::action;
use crate::names::Id;
use crate::record::Wrong;
use crate::state::{Outcome, Phase, Row, Running, State};
use crate::way::Way;

/// A promise, by the name that reports give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// No two live exclusive locks of one invoice, by block time.
    OneLock,
    /// One accepted lock a reference, for ever.
    OneReference,
    /// No transition is decided twice.
    Once,
    /// None is decided that nobody signed and sent.
    Asked,
    /// A receipt that was handed out stays true.
    Receipt,
    /// Only the ledger that opened the chain last commits.
    Fenced,
    /// Every outcome follows from the blocks before and the block's own time.
    Replays,
    /// What was acknowledged to the broker is decided.
    Acknowledged,
    /// In the end everything that was written down is decided.
    Decided,
    /// In the end every journal row is closed.
    Closed,
}

/// All of them.
pub const PROMISES: [Promise; 10] = [
    Promise::OneLock,
    Promise::OneReference,
    Promise::Once,
    Promise::Asked,
    Promise::Receipt,
    Promise::Fenced,
    Promise::Replays,
    Promise::Acknowledged,
    Promise::Decided,
    Promise::Closed,
];

impl Promise {
    /// In a sentence.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::OneLock => "no invoice has two live exclusive locks",
            Self::OneReference => "a reference is good for one lock",
            Self::Once => "no transition is decided twice",
            Self::Asked => "nothing is decided that nobody sent",
            Self::Receipt => "a receipt that was handed out stays true",
            Self::Fenced => "only the ledger that opened the chain last commits",
            Self::Replays => "every outcome follows from the blocks",
            Self::Acknowledged => "only what is decided is acknowledged",
            Self::Decided => "in the end what was written down is decided",
            Self::Closed => "in the end every journal row is closed",
        }
    }

    /// Whether it holds in a state.
    #[must_use]
    pub fn holds(self, way: &Way, state: &State) -> bool {
        let wrongs = &state.record.wrongs;
        match self {
            Self::OneLock => state
                .record
                .granted
                .iter()
                .all(|granted| granted.iter().filter(|until| **until > state.store.time).count() <= 1),
            Self::OneReference => Id::all().all(|id| {
                let accepted = |id: &Id| state.store.decided[id.place()] == Some(Outcome::Accepted);
                !accepted(&id) || id.same_wish().filter(accepted).count() == 1
            }),
            Self::Once => !wrongs.has(Wrong::Twice),
            Self::Asked => !wrongs.has(Wrong::Unasked),
            Self::Receipt => !wrongs.has(Wrong::Contradicted),
            Self::Fenced => !wrongs.has(Wrong::Fenced),
            Self::Replays => !wrongs.has(Wrong::Diverged),
            Self::Acknowledged => !wrongs.has(Wrong::AckedUndecided),
            Self::Decided => is_settled(state, is_decided) || !is_end(way, state),
            Self::Closed => is_settled(state, is_closed) || !is_end(way, state),
        }
    }

    fn property(self) -> Property<Way> {
        // One function a promise, since a property holds no data.
        let condition: fn(&Way, &State) -> bool = match self {
            Self::OneLock => |way, state| Self::OneLock.holds(way, state),
            Self::OneReference => |way, state| Self::OneReference.holds(way, state),
            Self::Once => |way, state| Self::Once.holds(way, state),
            Self::Asked => |way, state| Self::Asked.holds(way, state),
            Self::Receipt => |way, state| Self::Receipt.holds(way, state),
            Self::Fenced => |way, state| Self::Fenced.holds(way, state),
            Self::Replays => |way, state| Self::Replays.holds(way, state),
            Self::Acknowledged => |way, state| Self::Acknowledged.holds(way, state),
            Self::Decided => |way, state| Self::Decided.holds(way, state),
            Self::Closed => |way, state| Self::Closed.holds(way, state),
        };
        Property::always(self.says(), condition)
    }
}

/// A name, and whether a state is so.
pub type Named = (&'static str, fn(&Way, &State) -> bool);

/// What must be reachable, or a promise would hold of nothing.
pub const REACHED: [Named; 5] = [
    ("both ledgers have a batch, and each believes to lead", |_, state| {
        state.ledgers.iter().all(|ledger| ledger.is_some_and(|ledger| ledger.held().next().is_some()))
    }),
    ("an invoice is locked and another enterprise refused", |_, state| {
        has_outcome(state, Outcome::Accepted) && has_outcome(state, Outcome::LockExists)
    }),
    ("a second signature for the same thing is refused", |_, state| has_outcome(state, Outcome::ClaimRef)),
    ("a commit that was given up came through", |_, state| {
        state.ledgers.iter().flatten().any(|ledger| ledger.phase == Phase::Unknown && ledger.behind == 1)
    }),
    ("nothing is left to do, with everything closed", |way, state| {
        state.edge.rows[0] != Row::Absent && is_settled(state, is_closed) && is_end(way, state)
    }),
];

/// All that is checked.
#[must_use]
pub fn properties() -> Vec<Property<Way>> {
    let reached = REACHED.iter().map(|(name, condition)| Property::sometimes(name, *condition));
    PROMISES.iter().map(|promise| promise.property()).chain(reached).collect()
}

fn has_outcome(state: &State, outcome: Outcome) -> bool {
    state.store.decided.contains(&Some(outcome))
}

/// Whether every row that anybody wrote is so.
fn is_settled(state: &State, so: fn(&State, Id) -> bool) -> bool {
    Id::all().all(|id| state.edge.rows[id.place()] == Row::Absent || so(state, id))
}

fn is_decided(state: &State, id: Id) -> bool {
    state.store.decided[id.place()].is_some()
}

fn is_closed(state: &State, id: Id) -> bool {
    matches!(state.edge.rows[id.place()], Row::Closed(_) | Row::GivenUp)
}

/// Whether no step leads on. Where the database was put back behind what the service has applied, the operator has the
/// next.
fn is_end(way: &Way, state: &State) -> bool {
    // Most states are in the middle of something, which is quickly seen.
    let busy = |ledger: &Running| !matches!(ledger.phase, Phase::Taking | Phase::Retrying);
    if !state.edge.up || state.store.unfollowed != 0 || state.ledgers.iter().flatten().any(busy) {
        return false;
    }
    let mut steps = Vec::new();
    action::possible(&way.0, state, &mut steps);
    steps.is_empty()
}
