use std::path::{Path, PathBuf};
use std::time::Duration;

use piao_ledger::ChainReader;
use piao_protocol::checkpoint::UnverifiedCheckpoint;
use piao_protocol::export::{first_line, last_line, read_block_line};

use crate::exit::Failure;

/// A chain export on disk, and the same as lines.
pub(super) struct Exported {
    pub(super) path: PathBuf,
    pub(super) lines: Vec<String>,
}

/// Blocks read at once.
const PAGE: u32 = 200;

/// A checkpoint is signed within a second of the last block; it is looked for this often, and so many times.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(100);
const CHECKPOINT_TRIES: u32 = 200;

/// Writes the whole chain with a checkpoint that covers its last block.
///
/// # Errors
/// [`Failure`].
pub(super) async fn write(chain: &ChainReader, path: &Path) -> Result<Exported, Failure> {
    let mut lines = vec![first_line(chain.genesis())];
    loop {
        let page = chain.blocks(lines.len() as u64 - 1, PAGE).await;
        let page = page.map_err(|error| Failure::fault("reading the chain", error))?;
        if page.is_empty() {
            break;
        }
        for line in page {
            let line = String::from_utf8(line.to_vec());
            lines.push(line.map_err(|error| Failure::fault("reading the chain", error))?);
        }
    }
    let size = tree_size(lines.last().map_or("", String::as_str))?;
    let note = checkpoint(chain, size).await?;
    lines.push(last_line(&note).map_err(|error| Failure::fault("writing the checkpoint", error))?);
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

fn tree_size(line: &str) -> Result<u64, Failure> {
    let (header, _, _) =
        read_block_line(line).map_err(|error| Failure::fault("reading the last block", error))?;
    Ok(header.tree_size())
}

async fn checkpoint(chain: &ChainReader, size: u64) -> Result<String, Failure> {
    for _ in 0..CHECKPOINT_TRIES {
        let note =
            chain.checkpoint().await.map_err(|error| Failure::fault("reading the checkpoint", error))?;
        if let Some(note) = note
            && UnverifiedCheckpoint::parse(&note).is_ok()
            && note.lines().nth(1) == Some(size.to_string().as_str())
        {
            return Ok(note);
        }
        tokio::time::sleep(CHECKPOINT_EVERY).await;
    }
    Err(Failure::Negative("no checkpoint covers the last block".to_owned()))
}
