//! The model as stateright takes it.

use stateright::{Model, Property};

use crate::action::{self, Action};
use crate::property;
use crate::scope::Scope;
use crate::state::State;

/// The way of a transition in a world.
#[derive(Clone, Copy, Debug)]
pub struct Way(pub Scope);

impl Model for Way {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::first(self.0.faults)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        action::possible(&self.0, state, actions);
    }

    fn next_state(&self, last: &State, step: Action) -> Option<State> {
        let mut next = last.clone();
        action::take(&self.0, &mut next, step);
        if self.0.bug.is_none() {
            crate::rank::assert_nearer(last, &next, step);
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        property::properties()
    }
}
