//! `key.add`, `key.revoke`, `key.reset`

use std::borrow::Cow;

use piao_domain::command::{Command, ReasonCode};
use piao_domain::ids::KeyId;
use piao_domain::key::PublicKey;
use piao_domain::party::NewKey;
use piao_domain::uscc::Uscc;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::leaf::{Maybe, Of};
use super::{Body, BodyError, Wire};
use crate::digest::SealedDigest;
use crate::encoding::base64url;
use crate::jwk::Jwk;

/// A party adds a key of its own.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Add {
    /// The new key.
    pub(super) key: Key,
}

/// A party revokes a key of its own, never the last.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Revoke {
    /// The key's RFC 7638 SHA-256 thumbprint, base64url.
    pub(super) kid: Of<KeyId>,
}

/// A bureau revokes all keys of an enterprise and names one new one.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {
    /// Whose keys.
    pub(super) party: Of<Uscc>,
    /// Its only key from now on.
    pub(super) key: Key,
    /// Why, by a code of the bureau's own list.
    pub(super) reason: Of<ReasonCode>,
    /// Digest of what is sealed beside it: the reason in words.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) sealed_digest: Maybe<Of<SealedDigest>>,
}

/// A public key as JWK, with exactly the members that RFC 7638 hashes.
pub(crate) struct Key(pub(super) NewKey);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Jwk::deserialize(deserializer).map(|jwk| Self(NewKey { id: jwk.id(), public: *jwk.key() }))
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (crv, kty, x, y) = match &self.0.public {
            PublicKey::Es256k { x, y } => ("secp256k1", "EC", x, Some(y)),
            PublicKey::Es256 { x, y } => ("P-256", "EC", x, Some(y)),
            PublicKey::EdDsa { x } => ("Ed25519", "OKP", x, None),
        };
        let mut members = serializer.serialize_struct("Jwk", if y.is_some() { 4 } else { 3 })?;
        members.serialize_field("crv", crv)?;
        members.serialize_field("kty", kty)?;
        members.serialize_field("x", &base64url::encode(x))?;
        if let Some(y) = y {
            members.serialize_field("y", &base64url::encode(y))?;
        }
        members.end()
    }
}

impl JsonSchema for Key {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Jwk".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let coordinate = json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{43}$" });
        json_schema!({ "oneOf": [
            {
                "type": "object",
                "properties": {
                    "kty": { "const": "EC" },
                    "crv": { "enum": ["secp256k1", "P-256"] },
                    "x": coordinate,
                    "y": coordinate,
                },
                "required": ["kty", "crv", "x", "y"],
                "additionalProperties": false,
            },
            {
                "type": "object",
                "properties": {
                    "kty": { "const": "OKP" },
                    "crv": { "const": "Ed25519" },
                    "x": coordinate,
                },
                "required": ["kty", "crv", "x"],
                "additionalProperties": false,
            },
        ]})
    }
}

impl Wire for Add {
    fn into_body(self) -> Result<Body, BodyError> {
        Ok(Body::new(Command::KeyAdd { key: self.key.0 }))
    }
}

impl Wire for Revoke {
    fn into_body(self) -> Result<Body, BodyError> {
        Ok(Body::new(Command::KeyRevoke { key: self.kid.0 }))
    }
}

impl Wire for Reset {
    fn into_body(self) -> Result<Body, BodyError> {
        let Self { party: Of(enterprise), key, reason: Of(reason), sealed_digest } = self;
        let sealed_digest = sealed_digest.into_item();
        Ok(Body { command: Command::KeyReset { enterprise, key: key.0, reason }, sealed_digest })
    }
}
