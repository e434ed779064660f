//! What an observer of the record writes down, by rules written a second time: nothing here is asked by any step.

use crate::names::{ENTERPRISES, INVOICES, Id, Signing};
use crate::state::{Block, Outcome, Row, State};

/// How long a lock holds from its block's time on.
pub const LEASE: u8 = 1;

/// The observer's book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Record {
    /// Until when each enterprise was granted each invoice; 0 where it was not, or that time has passed.
    pub granted: [[u8; ENTERPRISES]; INVOICES],
    /// What must never happen, and did.
    pub wrongs: Wrongs,
}

/// A set of wrongs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wrongs(u8);

/// What must never happen, seen at the step at which it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A transition was decided a second time.
    Twice,
    /// A transition was decided that nobody had signed and sent.
    Unasked,
    /// A block was committed by a ledger after another had opened the chain.
    Fenced,
    /// A block decides otherwise than its transitions come out by the blocks before it and its own time.
    Diverged,
    /// A block was committed, or a receipt handed out, that contradicts a receipt which was handed out before.
    Contradicted,
    /// A message was acknowledged whose transition was not decided.
    AckedUndecided,
}

impl Wrongs {
    /// Writes one down.
    pub fn add(&mut self, wrong: Wrong) {
        self.0 |= 1 << wrong as u8;
    }

    /// Whether it happened.
    #[must_use]
    pub const fn has(self, wrong: Wrong) -> bool {
        self.0 & (1 << wrong as u8) != 0
    }
}

/// Writes down a block that has just become durable; its ids are not among the decided ones yet.
pub(crate) fn observe(state: &mut State, owner: usize, block: &Block) {
    let State { edge, store, record, .. } = state;
    if store.leader != owner {
        record.wrongs.add(Wrong::Fenced);
    }
    for until in record.granted.as_flattened_mut() {
        if *until <= block.time {
            *until = 0;
        }
    }
    let mut decided = store.decided;
    for (id, outcome) in block.decides() {
        if decided[id.place()].is_some() {
            record.wrongs.add(Wrong::Twice);
        }
        if id.signing() == Signing::Nobody || edge.rows[id.place()] == Row::Absent {
            record.wrongs.add(Wrong::Unasked);
        }
        let locks = &mut record.granted[id.invoice()];
        let used = id.same_wish().any(|same| decided[same.place()] == Some(Outcome::Accepted));
        let right = match (used, locks.iter().any(|until| *until > 0)) {
            (true, _) => Outcome::ClaimRef,
            (false, true) => Outcome::LockExists,
            (false, false) => Outcome::Accepted,
        };
        if outcome != right {
            record.wrongs.add(Wrong::Diverged);
        }
        // Only a lock of the same enterprise could hide behind this one, and a wrong says so then.
        if outcome == Outcome::Accepted {
            locks[id.enterprise()] = block.time + LEASE;
        }
        decided[id.place()] = Some(outcome);
    }
    for id in Id::all() {
        if edge.rows[id.place()].told().is_some_and(|told| decided[id.place()] != Some(told)) {
            record.wrongs.add(Wrong::Contradicted);
        }
    }
}
