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
    /// In a service, for what clients send.
    Taking,
    /// In a service, for every block.
    Following,
    /// In a service that starts with transitions in its journal that have no receipt yet.
    Sweeping,
    /// In the ledger's own edge, for what another service took before.
    Recalling,
    /// When a read model is dropped, to be built again.
    Rebuilding,
}

/// The points of the ledger, in the order in which a batch comes by.
pub const LEDGER: [Point; 16] = [
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
    point("ledger.checkpoint.outside", When::Signing, "kept outside of the database, seen by nobody"),
    point("ledger.checkpoint.after", When::Signing, "kept: a later one extends it"),
];

/// The points of a service's edge, in the order in which a transition comes by.
pub const EDGE: [Point; 18] = [
    point("edge.journal.taken", When::Taking, "checked, nothing written: whoever sent it knows nothing"),
    point("edge.journal.before", When::Taking, "written, not durable: the server undoes it"),
    point("edge.journal.after", When::Taking, "durable, not published: the next start publishes it"),
    point("edge.publish.before", When::Taking, "durable, perhaps answered 202: the next start publishes it"),
    point("edge.publish.after", When::Taking, "with the broker: published twice, decided once"),
    point("edge.follow.taken", When::Following, "a block in hand, nothing applied: it is fetched again"),
    point("edge.follow.before", When::Following, "receipts written, not durable: applied again"),
    point("edge.follow.after", When::Following, "receipts durable, nobody told: the next to ask is"),
    point("edge.answer.before", When::Following, "decided, not answered: the same sent again is answered"),
    point("edge.due.before", When::Sweeping, "made due, not durable: the next start makes them due"),
    point("edge.due.after", When::Sweeping, "due at once, and durable: the next start finds them so"),
    point("edge.sweep.before", When::Sweeping, "put off, not durable: they are due as they were"),
    point("edge.sweep.taken", When::Sweeping, "put off, not published: the next start makes it due at once"),
    point("edge.sweep.after", When::Sweeping, "published again, its receipt on its way"),
    point("edge.recall.before", When::Recalling, "asked of the ledger, kept, not durable: it is asked again"),
    point(
        "edge.recall.after",
        When::Recalling,
        "kept and durable: the same sent again is answered from here",
    ),
    point("edge.rebuild.before", When::Rebuilding, "dropped, not durable: the read model is as it was"),
    point("edge.rebuild.after", When::Rebuilding, "dropped and durable: the next start follows from block 0"),
];

const fn point(name: &'static str, when: When, meaning: &'static str) -> Point {
    Point { name, when, meaning }
}
