//! All that is the case at one moment.

use std::fmt;

use crate::fault::Budget;
use crate::names::{ENTERPRISES, IDS, INVOICES, Id, LEDGERS};
use crate::record::Record;

/// Most transitions of a block here, and most messages that a ledger has in hand.
pub const BATCH: usize = 2;

/// What came of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The invoice is locked.
    Accepted,
    /// `lock.exists`: it was.
    LockExists,
    /// `lock.claim_ref`: the reference was used before.
    ClaimRef,
}

/// A row of the journal, `submission` in the service's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Row {
    /// Nobody sent it.
    Absent,
    /// In a transaction that has not committed.
    Writing,
    /// Durable, without receipt.
    Open,
    /// Without receipt once more, after the client was told of this one.
    Reopened(Outcome),
    /// With its receipt.
    Closed(Outcome),
    /// Closed without a receipt, which only a bug does.
    GivenUp,
}

/// The service that takes transitions and follows blocks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Whether it runs.
    pub up: bool,
    /// Its journal.
    pub rows: [Row; IDS],
    /// For [`Bug::CursorOutbox`](crate::Bug): the order in which rows were begun, and the last that was published.
    pub outbox: Outbox,
}

/// The order in which rows were begun, which nobody but a bug asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outbox {
    /// From 1 on; 0 where there is no row.
    pub places: [u8; IDS],
    /// The last place that was published.
    pub cursor: u8,
}

/// What a ledger has in hand, in the order received.
pub type Hand = [Option<Id>; BATCH];

/// Where a ledger is with its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// It receives; the batch may still grow.
    Taking,
    /// The batch is tried again.
    Retrying,
    /// Its transaction is open with everything written: COMMIT comes next.
    Prepared,
    /// Its transaction failed, or nobody knows whether it did.
    Unknown,
    /// What it has in hand is decided and durable.
    Durable,
}

/// A running ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Running {
    /// By how many blocks the head is further on than it knows. Below zero where it was put back.
    pub behind: i8,
    /// Where it is.
    pub phase: Phase,
    /// What it has in hand.
    pub hand: Hand,
    /// Whether what it has in hand came over a connection that is gone: it is in the queue again, and cannot be
    /// acknowledged.
    pub stale: bool,
    /// For [`Bug::ReadCheckWrite`](crate::Bug): the locks as it remembers them.
    pub view: Locks,
}

/// A ledger: a process that runs or does not.
pub type Ledger = Option<Running>;

/// Until when whose lock holds an invoice, as the rows of `invoice_lock` that have not ended; 0 where there is none.
pub type Locks = [[u8; ENTERPRISES]; INVOICES];

/// What became of one transition in a block.
pub type Entry = (Id, Outcome);

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// What it decides, in order.
    pub entries: [Option<Entry>; BATCH],
    /// Block time.
    pub time: u8,
}

/// A transaction that holds the head's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transaction {
    /// Which ledger began it.
    pub owner: usize,
    /// What it writes.
    pub block: Block,
    /// The locks that have not ended after it.
    pub locks: Locks,
    /// Whether nobody listens for its outcome any more; the server may still finish it or undo it.
    pub orphan: bool,
}

/// The ledger's database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Store {
    /// Who opened the chain last: whose epoch is the head's.
    pub leader: usize,
    /// The transactions that are open, by ledger; the head's row lets only one be.
    pub open: [Option<Transaction>; LEDGERS],
    /// Decided ids.
    pub decided: [Option<Outcome>; IDS],
    /// For [`Bug::LostAckFalse`](crate::Bug): decided ids that were forgotten.
    pub forgotten: [bool; IDS],
    /// Rows of `invoice_lock` that have not ended.
    pub locks: Locks,
    /// Time of the last block.
    pub time: u8,
    /// The last blocks: those that the service has not applied, and the one before where it may come back.
    pub blocks: Vec<Block>,
    /// Whether it ever came back without its last block.
    pub put_back: bool,
    /// How many the service has not applied; below zero where it has applied some that are gone.
    pub unfollowed: i8,
}

/// All that is the case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// The service.
    pub edge: Edge,
    /// Copies of messages in the queue, a transition each.
    pub queue: [u8; IDS],
    /// The ledgers.
    pub ledgers: [Ledger; LEDGERS],
    /// Their database.
    pub store: Store,
    /// The time.
    pub clock: u8,
    /// What may still go wrong.
    pub left: Budget,
    /// What an observer has written down, by rules of its own.
    pub record: Record,
}

impl State {
    /// How it begins: one ledger leads, the other is not there, nobody has sent anything.
    #[must_use]
    pub fn first(faults: Budget) -> Self {
        let edge = Edge { up: true, rows: [Row::Absent; IDS], outbox: Outbox::default() };
        let store = Store {
            leader: 0,
            open: [None; LEDGERS],
            decided: [None; IDS],
            forgotten: [false; IDS],
            locks: Locks::default(),
            time: 0,
            blocks: Vec::new(),
            put_back: false,
            unfollowed: 0,
        };
        let ledgers = [Some(Running::started()), None];
        Self { edge, queue: [0; IDS], ledgers, store, clock: 0, left: faults, record: Record::default() }
    }

    /// Copies of a transition's message that somebody will still deal with: in the queue, or in a hand that can
    /// acknowledge it.
    #[must_use]
    pub fn copies(&self, id: Id) -> usize {
        let hands = self.ledgers.iter().flatten().filter(|ledger| !ledger.stale);
        let in_hands = hands.flat_map(|ledger| ledger.hand).filter(|held| *held == Some(id)).count();
        usize::from(self.queue[id.place()]) + in_hands
    }

    /// Whether the ledger that leads runs.
    #[must_use]
    pub fn is_led(&self) -> bool {
        self.ledgers[self.store.leader].is_some()
    }
}

impl Running {
    /// A ledger that has just opened the chain.
    #[must_use]
    pub const fn started() -> Self {
        let view = [[0; ENTERPRISES]; INVOICES];
        Self { behind: 0, phase: Phase::Taking, hand: [None; BATCH], stale: false, view }
    }

    /// What it has in hand.
    pub fn held(&self) -> impl Iterator<Item = Id> {
        self.hand.into_iter().flatten()
    }
}

impl Block {
    /// What it decides.
    pub fn decides(&self) -> impl Iterator<Item = Entry> {
        self.entries.into_iter().flatten()
    }
}

impl Row {
    /// What the client was told.
    #[must_use]
    pub const fn told(self) -> Option<Outcome> {
        match self {
            Self::Reopened(outcome) | Self::Closed(outcome) => Some(outcome),
            Self::Absent | Self::Writing | Self::Open | Self::GivenUp => None,
        }
    }

    /// Whether the sweeper publishes it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Open | Self::Reopened(_) => true,
            Self::Absent | Self::Writing | Self::Closed(_) | Self::GivenUp => false,
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows =
            Id::all().map(|id| (id, self.edge.rows[id.place()])).filter(|(_, row)| *row != Row::Absent);
        let queue = Id::all().map(|id| (id, self.queue[id.place()])).filter(|(_, copies)| *copies > 0);
        let decided = Id::all().filter_map(|id| Some((id, self.store.decided[id.place()]?)));
        f.debug_struct("State")
            .field("rows", &rows.collect::<Vec<_>>())
            .field("queue", &queue.collect::<Vec<_>>())
            .field("ledgers", &self.ledgers)
            .field("leader", &self.store.leader)
            .field("open", &self.store.open)
            .field("decided", &decided.collect::<Vec<_>>())
            .field("unfollowed", &self.store.unfollowed)
            .field("time", &self.store.time)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}
