//! RFC 6962 §2.1: SHA-256 with one tag for leaves and another for nodes.

use sha2::{Digest as _, Sha256};

use crate::digest::TreeHash;

/// The root of a tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> TreeHash {
    TreeHash::new(Sha256::digest(b"").into())
}

/// The hash of a leaf: SHA-256(`0x00` ‖ entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> TreeHash {
    TreeHash::new(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// The hash of a node: SHA-256(`0x01` ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &TreeHash, right: &TreeHash) -> TreeHash {
    let hash = Sha256::new().chain_update([1]).chain_update(left.as_bytes()).chain_update(right.as_bytes());
    TreeHash::new(hash.finalize().into())
}
