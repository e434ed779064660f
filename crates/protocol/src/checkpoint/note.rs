//! C2SP signed notes: a text, a blank line, and lines `— <key name> <base64(key id ‖ signature)>`.

use piao_domain::ids::ChainId;
use piao_domain::key::PublicKey;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::encoding::base64;
use crate::jwk::Jwk;
use crate::jws;

/// The longest note, in bytes.
const NOTE_BYTES_MAX: usize = 16 * 1024;

/// The most signature lines a note may have.
const LINES_MAX: usize = 16;

/// The signature type of plain Ed25519 (C2SP signed-note).
const ED25519: u8 = 1;

/// Why a text is no signed note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// Longer than a note may be.
    #[error("a note must be at most {NOTE_BYTES_MAX} bytes")]
    TooLarge,
    /// No text, blank line and signature lines, each ended by a newline, without control characters.
    #[error("a note must be lines of text, a blank line, and 1 to {LINES_MAX} signature lines")]
    Shape,
    /// A signature line of another shape.
    #[error("signature line {line} must be an em dash, a key name and base64 of key id and signature")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// Two lines by one key.
    #[error("signature line {line} is by a key that signed before")]
    Repeated {
        /// Counted from 1.
        line: usize,
    },
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    pub(super) name: String,
    pub(super) key_id: [u8; 4],
    pub(super) signature: Vec<u8>,
}

impl SignatureLine {
    /// The name of the key that it claims to be by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
        if name.is_empty() || name.contains(['+', ' ']) || name.contains(char::is_whitespace) {
            return None;
        }
        let bytes = base64::decode(bytes).ok()?;
        let (key_id, signature) = bytes.split_first_chunk::<4>()?;
        (!signature.is_empty()).then(|| Self {
            name: name.to_owned(),
            key_id: *key_id,
            signature: signature.to_vec(),
        })
    }

    pub(super) fn write(&self) -> String {
        format!("— {} {}\n", self.name, base64::encode(&[&self.key_id, self.signature.as_slice()].concat()))
    }
}

/// A note taken apart; nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

impl Note {
    pub(super) fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLarge);
        }
        if note.chars().any(|letter| letter.is_control() && letter != '\n') {
            return Err(NoteError::Shape);
        }
        let cut = note.rfind("\n\n").ok_or(NoteError::Shape)?;
        let (text, lines) = (&note[..=cut], &note[cut + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Shape)?;
        let mut signatures: Vec<SignatureLine> = Vec::new();
        for (place, line) in lines.split('\n').enumerate() {
            if place == LINES_MAX {
                return Err(NoteError::Shape);
            }
            let line = SignatureLine::parse(line).ok_or(NoteError::Line { line: place + 1 })?;
            if signatures.iter().any(|other| other.name == line.name && other.key_id == line.key_id) {
                return Err(NoteError::Repeated { line: place + 1 });
            }
            signatures.push(line);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// What is signed, its last newline included.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }
}

/// A key that signs notes, by name.
#[derive(Clone, Debug)]
pub struct NoteKey {
    name: String,
    id: [u8; 4],
    key: ed25519_dalek::VerifyingKey,
}

impl NoteKey {
    /// A key of a chain's log, whose name is the chain id; nothing where it is no Ed25519 key.
    #[must_use]
    pub fn of_log(chain: &ChainId, key: &Jwk) -> Option<Self> {
        match key.key() {
            PublicKey::EdDsa { x } => {
                let key = jws::ed25519_key(x).ok()?;
                Some(Self { name: chain.to_string(), id: key_id(chain.as_str(), x), key })
            }
            PublicKey::Es256k { .. } | PublicKey::Es256 { .. } => None,
        }
    }

    /// The name that its signature lines carry.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a line claims to be by it.
    pub(super) fn made(&self, line: &SignatureLine) -> bool {
        self.name == line.name && self.id == line.key_id
    }

    pub(super) fn verify(&self, text: &str, line: &SignatureLine) -> bool {
        match line.signature.as_slice().try_into() {
            Ok(signature) => jws::ed25519(&self.key, text.as_bytes(), signature).is_ok(),
            Err(_) => false,
        }
    }
}

/// The first four bytes of SHA-256(name ‖ `"\n"` ‖ `0x01` ‖ public key), C2SP signed-note.
pub(super) fn key_id(name: &str, key: &[u8; 32]) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name.as_bytes())
        .chain_update([b'\n', ED25519])
        .chain_update(key)
        .finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}
