//! Tells the services of blocks that are durable. An announcement is a hint: it may be lost.

use std::sync::Arc;

use bytes::Bytes;
use piao_bus::Bus;
use piao_protocol::block::Header;
use piao_protocol::json;
use piao_protocol::outcome::{Outcome, outcome_json};
use tokio::sync::mpsc;

use crate::db::{Stored, StoredBadly};
use crate::intake::Taken;

/// A block on its way to the services.
pub(crate) struct Announcement {
    height: u64,
    line: Bytes,
}

/// A block as chain exports and announcements carry it (protocol §5): JCS of {header, outcomes, transitions}.
pub(crate) struct BlockLine {
    text: String,
    header_end: usize,
}

const HEADER: &str = "{\"header\":";

/// Writes the line. Every part is canonical already and the members stand in their sorted places, so the whole is.
pub(crate) fn block_line(header: &Header, taken: &[&Taken], outcomes: &[Outcome]) -> BlockLine {
    // A header is texts, digests and integers in bounds, which its doors have checked.
    let header = json::canonical(header).unwrap_or_default();
    let transitions = taken.iter().map(|taken| taken.compact.len() + 3).sum::<usize>();
    let mut text = String::with_capacity(header.len() + transitions + 256 * outcomes.len());
    text.push_str(HEADER);
    text.push_str(&header);
    let header_end = text.len();
    text.push_str(",\"outcomes\":[");
    for (place, outcome) in outcomes.iter().enumerate() {
        text.push_str(if place == 0 { "" } else { "," });
        text.push_str(&outcome_json(outcome));
    }
    text.push_str("],\"transitions\":[");
    for (place, taken) in taken.iter().enumerate() {
        text.push_str(if place == 0 { "\"" } else { ",\"" });
        // base64url and dots: nothing that JSON would escape.
        text.push_str(&taken.compact);
        text.push('"');
    }
    text.push_str("]}");
    BlockLine { text, header_end }
}

impl BlockLine {
    pub(crate) fn header(&self) -> &str {
        &self.text[HEADER.len()..self.header_end]
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn into_announcement(self, height: u64) -> Announcement {
        Announcement { height, line: self.text.into() }
    }
}

/// Level 1 of zstd: block bodies are mostly base64 of random bytes, which no level shrinks much further.
const COMPRESSION: i32 = 1;

/// Longest block line that is read back, in bytes: a full batch of the longest transitions, and some.
const LINE_BYTES_MAX: usize = 1 << 30;

pub(crate) fn compress(line: &str) -> Vec<u8> {
    // Into memory, so that only a lack of it could fail.
    zstd::bulk::compress(line.as_bytes(), COMPRESSION).unwrap_or_default()
}

pub(crate) fn decompress(body: &[u8]) -> Result<Vec<u8>, StoredBadly> {
    let size = zstd::zstd_safe::get_frame_content_size(body).ok().flatten();
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= LINE_BYTES_MAX);
    let size = size.ok_or_else(|| Stored("block").bad("a body that says no size"))?;
    zstd::bulk::decompress(body, size).map_err(|error| Stored("block").bad(error))
}

/// Announces blocks in order until the ledger ends.
pub(crate) async fn run(bus: Arc<dyn Bus>, mut announcements: mpsc::Receiver<Announcement>) {
    while let Some(Announcement { height, line }) = announcements.recv().await {
        if let Err(error) = bus.publish_block(height, line).await {
            tracing::warn!(height, error = &error as &dyn std::error::Error, "a block was not announced");
        }
    }
}
