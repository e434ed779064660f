//! Proof bundles (`*.piao-proof.json`): all it takes to show, offline, what came of one transition (protocol §5).

mod check;

pub use check::{Attested, BundleError, Check, Checked};

use serde::{Deserialize, Serialize};

use crate::block::Header;
use crate::checkpoint::NoteKey;
use crate::digest::TreeHash;
use crate::json::{self, JsonError};
use crate::jwk::Jwk;
use crate::log::Entry;
use crate::receipt::Receipt;

/// The largest bundle file, in bytes.
pub const BUNDLE_BYTES_MAX: usize = 1024 * 1024;

/// What a bundle file says. Its bytes are exactly the JCS of this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofBundle {
    /// The file's version, 1.
    pub v: u64,
    /// The compact JWS.
    pub transition: String,
    /// The signer's public key.
    pub jwk: Jwk,
    /// What came of it.
    pub receipt: Receipt,
    /// The transition's entry in the log.
    pub entry: Entry,
    /// Its inclusion path under the checkpoint.
    pub path: Vec<TreeHash>,
    /// The entry that closes its block.
    pub closing: Closing,
    /// The signed note.
    pub checkpoint: String,
}

/// The entry that closes a block, and what it is the hash of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// The entry.
    pub entry: Entry,
    /// Its inclusion path under the checkpoint.
    pub path: Vec<TreeHash>,
    /// The block's header.
    pub header: Header,
}

impl ProofBundle {
    /// Writes the file.
    ///
    /// # Errors
    /// [`JsonError`] for a text in it that JSON cannot carry.
    pub fn to_json(&self) -> Result<String, JsonError> {
        json::canonical(self)
    }
}

/// Checks a bundle file, given nothing but the trusted keys of logs.
///
/// # Errors
/// [`BundleError`] names the first check that failed.
pub fn verify_bundle(bytes: &[u8], trusted: &[NoteKey]) -> Result<Checked, BundleError> {
    check::verify(bytes, trusted)
}
