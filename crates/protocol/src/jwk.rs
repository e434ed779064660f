//! Public keys as JWK (RFC 7517), with exactly the members that a thumbprint hashes (RFC 7638 §3.2, RFC 8037 §2).

use piao_domain::ids::{KeyId, PersonId};
use piao_domain::key::PublicKey;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::digest::tagged;
use crate::encoding::{EncodingError, base64url};
use crate::jws::PreparedKey;
use crate::wire;

/// A key that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JwkError {
    /// `kty` and `crv` are no pair that the protocol knows, or `y` is there or missing against it.
    #[error("kty, crv and y must be EC with secp256k1 or P-256 and y, or OKP with Ed25519 and no y")]
    Kind,
    /// The coordinates name no point of the curve.
    #[error("the coordinates must be a point of the curve")]
    Point,
    /// An Ed25519 key whose encoding is not canonical.
    #[error("x must be canonical: the y coordinate below 2^255 − 19")]
    NotCanonical,
    /// An Ed25519 key of small order, under which signatures prove nothing.
    #[error("the point must not be of small order")]
    SmallOrder,
}

/// A public key that lies on its curve, and its thumbprint. In JSON it is the JWK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Members", into = "Members")]
pub struct Jwk {
    id: KeyId,
    key: PublicKey,
}

impl Jwk {
    /// Takes a key.
    ///
    /// # Errors
    /// [`JwkError`] for coordinates that are no usable point.
    pub fn new(key: PublicKey) -> Result<Self, JwkError> {
        PreparedKey::new(&key).map(|prepared| Self { id: prepared.id(), key })
    }

    /// Its RFC 7638 SHA-256 thumbprint, the `kid` of what it signs.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// The thumbprint of a key (RFC 7638): SHA-256 over its members in lexicographic order without spaces.
#[must_use]
pub fn thumbprint(key: &PublicKey) -> KeyId {
    let x_of = |x: &[u8; 32]| base64url::encode(x);
    let text = match key {
        PublicKey::Es256k { x, y } => {
            format!(r#"{{"crv":"secp256k1","kty":"EC","x":"{}","y":"{}"}}"#, x_of(x), x_of(y))
        }
        PublicKey::Es256 { x, y } => {
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, x_of(x), x_of(y))
        }
        PublicKey::EdDsa { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, x_of(x)),
    };
    KeyId::new(Sha256::digest(text.as_bytes()).into())
}

/// The person whose first key this is (protocol §2).
#[must_use]
pub fn person(first_key: &KeyId) -> PersonId {
    let digest = tagged("piao/person/v1\0", &[first_key.as_bytes()]);
    let mut bits = [0_u8; 16];
    bits.copy_from_slice(&digest[..16]);
    PersonId::new(bits)
}

/// A key id as `kid` shows it: base64url.
#[must_use]
pub fn kid(id: &KeyId) -> String {
    base64url::encode(id.as_bytes())
}

/// Reads a `kid`.
///
/// # Errors
/// [`EncodingError`] for anything but base64url of 32 bytes.
pub fn parse_kid(text: &str) -> Result<KeyId, EncodingError> {
    base64url::decode_array(text).map(KeyId::new)
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    crv: Curve,
    kty: KeyType,
    #[serde(with = "wire::bytes")]
    x: [u8; 32],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "write_y", deserialize_with = "read_y")]
    y: Option<[u8; 32]>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Curve {
    #[serde(rename = "secp256k1")]
    Secp256k1,
    #[serde(rename = "P-256")]
    P256,
    Ed25519,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum KeyType {
    #[serde(rename = "EC")]
    Ec,
    #[serde(rename = "OKP")]
    Okp,
}

/// `null` is no coordinate: where `y` is there, it is one.
fn read_y<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[u8; 32]>, D::Error> {
    wire::bytes::deserialize(deserializer).map(Some)
}

fn write_y<S: serde::Serializer>(y: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
    match y {
        Some(y) => wire::bytes::serialize(y, serializer),
        None => serializer.serialize_none(),
    }
}

impl TryFrom<Members> for Jwk {
    type Error = JwkError;

    fn try_from(members: Members) -> Result<Self, JwkError> {
        let x = members.x;
        match (members.kty, members.crv, members.y) {
            (KeyType::Ec, Curve::Secp256k1, Some(y)) => Self::new(PublicKey::Es256k { x, y }),
            (KeyType::Ec, Curve::P256, Some(y)) => Self::new(PublicKey::Es256 { x, y }),
            (KeyType::Okp, Curve::Ed25519, None) => Self::new(PublicKey::EdDsa { x }),
            (KeyType::Ec, Curve::Secp256k1 | Curve::P256, None)
            | (KeyType::Ec, Curve::Ed25519, _)
            | (KeyType::Okp, Curve::Ed25519, Some(_))
            | (KeyType::Okp, Curve::Secp256k1 | Curve::P256, _) => Err(JwkError::Kind),
        }
    }
}

impl From<Jwk> for Members {
    fn from(jwk: Jwk) -> Self {
        match jwk.key {
            PublicKey::Es256k { x, y } => Self { crv: Curve::Secp256k1, kty: KeyType::Ec, x, y: Some(y) },
            PublicKey::Es256 { x, y } => Self { crv: Curve::P256, kty: KeyType::Ec, x, y: Some(y) },
            PublicKey::EdDsa { x } => Self { crv: Curve::Ed25519, kty: KeyType::Okp, x, y: None },
        }
    }
}
