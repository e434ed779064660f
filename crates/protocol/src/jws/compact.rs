//! The three parts of a compact JWS and its protected header.

use piao_domain::ids::KeyId;
use piao_domain::key::Algorithm;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::encoding::{EncodingError, base64url};
use crate::json::{self, JsonError};
use crate::wire;

/// One of the three parts of a compact JWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The protected header.
    Header,
    /// The payload.
    Payload,
    /// The signature.
    Signature,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Header => "protected header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// Why a text is no JWS of the kind that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JwsError {
    /// Longer than its kind may be.
    #[error("{bytes} bytes are more than the {max} allowed")]
    TooLarge {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        max: usize,
    },
    /// Not three parts between two dots, each ASCII.
    #[error("must be three parts of base64url with a dot between (RFC 7515 §7.1)")]
    NotCompact,
    /// A part that is not canonical base64url.
    #[error("the {part} {source}")]
    Encoding {
        /// Which part.
        part: Part,
        /// What is wrong with it.
        source: EncodingError,
    },
    /// A part that is not UTF-8.
    #[error("the {part} must be UTF-8")]
    NotUtf8 {
        /// Which part.
        part: Part,
    },
    /// A part that is not the closed JSON object it must be.
    #[error("the {part} at {source}")]
    Json {
        /// Which part.
        part: Part,
        /// What is wrong with it, and where.
        source: JsonError,
    },
    /// A signature that is not 64 bytes.
    #[error("the signature must be 64 bytes")]
    SignatureLength,
}

/// The protected header: exactly these three members (protocol §1), so `crit`, `jwk`, `x5u` and `b64` are refused.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header<T> {
    #[serde(with = "algorithm")]
    pub(super) alg: Algorithm,
    #[serde(with = "wire::key_id")]
    pub(super) kid: KeyId,
    pub(super) typ: T,
}

/// `typ` of a transition.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum TransitionType {
    #[serde(rename = "piao-transition+jws")]
    Transition,
}

/// `typ` of a read token (RFC 7519 §5.1).
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum TokenType {
    #[serde(rename = "JWT")]
    Jwt,
}

mod algorithm {
    use piao_domain::key::Algorithm;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    enum Name {
        #[serde(rename = "ES256K")]
        Es256k,
        #[serde(rename = "ES256")]
        Es256,
        #[serde(rename = "EdDSA")]
        EdDsa,
    }

    pub(super) fn serialize<S: Serializer>(value: &Algorithm, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Algorithm::Es256k => Name::Es256k.serialize(serializer),
            Algorithm::Es256 => Name::Es256.serialize(serializer),
            Algorithm::EdDsa => Name::EdDsa.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Algorithm, D::Error> {
        Name::deserialize(deserializer).map(|name| match name {
            Name::Es256k => Algorithm::Es256k,
            Name::Es256 => Algorithm::Es256,
            Name::EdDsa => Algorithm::EdDsa,
        })
    }
}

/// A compact JWS taken apart; nothing in it is verified.
pub(super) struct Compact<T> {
    pub(super) header: Header<T>,
    pub(super) payload: String,
    /// The signing input is the text up to here.
    pub(super) signing_input_bytes: usize,
    pub(super) signature: [u8; 64],
}

/// Takes a compact JWS apart.
pub(super) fn split<T: for<'de> Deserialize<'de>>(text: &str, max: usize) -> Result<Compact<T>, JwsError> {
    if text.len() > max {
        return Err(JwsError::TooLarge { bytes: text.len(), max });
    }
    let mut parts = text.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JwsError::NotCompact);
    };
    let signing_input_bytes = header.len() + 1 + payload.len();
    let header = decode_text(header, Part::Header)?;
    let header = json::from_str(&header).map_err(|source| JwsError::Json { part: Part::Header, source })?;
    let payload = decode_text(payload, Part::Payload)?;
    let signature = base64url::decode(signature)
        .map_err(|source| JwsError::Encoding { part: Part::Signature, source })?
        .try_into()
        .map_err(|_| JwsError::SignatureLength)?;
    Ok(Compact { header, payload, signing_input_bytes, signature })
}

fn decode_text(text: &str, part: Part) -> Result<String, JwsError> {
    let bytes = base64url::decode(text).map_err(|source| JwsError::Encoding { part, source })?;
    String::from_utf8(bytes).map_err(|_| JwsError::NotUtf8 { part })
}
