//! Every decoder fed with damaged copies of good inputs: no panic, and what is read is written back the same.
//! `PIAO_FUZZ_SECONDS` says for how long each (1 where it is not set).

use std::time::{Duration, Instant};

use piao_protocol::block::Header;
use piao_protocol::checkpoint::UnverifiedCheckpoint;
use piao_protocol::export::Reader;
use piao_protocol::genesis::Genesis;
use piao_protocol::json::{self, Json};
use piao_protocol::jwk::Jwk;
use piao_protocol::jws::{Unverified, UnverifiedReadToken};
use piao_protocol::log::{TilePath, bundle, parse_bundle};
use piao_protocol::proof::{ProofBundle, verify_bundle};
use piao_protocol::sealed::Sealed;

use crate::given::{ALGORITHMS, Chance, chain, digests, key, party, signed};
use crate::order::content;

/// Feeds damaged copies of good inputs to a decoder. It answers whether it read one, and asserts its own round trip.
pub(crate) fn fuzz(name: &str, corpus: &[Vec<u8>], decode: impl Fn(&[u8]) -> bool) {
    for good in corpus {
        assert!(decode(good), "{name}: the corpus is good");
    }
    let seconds = std::env::var("PIAO_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut chance = Chance(0x7069_616f);
    while Instant::now() < end {
        for _ in 0..64 {
            let mut bytes = corpus[chance.below(corpus.len())].clone();
            for _ in 0..=chance.below(4) {
                damage(&mut bytes, corpus, &mut chance);
            }
            decode(&bytes);
        }
    }
}

fn damage(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], chance: &mut Chance) {
    const TOKENS: [&[u8]; 16] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b",",
        b":",
        b"null",
        b"1.5",
        b"-0",
        b"1e9",
        b"9007199254740992",
        b"\\u0000",
        b".",
        b"\n",
        b"=",
    ];
    let at = chance.below(bytes.len() + 1);
    let to = (at + chance.below(9)).min(bytes.len());
    match chance.below(7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
        1 if at < bytes.len() => bytes[at] = chance.next() as u8,
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..to)),
        4 => drop(bytes.splice(at..at, TOKENS[chance.below(TOKENS.len())].iter().copied())),
        5 => drop(bytes.splice(at..at, bytes[at..to].to_vec())),
        _ => {
            let other = &corpus[chance.below(corpus.len())];
            let from = chance.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("")
}

fn corpus(texts: impl IntoIterator<Item = String>) -> Vec<Vec<u8>> {
    texts.into_iter().map(String::into_bytes).collect()
}

#[test]
fn transitions() {
    let foreign = crate::foreign::vectors().into_iter().map(|vector| vector.jws);
    let good = corpus(foreign.chain(ALGORITHMS.map(|algorithm| signed(algorithm, 1))));
    fuzz("transition", &good, |bytes| match Unverified::parse_bytes(bytes) {
        Ok(transition) => {
            assert_eq!(transition.compact().as_bytes(), bytes);
            let payload = piao_protocol::jws::payload(transition.claims(), transition.body_text()).unwrap();
            let again = Unverified::parse(key(ALGORITHMS[0], 1).sign_transition(&payload)).unwrap();
            assert_eq!((again.claims(), again.body_text()), (transition.claims(), transition.body_text()));
            true
        }
        Err(_) => false,
    });
}

#[test]
fn payloads() {
    let good: Vec<_> = crate::foreign::vectors()
        .into_iter()
        .map(|vector| {
            piao_protocol::encoding::base64url::decode(vector.jws.split('.').nth(1).unwrap()).unwrap()
        })
        .collect();
    let signer = key(ALGORITHMS[2], 1);
    fuzz("payload", &good, |bytes| Unverified::parse(signer.sign_transition(text(bytes))).is_ok());
}

#[test]
fn read_tokens() {
    let time = piao_domain::time::Time::from_unix(1_790_000_000);
    let good =
        ALGORITHMS.map(|algorithm| key(algorithm, 1).sign_read_token(&party(), &chain(), time, time.plus(9)));
    fuzz("read token", &corpus(good), |bytes| UnverifiedReadToken::parse(text(bytes)).is_ok());
}

#[test]
fn free_json() {
    let sealed = digests().sealed.into_iter().map(|vector| vector.canonical);
    fuzz("json", &corpus(sealed), |bytes| match json::from_str::<Json>(text(bytes)) {
        Ok(tree) => {
            assert!(json::check(text(bytes)).is_ok());
            let canonical = tree.canonical();
            assert_eq!(json::from_canonical_str::<Json>(&canonical).as_ref(), Ok(&tree));
            true
        }
        Err(_) => {
            assert!(json::check(text(bytes)).is_err());
            false
        }
    });
}

/// Reads with a type, and where that works, writes and reads again.
fn round_trip<T>(bytes: &[u8]) -> bool
where
    T: serde::Serialize + for<'de> serde::Deserialize<'de> + PartialEq + std::fmt::Debug,
{
    match json::from_str::<T>(text(bytes)) {
        Ok(value) => {
            let canonical = json::canonical(&value).unwrap();
            assert_eq!(json::from_canonical_str::<T>(&canonical).as_ref(), Ok(&value));
            true
        }
        Err(_) => false,
    }
}

#[test]
fn jwks() {
    let good = ALGORITHMS.map(|a| json::canonical(&Jwk::new(*key(a, 1).public()).unwrap()).unwrap());
    fuzz("jwk", &corpus(good), round_trip::<Jwk>);
}

#[test]
fn sealed_data() {
    let good = digests().sealed.into_iter().map(|vector| json::canonical(&vector.sealed).unwrap());
    fuzz("sealed", &corpus(good), round_trip::<Sealed>);
}

#[test]
fn block_headers() {
    let good = digests().blocks.into_iter().map(|vector| json::canonical(&vector.header).unwrap());
    fuzz("header", &corpus(good), round_trip::<Header>);
}

#[test]
fn genesis_files() {
    let good = vec![Genesis::create(&content()).unwrap().bytes().to_vec()];
    fuzz("genesis", &good, |bytes| match Genesis::parse(bytes) {
        Ok(genesis) => {
            assert_eq!(genesis.bytes(), bytes);
            assert_eq!(Genesis::create(genesis.content()).unwrap().content(), genesis.content());
            true
        }
        Err(_) => false,
    });
}

#[test]
fn checkpoints() {
    let good = vec![digests().checkpoint.note.into_bytes()];
    fuzz("checkpoint", &good, |bytes| UnverifiedCheckpoint::parse(text(bytes)).is_ok());
}

#[test]
fn tile_paths() {
    let good = ["tile/0/000", "tile/3/x001/x234/067.p/8", "tile/entries/x001/000"].map(str::to_owned);
    fuzz("tile path", &corpus(good), |bytes| match TilePath::parse(text(bytes)) {
        Ok(path) => {
            assert_eq!(path.to_string(), text(bytes));
            true
        }
        Err(_) => false,
    });
}

#[test]
fn entry_bundles() {
    let mut good = vec![0, 65, 1];
    good.extend([7; 64]);
    fuzz("bundle", &[good.repeat(3), good], |bytes| match parse_bundle(bytes) {
        Ok(entries) => {
            assert_eq!(bundle(&entries), bytes);
            true
        }
        Err(_) => false,
    });
}

#[test]
fn proof_bundles() {
    let ledger = crate::ledger::ledger();
    let good = (0..3).map(|place| ledger.bundle(place).to_json().unwrap());
    let keys = [ledger.log_key()];
    let good: Vec<_> = good.collect();
    fuzz("bundle", &corpus(good.clone()), |bytes| match verify_bundle(bytes, &keys) {
        Ok(_) => good.iter().any(|text| text.as_bytes() == bytes),
        Err(_) => {
            round_trip::<ProofBundle>(bytes);
            false
        }
    });
}

#[test]
fn exports() {
    let good = crate::ledger::ledger().export().concat().into_bytes();
    fuzz("export", &[good], |bytes| {
        let mut reader = Reader::new();
        bytes.split_inclusive(|byte| *byte == b'\n').all(|line| reader.line(line).is_ok())
            && reader.finish().is_ok()
    });
}
