//! Verified transitions on their way to a ledger in the same process, so that it need not verify them again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use piao_domain::ids::TransitionId;
use piao_protocol::body::Body;
use piao_protocol::jws::Verified;

/// A bounded pool, by transition id. Over a broker there is none: a ledger trusts nobody's word for a signature.
#[derive(Debug)]
pub struct VerifiedPool {
    transitions_max: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    by_id: BTreeMap<TransitionId, Verified<Body>>,
    oldest_first: VecDeque<TransitionId>,
}

impl VerifiedPool {
    /// An empty pool that holds at most so many; the oldest give way.
    #[must_use]
    pub fn new(transitions_max: usize) -> Self {
        Self { transitions_max: transitions_max.max(1), held: Mutex::default() }
    }

    /// Puts a transition in. One of the same id stays the first one.
    pub fn put(&self, transition: Verified<Body>) {
        let id = transition.id();
        // Nothing panics under the lock, so a poisoned one holds nothing half done.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.by_id.contains_key(&id) {
            return;
        }
        while held.oldest_first.len() >= self.transitions_max {
            let Some(oldest) = held.oldest_first.pop_front() else { break };
            held.by_id.remove(&oldest);
        }
        held.oldest_first.push_back(id);
        held.by_id.insert(id, transition);
    }

    /// Takes a transition out, if its whole text is this one. The id does not cover the signature: another text under
    /// the same id was not verified here.
    #[must_use]
    pub fn take(&self, id: &TransitionId, compact: &str) -> Option<Verified<Body>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.by_id.get(id)?.compact().as_ref() != compact {
            return None;
        }
        let taken = held.by_id.remove(id);
        // Usually near the front: transitions are taken about in the order in which they were put.
        if let Some(place) = held.oldest_first.iter().position(|held| held == id) {
            held.oldest_first.remove(place);
        }
        taken
    }
}
