//! Private keys of parties, for tools and tests: one method per thing signed.

use k256::ecdsa::signature::Signer as _;
use piao_domain::ids::{ChainId, KeyId, PartyId};
use piao_domain::key::{Algorithm, PublicKey};
use piao_domain::time::Time;
use serde::Serialize;
use thiserror::Error;

use super::compact::{Header, TokenType, TransitionType};
use super::read_token::TokenClaims;
use crate::encoding::base64url;
use crate::jwk;

/// 32 bytes that are no private key of the algorithm: zero, or not below the group's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the secret is no private key of this algorithm")]
pub struct BadSecret;

/// A party's private key. Its `Debug` shows only the key id.
pub struct SigningKey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    Es256k(k256::ecdsa::SigningKey),
    Es256(p256::ecdsa::SigningKey),
    EdDsa(ed25519_dalek::SigningKey),
}

impl SigningKey {
    /// Takes a private key: a scalar, big-endian, or an Ed25519 seed.
    ///
    /// # Errors
    /// [`BadSecret`] for a scalar out of range.
    pub fn from_secret(algorithm: Algorithm, secret: &[u8; 32]) -> Result<Self, BadSecret> {
        let secret = match algorithm {
            Algorithm::Es256k => {
                Secret::Es256k(k256::ecdsa::SigningKey::from_slice(secret).map_err(|_| BadSecret)?)
            }
            Algorithm::Es256 => {
                Secret::Es256(p256::ecdsa::SigningKey::from_slice(secret).map_err(|_| BadSecret)?)
            }
            Algorithm::EdDsa => Secret::EdDsa(ed25519_dalek::SigningKey::from_bytes(secret)),
        };
        let public = public(&secret);
        Ok(Self { secret, public })
    }

    /// Draws a key from the caller's source of randomness.
    ///
    /// # Errors
    /// [`BadSecret`] where the source gives zero or a number beyond the order, which chance does once in 2^32.
    pub fn generate(algorithm: Algorithm, fill: &mut dyn FnMut(&mut [u8])) -> Result<Self, BadSecret> {
        let mut secret = [0; 32];
        fill(&mut secret);
        Self::from_secret(algorithm, &secret)
    }

    /// The private key's 32 bytes, to be kept in a file that only its owner reads.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        match &self.secret {
            Secret::Es256k(key) => key.to_bytes().into(),
            Secret::Es256(key) => key.to_bytes().into(),
            Secret::EdDsa(key) => key.to_bytes(),
        }
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The public half's thumbprint.
    #[must_use]
    pub fn id(&self) -> KeyId {
        jwk::thumbprint(&self.public)
    }

    /// Signs a transition. The payload (see [`payload`](super::payload)) is signed as it is; whether it is well formed
    /// is for [`Unverified::parse`](super::Unverified::parse) to say.
    #[must_use]
    pub fn sign_transition(&self, payload: &str) -> String {
        self.compact(TransitionType::Transition, payload)
    }

    /// Signs a token that lets its bearer read as the party until `exp`, on one chain (RFC 7519).
    #[must_use]
    pub fn sign_read_token(&self, party: &PartyId, chain: &ChainId, iat: Time, exp: Time) -> String {
        let claims = TokenClaims { iss: party.clone(), aud: chain.clone(), exp, iat };
        self.compact(TokenType::Jwt, &json(&claims))
    }

    fn compact<T: Serialize>(&self, typ: T, payload: &str) -> String {
        let header = Header { alg: self.public.algorithm(), kid: self.id(), typ };
        let mut text = base64url::encode(json(&header).as_bytes());
        text.push('.');
        text.push_str(&base64url::encode(payload.as_bytes()));
        let signature = self.sign(text.as_bytes());
        text.push('.');
        text.push_str(&base64url::encode(&signature));
        text
    }

    /// ECDSA draws its nonce from key and message (RFC 6979), so no randomness is needed here.
    fn sign(&self, signing_input: &[u8]) -> [u8; 64] {
        match &self.secret {
            Secret::Es256k(key) => {
                let signature: k256::ecdsa::Signature = key.sign(signing_input);
                signature.to_bytes().into()
            }
            Secret::Es256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(signing_input);
                signature.to_bytes().into()
            }
            Secret::EdDsa(key) => key.sign(signing_input).to_bytes(),
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.id())
    }
}

fn public(secret: &Secret) -> PublicKey {
    match secret {
        Secret::Es256k(key) => {
            let (x, y) = coordinates(&key.verifying_key().to_sec1_point(false).to_bytes());
            PublicKey::Es256k { x, y }
        }
        Secret::Es256(key) => {
            let (x, y) = coordinates(&key.verifying_key().to_sec1_point(false).to_bytes());
            PublicKey::Es256 { x, y }
        }
        Secret::EdDsa(key) => PublicKey::EdDsa { x: key.verifying_key().to_bytes() },
    }
}

/// The coordinates of an uncompressed point (SEC 1 §2.3.3).
fn coordinates(sec1: &[u8]) -> ([u8; 32], [u8; 32]) {
    assert_eq!(sec1.len(), 65, "an uncompressed point is a tag and two coordinates");
    let mut x = [0; 32];
    let mut y = [0; 32];
    x.copy_from_slice(&sec1[1..33]);
    y.copy_from_slice(&sec1[33..]);
    (x, y)
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("header and claims hold only texts and integers")
}
