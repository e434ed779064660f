//! Feeds damaged copies of good inputs to a decoder, on stable Rust and in the test's own process.
//!
//! `PIAO_FUZZ_SECONDS` says for how long each decoder is fed (10 where it is not set), `PIAO_FUZZ_SEED` begins
//! another run than that of the test command.
//! What makes a decoder panic, or take too long, is written to `target/fuzz/`.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A decoder under test: whether it took an input. It asserts its own round trip.
pub type Decode<'a> = dyn Fn(&[u8]) -> bool + 'a;

/// The good inputs of a decoder and how long one may become.
pub struct Corpus {
    name: String,
    inputs: Vec<Vec<u8>>,
    bytes_max: usize,
}

/// What is put in between now and then.
const TOKENS: [&[u8]; 32] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"null",
    b"true",
    b"-0",
    b"1.5",
    b"1e9",
    b"-1",
    b"9007199254740991",
    b"9007199254740992",
    b"18446744073709551616",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\xc3\xa9",
    b"\xf0\x9f\x98\x80",
    b"\xff",
    b".",
    b"\n",
    b"\r\n",
    b"=",
    b" ",
    b"%00",
    b"#",
    b"&",
    b"\"type\":",
    b"\"body\":{},",
];
/// How long each is fed where nothing else is said.
const SECONDS: u64 = 10;
/// Far more than any input of a bounded length takes, on a busy machine, too.
const ONE_INPUT_MAX: Duration = Duration::from_secs(10);
/// Damaged inputs that were taken all the same are damaged further; so many are kept.
const KEPT_MAX: usize = 256;

impl Corpus {
    /// Every file of a folder, in the order of their names.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn read(folder: &Path, bytes_max: usize) -> Self {
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a folder with a name");
        let files = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files = files.map(|file| file.expect("a file").path()).collect::<Vec<_>>();
        files.sort();
        let inputs = files.iter().map(|file| std::fs::read(file).expect("a readable file")).collect();
        Self::of(name, inputs, bytes_max)
    }

    /// Inputs that a test makes itself.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn of(name: &str, inputs: Vec<Vec<u8>>, bytes_max: usize) -> Self {
        assert!(!inputs.is_empty(), "{name}: a corpus of something");
        Self { name: name.to_owned(), inputs, bytes_max }
    }

    /// Feeds the decoder with the corpus, all of which it takes, and then with damaged copies until the time is over.
    ///
    /// # Panics
    /// Where it refuses a good input, panics, or takes too long over one.
    pub fn feed(self, decode: impl Fn(&[u8]) -> bool) {
        let seed = seed();
        self.feed_for(Duration::from_secs(number("PIAO_FUZZ_SECONDS").unwrap_or(SECONDS)), seed, &decode);
    }

    #[expect(clippy::print_stdout, reason = "a test tells how much it fed")]
    fn feed_for(self, time: Duration, seed: u64, decode: &Decode<'_>) {
        let Self { name, mut inputs, bytes_max } = self;
        for good in &inputs {
            assert!(try_one(&name, seed, good, decode), "{name}: the corpus is good: {}", shown(good));
        }
        let corpus = inputs.len();
        let end = Instant::now() + time;
        let mut chance = Chance(seed);
        let (mut fed, mut taken) = (0_u64, 0_u64);
        while Instant::now() < end {
            let mut input = inputs[chance.below(inputs.len())].clone();
            for _ in 0..=chance.below(4) {
                damage(&mut input, &inputs, &mut chance);
            }
            input.truncate(bytes_max);
            fed += 1;
            if try_one(&name, seed, &input, decode) {
                taken += 1;
                let place = corpus + chance.below(KEPT_MAX);
                if place < inputs.len() {
                    inputs[place] = input;
                } else {
                    inputs.push(input);
                }
            }
        }
        assert!(fed > 0, "{name}: nothing was fed");
        println!("{name}: {fed} inputs, {taken} of them taken, seed {seed}");
    }
}

fn try_one(name: &str, seed: u64, input: &[u8], decode: &Decode<'_>) -> bool {
    let began = Instant::now();
    let taken = catch_unwind(AssertUnwindSafe(|| decode(input)));
    let took = began.elapsed();
    match taken {
        Ok(taken) if took < ONE_INPUT_MAX => taken,
        Ok(_) => panic!("{name}: {took:?} over {}, seed {seed}", keep(name, seed, input)),
        Err(_) => panic!("{name}: a panic over {}, seed {seed}", keep(name, seed, input)),
    }
}

/// Writes an input where a person finds it, and shows it.
fn keep(name: &str, seed: u64, input: &[u8]) -> String {
    let folder = std::env::current_exe().ok().and_then(|binary| Some(target(&binary)?.join("fuzz")));
    let file = folder.map(|folder| folder.join(format!("{name}-{seed}")));
    let kept = file.filter(|file| {
        let made = file.parent().map(std::fs::create_dir_all);
        made.is_some_and(|made| made.is_ok()) && std::fs::write(file, input).is_ok()
    });
    let place = kept.map_or_else(|| "nowhere".to_owned(), |file| file.display().to_string());
    format!("{} (written to {place})", shown(input))
}

/// A test binary lies in `target/<profile>/deps`.
fn target(binary: &Path) -> Option<PathBuf> {
    Some(binary.parent()?.parent()?.parent()?.to_owned())
}

/// The beginning of an input, readable.
fn shown(input: &[u8]) -> String {
    const BYTES_MAX: usize = 2_000;
    let mut shown = String::new();
    for chunk in input[..input.len().min(BYTES_MAX)].utf8_chunks() {
        shown.push_str(chunk.valid());
        for byte in chunk.invalid() {
            write!(shown, "\\x{byte:02x}").expect("memory");
        }
    }
    if input.len() > BYTES_MAX { format!("{shown}… of {} bytes", input.len()) } else { shown }
}

fn damage(input: &mut Vec<u8>, inputs: &[Vec<u8>], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    let to = (at + 1 + chance.below(16)).min(input.len());
    match chance.below(11) {
        0 if at < input.len() => input[at] ^= 1 << chance.below(8),
        1 if at < input.len() => input[at] = chance.byte(),
        2 => input.truncate(at),
        3 => drop(input.drain(at..to)),
        4 | 5 => drop(input.splice(at..at, TOKENS[chance.below(TOKENS.len())].iter().copied())),
        6 => drop(input.splice(at..at, input[at..to].to_vec())),
        // Depth and length.
        7 => drop(input.splice(at..at, input[at..to].repeat(1 << chance.below(12)))),
        8 => {
            let token = TOKENS[chance.below(TOKENS.len())].iter().copied();
            drop(input.splice(at..to, token));
        }
        9 => number_changed(input, at, chance),
        _ => {
            let other = &inputs[chance.below(inputs.len())];
            let from = chance.below(other.len() + 1);
            let end = (from + 1 + chance.below(other.len() + 1)).min(other.len());
            drop(input.splice(at..to, other[from..end].iter().copied()));
        }
    }
}

/// Another digit where the next one stands.
fn number_changed(input: &mut [u8], at: usize, chance: &mut Chance) {
    if let Some(digit) = input[at..].iter_mut().find(|byte| byte.is_ascii_digit()) {
        *digit = b'0' + chance.byte() % 10;
    }
}

/// Xorshift64*: the same run for the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From 0 to below `end`, which is above 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from((self.next() >> 16) % end as u64).expect("below a usize")
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }
}

/// The same each time, so that a change is judged by what it changed; whoever looks for more names another.
fn seed() -> u64 {
    // Xorshift stays at 0.
    number("PIAO_FUZZ_SEED").unwrap_or(1).max(1)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(seed: u64, decode: &Decode<'_>) -> Result<(), String> {
        let corpus = Corpus::of("harness", vec![b"[1,2]".to_vec(), b"{}".to_vec()], 64);
        catch_unwind(AssertUnwindSafe(|| corpus.feed_for(Duration::from_millis(200), seed, decode)))
            .map_err(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
    }

    #[test]
    fn a_decoder_that_panics_on_a_rare_input_is_found_with_that_input() {
        let error = feed(7, &|input| {
            assert!(!input.windows(2).any(|pair| pair == b"]]"), "two of them");
            true
        });
        let error = error.expect_err("a panic that is told of");
        assert!(error.contains("]]") && error.contains("seed 7"), "{error}");
    }

    #[test]
    fn a_corpus_that_is_refused_is_told_of_and_no_input_is_longer_than_it_may_be() {
        assert!(feed(1, &|_| false).is_err_and(|error| error.contains("the corpus is good")));
        let within = feed(1, &|input| {
            assert!(input.len() <= 64, "longer than it may be");
            true
        });
        assert_eq!(within, Ok(()));
    }
}
