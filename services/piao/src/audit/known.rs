//! What an auditor knew before: the chain's genesis file, and what was kept from it. A chain that was written anew by
//! whoever holds its keys replays as well as the true one; only what was kept from before tells the two apart.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use piao_chain::seal::Tip;
use piao_protocol::checkpoint::{Checkpoint, UnverifiedCheckpoint};
use piao_protocol::genesis::Genesis;
use piao_protocol::proof::verify_bundle;

use crate::data_dir::{log_keys, read_genesis};
use crate::exit::{Failure, chain};

/// Largest checkpoint or bundle that is read, bytes.
const KEPT_BYTES_MAX: u64 = 4 << 20;

/// What was known before.
pub(crate) struct Known {
    genesis: Option<(PathBuf, Arc<Genesis>)>,
    files: Vec<(PathBuf, Vec<u8>)>,
    /// Kept checkpoints that the replay has not come to, by how many entries the log had.
    waiting: BTreeMap<u64, Vec<(PathBuf, Checkpoint)>>,
    met: u64,
}

impl Known {
    /// Reads the files that an auditor named.
    ///
    /// # Errors
    /// [`Failure`] naming the one that cannot be read.
    pub(crate) fn read(genesis_file: Option<&Path>, kept: &[PathBuf]) -> Result<Self, Failure> {
        let genesis = genesis_file.map(|path| Ok((path.to_owned(), read_genesis(path)?)));
        let files = kept.iter().map(|path| Ok((path.clone(), read_kept(path)?)));
        Ok(Self {
            genesis: genesis.transpose()?,
            files: files.collect::<Result<_, Failure>>()?,
            waiting: BTreeMap::new(),
            met: 0,
        })
    }

    /// Whether a genesis file was named.
    pub(super) const fn has_genesis(&self) -> bool {
        self.genesis.is_some()
    }

    /// How many kept checkpoints the chain was found to hold.
    pub(super) const fn met(&self) -> u64 {
        self.met
    }

    /// Holds the genesis file that an export begins with against the one named, and everything kept against its keys.
    ///
    /// # Errors
    /// [`Failure::Negative`].
    pub(super) fn begin(&mut self, genesis: &Genesis) -> Result<(), Failure> {
        if let Some((path, known)) = &self.genesis
            && known.hash() != genesis.hash()
        {
            let (path, chain, known) = (path.display(), genesis.chain(), known.chain());
            return Err(Failure::Negative(format!(
                "the export is of {chain}, and {path} is the genesis file of {known}"
            )));
        }
        for (path, bytes) in std::mem::take(&mut self.files) {
            let checkpoint = checkpoint(&bytes, genesis).map_err(|reason| {
                Failure::Negative(format!("{} is nothing that this chain signed: {reason}", path.display()))
            })?;
            self.waiting.entry(checkpoint.size).or_default().push((path, checkpoint));
        }
        Ok(())
    }

    /// Holds what was kept against the log as a block leaves it.
    ///
    /// # Errors
    /// [`Failure::Negative`] where the log is another than it was.
    pub(super) fn reached(&mut self, tip: &Tip) -> Result<(), Failure> {
        let size = tip.frontier.size();
        while let Some(entry) = self.waiting.first_entry().filter(|entry| *entry.key() <= size) {
            for (path, kept) in entry.remove() {
                // Checkpoints end on blocks: one that the replay passes by was of another log.
                if kept.size != size || kept.root != tip.frontier.root() {
                    return Err(Failure::Negative(format!(
                        "the chain was written anew: the log's first {} entries are not those that {} was signed over",
                        kept.size,
                        path.display()
                    )));
                }
                self.met += 1;
            }
        }
        Ok(())
    }

    /// Whether all was met that was kept.
    ///
    /// # Errors
    /// [`Failure::Negative`] where the export ends before.
    pub(super) fn end(&self, tree_size: u64) -> Result<(), Failure> {
        let Some((path, kept)) = self.waiting.values().flatten().next() else { return Ok(()) };
        Err(Failure::Negative(format!(
            "the export ends after {tree_size} entries of the log, and {} was signed over {}",
            path.display(),
            kept.size
        )))
    }
}

fn read_kept(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error| Failure::fault(format!("reading {}", path.display()), error);
    let mut bytes = Vec::new();
    // What has no length, a pipe perhaps, is read no further either.
    let file = File::open(path).map_err(unreadable)?;
    file.take(KEPT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > KEPT_BYTES_MAX {
        return Err(Failure::Negative(format!("{} is no checkpoint and no proof bundle", path.display())));
    }
    Ok(bytes)
}

/// The checkpoint of a signed note or of a proof bundle, whose signatures were checked.
fn checkpoint(bytes: &[u8], genesis: &Genesis) -> Result<Checkpoint, String> {
    let keys = log_keys(genesis);
    if bytes.starts_with(b"{") {
        let checked = verify_bundle(bytes, &keys).map_err(|error| chain(&error))?;
        return Ok(checked.checkpoint().clone());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| chain(&error))?;
    let note = UnverifiedCheckpoint::parse(text).map_err(|error| chain(&error))?;
    let verified = note.verify(&keys).map_err(|error| chain(&error))?;
    Ok(verified.checkpoint().clone())
}
