//! Checking proofs (RFC 9162 §2.1.3.2 and §2.1.4.2).

use thiserror::Error;

use super::hash::{empty_root, node_hash};
use crate::digest::TreeHash;

/// A proof that proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the proof does not lead to the root")]
pub struct ProofError;

/// Checks that a leaf is the one at `index` in the tree of `size` leaves with this root.
///
/// # Errors
/// [`ProofError`] where it is not, or the path is longer or shorter than it must be.
pub fn verify_inclusion(
    leaf: &TreeHash,
    index: u64,
    size: u64,
    path: &[TreeHash],
    root: &TreeHash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError);
    }
    let mut place = index;
    let mut last = size - 1;
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(ProofError);
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            // A node at the right edge that has no sibling stands for its parent too.
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root { Ok(()) } else { Err(ProofError) }
}

/// Checks that the tree of `old` leaves is the beginning of the tree of `new` leaves, given both roots.
///
/// # Errors
/// [`ProofError`] where it is not, or the proof is longer or shorter than it must be.
pub fn verify_consistency(
    old: u64,
    old_root: &TreeHash,
    new: u64,
    new_root: &TreeHash,
    proof: &[TreeHash],
) -> Result<(), ProofError> {
    if old > new || (old == 0 && *old_root != empty_root()) {
        return Err(ProofError);
    }
    if old == new || old == 0 {
        let same = old == 0 || old_root == new_root;
        return if same && proof.is_empty() { Ok(()) } else { Err(ProofError) };
    }
    // Where the old tree is one complete subtree, its root begins the proof.
    let (first, rest) =
        if old.is_power_of_two() { (old_root, proof) } else { proof.split_first().ok_or(ProofError)? };
    let mut place = old - 1;
    let mut last = new - 1;
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError);
        }
        if place & 1 == 1 || place == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last == 0 && old_hash == *old_root && new_hash == *new_root { Ok(()) } else { Err(ProofError) }
}
