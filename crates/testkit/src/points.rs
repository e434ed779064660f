//! Where a process may die: one place before and one after each durable write and each acknowledgement.

/// A crash point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// What the program calls it.
    pub name: &'static str,
    /// When the process comes by.
    pub when: When,
    /// What dying there means.
    pub meaning: &'static str,
}

/// When a process comes by a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once, when it starts.
    Starting,
    /// For every batch.
    Deciding,
    /// When a message can never be decided.
    PuttingAside,
    /// About once a second, while blocks are written.
    Signing,
}

/// The points of the ledger, in the order in which a batch comes by.
pub const LEDGER: [Point; 15] = [
    point("ledger.open.before", When::Starting, "no epoch was begun: the one before may still commit"),
    point("ledger.open.after", When::Starting, "an epoch that nobody uses; the next begins another"),
    point("ledger.take.after", When::Deciding, "messages received, nothing written: they come again"),
    point("ledger.commit.begun", When::Deciding, "the head is held, nothing written: the server lets it go"),
    point(
        "ledger.commit.before",
        When::Deciding,
        "everything written, nothing durable: the server undoes it",
    ),
    point(
        "ledger.commit.after",
        When::Deciding,
        "durable, nobody told: repeats find it, the tip is announced",
    ),
    point("ledger.announce.before", When::Deciding, "durable, not announced: the tip is announced at start"),
    point("ledger.announce.after", When::Deciding, "durable and announced, perhaps not acknowledged"),
    point(
        "ledger.ack.before",
        When::Deciding,
        "durable, not acknowledged: the messages come and are repeats",
    ),
    point("ledger.ack.after", When::Deciding, "done"),
    point("ledger.quarantine.before", When::PuttingAside, "poison comes again and is poison again"),
    point("ledger.quarantine.copied", When::PuttingAside, "copied, not acknowledged: it is put aside twice"),
    point("ledger.quarantine.after", When::PuttingAside, "put aside; its acknowledgement may be lost"),
    point("ledger.checkpoint.before", When::Signing, "signed, seen by nobody"),
    point("ledger.checkpoint.after", When::Signing, "kept: a later one extends it"),
];

const fn point(name: &'static str, when: When, meaning: &'static str) -> Point {
    Point { name, when, meaning }
}
