//! Read tokens: short-lived JWTs that a caller signs with its own registered key.

use std::sync::Arc;

use piao_domain::ids::{ChainId, KeyId, PartyId};
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::compact::{self, Compact, JwsError, Part, TokenType};
use super::key::PreparedKey;
use super::verify::{SignatureError, verify};
use crate::{json, wire};

/// How far ahead `exp` may lie, in seconds.
pub const READ_TOKEN_SECONDS_MAX: u64 = 300;

/// The longest read token, in bytes.
const TOKEN_BYTES_MAX: usize = 4 * 1024;

/// Why a read token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReadTokenError {
    /// Signed for another chain.
    #[error("aud must be this chain's id")]
    Audience,
    /// Past its `exp`.
    #[error("the token has expired")]
    Expired,
    /// Good for longer than a read token may be.
    #[error("exp must be at most {READ_TOKEN_SECONDS_MAX} seconds ahead")]
    TooLong,
    /// The signature is not the key's.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// What a read token says: exactly these four claims (RFC 7519 §4.1).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenClaims {
    #[serde(with = "wire::party")]
    pub(super) iss: PartyId,
    #[serde(with = "wire::chain_id")]
    pub(super) aud: ChainId,
    #[serde(with = "wire::time")]
    pub(super) exp: Time,
    #[serde(with = "wire::time")]
    pub(super) iat: Time,
}

/// A well-formed read token whose signature nobody has checked.
pub struct UnverifiedReadToken {
    kid: KeyId,
    algorithm: Algorithm,
    claims: TokenClaims,
    text: Arc<str>,
    signing_input_bytes: usize,
    signature: [u8; 64],
}

impl UnverifiedReadToken {
    /// Takes a token apart, strictly.
    ///
    /// # Errors
    /// [`JwsError`] for another shape, header or set of claims.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, JwsError> {
        let text = text.into();
        let Compact { header, payload, signing_input_bytes, signature } =
            compact::split::<TokenType>(&text, TOKEN_BYTES_MAX)?;
        let claims =
            json::from_str(&payload).map_err(|source| JwsError::Json { part: Part::Payload, source })?;
        Ok(Self { kid: header.kid, algorithm: header.alg, claims, text, signing_input_bytes, signature })
    }

    /// The key that the header names.
    #[must_use]
    pub const fn kid(&self) -> KeyId {
        self.kid
    }

    /// The party it claims to be of.
    #[must_use]
    pub const fn party(&self) -> &PartyId {
        &self.claims.iss
    }

    /// Checks signature, chain and time.
    ///
    /// # Errors
    /// [`ReadTokenError`], the signature first.
    pub fn verify(self, key: &PreparedKey, chain: &ChainId, now: Time) -> Result<ReadToken, ReadTokenError> {
        let message = &self.text.as_bytes()[..self.signing_input_bytes];
        verify(key, self.kid, self.algorithm, message, &self.signature)?;
        let TokenClaims { iss, aud, exp, iat: _ } = self.claims;
        if aud != *chain {
            return Err(ReadTokenError::Audience);
        }
        if exp <= now {
            return Err(ReadTokenError::Expired);
        }
        if exp.distance(now) > READ_TOKEN_SECONDS_MAX {
            return Err(ReadTokenError::TooLong);
        }
        Ok(ReadToken { party: iss, kid: self.kid, exp })
    }
}

/// A read token whose signature, chain and time were checked. Whether the key is the party's and live is for the
/// state to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadToken {
    party: PartyId,
    kid: KeyId,
    exp: Time,
}

impl ReadToken {
    /// Who reads.
    #[must_use]
    pub const fn party(&self) -> &PartyId {
        &self.party
    }

    /// By which key.
    #[must_use]
    pub const fn kid(&self) -> KeyId {
        self.kid
    }

    /// Until when.
    #[must_use]
    pub const fn exp(&self) -> Time {
        self.exp
    }
}
