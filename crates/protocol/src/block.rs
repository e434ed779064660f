//! Block headers and what links one to the next (protocol §5).

use piao_domain::ids::ChainId;
use piao_domain::time::Time;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::{BlockHash, GenesisHash, StateRoot, TreeHash, tagged};
use crate::json::INTEGER_MAX;
use crate::log::{Entry, empty_root};
use crate::wire;

/// The largest height, index or count that JSON carries.
const NUMBER_MAX: u64 = INTEGER_MAX.unsigned_abs();

/// The header of a block: what its hash covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Members", into = "Members")]
pub struct Header {
    chain: ChainId,
    time: Time,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    First { genesis: GenesisHash },
    After(After),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct After {
    height: u64,
    prev: BlockHash,
    first: u64,
    count: u64,
    root: TreeHash,
    state_root: StateRoot,
}

/// A header that cannot be, or that does not follow the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// `v` is not 1.
    #[error("/v must be 1")]
    Version,
    /// Block 0 has `genesis`, and is otherwise fixed: no other has it.
    #[error("block 0, and no other, has genesis, no prev, first 0, count 0 and the empty root")]
    First,
    /// A number beyond what JSON carries.
    #[error("height, time, first and count must be within 2^53−1 and leave room for the closing entry")]
    Number,
    /// Of another chain.
    #[error("/chain must be that of the block before")]
    Chain,
    /// Not the next height.
    #[error("/height must be one more than that of the block before")]
    Height,
    /// Not on top of the block before.
    #[error("/prev must be the hash of the block before")]
    Prev,
    /// Earlier than the block before.
    #[error("/time must not be before that of the block before")]
    Time,
    /// Leaves a gap in the log, or overlaps.
    #[error("/first must be one more than the index of the closing entry of the block before")]
    Index,
}

impl Header {
    /// The header of block 0, whose one entry is its own closing entry.
    #[must_use]
    pub(crate) const fn first_of(chain: ChainId, genesis: GenesisHash, time: Time) -> Self {
        Self { chain, time, place: Place::First { genesis } }
    }

    /// The header of the block after this one. `root` is over all entries before the new block's closing entry, of
    /// which the last `count` are its own.
    ///
    /// # Errors
    /// [`HeaderError`] for a time before this block's, and where numbers run out.
    pub fn next(
        &self,
        time: Time,
        count: u64,
        root: TreeHash,
        state_root: StateRoot,
    ) -> Result<Self, HeaderError> {
        let height = self.height() + 1;
        let place = After { height, prev: self.hash(), first: self.tree_size(), count, root, state_root };
        let next = Self { chain: self.chain.clone(), time, place: Place::After(place.checked(time)?) };
        next.follows(self).map(|()| next)
    }

    /// Checks that this block stands on top of another.
    ///
    /// # Errors
    /// [`HeaderError`] with the first thing that does not fit.
    pub fn follows(&self, before: &Self) -> Result<(), HeaderError> {
        if self.chain != before.chain {
            Err(HeaderError::Chain)
        } else if self.height() != before.height() + 1 {
            Err(HeaderError::Height)
        } else if self.prev() != before.hash() {
            Err(HeaderError::Prev)
        } else if self.time < before.time {
            Err(HeaderError::Time)
        } else if self.first() != before.tree_size() {
            Err(HeaderError::Index)
        } else {
            Ok(())
        }
    }

    /// SHA3-256(`"piao/block/v1\0"` ‖ JCS(header)).
    #[must_use]
    pub fn hash(&self) -> BlockHash {
        BlockHash::new(tagged("piao/block/v1\0", &[self.canonical().as_bytes()]))
    }

    /// Its JCS, written member by member: a block is hashed many times on its way, and nothing in a header needs an
    /// escape (the chain's id is of `a-z 0-9 -`).
    fn canonical(&self) -> String {
        let Self { chain, time, .. } = self;
        let (count, first, height) = (self.count(), self.first(), self.height());
        let genesis = self.genesis().map(|genesis| format!(r#""genesis":"{genesis}","#)).unwrap_or_default();
        let (prev, root, state_root, time) = (self.prev(), self.root(), self.state_root(), time.unix());
        format!(
            r#"{{"chain":"{chain}","count":{count},"first":{first},{genesis}"height":{height},"prev":"{prev}","root":"{root}","state_root":"{state_root}","time":{time},"v":1}}"#
        )
    }

    /// Its closing entry.
    #[must_use]
    pub fn closing_entry(&self) -> Entry {
        Entry::Block { hash: self.hash(), state_root: self.state_root() }
    }

    /// The chain.
    #[must_use]
    pub const fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// How many blocks stand before it.
    #[must_use]
    pub const fn height(&self) -> u64 {
        match &self.place {
            Place::First { .. } => 0,
            Place::After(after) => after.height,
        }
    }

    /// The hash of the block before; zeros in block 0.
    #[must_use]
    pub const fn prev(&self) -> BlockHash {
        match &self.place {
            Place::First { .. } => BlockHash::NONE,
            Place::After(after) => after.prev,
        }
    }

    /// Block time.
    #[must_use]
    pub const fn time(&self) -> Time {
        self.time
    }

    /// The index of its first entry.
    #[must_use]
    pub const fn first(&self) -> u64 {
        match &self.place {
            Place::First { .. } => 0,
            Place::After(after) => after.first,
        }
    }

    /// How many transitions it holds.
    #[must_use]
    pub const fn count(&self) -> u64 {
        match &self.place {
            Place::First { .. } => 0,
            Place::After(after) => after.count,
        }
    }

    /// The index of its closing entry.
    #[must_use]
    pub const fn closing(&self) -> u64 {
        self.first() + self.count()
    }

    /// The size of the log once it is closed.
    #[must_use]
    pub const fn tree_size(&self) -> u64 {
        self.closing() + 1
    }

    /// The RFC 6962 root of all entries before its closing entry.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        match &self.place {
            Place::First { .. } => empty_root(),
            Place::After(after) => after.root,
        }
    }

    /// The state after it.
    #[must_use]
    pub const fn state_root(&self) -> StateRoot {
        match &self.place {
            Place::First { .. } => StateRoot::NONE,
            Place::After(after) => after.state_root,
        }
    }

    /// The genesis file's hash, in block 0 only.
    #[must_use]
    pub const fn genesis(&self) -> Option<GenesisHash> {
        match &self.place {
            Place::First { genesis } => Some(*genesis),
            Place::After(_) => None,
        }
    }
}

impl After {
    fn checked(self, time: Time) -> Result<Self, HeaderError> {
        let size = self.first.checked_add(self.count).and_then(|closing| closing.checked_add(1));
        let bounded = self.height <= NUMBER_MAX && time.unix().unsigned_abs() <= NUMBER_MAX;
        match size {
            Some(size) if size <= NUMBER_MAX && bounded => Ok(self),
            Some(_) | None => Err(HeaderError::Number),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    v: u64,
    #[serde(with = "wire::chain_id")]
    chain: ChainId,
    height: u64,
    prev: BlockHash,
    #[serde(with = "wire::time")]
    time: Time,
    first: u64,
    count: u64,
    root: TreeHash,
    state_root: StateRoot,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "wire::present")]
    genesis: Option<GenesisHash>,
}

impl From<Header> for Members {
    fn from(header: Header) -> Self {
        Self {
            v: 1,
            height: header.height(),
            prev: header.prev(),
            time: header.time,
            first: header.first(),
            count: header.count(),
            root: header.root(),
            state_root: header.state_root(),
            genesis: header.genesis(),
            chain: header.chain,
        }
    }
}

impl TryFrom<Members> for Header {
    type Error = HeaderError;

    fn try_from(members: Members) -> Result<Self, HeaderError> {
        let Members { v, chain, height, prev, time, first, count, root, state_root, genesis } = members;
        if v != 1 {
            return Err(HeaderError::Version);
        }
        if time.unix().unsigned_abs() > NUMBER_MAX {
            return Err(HeaderError::Number);
        }
        let place = match genesis {
            None if height > 0 => {
                Place::After(After { height, prev, first, count, root, state_root }.checked(time)?)
            }
            Some(genesis)
                if (height, first, count) == (0, 0, 0)
                    && prev == BlockHash::NONE
                    && root == empty_root()
                    && state_root == StateRoot::NONE =>
            {
                Place::First { genesis }
            }
            None | Some(_) => return Err(HeaderError::First),
        };
        Ok(Self { chain, time, place })
    }
}
