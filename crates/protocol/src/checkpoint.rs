//! Checkpoints: the log's size and root under its key, as a C2SP signed note (`tlog-checkpoint`).

mod note;
mod sign;

pub use note::{NoteError, NoteKey, SignatureLine};
pub use sign::LogSigner;

use piao_domain::ids::ChainId;
use thiserror::Error;

use crate::digest::TreeHash;
use crate::encoding::base64;
use crate::json::INTEGER_MAX;
use note::Note;

/// The size and root of a log. Its text is what the log's key signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The chain, which is the log's origin line.
    pub chain: ChainId,
    /// How many entries the log has.
    pub size: u64,
    /// The RFC 6962 root over them.
    pub root: TreeHash,
}

/// Why a text is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// Not a signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A note of other than the three lines origin, size and root.
    #[error("a checkpoint must be three lines: chain id, size, base64 of the root")]
    Text,
}

/// Why a checkpoint's signatures do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CheckpointSignatureError {
    /// A line by a key that was not given: it can be neither checked nor passed over.
    #[error("signature line {line} is by a key that is not trusted here")]
    UnknownKey {
        /// Counted from 1.
        line: usize,
    },
    /// A line that is wrong.
    #[error("signature line {line} is not its key's over this text")]
    Wrong {
        /// Counted from 1.
        line: usize,
    },
    /// No line is the log's own.
    #[error("no signature is by a key of the log")]
    NotTheLog,
}

impl Checkpoint {
    /// Its text: origin, size and root, a line each.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.chain, self.size, base64::encode(self.root.as_bytes()))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root, None) = (lines.next()?, lines.next()?, lines.next()?, lines.next()) else {
            return None;
        };
        let plain = size.bytes().all(|b| b.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
        let size = if plain { size.parse::<u64>().ok()? } else { return None };
        let root = TreeHash::new(base64::decode(root).ok()?.try_into().ok()?);
        let chain = ChainId::parse(origin).ok()?;
        (size <= INTEGER_MAX.unsigned_abs()).then_some(Self { chain, size, root })
    }
}

/// A well-formed checkpoint whose signatures nobody has checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl UnverifiedCheckpoint {
    /// Reads a signed note.
    ///
    /// # Errors
    /// [`CheckpointError`] for another shape.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let note = Note::parse(text)?;
        let checkpoint = Checkpoint::parse(note.text()).ok_or(CheckpointError::Text)?;
        Ok(Self { checkpoint, note })
    }

    /// The chain that it claims to be of.
    #[must_use]
    pub const fn chain(&self) -> &ChainId {
        &self.checkpoint.chain
    }

    /// Its signature lines.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureLine] {
        self.note.signatures()
    }

    /// Checks every line against the keys given. At least one line must be by a key whose name is the chain id.
    ///
    /// # Errors
    /// [`CheckpointSignatureError`] where a line is by another key or wrong, or none is the log's own.
    pub fn verify(self, keys: &[NoteKey]) -> Result<VerifiedCheckpoint, CheckpointSignatureError> {
        let mut by_the_log = false;
        for (place, line) in self.note.signatures().iter().enumerate() {
            let mut known = keys.iter().filter(|key| key.made(line)).peekable();
            if known.peek().is_none() {
                return Err(CheckpointSignatureError::UnknownKey { line: place + 1 });
            }
            let key = known.find(|key| key.verify(self.note.text(), line));
            let key = key.ok_or(CheckpointSignatureError::Wrong { line: place + 1 })?;
            by_the_log |= key.name() == self.checkpoint.chain.as_str();
        }
        if by_the_log {
            Ok(VerifiedCheckpoint(self.checkpoint))
        } else {
            Err(CheckpointSignatureError::NotTheLog)
        }
    }
}

/// A checkpoint whose signatures were all checked, the log's own among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCheckpoint(Checkpoint);

impl VerifiedCheckpoint {
    /// What was signed.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.0
    }
}
