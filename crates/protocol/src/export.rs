//! Chain exports: NDJSON, each line exactly JCS and a newline (protocol §5).
//!
//! First the genesis file, then a line a block, last a checkpoint that covers the last block.

mod reader;

pub use reader::{ExportError, ExportFault, Exported, Line, Reader};

use serde::{Deserialize, Serialize};

use crate::block::Header;
use crate::encoding::base64url;
use crate::genesis::Genesis;
use crate::json::{self, JsonError};
use crate::outcome::Outcome;

/// Writes the first line.
#[must_use]
pub fn first_line(genesis: &Genesis) -> String {
    let genesis = base64url::encode(genesis.bytes());
    format!("{{\"genesis\":\"{genesis}\",\"v\":1}}\n")
}

/// Writes a block's line: its transitions, as compact JWS in order, and what came of each.
///
/// # Errors
/// [`JsonError`] for a text that JSON cannot carry.
pub fn block_line(header: &Header, transitions: &[&str], outcomes: &[Outcome]) -> Result<String, JsonError> {
    json::canonical(&BlockWritten { header, transitions, outcomes }).map(|text| text + "\n")
}

/// Takes a block's line apart, without judging what it says.
///
/// # Errors
/// [`JsonError`] for a text that is no block's line.
pub fn read_block_line(text: &str) -> Result<(Header, Vec<String>, Vec<Outcome>), JsonError> {
    let BlockLine { header, transitions, outcomes } = json::from_str(text)?;
    Ok((header, transitions, outcomes))
}

/// Writes the last line, from a signed note.
///
/// # Errors
/// [`JsonError`] for a text that JSON cannot carry.
pub fn last_line(checkpoint: &str) -> Result<String, JsonError> {
    json::canonical(&CheckpointLine { checkpoint: checkpoint.to_owned() }).map(|text| text + "\n")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisLine {
    v: u64,
    genesis: String,
}

#[derive(Serialize)]
struct BlockWritten<'a> {
    header: &'a Header,
    transitions: &'a [&'a str],
    outcomes: &'a [Outcome],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockLine {
    header: Header,
    transitions: Vec<String>,
    outcomes: Vec<Outcome>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointLine {
    checkpoint: String,
}
