use std::sync::Arc;

use piao_domain::command::Kind;
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::time::Time;

use super::SealedBox;

/// What a transition is stored under: the UTC day of its `iat`, which the payload gives, and its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransitionKey {
    /// Days since 1970-01-01, UTC.
    pub day: i32,
    /// The transition.
    pub id: TransitionId,
}

impl TransitionKey {
    /// The key of a transition signed at a time. Times beyond what a column holds share its ends; none of them is
    /// ever within the validity window.
    #[must_use]
    pub fn new(id: TransitionId, iat: Time) -> Self {
        Self { day: day(iat), id }
    }
}

/// The UTC day of a time.
pub(crate) fn day(time: Time) -> i32 {
    let days = time.unix().div_euclid(86_400);
    i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
}

/// A transition that is to be journalled: everything about it was checked.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is stored under.
    pub key: TransitionKey,
    /// Its type.
    pub kind: Kind,
    /// Who signed it.
    pub party: PartyId,
    /// The compact JWS as received.
    pub jws: Arc<str>,
    /// What is sealed beside it, encrypted.
    pub sealed: Option<SealedBox>,
}
