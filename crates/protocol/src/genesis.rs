//! The genesis file: what a chain begins with, and its name (protocol §2).

use std::collections::BTreeSet;

use piao_domain::ids::{ChainId, PartyId};
use piao_domain::time::Time;
use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Sha3_256};
use thiserror::Error;

use crate::block::Header;
use crate::digest::GenesisHash;
use crate::encoding::hex;
use crate::json::{self, JsonError};
use crate::jwk::Jwk;
use crate::wire;

/// The largest genesis file, in bytes.
pub const GENESIS_BYTES_MAX: usize = 1024 * 1024;

/// How far `iat` may be from block time where the file is written by our own tools, in seconds.
pub const IAT_WINDOW_SECONDS: u32 = 600;

/// What a genesis file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The file's version, 1.
    pub v: u64,
    /// The chain's name, to which the file's digest is joined.
    pub name: String,
    /// The time of block 0.
    #[serde(with = "wire::time")]
    pub time: Time,
    /// 128 random bits, so that no two chains share an id.
    #[serde(with = "seed")]
    pub seed: [u8; 16],
    /// The bureaus and their first keys.
    pub bureaus: Vec<Founder>,
    /// The service instances that sign, and their keys.
    pub nodes: Vec<Founder>,
    /// The keys that sign checkpoints and announcements, Ed25519.
    pub logs: Vec<LogKey>,
    /// The nodes that order blocks together; none where one ledger orders alone.
    pub validators: Vec<Founder>,
    /// What was chosen for this chain.
    pub parameters: Parameters,
}

/// A party that is there from the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founder {
    /// Who.
    #[serde(with = "wire::party")]
    pub party: PartyId,
    /// The first key.
    pub key: Jwk,
}

/// A key that signs checkpoints and announcements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogKey {
    /// An Ed25519 key.
    pub key: Jwk,
}

/// What was chosen for a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// How far `iat` may be from block time, in seconds.
    pub iat_window_seconds: u32,
}

/// A genesis file that was read and found whole, with the bytes that name its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    content: Content,
    chain: ChainId,
    hash: GenesisHash,
    bytes: Box<[u8]>,
}

/// Why a file begins no chain.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GenesisError {
    /// Longer than a genesis file may be.
    #[error("the genesis file must be at most {GENESIS_BYTES_MAX} bytes")]
    TooLarge,
    /// Not UTF-8.
    #[error("the genesis file must be UTF-8")]
    NotUtf8,
    /// Not the closed JSON object it must be.
    #[error("the genesis file at {0}")]
    Json(#[from] JsonError),
    /// A member that breaks a rule of its own.
    #[error("the genesis file at {pointer:?}: must be {expected}")]
    Member {
        /// JSON pointer (RFC 6901).
        pointer: String,
        /// The rule.
        expected: &'static str,
    },
}

impl Genesis {
    /// Reads a genesis file. Its bytes, not what they say, name the chain.
    ///
    /// # Errors
    /// [`GenesisError`] for anything that begins no chain.
    pub fn parse(bytes: &[u8]) -> Result<Self, GenesisError> {
        if bytes.len() > GENESIS_BYTES_MAX {
            return Err(GenesisError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| GenesisError::NotUtf8)?;
        let content: Content = json::from_str(text)?;
        content.check()?;
        let hash: [u8; 32] = Sha3_256::digest(bytes).into();
        let chain = ChainId::parse(&format!("{}-{}", content.name, hex::encode(&hash[..16])))
            .map_err(|_| member("/name", "1 to 32 of a-z 0-9 -, beginning with a letter or digit"))?;
        Ok(Self { content, chain, hash: GenesisHash::new(hash), bytes: bytes.into() })
    }

    /// Writes a genesis file and reads it back.
    ///
    /// # Errors
    /// [`GenesisError`] for content that begins no chain.
    pub fn create(content: &Content) -> Result<Self, GenesisError> {
        let text = json::canonical(content)? + "\n";
        Self::parse(text.as_bytes())
    }

    /// What the file says.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// `<name>-<first 32 hex of the file's SHA3-256>`.
    #[must_use]
    pub const fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// SHA3-256 of the file.
    #[must_use]
    pub const fn hash(&self) -> GenesisHash {
        self.hash
    }

    /// The file itself.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The header of block 0.
    #[must_use]
    pub fn first_block(&self) -> Header {
        Header::first_of(self.chain.clone(), self.hash, self.content.time)
    }
}

impl Content {
    fn check(&self) -> Result<(), GenesisError> {
        if self.v != 1 {
            return Err(member("/v", "1"));
        }
        if self.bureaus.is_empty() {
            return Err(member("/bureaus", "at least one bureau"));
        }
        if self.logs.is_empty() {
            return Err(member("/logs", "at least one key"));
        }
        if self.parameters.iat_window_seconds == 0 {
            return Err(member("/parameters/iat_window_seconds", "at least 1"));
        }
        let bureau = |party: &PartyId| matches!(party, PartyId::Bureau(_));
        let node = |party: &PartyId| matches!(party, PartyId::Node(_));
        check_founders("/bureaus", &self.bureaus, bureau, "bureau:<code>, each once")?;
        check_founders("/nodes", &self.nodes, node, "node:<code>, each once")?;
        check_founders("/validators", &self.validators, node, "node:<code>, each once")?;
        let mut keys = BTreeSet::new();
        for founder in self.bureaus.iter().chain(&self.nodes) {
            if !keys.insert(founder.key.id()) {
                return Err(member("/bureaus", "parties whose keys are all different, nodes included"));
            }
        }
        for (place, log) in self.logs.iter().enumerate() {
            if !matches!(log.key.key(), piao_domain::key::PublicKey::EdDsa { .. })
                || !keys.insert(log.key.id())
            {
                return Err(member(&format!("/logs/{place}/key"), "an Ed25519 key that is nobody else's"));
            }
        }
        Ok(())
    }
}

fn check_founders(
    pointer: &str,
    founders: &[Founder],
    kind: impl Fn(&PartyId) -> bool,
    expected: &'static str,
) -> Result<(), GenesisError> {
    let mut seen = BTreeSet::new();
    for (place, founder) in founders.iter().enumerate() {
        if !kind(&founder.party) || !seen.insert(&founder.party) {
            return Err(member(&format!("{pointer}/{place}/party"), expected));
        }
    }
    Ok(())
}

fn member(pointer: &str, expected: &'static str) -> GenesisError {
    GenesisError::Member { pointer: pointer.to_owned(), expected }
}

/// The seed as 32 lower-case hexadecimal digits.
mod seed {
    use serde::{Deserializer, Serializer};

    use crate::encoding::hex;
    use crate::wire;

    pub(super) fn serialize<S: Serializer>(seed: &[u8; 16], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(seed))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 16], D::Error> {
        wire::parsed(deserializer, hex::decode_array)
    }
}
