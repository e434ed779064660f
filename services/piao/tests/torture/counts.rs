//! What a run did, in numbers.

use std::fmt;
use std::time::Duration;

/// How often each fault was carried out, and what the longest waits were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Services and ledgers that were killed.
    pub(crate) kills: u64,
    /// Of them, pairs that both died at a crash point.
    pub(crate) pairs: u64,
    pub(crate) stops: u64,
    pub(crate) takeovers: u64,
    /// Ledgers that died or were stopped while another stood by.
    pub(crate) handovers: u64,
    pub(crate) postgres: u64,
    pub(crate) broker: u64,
    pub(crate) partitions: u64,
    /// Packets that partitions swallowed.
    pub(crate) dropped: u64,
    pub(crate) clocks: u64,
    /// PostgreSQL's disk full, and failing, where PostgreSQL said so.
    pub(crate) full: u64,
    pub(crate) failing: u64,
    /// The disk of the ledgers' own file, likewise.
    pub(crate) ledger_full: u64,
    pub(crate) ledger_failing: u64,
    /// From the end of a fault until all are ready and the next block is there.
    pub(crate) slowest: Duration,
    /// From the stop of a ledger until another is ready, its start included.
    pub(crate) slowest_takeover: Duration,
    /// From the death or stop of a ledger until one that stood by leads.
    pub(crate) slowest_handover: Duration,
    /// From when all are ready and the next block is there until no journal holds a row any more that it held then.
    pub(crate) slowest_journals: Duration,
}

impl fmt::Display for Counts {
    /// Words and numbers in turn, for a program to read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "kills {} pairs {} stops {} takeovers {} handovers {} postgres {} broker {} partitions {} dropped {} clocks {} \
             full {} failing {} ledger_full {} ledger_failing {} slowest {:.1} takeover {:.1} handover {:.1} \
             journals {:.1}",
            self.kills,
            self.pairs,
            self.stops,
            self.takeovers,
            self.handovers,
            self.postgres,
            self.broker,
            self.partitions,
            self.dropped,
            self.clocks,
            self.full,
            self.failing,
            self.ledger_full,
            self.ledger_failing,
            self.slowest.as_secs_f64(),
            self.slowest_takeover.as_secs_f64(),
            self.slowest_handover.as_secs_f64(),
            self.slowest_journals.as_secs_f64()
        )
    }
}
