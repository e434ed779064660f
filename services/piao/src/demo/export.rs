use std::path::{Path, PathBuf};
use std::time::Duration;

use piao_ledger::ChainReader;

use crate::exit::Failure;
use crate::export::{self, Source};

/// A chain export on disk, and the same as lines.
pub(super) struct Exported {
    pub(super) path: PathBuf,
    pub(super) lines: Vec<String>,
}

/// A checkpoint is signed within a second of the last block, on a machine that has time for it.
const CHECKPOINT_WAIT_MAX: Duration = Duration::from_secs(20);

/// Writes the whole chain with a checkpoint that covers its last block.
///
/// # Errors
/// [`Failure`].
pub(super) async fn write(chain: &ChainReader, path: &Path) -> Result<Exported, Failure> {
    let mut text = Vec::new();
    let source = Source::Database(chain);
    let exported = export::write(&source, chain.genesis(), CHECKPOINT_WAIT_MAX, &mut text).await?;
    if exported.is_none_or(|exported| exported.height < exported.head) {
        return Err(Failure::Negative("no checkpoint covers the last block".to_owned()));
    }
    let text = String::from_utf8(text).map_err(|error| Failure::fault("reading the chain", error))?;
    let lines = text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    save(path, &lines)?;
    Ok(Exported { path: path.to_owned(), lines })
}

/// Writes lines to a file.
///
/// # Errors
/// [`Failure`] naming the file.
pub(super) fn save(path: &Path, lines: &[String]) -> Result<(), Failure> {
    std::fs::write(path, lines.concat())
        .map_err(|error| Failure::fault(format!("writing {}", path.display()), error))
}
