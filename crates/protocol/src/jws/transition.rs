//! A signed transition, before and after its signature is checked.

use std::ops::Deref;
use std::sync::Arc;

use piao_domain::ids::{KeyId, TransitionId};
use piao_domain::key::Algorithm;

use super::compact::{self, Compact, JwsError, TransitionType};
use super::key::PreparedKey;
use super::payload::{self, Claims};
use super::verify::{SignatureError, verify};
use crate::digest::tagged;

/// The longest compact JWS of any type but `batch`, in bytes.
pub const TRANSITION_BYTES_MAX: usize = 64 * 1024;

/// The longest compact JWS of a `batch`, in bytes.
pub const BATCH_BYTES_MAX: usize = 256 * 1024;

const BATCH: &str = "batch";

/// The body has not been read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecoded;

/// What a transition says and by which key. Comes only inside [`Unverified`] or [`Verified`].
#[derive(Clone, Debug)]
pub struct Transition<B> {
    id: TransitionId,
    kid: KeyId,
    algorithm: Algorithm,
    claims: Claims,
    body_text: Box<str>,
    body: B,
    compact: Arc<str>,
    signing_input_bytes: usize,
    signature: [u8; 64],
}

impl<B> Transition<B> {
    /// SHA3-256(`"piao/transition/v1\0"` ‖ signing input).
    #[must_use]
    pub const fn id(&self) -> TransitionId {
        self.id
    }

    /// The key that the header names.
    #[must_use]
    pub const fn kid(&self) -> KeyId {
        self.kid
    }

    /// The algorithm that the header names.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The payload's members beside the body.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The body's bytes as they were signed: a JSON object without repeated members or numbers out of bounds.
    #[must_use]
    pub fn body_text(&self) -> &str {
        &self.body_text
    }

    /// The body, as far as it has been read.
    #[must_use]
    pub const fn body(&self) -> &B {
        &self.body
    }

    /// The whole compact JWS, as received.
    #[must_use]
    pub const fn compact(&self) -> &Arc<str> {
        &self.compact
    }

    /// The exact bytes that were signed, `BASE64URL(header).BASE64URL(payload)`.
    #[must_use]
    pub fn signing_input(&self) -> &str {
        &self.compact[..self.signing_input_bytes]
    }

    fn with_body<C>(self, body: C) -> (Transition<C>, B) {
        let Self {
            id,
            kid,
            algorithm,
            claims,
            body_text,
            compact,
            signing_input_bytes,
            signature,
            body: old,
        } = self;
        (
            Transition {
                id,
                kid,
                algorithm,
                claims,
                body_text,
                compact,
                signing_input_bytes,
                signature,
                body,
            },
            old,
        )
    }

    fn decode<C, E>(self, parse: impl FnOnce(&str, &str) -> Result<C, E>) -> Result<Transition<C>, E> {
        let body = parse(&self.claims.kind, &self.body_text)?;
        Ok(self.with_body(body).0)
    }
}

/// A well-formed transition whose signature nobody has checked.
#[derive(Clone, Debug)]
pub struct Unverified<B = Undecoded>(Transition<B>);

impl Unverified {
    /// Takes a compact JWS apart, strictly (protocol §1). The body stays text: see [`Unverified::decode`].
    ///
    /// # Errors
    /// [`JwsError`] for anything that no signature could make a transition.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, JwsError> {
        let text = text.into();
        let Compact { header, payload, signing_input_bytes, signature } =
            compact::split::<TransitionType>(&text, BATCH_BYTES_MAX)?;
        let (claims, body_text) = payload::read(&payload)?;
        if text.len() > TRANSITION_BYTES_MAX && claims.kind != BATCH {
            return Err(JwsError::TooLarge { bytes: text.len(), max: TRANSITION_BYTES_MAX });
        }
        let signing_input = &text.as_bytes()[..signing_input_bytes];
        Ok(Self(Transition {
            id: TransitionId::new(tagged("piao/transition/v1\0", &[signing_input])),
            kid: header.kid,
            algorithm: header.alg,
            claims,
            body_text,
            body: Undecoded,
            compact: text,
            signing_input_bytes,
            signature,
        }))
    }

    /// As [`Unverified::parse`], from bytes off a wire.
    ///
    /// # Errors
    /// [`JwsError`] likewise.
    pub fn parse_bytes(bytes: &[u8]) -> Result<Self, JwsError> {
        if bytes.len() > BATCH_BYTES_MAX {
            return Err(JwsError::TooLarge { bytes: bytes.len(), max: BATCH_BYTES_MAX });
        }
        std::str::from_utf8(bytes).map_err(|_| JwsError::NotCompact).and_then(Self::parse)
    }
}

impl<B> Unverified<B> {
    /// Reads the body with a function of (type, body text).
    ///
    /// # Errors
    /// The function's own.
    pub fn decode<C, E>(self, parse: impl FnOnce(&str, &str) -> Result<C, E>) -> Result<Unverified<C>, E> {
        self.0.decode(parse).map(Unverified)
    }

    /// Checks the signature over the very bytes that the id hashes.
    ///
    /// # Errors
    /// [`SignatureError`] where key or algorithm is another's or the signature is wrong.
    pub fn verify(self, key: &PreparedKey) -> Result<Verified<B>, SignatureError> {
        let transition = self.0;
        let message = transition.signing_input().as_bytes();
        verify(key, transition.kid, transition.algorithm, message, &transition.signature)?;
        Ok(Verified(transition))
    }
}

impl<B> Deref for Unverified<B> {
    type Target = Transition<B>;

    fn deref(&self) -> &Transition<B> {
        &self.0
    }
}

/// A transition whose signature was checked, under the key that its header names, over the very bytes that its id
/// hashes. Whether that key is the party's and live is for the state to say.
#[derive(Clone, Debug)]
pub struct Verified<B = Undecoded>(Transition<B>);

impl<B> Verified<B> {
    /// Reads the body with a function of (type, body text).
    ///
    /// # Errors
    /// The function's own.
    pub fn decode<C, E>(self, parse: impl FnOnce(&str, &str) -> Result<C, E>) -> Result<Verified<C>, E> {
        self.0.decode(parse).map(Verified)
    }

    /// Hands the body over and keeps the rest.
    #[must_use]
    pub fn take_body(self) -> (Verified, B) {
        let (rest, body) = self.0.with_body(Undecoded);
        (Verified(rest), body)
    }
}

impl<B> Deref for Verified<B> {
    type Target = Transition<B>;

    fn deref(&self) -> &Transition<B> {
        &self.0
    }
}
