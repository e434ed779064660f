//! Blocks that another ledger of the chain sealed, decided and committed once more by the code that decides and commits
//! one's own: in the same order, with the same cuts and times.

use piao_chain::execute::{Executor, Parameters, Safeguards};
use piao_chain::seal::Tip;
use piao_domain::ids::ChainId;
use piao_protocol::export::read_block_line;
use piao_protocol::genesis::Genesis;
use piao_protocol::json::JsonError;
use piao_store::{Database, Schema, StoreError};
use rayon::prelude::*;
use thiserror::Error;

use crate::LedgerError;
use crate::commit::commit_batch;
use crate::decide::{Position, hold_head, undecided};
use crate::intake::{Cores, KeyRing, Read, Taken, parse, verify};
use crate::open;
use crate::store::PgLedger;

/// Takes a chain over, block by block, into a database of its own.
pub struct Adopter {
    store: PgLedger,
    chain: ChainId,
    executor: Executor,
    position: Position,
    keys: KeyRing,
}

/// Why a block was not adopted. Nothing of it is written.
#[derive(Debug, Error)]
pub enum AdoptError {
    /// No block line.
    #[error("the line is no block")]
    Line(#[source] JsonError),
    /// A transition that no block may hold (protocol §4).
    #[error("transition {place} of block {height}: {reason}")]
    Transition {
        /// Of which block.
        height: u64,
        /// Its place in it, from 0.
        place: usize,
        /// Why.
        reason: String,
    },
    /// It does not come out as it was sealed: an outcome, an index, a hash or a root is another here.
    #[error("block {height} does not come out here as it was sealed")]
    Differs {
        /// The block that is next here.
        height: u64,
    },
    /// This ledger cannot go on.
    #[error("the block was not committed")]
    Ledger(#[from] LedgerError),
}

impl Adopter {
    /// Opens the chain of a genesis file in a migrated schema as a ledger does, which ends the epoch of every other. It
    /// is not held against a checkpoint that was kept: this is what brings a database there.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub async fn open(database: Database, schema: Schema, genesis: &Genesis) -> Result<Self, LedgerError> {
        let store = PgLedger::new(database, schema);
        let (position, _) = open::open(&store, genesis, None, None).await?;
        let executor = Executor::new(Parameters::genesis(genesis), Safeguards::ALL);
        Ok(Self { store, chain: genesis.chain().clone(), executor, position, keys: KeyRing::default() })
    }

    /// Where the chain ends here.
    #[must_use]
    pub const fn tip(&self) -> &Tip {
        &self.position.tip
    }

    /// Verifies every signature of the next block, decides it, and commits it if all that comes of it is, byte for
    /// byte, what its line says. The line is that of an export or an announcement, with its line feed or without.
    ///
    /// # Errors
    /// [`AdoptError`].
    pub async fn adopt(&mut self, line: &str) -> Result<(), AdoptError> {
        let sealed = line.strip_suffix('\n').unwrap_or(line);
        let (header, transitions, _) = read_block_line(sealed).map_err(AdoptError::Line)?;
        let height = self.position.tip.header.height() + 1;
        let batch = self.verified(height, transitions).await?;
        let (executor, position) = (&self.executor, &self.position);
        let block = self
            .store
            .transaction(async |connection| {
                hold_head(connection, position).await?;
                let fresh = undecided(connection, &batch).await?;
                // The block's time instead of a clock's; everything else is as for a block of one's own.
                let block =
                    commit_batch(connection, executor, Cores::All, position, &fresh, header.time()).await?;
                let same = block.announcement.line.strip_suffix('\n') == Some(sealed);
                if same { Ok(block) } else { Err(AdoptError::Differs { height }) }
            })
            .await?;
        // A crash before this: the block is there or not, and the head says which to whoever opens the chain next.
        self.position = block.position;
        Ok(())
    }

    /// The transitions of a block, each signed by a key that was its signer's before the block.
    async fn verified(&mut self, height: u64, transitions: Vec<String>) -> Result<Vec<Taken>, AdoptError> {
        let chain = &self.chain;
        let parsed = transitions.par_iter().map(|compact| parse(compact, chain, None)).collect::<Vec<_>>();
        let signers = parsed.iter().filter_map(|parsed| parsed.as_ref().ok().map(Read::signer));
        self.keys.fetch(&self.store, signers).await?;
        let keys = &self.keys;
        let verify = |(place, parsed): (usize, Result<Read, String>)| {
            let taken = parsed.and_then(|parsed| {
                let key = keys.get(&parsed.signer());
                verify(parsed, key)
            });
            taken.map_err(|reason| AdoptError::Transition { height, place, reason })
        };
        parsed.into_par_iter().enumerate().map(verify).collect()
    }
}

impl From<StoreError> for AdoptError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}
