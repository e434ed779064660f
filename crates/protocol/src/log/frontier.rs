//! Appending to the tree with nothing in hand but its right edge.

use thiserror::Error;

use super::hash::{empty_root, node_hash};
use crate::digest::TreeHash;

/// Where a complete node stands: the hash over the leaves `index · 2^level` to `(index + 1) · 2^level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves, which are level 0.
    pub level: u8,
    /// Place from the left among the nodes of its level.
    pub index: u64,
}

/// A complete node. It never changes while the log grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it stands.
    pub id: NodeId,
    /// Its hash.
    pub hash: TreeHash,
}

/// Peaks that are not those of the size given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a tree of {size} leaves has {} peaks, not {peaks}", size.count_ones())]
pub struct FrontierError {
    /// The number of leaves.
    pub size: u64,
    /// The number of peaks given.
    pub peaks: usize,
}

/// The right edge of a tree: the roots of its largest complete subtrees from left to right, one for each bit that is
/// set in its size. Enough to append and to know the root.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<TreeHash>,
}

impl Frontier {
    /// The edge of an empty tree.
    #[must_use]
    pub const fn empty() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Takes up where another left off. [`Frontier::places`] says which nodes the peaks are.
    ///
    /// # Errors
    /// [`FrontierError`] for another number of peaks than the size has.
    pub fn resume(size: u64, peaks: Vec<TreeHash>) -> Result<Self, FrontierError> {
        if peaks.len() == size.count_ones() as usize {
            Ok(Self { size, peaks })
        } else {
            Err(FrontierError { size, peaks: peaks.len() })
        }
    }

    /// Where the peaks of a tree of this size stand, from left to right.
    #[must_use]
    pub fn places(size: u64) -> Vec<NodeId> {
        complete_nodes(0, size)
    }

    /// The number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The peaks, from left to right.
    #[must_use]
    pub fn peaks(&self) -> &[TreeHash] {
        &self.peaks
    }

    /// Appends a leaf. Every node that it completes, itself first, is added to `completed`.
    pub fn append(&mut self, leaf: TreeHash, completed: &mut Vec<Node>) {
        let mut id = NodeId { level: 0, index: self.size };
        let mut hash = leaf;
        completed.push(Node { id, hash });
        while id.index & 1 == 1 {
            let left = self.peaks.pop().expect("an odd index has a left neighbour, which is a peak");
            hash = node_hash(&left, &hash);
            id = NodeId { level: id.level + 1, index: id.index >> 1 };
            completed.push(Node { id, hash });
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        fold(&self.peaks).unwrap_or_else(empty_root)
    }
}

/// Joins complete subtrees, given from left to right and each smaller than the one before, from the right.
pub(super) fn fold(peaks: &[TreeHash]) -> Option<TreeHash> {
    let (last, before) = peaks.split_last()?;
    Some(before.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
}

/// The largest complete nodes that cover the leaves from `start` up to `end`, from left to right. `start` is a
/// multiple of the largest power of two that the range holds, as it is for every subtree of RFC 6962.
pub(super) fn complete_nodes(start: u64, end: u64) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let mut at = start;
    while at < end {
        // The largest power of two that fits; `start` is aligned to all of them.
        let level = (end - at).ilog2();
        nodes.push(NodeId { level: level as u8, index: at >> level });
        at += 1 << level;
    }
    nodes
}
