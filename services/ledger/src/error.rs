use piao_bus::BusError;
use piao_chain::invariants::Breach;
use piao_domain::ids::ChainId;
use piao_protocol::block::HeaderError;
use piao_store::StoreError;
use thiserror::Error;

use crate::db::StoredBadly;
use crate::kept::KeptError;

/// Why a ledger does not go on. Every one is a fault: none is shown to a client, none is recorded.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// PostgreSQL failed. Where it was away, what was being committed is tried again after the head is read anew;
    /// where it refused, the ledger stops.
    #[error("the ledger's database failed")]
    Store(#[from] StoreError),
    /// The bus was closed or is configured wrongly.
    #[error("the ledger's bus failed")]
    Bus(#[from] BusError),
    /// Stored data breaks its own rules; the ledger stops and repairs nothing by guessing.
    #[error("the ledger's stored data cannot be right")]
    StoredBadly(#[from] StoredBadly),
    /// The database is not what the checkpoint says that was kept outside of it, or nobody can say.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// An invariant would break: a mistake of ours, on which the ledger stops before it commits.
    #[error("an invariant would not hold after block {height}")]
    Breach {
        /// The block that was not committed.
        height: u64,
        /// Which invariant.
        #[source]
        breach: Breach,
    },
    /// The next header cannot be.
    #[error("the next block cannot be sealed")]
    Header(#[from] HeaderError),
    /// Another ledger opened this chain; this one never commits again.
    #[error("another ledger has opened this chain: epoch {epoch} may not commit block {height}")]
    Fenced {
        /// The epoch of this ledger.
        epoch: i64,
        /// The block it may not commit.
        height: u64,
    },
    /// A commit that was given up has come through. The head is to be read anew.
    #[error("the head is at block {found}, not at {height}: a commit that was given up came through")]
    Moved {
        /// Where the head is.
        found: u64,
        /// Where it was thought to be.
        height: u64,
    },
    /// The database holds another chain than the genesis file begins.
    #[error(
        "the database holds chain {stored}, the genesis file begins chain {given}: use the file it began with"
    )]
    OtherChain {
        /// In the database.
        stored: ChainId,
        /// In the genesis file.
        given: ChainId,
    },
    /// The log key is none of the genesis file's.
    #[error("the log key is not among the genesis file's logs: its checkpoints would verify nowhere")]
    ForeignLogKey,
    /// Clocks disagree by more than [`CLOCK_SECONDS_MAX`](crate::CLOCK_SECONDS_MAX).
    #[error("clocks disagree: this machine says {own}, {other} says {theirs} (UTC seconds)")]
    Clock {
        /// This machine's.
        own: i64,
        /// Whose it was compared with.
        other: &'static str,
        /// Theirs.
        theirs: i64,
    },
    /// A task of the ledger panicked.
    #[error("a task of the ledger panicked")]
    Panicked(#[source] tokio::task::JoinError),
}

impl LedgerError {
    /// Whether the same work may be tried again after the head was read anew.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Clock { .. } | Self::Moved { .. } => true,
            Self::Store(error) => match error {
                StoreError::Unavailable { .. }
                | StoreError::Serialization { .. }
                | StoreError::OutcomeUnknown { .. } => true,
                // The head is held while a block is written, so a constraint that says no has found a mistake of
                // ours: the same block would meet it again and again.
                StoreError::Conflict { .. }
                | StoreError::Data { .. }
                | StoreError::Aborted { .. }
                | StoreError::Migration { .. }
                | StoreError::Embedded { .. }
                | StoreError::Config { .. } => false,
            },
            Self::Bus(_)
            | Self::StoredBadly(_)
            | Self::Kept(_)
            | Self::Breach { .. }
            | Self::Header(_)
            | Self::Fenced { .. }
            | Self::OtherChain { .. }
            | Self::ForeignLogKey
            | Self::Panicked(_) => false,
        }
    }
}
