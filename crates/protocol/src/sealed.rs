//! Data that travels beside a transition and never enters the chain (protocol §3).

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::digest::{SealedDigest, tagged};
use crate::json::{Flaw, Json, custom};
use crate::wire;

/// Sealed data: a salt of 32 random bytes and a JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    #[serde(with = "wire::bytes")]
    salt: [u8; 32],
    #[serde(deserialize_with = "object")]
    data: Json,
}

/// The body's digest is of other data than what came beside it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("sealed_digest is not the digest of the sealed data: ours is {digest}")]
pub struct SealedMismatch {
    /// What we hash after tag and salt: JCS of the data.
    pub canonical: String,
    /// The digest we get.
    pub digest: SealedDigest,
}

impl Sealed {
    /// Takes salt and data; nothing where the data is no object.
    #[must_use]
    pub fn new(salt: [u8; 32], data: Json) -> Option<Self> {
        matches!(data, Json::Object(_)).then_some(Self { salt, data })
    }

    /// Draws the salt from the caller's source of randomness; nothing where the data is no object.
    #[must_use]
    pub fn generate(data: Json, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        let mut salt = [0; 32];
        fill(&mut salt);
        Self::new(salt, data)
    }

    /// The salt.
    #[must_use]
    pub const fn salt(&self) -> &[u8; 32] {
        &self.salt
    }

    /// The data, an object.
    #[must_use]
    pub const fn data(&self) -> &Json {
        &self.data
    }

    /// SHA3-256(`"piao/sealed/v1\0"` ‖ salt ‖ JCS(data)).
    #[must_use]
    pub fn digest(&self) -> SealedDigest {
        self.digest_of(&self.data.canonical())
    }

    /// Checks that the digest in a body is of this data.
    ///
    /// # Errors
    /// [`SealedMismatch`] with what we hashed and got, so that the sender can find the first difference.
    pub fn check(&self, expected: &SealedDigest) -> Result<(), SealedMismatch> {
        let canonical = self.data.canonical();
        let digest = self.digest_of(&canonical);
        if digest == *expected { Ok(()) } else { Err(SealedMismatch { canonical, digest }) }
    }

    fn digest_of(&self, canonical: &str) -> SealedDigest {
        SealedDigest::new(tagged("piao/sealed/v1\0", &[&self.salt, canonical.as_bytes()]))
    }
}

fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
    match Json::deserialize(deserializer)? {
        data @ Json::Object(_) => Ok(data),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Text(_) | Json::Array(_) => {
            Err(custom(Flaw::Type, "object", "data must be an object"))
        }
    }
}
