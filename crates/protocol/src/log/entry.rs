//! What the log holds: 65 bytes an entry (protocol §5).

use piao_domain::ids::TransitionId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::hash::leaf_hash;
use crate::digest::{BlockHash, OutcomeDigest, StateRoot, TreeHash};
use crate::encoding::base64url;
use crate::wire;

/// The length of every entry.
pub const ENTRY_BYTES: usize = 65;

/// The entry's length as entry bundles write it.
const BUNDLE_PREFIX: [u8; 2] = (ENTRY_BYTES as u16).to_be_bytes();

/// One entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `0x01 ‖ transition id ‖ outcome digest`
    Transition {
        /// Which transition was decided.
        id: TransitionId,
        /// What was decided, readable only to who holds the transition.
        outcome: OutcomeDigest,
    },
    /// `0x02 ‖ block hash ‖ state root`, closing a block.
    Block {
        /// The hash of the block's header.
        hash: BlockHash,
        /// The state after it.
        state_root: StateRoot,
    },
}

/// Bytes that are no entry, or no bundle of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EntryError {
    /// Not 65 bytes.
    #[error("an entry must be {ENTRY_BYTES} bytes")]
    Length,
    /// The first byte names no kind.
    #[error("an entry must begin with 0x01 or 0x02")]
    Kind,
}

impl Entry {
    /// Its 65 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; ENTRY_BYTES] {
        let (kind, first, second) = match self {
            Self::Transition { id, outcome } => (1, id.as_bytes(), outcome.as_bytes()),
            Self::Block { hash, state_root } => (2, hash.as_bytes(), state_root.as_bytes()),
        };
        let mut bytes = [kind; ENTRY_BYTES];
        bytes[1..33].copy_from_slice(first);
        bytes[33..].copy_from_slice(second);
        bytes
    }

    /// Reads 65 bytes.
    ///
    /// # Errors
    /// [`EntryError`] for another length or kind.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let bytes: &[u8; ENTRY_BYTES] = bytes.try_into().map_err(|_| EntryError::Length)?;
        let mut first = [0; 32];
        let mut second = [0; 32];
        first.copy_from_slice(&bytes[1..33]);
        second.copy_from_slice(&bytes[33..]);
        match bytes[0] {
            1 => Ok(Self::Transition { id: TransitionId::new(first), outcome: OutcomeDigest::new(second) }),
            2 => Ok(Self::Block { hash: BlockHash::new(first), state_root: StateRoot::new(second) }),
            _ => Err(EntryError::Kind),
        }
    }

    /// Its leaf in the tree.
    #[must_use]
    pub fn leaf(&self) -> TreeHash {
        leaf_hash(&self.to_bytes())
    }
}

/// In JSON an entry is base64url of its bytes.
impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url::encode(&self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = wire::parsed(deserializer, base64url::decode_array::<ENTRY_BYTES>)?;
        Self::parse(&bytes).map_err(serde::de::Error::custom)
    }
}

/// Entries as `tile/entries/…` serves them: each after its length as a big-endian u16 (C2SP tlog-tiles).
#[must_use]
pub fn bundle(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * (ENTRY_BYTES + 2));
    for entry in entries {
        bytes.extend_from_slice(&BUNDLE_PREFIX);
        bytes.extend_from_slice(&entry.to_bytes());
    }
    bytes
}

/// Reads a bundle of entries.
///
/// # Errors
/// [`EntryError`] for another length anywhere, or an entry of no kind.
pub fn parse_bundle(bytes: &[u8]) -> Result<Vec<Entry>, EntryError> {
    let (rows, rest) = bytes.as_chunks::<{ ENTRY_BYTES + 2 }>();
    if !rest.is_empty() {
        return Err(EntryError::Length);
    }
    let entry = |row: &[u8; ENTRY_BYTES + 2]| match row.strip_prefix(&BUNDLE_PREFIX) {
        Some(entry) => Entry::parse(entry),
        None => Err(EntryError::Length),
    };
    rows.iter().map(entry).collect()
}
