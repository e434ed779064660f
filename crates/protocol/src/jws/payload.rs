//! What every transition says, whatever its type.

use piao_domain::ids::{ChainId, PartyId};
use piao_domain::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::compact::{JwsError, Part};
use crate::encoding::{EncodingError, base64url};
use crate::json::{self, Flaw, JsonError, custom};
use crate::wire;

/// 16 to 32 random bytes that make a transition's id unguessable and unique.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Nonce(Vec<u8>);

impl Nonce {
    /// Takes the bytes.
    ///
    /// # Errors
    /// [`EncodingError`] for fewer than 16 or more than 32.
    pub fn new(bytes: &[u8]) -> Result<Self, EncodingError> {
        if (16..=32).contains(&bytes.len()) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(EncodingError { expected: "base64url of 16 to 32 bytes" })
        }
    }

    /// Draws 32 bytes from the caller's source of randomness.
    #[must_use]
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut bytes = vec![0; 32];
        fill(&mut bytes);
        Self(bytes)
    }

    /// Reads base64url.
    ///
    /// # Errors
    /// [`EncodingError`] for another encoding or length.
    pub fn parse(text: &str) -> Result<Self, EncodingError> {
        base64url::decode(text).and_then(|bytes| Self::new(&bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Display for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&base64url::encode(&self.0))
    }
}

impl std::fmt::Debug for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Nonce {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::parsed(deserializer, Self::parse)
    }
}

/// The members of a payload beside its body (protocol §1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The chain it is meant for.
    pub chain: ChainId,
    /// Who says it. Believed only once the signature is verified under a key of this party.
    pub party: PartyId,
    /// Makes the id unguessable.
    pub nonce: Nonce,
    /// When it was signed.
    pub iat: Time,
    /// The transition's type, `type` in JSON.
    pub kind: String,
}

/// Writes a payload to sign. `body` is JSON; it is embedded as it is.
///
/// # Errors
/// [`JsonError`] for a body that the reader would refuse.
pub fn payload(claims: &Claims, body: &str) -> Result<String, JsonError> {
    json::check(body)?;
    let fault = |error: serde_json::Error| JsonError::new("", Flaw::Value, error);
    let envelope = Envelope {
        v: Version,
        chain: claims.chain.clone(),
        party: claims.party.clone(),
        nonce: claims.nonce.clone(),
        iat: claims.iat,
        kind: claims.kind.clone(),
        body: serde_json::from_str(body).map_err(fault)?,
    };
    let text = serde_json::to_string(&envelope).map_err(fault)?;
    json::check(&text).map(|()| text)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    v: Version,
    #[serde(with = "wire::chain_id")]
    chain: ChainId,
    #[serde(with = "wire::party")]
    party: PartyId,
    nonce: Nonce,
    #[serde(with = "wire::time")]
    iat: Time,
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// `v` is 1.
#[derive(Clone, Copy)]
struct Version;

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            1 => Ok(Self),
            _ => Err(custom(Flaw::Form, "1", "v must be 1")),
        }
    }
}

/// Reads a payload: its members, and its body as text that breaks no rule of [`json`].
pub(super) fn read(text: &str) -> Result<(Claims, Box<str>), JwsError> {
    let fault = |source| JwsError::Json { part: Part::Payload, source };
    let envelope: Envelope<'_> = json::from_str(text).map_err(fault)?;
    let body = envelope.body.get();
    json::check(body).map_err(|error| fault(error.inside("/body")))?;
    if !body.starts_with('{') {
        let error = JsonError::new("/body", Flaw::Type, "the body must be an object");
        return Err(fault(error.wants("object")));
    }
    let claims = Claims {
        chain: envelope.chain,
        party: envelope.party,
        nonce: envelope.nonce,
        iat: envelope.iat,
        kind: envelope.kind,
    };
    Ok((claims, body.into()))
}
