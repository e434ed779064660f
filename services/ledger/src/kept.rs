//! The last checkpoint, in a file outside of the database: a database that was put back does not know what it forgot.
//!
//! A checkpoint is in the file before anybody is shown it, so a chain that goes on from the file's contradicts none that
//! anybody has. What was decided after the last checkpoint that could be kept is not missed.

use std::fs::{File, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use piao_protocol::checkpoint::{Checkpoint, NoteKey, UnverifiedCheckpoint};
use piao_protocol::genesis::Genesis;
use piao_protocol::log::{Frontier, root};
use tempfile::NamedTempFile;
use thiserror::Error;

use crate::LedgerError;
use crate::session::LedgerSession;
use crate::tiles::read_nodes;

/// Longest note that is read back, in bytes: many times that of one signature.
const NOTE_BYTES_MAX: u64 = 64 << 10;

/// About as long as a note with one signature is, in bytes.
const NOTE_BYTES_USUAL: usize = 256;

/// Where a ledger keeps its last checkpoint beside its database: best on another disk, and never restored with it. All
/// ledgers of a chain, of which one leads, share one file: what another signed must not be contradicted either. Clones are
/// the same file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCheckpoint(PathBuf);

/// What is wrong with the file of the last checkpoint, or with the database beside it.
#[derive(Debug, Error)]
pub enum KeptError {
    /// It cannot be read or written.
    #[error(
        "{path}: the last checkpoint cannot be {doing}. See that the folder is there and its disk, and that this account may \
         write to it"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What was done: `read`, `written`.
        doing: &'static str,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It holds something else.
    #[error(
        "{path} holds no checkpoint of this chain: {reason}. Name the file that this chain's ledgers write; where this is it, \
         put back a copy of it, or any checkpoint of the chain that was kept. To delete it is to give up the check"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The database ends before it.
    #[error(
        "the database was put back: its log has {stored} entries, and {path} holds the checkpoint of {kept}. Nothing is \
         sealed on it. Bring it up to date from a chain export (`piao catch-up FILE`), or begin a new chain"
    )]
    PutBack {
        /// The file.
        path: PathBuf,
        /// How many entries the log had.
        kept: u64,
        /// How many it has.
        stored: u64,
    },
    /// The database holds another history.
    #[error(
        "the database holds another history: the first {kept} entries of its log are not those that {path} was signed \
         over. Nothing is sealed on it. Restore the right database, or begin a new chain"
    )]
    Forked {
        /// The file.
        path: PathBuf,
        /// How many entries the log had.
        kept: u64,
    },
}

impl KeptCheckpoint {
    /// The file of this name; its folder must be there.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What it holds; nothing where there is no file yet.
    ///
    /// # Errors
    /// [`KeptError::File`], [`KeptError::Foreign`].
    pub fn read(&self, genesis: &Genesis) -> Result<Option<Checkpoint>, KeptError> {
        let mut note = String::new();
        // What has no length, a pipe perhaps, is read no further either.
        let read = File::open(&self.0).and_then(|file| file.take(NOTE_BYTES_MAX).read_to_string(&mut note));
        match read {
            Ok(_) => Ok(Some(self.verified(&note, genesis)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read", error)),
        }
    }

    /// Puts a note into the file, whole or not at all, and onto the disk. Takes a disk's time. `false` where the file holds
    /// the checkpoint of a longer log, which stays: another ledger leads, and nobody may be shown this one.
    ///
    /// Of two that write at one moment the later wins, also with a shorter log; whoever leads comes again.
    ///
    /// # Errors
    /// [`KeptError`]; a file that holds something else is left as it is.
    pub fn keep(&self, note: &str, genesis: &Genesis) -> Result<bool, KeptError> {
        let given = self.verified(note, genesis)?;
        let written = match self.read(genesis)? {
            Some(kept) if kept.size > given.size => return Ok(false),
            Some(kept) if kept.size == given.size && kept.root != given.root => {
                return Err(KeptError::Forked { path: self.0.clone(), kept: kept.size });
            }
            // It has its name already; whoever gave it that may have failed or died before that was durable, too.
            Some(kept) if kept.size == given.size => self.sync_folder(),
            Some(_) | None => self.aside(note).and_then(|aside| {
                // A crash before this: the file is as it was, and nobody was shown the note. After: the note may be shown.
                aside.persist(&self.0)?;
                self.sync_folder()
            }),
        };
        written.map(|()| true).map_err(|error| self.failed("written", error))
    }

    /// Sees that a note can be written where the file is to be, and leaves the file as it is.
    ///
    /// # Errors
    /// [`KeptError::File`].
    pub(crate) fn probe(&self) -> Result<(), KeptError> {
        let note = "-".repeat(NOTE_BYTES_USUAL);
        self.aside(&note).map(drop).map_err(|error| self.failed("written", error))
    }

    fn verified(&self, note: &str, genesis: &Genesis) -> Result<Checkpoint, KeptError> {
        let foreign = |reason: String| KeptError::Foreign { path: self.0.clone(), reason };
        let note = UnverifiedCheckpoint::parse(note).map_err(|error| foreign(error.to_string()))?;
        let logs = genesis.content().logs.iter();
        let keys = logs.filter_map(|log| NoteKey::of_log(genesis.chain(), &log.key)).collect::<Vec<_>>();
        let verified = note.verify(&keys).map_err(|error| foreign(error.to_string()))?;
        Ok(verified.checkpoint().clone())
    }

    /// A note beside the file, durable, under a name that nobody else has. It goes where nothing comes of it.
    fn aside(&self, note: &str) -> std::io::Result<NamedTempFile> {
        let name = self.0.file_name().unwrap_or_default();
        // As any file would be that is not secret: who reads it learns what is public.
        let everybody = Permissions::from_mode(0o644);
        let mut aside =
            tempfile::Builder::new().prefix(name).permissions(everybody).tempfile_in(self.folder())?;
        aside.write_all(note.as_bytes())?;
        aside.as_file().sync_all()?;
        Ok(aside)
    }

    /// Makes durable what has which name.
    fn sync_folder(&self) -> std::io::Result<()> {
        File::open(self.folder())?.sync_all()
    }

    fn folder(&self) -> &Path {
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new("."))
    }

    pub(crate) fn failed(&self, doing: &'static str, source: std::io::Error) -> KeptError {
        KeptError::File { path: self.0.clone(), doing, source }
    }

    /// Whether a log that ends at `frontier` goes on from a checkpoint that was read from the file before the log was: logs
    /// only grow. Reads a tile a level at most.
    ///
    /// # Errors
    /// [`KeptError`], and what the session meets.
    pub(crate) async fn leads_to<S: LedgerSession>(
        &self,
        kept: &Checkpoint,
        session: &mut S,
        frontier: &Frontier,
    ) -> Result<(), LedgerError> {
        let (path, stored) = (|| self.0.clone(), frontier.size());
        if kept.size > stored {
            return Err(KeptError::PutBack { path: path(), kept: kept.size, stored }.into());
        }
        let peaks = read_nodes(session, &Frontier::places(kept.size)).await?;
        if root(kept.size, &peaks).ok() != Some(kept.root) {
            return Err(KeptError::Forked { path: path(), kept: kept.size }.into());
        }
        Ok(())
    }
}
