//! Where a block stands relative to what was applied, as a plain function.

use piao_domain::ids::ChainId;
use piao_protocol::block::{Header, HeaderError};
use piao_protocol::digest::GenesisHash;
use thiserror::Error;

/// What to do with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It was applied before: nothing.
    Known,
    /// It is the next one, and links: apply it.
    Next,
    /// Blocks between are missing: fetch from this height.
    Gap {
        /// The first that is missing.
        from: u64,
    },
}

/// A block that is the next by its height and does not stand on the one before.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Of another chain.
    #[error("block {height} is of chain {found}, not {expected}")]
    Chain {
        /// Its height.
        height: u64,
        /// Ours.
        expected: ChainId,
        /// Its.
        found: ChainId,
    },
    /// Another genesis file began that chain.
    #[error("block 0 is of another genesis file")]
    Genesis,
    /// Its hash, time or index does not follow.
    #[error("block {height} does not link: {source}")]
    Header {
        /// Its height.
        height: u64,
        /// What does not follow.
        source: HeaderError,
    },
    /// A block that was applied before has another header now.
    #[error("block {height} is not the block that was applied at this height")]
    Changed {
        /// Its height.
        height: u64,
    },
}

/// Says where a block stands. `applied` is the header of the last block applied.
///
/// # Errors
/// [`LinkError`] where the ledger's history is not the one that was followed so far.
pub fn place(
    chain: &ChainId,
    genesis: GenesisHash,
    applied: Option<&Header>,
    block: &Header,
) -> Result<Place, LinkError> {
    let height = block.height();
    if block.chain() != chain {
        return Err(LinkError::Chain { height, expected: chain.clone(), found: block.chain().clone() });
    }
    match applied {
        None if height > 0 => Ok(Place::Gap { from: 0 }),
        None if block.genesis() == Some(genesis) => Ok(Place::Next),
        None => Err(LinkError::Genesis),
        Some(applied) if height < applied.height() => Ok(Place::Known),
        Some(applied) if height == applied.height() => {
            if block == applied {
                Ok(Place::Known)
            } else {
                Err(LinkError::Changed { height })
            }
        }
        Some(applied) if height > applied.height() + 1 => Ok(Place::Gap { from: applied.height() + 1 }),
        Some(applied) => match block.follows(applied) {
            Ok(()) => Ok(Place::Next),
            Err(source) => Err(LinkError::Header { height, source }),
        },
    }
}
