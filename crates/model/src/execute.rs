//! What a batch comes to: `crates/chain/src/execute.rs`, and of the guards of
//! `crates/domain/src/invoice/guards.rs` (`Invoice::lock`) those that depend on what others did.

use crate::names::{IDS, Id};
use crate::record::LEASE;
use crate::state::{BATCH, Block, Locks, Outcome};

/// What execution looks at.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// Which ids are decided, and how: for which wishes a reference was used.
    pub decided: [Option<Outcome>; IDS],
    /// Locks that have not ended.
    pub locks: Locks,
    /// Block time.
    pub time: u8,
    /// By what time leases run out: block time, but for a bug.
    pub lapsing: u8,
    /// Whether a reference is good for one lock.
    pub claim_refs: bool,
}

/// The block that some transitions make, and the locks after it.
#[must_use]
pub fn execute(mut given: Given, fresh: [Option<Id>; BATCH]) -> (Block, Locks) {
    let mut entries = [None; BATCH];
    for (entry, id) in entries.iter_mut().zip(fresh) {
        let Some(id) = id else { continue };
        let outcome = lock(&mut given, id);
        given.decided[id.place()] = Some(outcome);
        *entry = Some((id, outcome));
    }
    (Block { entries, time: given.time }, given.locks)
}

fn lock(given: &mut Given, id: Id) -> Outcome {
    let locks = &mut given.locks[id.invoice()];
    // Every transition on an invoice first ends the locks that have lapsed.
    for until in locks.iter_mut().filter(|until| **until <= given.lapsing) {
        *until = 0;
    }
    let used = id.same_wish().any(|same| given.decided[same.place()] == Some(Outcome::Accepted));
    if used && given.claim_refs {
        return Outcome::ClaimRef;
    }
    if locks.iter().any(|until| *until > 0) {
        return Outcome::LockExists;
    }
    locks[id.enterprise()] = given.time + LEASE;
    Outcome::Accepted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Signing;

    fn check(locks: Locks, time: u8, wishes: [(usize, usize, Signing); BATCH], expect: [Outcome; BATCH]) {
        let given = Given { decided: [None; IDS], locks, time, lapsing: time, claim_refs: true };
        let fresh = wishes.map(|(invoice, enterprise, signing)| Some(Id::new(invoice, enterprise, signing)));
        let (block, _) = execute(given, fresh);
        assert_eq!(block.entries.map(|entry| entry.map(|(_, outcome)| outcome)), expect.map(Some));
    }

    #[test]
    fn one_enterprise_holds_an_invoice_once_a_reference() {
        use Outcome::{Accepted, ClaimRef, LockExists};
        use Signing::{Anew, First};
        check(Locks::default(), 0, [(0, 0, First), (0, 1, First)], [Accepted, LockExists]);
        check(Locks::default(), 0, [(0, 0, First), (1, 1, First)], [Accepted, Accepted]);
        check(Locks::default(), 0, [(0, 0, First), (0, 0, Anew)], [Accepted, ClaimRef]);
        check([[1, 0, 0], [0; 3]], 0, [(0, 1, First), (1, 1, First)], [LockExists, Accepted]);
        check([[1, 0, 0], [0; 3]], 1, [(0, 1, First), (0, 2, First)], [Accepted, LockExists]);
    }
}
