//! Every decoder fed with damaged copies of good inputs, ten seconds each: none panics, and what is taken is written
//! back the same. The good inputs are under `corpus/`, made of `schemas/vectors` by `corpus/make.py`.
//!
//! What is private to a program is fed there, from the same corpora: the ledger's commands, issuance's drafts, the files
//! in which the command line keeps what it signed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod documents;
mod log;
mod requests;
mod targets;
mod transitions;
mod values;

use std::path::Path;

use piao_domain::ids::ChainId;
use piao_protocol::json;
use piao_protocol::jwk::Jwk;
use piao_testkit::fuzz::Corpus;

/// The largest body that an edge reads, and a little: what is longer is refused before it is looked at.
const REQUEST_BYTES_MAX: usize = piao_edge::http::BODY_BYTES_MAX + 1;
/// For what stands on one line.
const LINE_BYTES_MAX: usize = 4_096;

fn corpus(name: &str, bytes_max: usize) -> Corpus {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    Corpus::read(&folder, bytes_max)
}

/// What is not UTF-8 reaches no decoder of text; an empty text is none of theirs either.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// The keys that signed the vectors.
fn keys() -> Vec<Jwk> {
    let vectors = include_str!("../../../../schemas/vectors/keys.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let jwk = |key: &serde_json::Value| json::from_str(&key["jwk"].to_string()).unwrap();
    vectors.as_array().unwrap().iter().map(jwk).collect()
}

/// The chain of the vectors.
fn chain() -> ChainId {
    ChainId::parse("vectors-3e585d3992c9a03d54e081400541a199").unwrap()
}

/// Reads with a type, and where that works, writes and reads again.
fn again<T>(bytes: &[u8]) -> bool
where
    T: serde::Serialize + for<'de> serde::Deserialize<'de> + PartialEq + std::fmt::Debug,
{
    let Ok(value) = json::from_str::<T>(text(bytes)) else { return false };
    let canonical = json::canonical(&value).unwrap();
    assert_eq!(json::from_canonical_str::<T>(&canonical).as_ref(), Ok(&value));
    true
}
