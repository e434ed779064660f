//! Invoices differ in nothing but their names, and so do enterprises: of states that are equal up to names one is
//! explored.

use crate::names::{ENTERPRISES, IDS, INVOICES, Id, SIGNINGS};
use crate::state::{Block, Locks, Phase, State};

/// New names: where each id goes.
struct Renaming {
    invoices: [usize; INVOICES],
    enterprises: [usize; ENTERPRISES],
}

/// The one state that stands for all which are equal to it up to the names of invoices and enterprises. Where two have
/// the same key, either order may come out, which at worst costs a state.
#[must_use]
pub fn of_names(state: &State) -> State {
    let keys = keys(state);
    // Either order of the invoices, and of the enterprises the one that sorts what is the case about them.
    let sorted = |invoices: [usize; INVOICES]| {
        let mut order = [0, 1, 2];
        let about = |enterprise: usize| invoices.map(|invoice| keys[invoice][enterprise]);
        order.sort_by_key(|enterprise| about(*enterprise));
        (order.map(about), order, invoices)
    };
    let (_, order, invoices) = sorted([0, 1]).min(sorted([1, 0]));
    let mut enterprises = [0; ENTERPRISES];
    for (new, old) in order.into_iter().enumerate() {
        enterprises[old] = new;
    }
    // Two invoices: going there and back is the same.
    rename(state, &Renaming { invoices, enterprises })
}

/// The same, up to the names of ledgers as well: for a world in which both have the same clock.
#[must_use]
pub fn of_all(state: &State) -> State {
    let about = |who: usize| {
        let ledger = state.ledgers[who].as_ref();
        let about = ledger.map(|ledger| (ledger.phase, ledger.behind, ledger.stale, ledger.held().count()));
        (about, state.store.leader == who, state.store.open[who].is_some())
    };
    if about(1) <= about(0) {
        return of_names(state);
    }
    let mut swapped = state.clone();
    swapped.ledgers.swap(0, 1);
    swapped.store.open.swap(0, 1);
    swapped.store.leader = 1 - swapped.store.leader;
    for (who, open) in swapped.store.open.iter_mut().enumerate() {
        if let Some(open) = open {
            open.owner = who;
        }
    }
    of_names(&swapped)
}

/// What is the case about each wish, names apart.
fn keys(state: &State) -> [[u128; ENTERPRISES]; INVOICES] {
    let mut keys = [[0_u128; ENTERPRISES]; INVOICES];
    let mut note = |id: Id, value: u128, bits: u32| {
        let key = &mut keys[id.invoice()][id.enterprise()];
        *key = (*key << bits) | value;
    };
    for id in Id::all() {
        let place = id.place();
        let row = match state.edge.rows[place] {
            crate::state::Row::Absent => 0,
            crate::state::Row::Writing => 1,
            crate::state::Row::Open => 2,
            crate::state::Row::GivenUp => 3,
            crate::state::Row::Reopened(outcome) => 4 + outcome as u128,
            crate::state::Row::Closed(outcome) => 8 + outcome as u128,
        };
        note(id, row, 4);
        note(id, state.store.decided[place].map_or(0, |outcome| 1 + outcome as u128), 2);
        note(id, u128::from(state.queue[place]), 2);
        if id.place() % SIGNINGS == 0 {
            note(id, u128::from(state.store.locks[id.invoice()][id.enterprise()]), 2);
            note(id, u128::from(state.record.granted[id.invoice()][id.enterprise()]), 2);
        }
    }
    // Places in what is ordered; each wish gets the places that its transitions have.
    let mut place = 0;
    let mut note_at = |id: Option<Id>, moves: bool| {
        place += u128::from(moves);
        if let Some(id) = id {
            note(id, place * SIGNINGS as u128 + (id.place() % SIGNINGS) as u128, 7);
        }
    };
    for ledger in state.ledgers.iter().flatten() {
        note_at(None, true);
        ledger.hand.into_iter().for_each(|id| note_at(id, ledger.phase != Phase::Durable));
    }
    for open in state.store.open.iter().flatten() {
        open.block.entries.iter().for_each(|entry| note_at(entry.map(|(id, _)| id), true));
    }
    for block in &state.store.blocks {
        note_at(None, true);
        block.entries.iter().for_each(|entry| note_at(entry.map(|(id, _)| id), false));
    }
    keys
}

fn rename(state: &State, names: &Renaming) -> State {
    let mut new = state.clone();
    for id in Id::all() {
        let (from, to) = (id.place(), names.id(id).place());
        new.edge.rows[to] = state.edge.rows[from];
        new.edge.outbox.places[to] = state.edge.outbox.places[from];
        new.queue[to] = state.queue[from];
        new.store.decided[to] = state.store.decided[from];
        new.store.forgotten[to] = state.store.forgotten[from];
    }
    new.store.locks = names.locks(&state.store.locks);
    new.record.granted = names.locks(&state.record.granted);
    for block in &mut new.store.blocks {
        names.block(block);
        block.entries.sort_unstable();
    }
    for open in new.store.open.iter_mut().flatten() {
        names.block(&mut open.block);
        open.locks = names.locks(&open.locks);
    }
    for ledger in new.ledgers.iter_mut().flatten() {
        ledger.hand = ledger.hand.map(|held| held.map(|id| names.id(id)));
        if ledger.phase == Phase::Durable {
            ledger.hand.sort_unstable();
        }
        ledger.view = names.locks(&ledger.view);
    }
    new
}

impl Renaming {
    fn id(&self, id: Id) -> Id {
        Id::new(self.invoices[id.invoice()], self.enterprises[id.enterprise()], id.signing())
    }

    fn locks(&self, locks: &Locks) -> Locks {
        let mut new = Locks::default();
        for (invoice, holders) in locks.iter().enumerate() {
            for (enterprise, until) in holders.iter().enumerate() {
                new[self.invoices[invoice]][self.enterprises[enterprise]] = *until;
            }
        }
        new
    }

    fn block(&self, block: &mut Block) {
        block.entries = block.entries.map(|entry| entry.map(|(id, outcome)| (self.id(id), outcome)));
    }
}

const _: () = assert!(IDS < 32, "places are noted in few bits");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{self, Action};
    use crate::fault::{Budget, Fault};
    use crate::scope::Scope;

    const FAULTS: [(Fault, u8); 5] = [
        (Fault::Duplicate, 1),
        (Fault::Disconnect, 1),
        (Fault::AnswerLost, 1),
        (Fault::Takeover, 1),
        (Fault::SignAnew, 1),
    ];

    /// States along paths that are drawn by a generator of our own (Marsaglia's xorshift).
    fn states() -> Vec<State> {
        let scope = Scope {
            name: "a walk",
            invoices: 2,
            enterprises: 3,
            faults: Budget::of(&FAULTS, 3),
            prompt: false,
            writers: false,
            slow_clock: false,
            bug: None,
        };
        let mut chance = 88_172_645_463_325_252_u64;
        let mut states = Vec::new();
        for _ in 0..100 {
            let mut state = State::first(scope.faults);
            let mut steps: Vec<Action> = Vec::new();
            loop {
                steps.clear();
                action::possible(&scope, &state, &mut steps);
                if steps.is_empty() {
                    break;
                }
                chance ^= chance << 13;
                chance ^= chance >> 7;
                chance ^= chance << 17;
                let drawn = usize::try_from(chance >> 33).unwrap() % steps.len();
                action::take(&scope, &mut state, steps[drawn]);
                states.push(state.clone());
            }
        }
        states
    }

    #[test]
    fn states_that_differ_in_names_have_one_representative() {
        let states = states();
        assert!(states.len() > 1_000);
        for state in &states {
            let one = of_names(state);
            for enterprises in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                for invoices in [[0, 1], [1, 0]] {
                    let other = rename(state, &Renaming { invoices, enterprises });
                    assert_eq!(of_names(&other), one, "{state:?}");
                }
            }
            assert_eq!(of_all(&of_all(state)), of_all(state));
        }
    }
}
