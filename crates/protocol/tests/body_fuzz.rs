//! No text makes the reader of bodies panic, and what it takes it writes and reads again.

#[expect(dead_code, reason = "edits are for the refusals")]
mod body_examples;

use std::time::{Duration, Instant};

use body_examples::EXAMPLES;
use piao_protocol::body;

/// SplitMix64: the same run for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

const BITS: [&str; 20] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "null",
    "true",
    "-0",
    "1e9",
    "9007199254740992",
    "é",
    "😀",
    " ",
    "\"type\":",
    "\"amount\":1,",
    "0.",
];

fn mutate(raw: &str, dice: &mut Dice) -> String {
    let mut bytes = raw.as_bytes().to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len().max(1)).min(bytes.len());
        match dice.roll(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
            1 => bytes.truncate(at),
            2 => {
                let end = (at + dice.roll(12)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 => {
                let end = (at + dice.roll(40)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = dice.roll(bytes.len().max(1)).min(bytes.len());
                bytes.splice(to..to, copy);
            }
            _ => {
                bytes.splice(at..at, BITS[dice.roll(BITS.len())].bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn mutated_bodies_are_refused_or_read_the_same_again() {
    let seconds = std::env::var("PIAO_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut dice = Dice(1);
    let mut tried = 0_u64;
    while Instant::now() < end {
        let (kind, raw) = EXAMPLES[dice.roll(EXAMPLES.len())];
        // Now and then under another type's name.
        let kind = if dice.roll(8) == 0 { EXAMPLES[dice.roll(EXAMPLES.len())].0 } else { kind };
        let raw = mutate(raw, &mut dice);
        if let Ok(body) = body::parse(kind, &raw) {
            assert_eq!(body::parse(kind, &body.render()), Ok(body), "{kind} {raw}");
        }
        tried += 1;
    }
    assert!(tried > 100, "only {tried} bodies in {seconds} s");
}
