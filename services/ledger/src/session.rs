//! What the ledger asks of what keeps its tables: PostgreSQL is one implementor, the simulator's memory the other
//! (ADR 0015). The order of statements within a transaction is written once, over [`LedgerSession`].

use std::collections::BTreeSet;
use std::future::Future;
use std::ops::RangeInclusive;

use piao_chain::needs::Needs;
use piao_chain::seal::Sealed;
use piao_chain::state::{State, Touched};
use piao_domain::ids::{ChainId, KeyId, PartyId, TransitionId};
use piao_domain::party::RegisteredKey;
use piao_domain::rules::RuleBook;
use piao_domain::time::Time;
use piao_protocol::block::Header;
use piao_protocol::digest::GenesisHash;
use piao_protocol::log::Frontier;
use piao_store::StoreError;

use crate::LedgerError;

/// Where a ledger keeps its chain. Clones are the same store.
pub trait LedgerStore: Clone + Send + Sync + 'static {
    /// Reads of one moment, in a transaction that may not write.
    fn read<W: Work>(&self, work: W) -> impl Future<Output = Result<W::Done, W::Fault>> + Send;

    /// One transaction that writes all or nothing: it commits where `work` succeeds, and rolls back where it fails or
    /// its future is dropped. Each statement sees what was committed before it.
    ///
    /// Beside the faults of `work` it may end with [`StoreError::OutcomeUnknown`]: all of it is there, or nothing.
    fn write<W: Work>(&self, work: W) -> impl Future<Output = Result<W::Done, W::Fault>> + Send;
}

/// What is done within one transaction. It awaits nothing but the session that it is given.
pub trait Work: Send {
    /// What comes of it.
    type Done: Send;
    /// Why nothing does.
    type Fault: From<StoreError> + Send;

    /// Does it.
    fn run<S: LedgerSession>(
        self,
        session: &mut S,
    ) -> impl Future<Output = Result<Self::Done, Self::Fault>> + Send;
}

/// How far a chain goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its id.
    pub chain: ChainId,
    /// The digest of the genesis file that it began with.
    pub genesis: GenesisHash,
    /// The header of its last block.
    pub header: Header,
    /// The right edge of its log.
    pub frontier: Frontier,
    /// How often it was opened.
    pub epoch: i64,
}

/// The head, held by a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The height of the last block.
    pub height: u64,
    /// The right edge of the log after it.
    pub frontier: Frontier,
}

/// Where a transition was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The height of the block.
    pub height: u64,
    /// Its place in it, from 0.
    pub position: usize,
}

/// A tile of the log, with all its hashes of 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileRow {
    /// Its level, from 0.
    pub level: i16,
    /// Its place on the level, from 0.
    pub tile: i64,
    /// Its hashes, 256 at most.
    pub hashes: Vec<u8>,
}

/// Block 0 and all that there is after it, to be written at once.
#[derive(Debug)]
pub struct Beginning<'a> {
    /// The digest of the genesis file.
    pub genesis: GenesisHash,
    /// The block.
    pub sealed: &'a Sealed,
    /// Its export line, compressed.
    pub body: Vec<u8>,
    /// The log's first tiles.
    pub tiles: Vec<TileRow>,
    /// The parties that the genesis file names, with their keys.
    pub state: &'a State,
}

/// A block and all that it changed, to be written at once.
#[derive(Debug)]
pub struct Commit<'a> {
    /// The epoch of the ledger that writes it.
    pub epoch: i64,
    /// The block.
    pub sealed: &'a Sealed,
    /// Its export line, compressed.
    pub body: Vec<u8>,
    /// The tiles that it made grow.
    pub tiles: Vec<TileRow>,
    /// What it decided, in its order, each with the time it was signed at.
    pub transitions: &'a [(TransitionId, Time)],
    /// The state after it, as far as it was loaded.
    pub state: &'a State,
    /// What of the state changed.
    pub touched: &'a Touched,
}

/// Statements inside one transaction. Every one may fail as the store does; a [`LedgerError::StoredBadly`] says that
/// what is stored cannot be.
pub trait LedgerSession: Send {
    /// The head, where the chain was begun.
    fn find_head(&mut self) -> impl Future<Output = Result<Option<Head>, LedgerError>> + Send;

    /// Writes block 0 and the head, in epoch 0.
    fn begin(&mut self, beginning: Beginning<'_>) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Begins a new epoch, so that no ledger that opened the chain before can commit any more.
    fn begin_epoch(&mut self) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Takes the head for this transaction: until it ends nobody opens the chain or goes on with it. Where it is;
    /// nothing where this epoch has ended. Waits for whoever holds it.
    fn hold_head(&mut self, epoch: i64) -> impl Future<Output = Result<Option<Held>, LedgerError>> + Send;

    /// The clock of the store, in UTC seconds.
    fn read_clock(&mut self) -> impl Future<Output = Result<i64, LedgerError>> + Send;

    /// The whole rule book.
    fn load_rules(&mut self) -> impl Future<Output = Result<RuleBook, LedgerError>> + Send;

    /// The tiles of these levels and places, those that are there.
    fn read_tiles(
        &mut self,
        places: &[(i16, i64)],
    ) -> impl Future<Output = Result<Vec<TileRow>, LedgerError>> + Send;

    /// Which of these transitions, each with the time it was signed at, are decided, and where.
    fn find_decided(
        &mut self,
        transitions: &[(TransitionId, Time)],
    ) -> impl Future<Output = Result<Vec<(TransitionId, Place)>, LedgerError>> + Send;

    /// What a batch needs of the state, beside the rules.
    fn load(
        &mut self,
        needs: &Needs,
        rules: RuleBook,
    ) -> impl Future<Output = Result<State, LedgerError>> + Send;

    /// Writes a block, its log, what it decided and the state after it. The head moves last, and only for the ledger
    /// that opened the chain last: everything else falls with it.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`] where the epoch has ended or the head is not at the block before.
    fn commit(&mut self, commit: Commit<'_>) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// These keys of these parties, where they have or had them.
    fn find_keys(
        &mut self,
        keys: &BTreeSet<(PartyId, KeyId)>,
    ) -> impl Future<Output = Result<Vec<(KeyId, PartyId, RegisteredKey)>, LedgerError>> + Send;

    /// The compressed bodies of blocks from a height on, in order: at most `limit`, fewer where they are large, none
    /// only where there are none.
    fn list_bodies(
        &mut self,
        from: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, LedgerError>> + Send;

    /// Where a transition was decided that was signed on one of these days since 1970-01-01, UTC.
    fn find_place(
        &mut self,
        id: &TransitionId,
        days: RangeInclusive<i32>,
    ) -> impl Future<Output = Result<Option<Place>, LedgerError>> + Send;

    /// The note signed last, with the size of the tree it is of.
    fn find_checkpoint(&mut self) -> impl Future<Output = Result<Option<(u64, String)>, LedgerError>> + Send;

    /// Keeps a signed note. One of a smaller tree never takes the place of one of a larger.
    fn write_checkpoint(
        &mut self,
        tree_size: u64,
        note: &str,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;
}
