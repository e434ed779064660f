use std::collections::BTreeMap;

use crate::ids::{ClaimRef, TransitionId};
use crate::money::Fen;
use crate::time::Time;
use crate::uscc::Uscc;

/// Most live locks of an invoice, where parts of it may be locked. Whoever decides about it loads all of them.
pub const LOCKS_LIVE_MAX: usize = 16;

/// Locks and settlements, all of one enterprise at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reimbursement {
    /// The last fencing token handed out; 0 where none was.
    pub last_token: u64,
    /// Locks by the transition that made each: every lock that has not ended, and such ended ones as are at hand.
    pub locks: BTreeMap<TransitionId, Lock>,
    /// What was settled, all by one enterprise.
    pub settled: Option<Settled>,
}

/// A lease on an amount of an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Whose it is.
    pub enterprise: Uscc,
    /// The enterprise's reference.
    pub claim_ref: ClaimRef,
    /// How much is locked.
    pub amount: Fen,
    /// Its fencing token.
    pub token: u64,
    /// Block time of the lock.
    pub accepted_at: Time,
    /// When it lapses, unless renewed or booked.
    pub lease_until: Time,
    /// Whether it excludes every other lock.
    pub exclusive: bool,
    /// How it ended, once it has.
    pub end: Option<LockEnd>,
}

/// How a lock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockEnd {
    /// Its owner released it.
    Released,
    /// Its lease ran out.
    Lapsed,
    /// It was reimbursed.
    Settled,
    /// A bureau ended it.
    Forced,
}

/// What one enterprise has reimbursed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Which.
    pub enterprise: Uscc,
    /// The sum of its settled locks.
    pub amount: Fen,
}
