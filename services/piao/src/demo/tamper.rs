//! Three ways to damage an export, each leaving lines of the right shape.

use piao_protocol::block::Header;
use piao_protocol::export::{block_line, read_block_line};
use piao_protocol::outcome::Outcome;

use super::say::{Say, say};
use crate::exit::Failure;

/// A damaged copy.
pub(super) struct Damaged {
    /// What was done to it, in a file name.
    pub(super) name: &'static str,
    /// The same in words.
    pub(super) what: Say,
    pub(super) lines: Vec<String>,
}

type Block = (Header, Vec<String>, Vec<Outcome>);

/// Makes them.
///
/// # Errors
/// [`Failure`] for an export of fewer than two blocks with transitions.
pub(super) fn damage(lines: &[String]) -> Result<Vec<Damaged>, Failure> {
    // Line 0 is the genesis file, line 1 is block 0, the last is the checkpoint.
    let (first, second) = (2, lines.len().saturating_sub(2));
    if second <= first {
        return Err(Failure::Negative("the chain is too short to be damaged in three ways".to_owned()));
    }
    Ok(vec![
        Damaged {
            name: "one-byte-flipped",
            what: say!("改动一个字节", "one byte flipped"),
            lines: flip(lines, first)?,
        },
        Damaged {
            name: "one-transition-dropped",
            what: say!("去掉一笔交易", "one transition dropped"),
            lines: drop_one(lines, first)?,
        },
        Damaged {
            name: "two-swapped",
            what: say!("对调两笔交易", "two transitions swapped"),
            lines: swap(lines, first, second)?,
        },
    ])
}

/// Changes one character in the middle of a transition's signature to another of its alphabet.
fn flip(lines: &[String], at: usize) -> Result<Vec<String>, Failure> {
    let mut block = read(&lines[at])?;
    if let Some(jws) = block.1.first_mut() {
        let place = jws.len() - 40;
        let other = if jws.as_bytes()[place] == b'A' { "B" } else { "A" };
        jws.replace_range(place..=place, other);
    }
    replaced(lines, &[(at, block)])
}

fn drop_one(lines: &[String], at: usize) -> Result<Vec<String>, Failure> {
    let mut block = read(&lines[at])?;
    block.1.pop();
    block.2.pop();
    replaced(lines, &[(at, block)])
}

fn swap(lines: &[String], one: usize, other: usize) -> Result<Vec<String>, Failure> {
    let (mut first, mut second) = (read(&lines[one])?, read(&lines[other])?);
    if let (Some(a), Some(b)) = (first.1.first_mut(), second.1.first_mut()) {
        std::mem::swap(a, b);
    }
    if let (Some(a), Some(b)) = (first.2.first_mut(), second.2.first_mut()) {
        std::mem::swap(a, b);
    }
    replaced(lines, &[(one, first), (other, second)])
}

fn read(line: &str) -> Result<Block, Failure> {
    read_block_line(line).map_err(|error| Failure::fault("reading a block", error))
}

fn replaced(lines: &[String], blocks: &[(usize, Block)]) -> Result<Vec<String>, Failure> {
    let mut lines = lines.to_vec();
    for (at, (header, transitions, outcomes)) in blocks {
        let transitions = transitions.iter().map(String::as_str).collect::<Vec<_>>();
        lines[*at] = block_line(header, &transitions, outcomes)
            .map_err(|error| Failure::fault("writing a block", error))?;
    }
    Ok(lines)
}
