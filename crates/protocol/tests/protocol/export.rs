//! Chain exports.

use piao_protocol::block::HeaderError;
use piao_protocol::checkpoint::Checkpoint;
use piao_protocol::export::{ExportFault, Exported, Line, Reader, block_line, last_line};

use crate::given::{key, prepared};
use crate::ledger::{algorithm, ledger, log_signer};

/// Reads an export and checks its signatures, as an audit that knows the keys would.
fn read<T: AsRef<[u8]>>(lines: &[T]) -> Result<Exported, (u64, ExportFault)> {
    let mut reader = Reader::new();
    for line in lines {
        match reader.line(line.as_ref()).map_err(|error| (error.line, error.fault))? {
            Line::Block { decided, .. } => {
                for (place, (transition, _)) in decided.into_iter().enumerate() {
                    let signer = key(algorithm(place), 9);
                    transition.verify(&prepared(&signer)).map_err(|_| (0, ExportFault::Line))?;
                }
            }
            Line::Genesis(_) | Line::Checkpoint(_) => {}
        }
    }
    reader.finish().map_err(|error| (error.line, error.fault))
}

#[test]
fn an_export_is_read_as_it_was_written() {
    let ledger = ledger();
    let exported = read(&ledger.export()).unwrap();
    assert_eq!(exported.head, ledger.blocks[2]);
    assert_eq!(exported.checkpoint.size, 6);
    let mut reader = Reader::new();
    for (place, text) in ledger.export().iter().enumerate() {
        match (reader.line(text.as_bytes()).unwrap(), place) {
            (Line::Genesis(genesis), 0) => assert_eq!(*genesis, ledger.genesis),
            (Line::Block { header, decided }, 1..=3) => {
                assert_eq!(*header, ledger.blocks[place - 1]);
                let texts: Vec<_> = decided.iter().map(|(transition, _)| &**transition.compact()).collect();
                let outcomes: Vec<_> = decided.iter().map(|(_, outcome)| outcome.clone()).collect();
                assert_eq!(block_line(&header, &texts, &outcomes).unwrap(), *text);
            }
            (Line::Checkpoint(checkpoint), 4) => assert_eq!(checkpoint, exported.checkpoint),
            (line, place) => panic!("line {place}: {line:?}"),
        }
    }
}

#[test]
fn every_flipped_byte_of_an_export_is_refused() {
    let good = ledger().export();
    for line in 0..good.len() {
        for at in 0..good[line].len() {
            let mut lines: Vec<Vec<u8>> = good.iter().map(|line| line.clone().into_bytes()).collect();
            lines[line][at] ^= 1;
            assert!(read(&lines).is_err(), "line {line} byte {at}");
        }
    }
}

#[test]
fn an_export_that_lacks_or_moves_anything_is_refused() {
    let ledger = ledger();
    let good = ledger.export();
    let texts: Vec<_> = ledger.transitions.iter().map(String::as_str).collect();
    let outcomes = &ledger.outcomes;
    let header = &ledger.blocks[1];
    let check = |lines: &[String], expect: (u64, ExportFault)| assert_eq!(read(lines), Err(expect));
    let with = |place: usize, line: String| {
        let mut lines = good.clone();
        lines[place] = line;
        lines
    };
    check(&good[..4], (4, ExportFault::Unfinished));
    check(&good[..1], (1, ExportFault::Unfinished));
    check(&[], (0, ExportFault::Unfinished));
    let without = |place: usize| [&good[..place], &good[place + 1..]].concat();
    assert!(read(&without(0)).is_err());
    check(&without(1), (2, ExportFault::FirstBlock));
    check(&without(2), (3, ExportFault::Header(HeaderError::Height)));
    check(&without(3), (4, ExportFault::Cover));
    check(&[good.clone(), vec![good[4].clone()]].concat(), (6, ExportFault::Trailing));
    let swapped = [good[0].clone(), good[1].clone(), good[3].clone(), good[2].clone(), good[4].clone()];
    check(&swapped, (3, ExportFault::Header(HeaderError::Height)));
    check(&with(2, block_line(header, &texts[..2], &outcomes[..2]).unwrap()), (3, ExportFault::Count));
    check(&with(2, block_line(header, &texts, &outcomes[..2]).unwrap()), (3, ExportFault::Count));
    let moved = [texts[1], texts[0], texts[2]];
    check(&with(2, block_line(header, &moved, outcomes).unwrap()), (3, ExportFault::Root));
    let traded = [outcomes[1].clone(), outcomes[0].clone(), outcomes[2].clone()];
    check(&with(2, block_line(header, &texts, &traded).unwrap()), (3, ExportFault::Root));
    let twice = [texts[0], texts[0], texts[2]];
    check(&with(2, block_line(header, &twice, outcomes).unwrap()), (3, ExportFault::Repeated { place: 1 }));
    let elsewhere = crate::given::signed(algorithm(0), 9);
    let foreign = [elsewhere.as_str(), texts[1], texts[2]];
    check(&with(2, block_line(header, &foreign, outcomes).unwrap()), (3, ExportFault::Chain { place: 0 }));
    check(&with(1, block_line(&ledger.blocks[0], &texts, outcomes).unwrap()), (2, ExportFault::Count));
    check(&with(3, good[3].trim_end().to_owned()), (4, ExportFault::Line));
    assert!(read(&with(3, format!("{}\n", good[3]))).is_err());
    assert!(read(&with(3, good[3].replacen('{', "{ ", 1))).is_err());
}

#[test]
fn the_checkpoint_covers_the_last_block() {
    let ledger = ledger();
    let good = ledger.export();
    let head = read(&good).unwrap().checkpoint;
    let check = |checkpoint: Checkpoint| {
        let mut lines = good.clone();
        lines[4] = last_line(&log_signer().sign_checkpoint(&checkpoint)).unwrap();
        assert!(matches!(read(&lines), Err((5, ExportFault::Cover | ExportFault::Signature(_)))));
    };
    check(Checkpoint { size: 5, ..head.clone() });
    check(Checkpoint { root: ledger.blocks[2].root(), ..head.clone() });
    check(Checkpoint { chain: crate::given::chain(), ..head });
}
