//! Keys, names and randomness that the tests share. All of it is fixed, so every run is the same.

use piao_domain::ids::{ChainId, PartyId};
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::block::Header;
use piao_protocol::claim::{ClaimKey, ClaimProof};
use piao_protocol::digest::{BlockHash, OutcomeDigest, SealedDigest, TreeHash};
use piao_protocol::json;
use piao_protocol::jws::{Claims, Nonce, PreparedKey, SigningKey, payload};
use piao_protocol::outcome::Outcome;
use piao_protocol::sealed::Sealed;
use serde::Deserialize;

pub(crate) const ALGORITHMS: [Algorithm; 3] = [Algorithm::Es256k, Algorithm::Es256, Algorithm::EdDsa];
pub(crate) const CHAIN: &str = "shenzhen-0123456789abcdef0123456789abcdef";
pub(crate) const BODY: &str = r#"{"invoice":"26952000000000000001","enterprise":"uscc:91440300708461136T"}"#;

pub(crate) fn chain() -> ChainId {
    ChainId::parse(CHAIN).unwrap()
}

pub(crate) fn party() -> PartyId {
    PartyId::parse("uscc:91440300708461136T").unwrap()
}

pub(crate) fn key(algorithm: Algorithm, number: u8) -> SigningKey {
    SigningKey::from_secret(algorithm, &[number; 32]).unwrap()
}

pub(crate) fn prepared(key: &SigningKey) -> PreparedKey {
    PreparedKey::new(key.public()).unwrap()
}

pub(crate) fn claims() -> Claims {
    Claims {
        chain: chain(),
        party: party(),
        nonce: Nonce::new(&[7; 16]).unwrap(),
        iat: Time::from_unix(1_790_000_000),
        kind: "claim.present".to_owned(),
    }
}

/// A transition signed by the key of that number.
pub(crate) fn signed(algorithm: Algorithm, number: u8) -> String {
    key(algorithm, number).sign_transition(&payload(&claims(), BODY).unwrap())
}

/// A small generator (SplitMix64), so that a failing run can be repeated from its seed.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.next() as u8);
    }
}

/// Digests and signatures computed without piao (`vectors/make_digests.py`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Digests {
    pub(crate) claim: ClaimVector,
    pub(crate) sealed: Vec<SealedVector>,
    pub(crate) outcome: OutcomeVector,
    pub(crate) blocks: Vec<BlockVector>,
    pub(crate) checkpoint: CheckpointVector,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimVector {
    pub(crate) seed: String,
    pub(crate) key: ClaimKey,
    pub(crate) proof: ClaimProof,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealedVector {
    pub(crate) sealed: Sealed,
    pub(crate) canonical: String,
    pub(crate) digest: SealedDigest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutcomeVector {
    pub(crate) nonce: Nonce,
    pub(crate) outcome: Outcome,
    pub(crate) height: u64,
    pub(crate) time: i64,
    pub(crate) digest: OutcomeDigest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockVector {
    pub(crate) header: Header,
    pub(crate) hash: BlockHash,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckpointVector {
    pub(crate) seed: String,
    pub(crate) size: u64,
    pub(crate) root: TreeHash,
    pub(crate) note: String,
}

pub(crate) fn digests() -> Digests {
    json::from_str(include_str!("../vectors/digests.json")).unwrap()
}
