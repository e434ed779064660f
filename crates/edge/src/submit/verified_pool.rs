//! Verified transitions on their way to a ledger in the same process, so that it need not read and verify them again,
//! whether or not a broker is on the way between.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use piao_protocol::body::Body;
use piao_protocol::jws::Verified;

/// A bounded pool, by the transitions' very texts: nobody's word is taken for a signature, only our own memory of
/// having checked these bytes. A ledger in another process has none.
#[derive(Debug)]
pub struct VerifiedPool {
    transitions_max: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    by_text: HashMap<Arc<str>, Verified<Body>>,
    /// Texts in the order in which they were put, of transitions that were taken since, too.
    put: VecDeque<Arc<str>>,
}

impl VerifiedPool {
    /// An empty pool that holds at most so many; the oldest give way.
    #[must_use]
    pub fn new(transitions_max: usize) -> Self {
        Self { transitions_max: transitions_max.max(1), held: Mutex::default() }
    }

    /// Puts a transition in. One of the same text stays the first one.
    pub fn put(&self, transition: Verified<Body>) {
        let text = Arc::clone(transition.compact());
        // Nothing panics under the lock, so a poisoned one holds nothing half done.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.by_text.contains_key(&text) {
            return;
        }
        while held.put.len() >= self.transitions_max {
            let Some(oldest) = held.put.pop_front() else { break };
            // The same text may have been taken and put again: then its younger place counts.
            if held.by_text.get(&oldest).is_some_and(|found| Arc::ptr_eq(found.compact(), &oldest)) {
                held.by_text.remove(&oldest);
            }
        }
        held.put.push_back(Arc::clone(&text));
        held.by_text.insert(text, transition);
    }

    /// Takes the transition of this whole text out. The id does not cover the signature: another text under the same
    /// id was not verified here.
    #[must_use]
    pub fn take(&self, compact: &str) -> Option<Verified<Body>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).by_text.remove(compact)
    }
}
