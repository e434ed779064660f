//! Names of things: parties, transitions, keys, rule sets, references.
//!
//! Each is a newtype with one door. What passes the door is well formed for ever after.

mod hash;
mod party;
mod text;

pub use hash::{KeyId, TransitionId};
pub use party::{PartyId, PersonId};
pub use text::{ChainId, ClaimRef, Code, OrderRef, RuleSetId};

use thiserror::Error;

/// A text that is not a well-formed name of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{what} must be {expected}")]
pub struct Malformed {
    /// What was read, in the field's own term.
    pub what: &'static str,
    /// The shape it must have.
    pub expected: &'static str,
}

impl Malformed {
    pub(crate) const fn new(what: &'static str, expected: &'static str) -> Self {
        Self { what, expected }
    }
}
