//! A block as the ledger announces it: its export line, signed by the log (protocol §6).
//!
//! Whoever can write to the broker can announce anything. A service that took such a block for true would show locks
//! and invoices that were never decided, until the next real block came.

use ed25519_dalek::VerifyingKey;
use piao_domain::key::PublicKey;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::checkpoint::LogSigner;
use crate::encoding::base64url;
use crate::genesis::Genesis;
use crate::jws;

const TAG: &[u8] = b"piao/announcement/v1\0";

/// Length of what follows the block line: base64url of 64 bytes.
const SIGNATURE_CHARS: usize = 86;

/// Why bytes are no announcement of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnnouncementError {
    /// Not a line, its newline, and 64 bytes in base64url.
    #[error("an announcement must be a block line, a newline and an Ed25519 signature in base64url")]
    Shape,
    /// None of the chain's log keys made the signature.
    #[error("an announcement that no log key of the chain signed")]
    Signature,
}

/// The announcement of a block line with its newline ([`crate::export::block_line`]): the line, and base64url of the
/// log's signature.
///
/// # Panics
/// Where no newline parts line and signature.
#[must_use]
pub fn announce(mut line: String, signer: &LogSigner) -> String {
    assert!(line.ends_with('\n'), "a block line ends with a newline");
    let signature = base64url::encode(&signer.sign_announcement(&message(line.as_bytes())));
    line.reserve_exact(SIGNATURE_CHARS);
    line.push_str(&signature);
    line
}

/// The log keys of one chain, ready to verify what is announced.
#[derive(Clone, Debug)]
pub struct Announcers(Box<[VerifyingKey]>);

impl Announcers {
    /// The log keys that a genesis file names.
    #[must_use]
    pub fn of(genesis: &Genesis) -> Self {
        let keys = genesis.content().logs.iter().filter_map(|log| match log.key.key() {
            PublicKey::EdDsa { x } => jws::ed25519_key(x).ok(),
            // No genesis file with such a log key is read.
            PublicKey::Es256k { .. } | PublicKey::Es256 { .. } => None,
        });
        Self(keys.collect())
    }

    /// The length of the block line in an announcement, in bytes, its newline included.
    ///
    /// # Errors
    /// [`AnnouncementError`] where no log key of the chain announced it.
    pub fn verify(&self, announcement: &[u8]) -> Result<usize, AnnouncementError> {
        let cut = announcement.len().checked_sub(SIGNATURE_CHARS).ok_or(AnnouncementError::Shape)?;
        let (line, signature) = announcement.split_at(cut);
        let signature = line
            .ends_with(b"\n")
            .then_some(signature)
            .and_then(|signature| std::str::from_utf8(signature).ok())
            .and_then(|signature| base64url::decode_array::<64>(signature).ok())
            .ok_or(AnnouncementError::Shape)?;
        let message = message(line);
        if self.0.iter().any(|key| jws::ed25519(key, &message, &signature).is_ok()) {
            Ok(cut)
        } else {
            Err(AnnouncementError::Signature)
        }
    }
}

/// What is signed: the tag and SHA-256 of the line, newline included.
fn message(line: &[u8]) -> Vec<u8> {
    [TAG, Sha256::digest(line).as_slice()].concat()
}
