//! What could be done wrong. A switch of the model, never of the product.

/// One thing done otherwise than the product does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Messages are acknowledged when they are taken.
    AckBeforeCommit,
    /// Nobody asks whether an id is decided, and no primary key says so.
    NoDedupe,
    /// A commit does not ask for the epoch.
    NoFencingCheck,
    /// The epoch is asked for when the transaction begins, and the head's row is not held.
    HeadNotHeld,
    /// Locks are judged by a view in memory that is not read anew after a fault, and no unique index stands behind it.
    ReadCheckWrite,
    /// A batch whose outcome is unknown is tried again under new ids.
    NewIdAfterUnknown,
    /// A journal row is closed when the broker confirms its message.
    JournalClosedOnConfirm,
    /// A decided id is forgotten once its message is acknowledged, and `Ok(false)` counts as acknowledged.
    LostAckFalse,
    /// Whether a lease has run out is judged by the ledger's own clock instead of block time.
    LeaseByLocalClock,
    /// The journal is published by `place > last` instead of by which rows are open.
    CursorOutbox,
    /// A ledger goes on from a head that is behind what was committed before.
    RestoreWithoutHeadCheck,
    /// A second lock for the same `claim_ref` is not refused.
    NoClaimRefCheck,
    /// A block is announced before it is durable.
    AnnounceBeforeCommit,
}
