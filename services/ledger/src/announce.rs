//! Tells the services of blocks that are durable. An announcement is a hint: it may be lost.

use std::sync::Arc;

use piao_bus::Bus;
use piao_protocol::announcement::announce;
use piao_protocol::block::Header;
use piao_protocol::checkpoint::LogSigner;
use piao_protocol::export;
use piao_protocol::outcome::Outcome;
use tokio::sync::mpsc;

use crate::db::{Stored, StoredBadly};
use crate::fault;
use crate::intake::Taken;

const BLOCK: Stored = Stored("block");

/// A block on its way to the services.
pub(crate) struct Announcement {
    pub(crate) height: u64,
    pub(crate) line: String,
}

/// Writes a block as chain exports and announcements carry it (protocol §5).
pub(crate) fn block_line(
    header: &Header,
    taken: &[&Taken],
    outcomes: &[Outcome],
) -> Result<String, StoredBadly> {
    let transitions = taken.iter().map(|taken| &*taken.compact).collect::<Vec<_>>();
    export::block_line(header, &transitions, outcomes).map_err(|error| BLOCK.bad(error))
}

/// Level 1 of zstd: block bodies are mostly base64 of random bytes, which no level shrinks much further.
const COMPRESSION: i32 = 1;

/// Longest block line that is read back, in bytes: a full batch of the longest transitions, and some.
const LINE_BYTES_MAX: usize = 1 << 30;

/// What is stored of a line. An error stops the ledger before it commits: a block without its body is one that nobody
/// can follow.
pub(crate) fn compress(line: &str) -> Result<Vec<u8>, StoredBadly> {
    zstd::bulk::compress(line.as_bytes(), COMPRESSION).map_err(|error| BLOCK.bad(error))
}

pub(crate) fn decompress(body: &[u8]) -> Result<Vec<u8>, StoredBadly> {
    let size = zstd::zstd_safe::get_frame_content_size(body).ok().flatten();
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= LINE_BYTES_MAX);
    let size = size.ok_or_else(|| BLOCK.bad("a body that says no size"))?;
    zstd::bulk::decompress(body, size).map_err(|error| BLOCK.bad(error))
}

/// Announces blocks in order until the ledger ends. Each is signed: the broker is nobody's word.
pub(crate) async fn run(
    bus: Arc<dyn Bus>,
    signer: Arc<LogSigner>,
    mut announcements: mpsc::Receiver<Announcement>,
) {
    while let Some(Announcement { height, line }) = announcements.recv().await {
        fault::point("ledger.announce.before");
        if let Err(error) = bus.publish_block(height, announce(line, &signer).into()).await {
            tracing::warn!(height, error = &error as &dyn std::error::Error, "a block was not announced");
        }
        fault::point("ledger.announce.after");
    }
}
