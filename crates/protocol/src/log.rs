//! The log: an append-only Merkle tree over all entries in order (RFC 6962), served as C2SP `tlog-tiles`.

mod entry;
mod frontier;
mod hash;
mod proof;
mod tile;
mod verify;

pub use entry::{ENTRY_BYTES, Entry, EntryError, bundle, parse_bundle};
pub use frontier::{Frontier, FrontierError, Node, NodeId};
pub use hash::{empty_root, leaf_hash, node_hash};
pub use proof::{NotInLog, Plan, consistency, inclusion, root};
pub use tile::{TILE_WIDTH, TilePath, TilePathError};
pub use verify::{ProofError, verify_consistency, verify_inclusion};
