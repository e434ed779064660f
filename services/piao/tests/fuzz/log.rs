//! The log and what proves something of it: headers, block lines, exports, checkpoints, entries, tiles, bundles.

use bytes::Bytes;
use piao_edge::follow::Block;
use piao_protocol::announcement::Announcers;
use piao_protocol::block::Header;
use piao_protocol::checkpoint::{NoteKey, UnverifiedCheckpoint};
use piao_protocol::export::{Reader, block_line, read_block_line};
use piao_protocol::genesis::Genesis;
use piao_protocol::log::{ENTRY_BYTES, Entry, TilePath, bundle, parse_bundle};
use piao_protocol::proof::{ProofBundle, verify_bundle};

use crate::{LINE_BYTES_MAX, again, corpus, text};

/// Longer than the corpora by far, shorter than what a block may be.
const BLOCK_BYTES_MAX: usize = 1 << 20;

/// The log key of the vectors' chain.
fn log_key() -> NoteKey {
    let genesis = Genesis::parse(include_bytes!("corpus/genesis/01")).unwrap();
    NoteKey::of_log(genesis.chain(), &genesis.content().logs[0].key).unwrap()
}

#[test]
fn a_damaged_checkpoint_never_verifies() {
    let key = [log_key()];
    corpus("checkpoint", LINE_BYTES_MAX).feed(|bytes| {
        let Ok(note) = UnverifiedCheckpoint::parse(text(bytes)) else { return false };
        let verifies = note.verify(&key).is_ok();
        assert_eq!(verifies, bytes == include_bytes!("corpus/checkpoint/01"));
        true
    });
}

#[test]
fn a_damaged_block_header_is_refused_or_written_back_the_same() {
    corpus("block-header", LINE_BYTES_MAX).feed(again::<Header>);
}

#[test]
fn a_damaged_announcement_never_verifies() {
    let announcers = Announcers::of(&Genesis::parse(include_bytes!("corpus/genesis/01")).unwrap());
    corpus("announcement", BLOCK_BYTES_MAX).feed(|bytes| {
        let verifies = announcers.verify(bytes).is_ok();
        assert_eq!(verifies, bytes == include_bytes!("corpus/announcement/01"));
        verifies
    });
}

#[test]
fn a_damaged_block_line_is_refused_or_written_back_the_same() {
    corpus("block-line", BLOCK_BYTES_MAX).feed(|bytes| {
        let bytes = Bytes::copy_from_slice(bytes);
        if let Ok(read) = read_block_line(text(&bytes)) {
            let (header, transitions, outcomes) = &read;
            let transitions = transitions.iter().map(String::as_str).collect::<Vec<_>>();
            let line = block_line(header, &transitions, outcomes).unwrap();
            assert_eq!(read_block_line(line.trim_end()), Ok(read));
        }
        let Ok(block) = Block::decode(&bytes) else { return false };
        assert_eq!(block.entries().len() as u64, block.header().count());
        true
    });
}

#[test]
fn a_damaged_export_is_read_line_by_line_without_harm() {
    corpus("export", BLOCK_BYTES_MAX).feed(|bytes| {
        let mut reader = Reader::new();
        bytes.split_inclusive(|byte| *byte == b'\n').all(|line| reader.line(line).is_ok())
            && reader.finish().is_ok()
    });
}

#[test]
fn a_damaged_proof_bundle_never_verifies() {
    let key = [log_key()];
    let good: [&[u8]; 3] = [
        include_bytes!("corpus/proof-bundle/01"),
        include_bytes!("corpus/proof-bundle/02"),
        include_bytes!("corpus/proof-bundle/03"),
    ];
    corpus("proof-bundle", BLOCK_BYTES_MAX).feed(|bytes| {
        let verifies = verify_bundle(bytes, &key).is_ok();
        assert!(!verifies || same_but_for_the_signature(bytes, &good), "a proof of what is not so");
        again::<ProofBundle>(bytes);
        verifies
    });
}

/// ECDSA signatures are malleable, and neither id nor log cover them.
fn same_but_for_the_signature(bytes: &[u8], good: &[&[u8]]) -> bool {
    let without = |bytes: &[u8]| {
        let mut document: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let jws = document["transition"].as_str().unwrap();
        document["transition"] = jws.rsplit_once('.').unwrap().0.into();
        document
    };
    good.iter().any(|good| without(good) == without(bytes))
}

#[test]
fn damaged_entries_and_tile_paths_are_refused_or_written_back_the_same() {
    corpus("entry-bundle", LINE_BYTES_MAX).feed(|bytes| {
        if let Ok(entry) = Entry::parse(&bytes[..bytes.len().min(ENTRY_BYTES)]) {
            assert_eq!(entry.to_bytes(), bytes[..ENTRY_BYTES]);
        }
        let Ok(entries) = parse_bundle(bytes) else { return false };
        assert_eq!(bundle(&entries), bytes);
        true
    });
}

#[test]
fn a_damaged_tile_path_is_refused_or_written_back_the_same() {
    corpus("tile-path", LINE_BYTES_MAX).feed(|bytes| {
        let Ok(path) = TilePath::parse(text(bytes)) else { return false };
        assert_eq!(path.to_string(), text(bytes));
        true
    });
}
