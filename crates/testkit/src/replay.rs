//! Reads a whole chain back from a ledger and replays it.

use bytes::Bytes;
use piao_chain::replay::{Replay, Replayed};
use piao_ledger::ChainReader;
use piao_protocol::export::read_block_line;
use piao_protocol::jws::Unverified;

/// Every block line of the chain, block 0 first.
///
/// # Panics
/// Where the ledger cannot be read.
pub async fn lines(reader: &ChainReader) -> Vec<Bytes> {
    let mut lines: Vec<Bytes> = Vec::new();
    loop {
        let more = reader.blocks(lines.len() as u64, 50).await.expect("blocks of the ledger");
        if more.is_empty() {
            return lines;
        }
        lines.extend(more);
    }
}

/// Executes a chain again from its genesis.
///
/// # Panics
/// Where it does not come out as it was recorded.
pub async fn replay(reader: &ChainReader) -> Replayed {
    let mut replay = Replay::new(reader.genesis());
    for line in lines(reader).await.iter().skip(1) {
        let line = std::str::from_utf8(line).expect("a line of text");
        let (header, transitions, outcomes) = read_block_line(line.trim_end()).expect("a block line");
        let unverified = transitions.into_iter().map(|jws| Unverified::parse(jws).expect("a transition"));
        replay
            .push(&header, unverified.zip(outcomes).collect())
            .unwrap_or_else(|error| panic!("block {}: {error}", header.height()));
    }
    replay.finish()
}
