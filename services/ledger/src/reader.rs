//! The chain as others read it: blocks, receipts, proofs, checkpoint, tiles.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use piao_domain::command::{Command, Kind};
use piao_domain::ids::{ChainId, TransitionId};
use piao_domain::party::RegisteredKey;
use piao_domain::time::Time;
use piao_edge::submit::TransitionKey;
use piao_protocol::block::Header;
use piao_protocol::body;
use piao_protocol::digest::{GenesisHash, TreeHash};
use piao_protocol::export;
use piao_protocol::genesis::Genesis;
use piao_protocol::jwk::Jwk;
use piao_protocol::jws::Unverified;
use piao_protocol::log::{Entry, TilePath, bundle, inclusion};
use piao_protocol::outcome::Outcome;
use piao_protocol::proof::{Closing, ProofBundle};
use piao_protocol::receipt::Receipt;
use piao_store::{Connection, Database, Schema};

use crate::LedgerError;
use crate::announce::decompress;
use crate::clock::Clock;
use crate::db::decided::day;
use crate::db::party::find_keys;
use crate::db::{Stored, block, head};
use crate::decide::ListBodies;
use crate::session::{Head, LedgerSession, LedgerStore, Place, Work};
use crate::store::PgLedger;
use crate::tiles::read_nodes;

/// Reads a ledger's chain. Clones share the pool.
#[derive(Clone)]
pub struct ChainReader<S = PgLedger> {
    store: S,
    genesis: Arc<Genesis>,
    clock: Clock,
}

/// The chain that a database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChain {
    /// Its id.
    pub chain: ChainId,
    /// The digest of the genesis file that it began with.
    pub genesis: GenesisHash,
    /// How far it goes.
    pub height: u64,
}

/// A transition that was decided.
#[derive(Clone, Debug)]
pub struct DecidedTransition {
    /// The compact JWS, as it was signed.
    pub compact: Arc<str>,
    /// What came of it.
    pub receipt: Receipt,
    /// The header of its block.
    pub header: Header,
}

/// Whether an entry is in the log.
#[derive(Clone, Debug)]
pub enum Inclusion {
    /// It is, under the last checkpoint.
    In {
        /// The entry.
        entry: Entry,
        /// Its path under the checkpoint.
        path: Vec<TreeHash>,
        /// The last signed note.
        checkpoint: String,
    },
    /// It is, but no checkpoint covers it yet: one is signed within a second or two.
    NotYet,
    /// It is not.
    Unknown,
}

const BLOCK: Stored = Stored("block");

/// So many bytes of export lines are given at once, and the line that goes beyond: whoever follows is never more than
/// a few seconds of reading away from the next answer, however large the blocks are.
const LINES_BYTES_MAX: usize = 16 << 20;

impl<S: LedgerStore> ChainReader<S> {
    /// Reads the chain of a genesis file in a store.
    pub const fn on(store: S, genesis: Arc<Genesis>, clock: Clock) -> Self {
        Self { store, genesis, clock }
    }

    /// What the chain begins with.
    #[must_use]
    pub const fn genesis(&self) -> &Arc<Genesis> {
        &self.genesis
    }

    /// Which chain the database holds, whatever the genesis file says; nothing where none was begun.
    ///
    /// # Errors
    /// [`LedgerError`] where the database fails or holds what cannot be.
    pub async fn stored(&self) -> Result<Option<StoredChain>, LedgerError> {
        let head = self.store.read(FindHead).await?;
        let stored = |head: Head| StoredChain {
            chain: head.chain,
            genesis: head.genesis,
            height: head.header.height(),
        };
        Ok(head.map(stored))
    }

    /// Export lines of blocks from a height on, in order: at most `limit`, fewer where they are large, none only
    /// where there are none yet.
    ///
    /// # Errors
    /// [`LedgerError`] where the database fails or holds what cannot be.
    pub async fn blocks(&self, from: u64, limit: u32) -> Result<Vec<Bytes>, LedgerError> {
        let bodies = self.store.read(ListBodies { from, limit }).await?;
        let (mut lines, mut bytes) = (Vec::with_capacity(bodies.len()), 0);
        for body in &bodies {
            let line = Bytes::from(decompress(body)?);
            bytes += line.len();
            lines.push(line);
            if bytes >= LINES_BYTES_MAX {
                break;
            }
        }
        Ok(lines)
    }

    /// A decided transition and its receipt.
    ///
    /// # Errors
    /// [`LedgerError`] likewise.
    pub async fn decided(&self, id: &TransitionId) -> Result<Option<DecidedTransition>, LedgerError> {
        self.store.read(FindDecided { id, days: self.days() }).await
    }

    /// The receipts of those among some transitions that are decided.
    ///
    /// # Errors
    /// [`LedgerError`] likewise.
    pub async fn receipts(&self, keys: &[TransitionKey]) -> Result<Vec<Receipt>, LedgerError> {
        self.store.read(FindReceipts { keys }).await
    }

    /// The last signed note; none in the first moments of a chain.
    ///
    /// # Errors
    /// [`LedgerError`] likewise.
    pub async fn checkpoint(&self) -> Result<Option<String>, LedgerError> {
        let kept = self.store.read(FindCheckpoint).await?;
        Ok(kept.map(|(_, note)| note))
    }

    /// On which days, by their signers' word, transitions may have been signed that are decided.
    fn days(&self) -> RangeInclusive<i32> {
        // No transition is signed earlier or later than its block by more than the window, so these days hold all.
        let window = i64::from(self.genesis.content().parameters.iat_window_seconds);
        let first = day(self.genesis.content().time.plus(-window));
        let last = day(Time::from_unix(self.clock.now()).plus(window));
        // One that was stale when it was decided may have been signed on any day before.
        first.saturating_sub(STALE_DAYS_MAX)..=last
    }
}

impl ChainReader {
    /// Reads the chain of a genesis file in a schema of a database.
    #[must_use]
    pub const fn new(database: Database, schema: Schema, genesis: Arc<Genesis>, clock: Clock) -> Self {
        Self::on(PgLedger::new(database, schema), genesis, clock)
    }

    /// The proof bundle of a decided transition under the last checkpoint; none while no checkpoint covers it: one is
    /// signed within a second or two.
    ///
    /// # Errors
    /// [`LedgerError`] likewise.
    pub async fn proof(&self, decided: &DecidedTransition) -> Result<Option<ProofBundle>, LedgerError> {
        self.store.snapshot(async |connection| prove(connection, decided).await).await
    }

    /// The proof that an entry is in the log.
    ///
    /// # Errors
    /// [`LedgerError`] likewise.
    pub async fn inclusion(&self, index: u64) -> Result<Inclusion, LedgerError> {
        self.store.snapshot(async |connection| include(connection, index).await).await
    }

    /// The bytes of a tile; nothing where the signed log does not have it.
    ///
    /// # Errors
    /// [`LedgerError`] likewise.
    pub async fn tile(&self, path: TilePath) -> Result<Option<Vec<u8>>, LedgerError> {
        self.store.snapshot(async |connection| read_tile(connection, path).await).await
    }
}

async fn prove(
    connection: &mut Connection,
    decided: &DecidedTransition,
) -> Result<Option<ProofBundle>, LedgerError> {
    let DecidedTransition { compact, receipt, header } = decided;
    let signed = head::find_checkpoint(connection).await?;
    let Some((size, checkpoint)) = signed.filter(|(size, _)| *size >= header.tree_size()) else {
        return Ok(None);
    };
    let unverified = Unverified::parse(Arc::clone(compact)).map_err(|error| BLOCK.bad(error))?;
    let jwk = signer_key(connection, &unverified).await?;
    let outcome = receipt.outcome_digest(&unverified.claims().nonce);
    let closing = Closing {
        entry: header.closing_entry(),
        path: path(connection, header.closing(), size).await?,
        header: header.clone(),
    };
    Ok(Some(ProofBundle {
        v: 1,
        transition: compact.to_string(),
        jwk,
        receipt: receipt.clone(),
        entry: Entry::Transition { id: receipt.transition, outcome },
        path: path(connection, receipt.index, size).await?,
        closing,
        checkpoint,
    }))
}

struct FindHead;

impl Work for FindHead {
    type Done = Option<Head>;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Self::Done, LedgerError> {
        session.find_head().await
    }
}

struct FindCheckpoint;

impl Work for FindCheckpoint {
    type Done = Option<(u64, String)>;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Self::Done, LedgerError> {
        session.find_checkpoint().await
    }
}

struct FindDecided<'a> {
    id: &'a TransitionId,
    days: RangeInclusive<i32>,
}

impl Work for FindDecided<'_> {
    type Done = Option<DecidedTransition>;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Self::Done, LedgerError> {
        find(session, self.id, self.days).await
    }
}

struct FindReceipts<'a> {
    keys: &'a [TransitionKey],
}

impl Work for FindReceipts<'_> {
    type Done = Vec<Receipt>;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Self::Done, LedgerError> {
        // Rows are found by the day alone, of which any time will do.
        let signed = |key: &TransitionKey| (key.id, Time::from_unix(i64::from(key.day) * 86_400));
        let keys = self.keys.iter().map(signed).collect::<Vec<_>>();
        let mut by_block = BTreeMap::<u64, Vec<(TransitionId, Place)>>::new();
        for (id, place) in session.find_decided(&keys).await? {
            by_block.entry(place.height).or_default().push((id, place));
        }
        let mut receipts = Vec::with_capacity(keys.len());
        // A block holds thousands: it is read once, however many are asked for.
        for (height, places) in by_block {
            let block = read_block(session, height).await?;
            for (id, place) in places {
                receipts.push(block.decided(&id, place)?.receipt);
            }
        }
        Ok(receipts)
    }
}

async fn find<S: LedgerSession>(
    session: &mut S,
    id: &TransitionId,
    days: RangeInclusive<i32>,
) -> Result<Option<DecidedTransition>, LedgerError> {
    match session.find_place(id, days).await? {
        Some(place) => Ok(Some(read_block(session, place.height).await?.decided(id, place)?)),
        None => Ok(None),
    }
}

/// A block as it was announced.
struct ReadBlock {
    header: Header,
    transitions: Vec<String>,
    outcomes: Vec<Outcome>,
}

async fn read_block<S: LedgerSession>(session: &mut S, height: u64) -> Result<ReadBlock, LedgerError> {
    let bodies = session.list_bodies(height, 1).await?;
    let line = bodies.first().ok_or_else(|| BLOCK.bad("a decided transition in no block"))?;
    let line = String::from_utf8(decompress(line)?).map_err(|error| BLOCK.bad(error))?;
    let (header, transitions, outcomes) = export::read_block_line(&line).map_err(|error| BLOCK.bad(error))?;
    Ok(ReadBlock { header, transitions, outcomes })
}

impl ReadBlock {
    fn decided(&self, id: &TransitionId, place: Place) -> Result<DecidedTransition, LedgerError> {
        let Self { header, transitions, outcomes } = self;
        let position = place.position;
        let (Some(compact), Some(outcome)) = (transitions.get(position), outcomes.get(position)) else {
            return Err(BLOCK.bad("a block with fewer transitions than were decided in it").into());
        };
        let receipt = Receipt {
            transition: *id,
            outcome: outcome.clone(),
            height: header.height(),
            index: header.first() + position as u64,
            block: header.hash(),
            time: header.time(),
        };
        Ok(DecidedTransition { compact: compact.as_str().into(), receipt, header: header.clone() })
    }
}

/// How many days before the chain began a transition may say that it was signed, and still be found.
const STALE_DAYS_MAX: i32 = 366;

async fn signer_key(connection: &mut Connection, unverified: &Unverified) -> Result<Jwk, LedgerError> {
    if let Some(key) = own_key(unverified)? {
        return Ok(key);
    }
    let signer = (unverified.claims().party.clone(), unverified.kid());
    let found = find_keys(connection, &BTreeSet::from([signer])).await?;
    let (_, _, RegisteredKey { public, state: _ }) = found.into_iter().next().ok_or_else(|| {
        Stored("party_key").bad("a decided transition was signed by a key that is not there")
    })?;
    Jwk::new(public).map_err(|error| Stored("party_key").bad(error).into())
}

/// The key that an enrolment brings along: where it was refused, it is in no table.
fn own_key(unverified: &Unverified) -> Result<Option<Jwk>, LedgerError> {
    if unverified.claims().kind != Kind::PartyEnroll.as_str() {
        return Ok(None);
    }
    let decoded = unverified.clone().decode(body::parse).map_err(|error| BLOCK.bad(error))?;
    let Command::PartyEnroll { key } = decoded.body().command() else { return Ok(None) };
    Ok(Some(Jwk::new(key.public).map_err(|error| BLOCK.bad(error))?))
}

async fn include(connection: &mut Connection, index: u64) -> Result<Inclusion, LedgerError> {
    let signed = head::find_checkpoint(connection).await?;
    let Some((size, checkpoint)) = signed.filter(|(size, _)| *size > index) else {
        let head = head::find_head(connection).await?;
        let is_there = head.is_some_and(|head| head.frontier.size() > index);
        return Ok(if is_there { Inclusion::NotYet } else { Inclusion::Unknown });
    };
    let entry = block::read_entry(connection, index).await?;
    let entry = Entry::parse(&entry).map_err(|error| BLOCK.bad(error))?;
    Ok(Inclusion::In { entry, path: path(connection, index, size).await?, checkpoint })
}

async fn path(connection: &mut Connection, index: u64, size: u64) -> Result<Vec<TreeHash>, LedgerError> {
    let plan = inclusion(index, size).map_err(|error| BLOCK.bad(error))?;
    let hashes = read_nodes(connection, plan.nodes()).await?;
    Ok(plan.assemble(&hashes).map_err(|error| BLOCK.bad(error))?)
}

async fn read_tile(connection: &mut Connection, path: TilePath) -> Result<Option<Vec<u8>>, LedgerError> {
    let size = match head::find_checkpoint(connection).await? {
        Some((size, _)) => size,
        None => return Ok(None),
    };
    let Some((first, width)) = path.nodes(size) else { return Ok(None) };
    match path {
        TilePath::Entries { .. } => {
            let end = first.index + u64::from(width);
            let entries = block::read_entries(connection, first.index, end).await?;
            let entries = entries.chunks(65).map(Entry::parse).collect::<Result<Vec<_>, _>>();
            Ok(Some(bundle(&entries.map_err(|error| BLOCK.bad(error))?)))
        }
        TilePath::Hashes { level, index, width } => {
            let place = (i16::from(level), i64::try_from(index).unwrap_or(i64::MAX));
            let tiles = block::read_tiles(connection, &[place]).await?;
            let hashes = tiles.into_iter().next().map(|tile| tile.hashes);
            Ok(hashes.and_then(|hashes| hashes.get(..32 * usize::from(width)).map(<[u8]>::to_vec)))
        }
    }
}
