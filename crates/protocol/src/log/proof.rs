//! Making proofs (RFC 6962 §2.1.1 and §2.1.2) from stored complete nodes.

use thiserror::Error;

use super::frontier::{NodeId, complete_nodes, fold};
use super::hash::empty_root;
use crate::digest::TreeHash;

/// A proof was asked for about leaves that the tree does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the log has no such leaf or size")]
pub struct NotInLog;

/// Which complete nodes a proof is made of. Load them, in this order, in one query; then assemble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    nodes: Vec<NodeId>,
    /// How many nodes make up each hash of the proof.
    widths: Vec<usize>,
}

impl Plan {
    /// The nodes to load.
    #[must_use]
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// Makes the proof from the hashes of [`Plan::nodes`], in the same order.
    ///
    /// # Errors
    /// [`NotInLog`] where there are fewer or more of them.
    pub fn assemble(&self, hashes: &[TreeHash]) -> Result<Vec<TreeHash>, NotInLog> {
        if hashes.len() != self.nodes.len() {
            return Err(NotInLog);
        }
        let mut rest = hashes;
        let mut path = Vec::with_capacity(self.widths.len());
        for width in &self.widths {
            let (subtree, after) = rest.split_at(*width);
            path.push(fold(subtree).ok_or(NotInLog)?);
            rest = after;
        }
        Ok(path)
    }

    fn of(subtrees: &[(u64, u64)]) -> Self {
        let groups: Vec<_> = subtrees.iter().map(|(start, end)| complete_nodes(*start, *end)).collect();
        Self { widths: groups.iter().map(Vec::len).collect(), nodes: groups.concat() }
    }
}

/// Plans the proof that the leaf `index` is in the tree of the first `size` leaves: PATH(index, D[size]).
///
/// # Errors
/// [`NotInLog`] for an index not below the size.
pub fn inclusion(index: u64, size: u64) -> Result<Plan, NotInLog> {
    if index >= size {
        return Err(NotInLog);
    }
    let (mut start, mut end) = (0, size);
    let mut siblings = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            siblings.push((middle, end));
            end = middle;
        } else {
            siblings.push((start, middle));
            start = middle;
        }
    }
    siblings.reverse();
    Ok(Plan::of(&siblings))
}

/// Plans the proof that the tree of the first `old` leaves is the beginning of the tree of `new`: PROOF(old, D[new]).
/// Between trees of the same size, and from the empty tree, it is empty.
///
/// # Errors
/// [`NotInLog`] where the old size is the larger.
pub fn consistency(old: u64, new: u64) -> Result<Plan, NotInLog> {
    if old > new {
        return Err(NotInLog);
    }
    if old == 0 || old == new {
        return Ok(Plan::of(&[]));
    }
    let (mut start, mut end) = (0, new);
    let mut subtrees = Vec::new();
    // SUBPROOF(m, D[n], b): whoever checks knows the old root itself, so it is left out where the old tree is one
    // complete subtree from the first leaf on.
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            subtrees.push((middle, end));
            end = middle;
        } else {
            subtrees.push((start, middle));
            start = middle;
        }
    }
    if start > 0 {
        subtrees.push((start, end));
    }
    subtrees.reverse();
    Ok(Plan::of(&subtrees))
}

/// The root of the first `size` leaves, from the hashes of the nodes that
/// [`Frontier::places`](super::Frontier::places) names.
///
/// # Errors
/// [`NotInLog`] for another number of hashes.
pub fn root(size: u64, peaks: &[TreeHash]) -> Result<TreeHash, NotInLog> {
    if peaks.len() == size.count_ones() as usize {
        Ok(fold(peaks).unwrap_or_else(empty_root))
    } else {
        Err(NotInLog)
    }
}

/// The largest power of two below `n`, which is at least 2.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}
