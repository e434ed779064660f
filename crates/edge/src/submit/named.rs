//! A URL names what a transition is about; both must say the same.

use piao_domain::command::{Command, Kind};
use piao_domain::ids::PartyId;

use super::Checked;
use crate::problem::{Problem, ProblemCode, Wrong};

/// What a transition says in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// JSON pointer into the payload.
    pointer: &'static str,
    /// What stands there.
    value: String,
}

impl Said {
    /// What stands at a place, a JSON pointer into the payload.
    #[must_use]
    pub fn new(pointer: &'static str, value: impl ToString) -> Self {
        Self { pointer, value: value.to_string() }
    }
}

impl Checked {
    /// Whether a transition of a type says what the URL names; `said` is nothing for a command of another type.
    pub(crate) fn says<const N: usize>(
        &self,
        kind: Kind,
        named: [&str; N],
        said: impl FnOnce(&PartyId, &Command) -> Option<[Said; N]>,
    ) -> Result<(), Problem> {
        let transition = self.transition();
        let said = said(&transition.claims().party, transition.body().command());
        let said = said.ok_or_else(|| Problem::schema("/type", kind.as_str()))?;
        match named.into_iter().zip(said).find(|(named, said)| *named != said.value) {
            None => Ok(()),
            Some((named, said)) => {
                let problem = Problem::new(ProblemCode::Schema).wrong(said.pointer, Wrong::Url);
                Err(problem.wanted(named).found(said.value))
            }
        }
    }
}
