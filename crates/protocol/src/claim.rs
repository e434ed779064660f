//! The one-time claim key of an invoice and the proof that somebody holds it (domain §3).

use std::collections::BTreeMap;

use ed25519_dalek::Signer as _;
use piao_domain::ids::{ChainId, PartyId};
use serde::{Deserialize, Serialize};

use crate::encoding::base64url;
use crate::json::{Flaw, Json, Name, custom};
use crate::jwk::JwkError;
use crate::jws::SignatureError;
use crate::{jws, wire};

/// The public half of a claim key, as the invoice carries it: base64url of an Ed25519 public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimKey([u8; 32]);

impl ClaimKey {
    /// Takes a public key.
    ///
    /// # Errors
    /// [`JwkError`] for bytes that are no usable point.
    pub fn new(bytes: [u8; 32]) -> Result<Self, JwkError> {
        jws::ed25519_key(&bytes).map(|_| Self(bytes))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks that who made the proof held the private half and meant this chain, invoice and holder.
    ///
    /// # Errors
    /// [`SignatureError::Signature`] where not.
    pub fn verify(
        &self,
        chain: &ChainId,
        invoice: &str,
        holder: &PartyId,
        proof: &ClaimProof,
    ) -> Result<(), SignatureError> {
        let key = jws::ed25519_key(&self.0).map_err(|_| SignatureError::Key)?;
        jws::ed25519(&key, &message(chain, invoice, holder), &proof.0)
    }
}

impl Serialize for ClaimKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::bytes::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for ClaimKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::bytes::deserialize(deserializer)
            .and_then(|bytes| Self::new(bytes).map_err(|error| custom(Flaw::Form, "", error)))
    }
}

/// Ed25519 over `"piao/claim/v1\0"` ‖ JCS({chain, invoice, holder}); base64url in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimProof([u8; 64]);

impl ClaimProof {
    /// Takes the signature's bytes.
    #[must_use]
    pub const fn new(signature: [u8; 64]) -> Self {
        Self(signature)
    }

    /// The signature's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl Serialize for ClaimProof {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::bytes::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for ClaimProof {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::bytes::deserialize(deserializer).map(Self)
    }
}

/// The private half of a claim key, handed over with the invoice. Its `Debug` shows only the public half.
pub struct ClaimSecret(ed25519_dalek::SigningKey);

impl ClaimSecret {
    /// Takes an Ed25519 seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// Draws a key from the caller's source of randomness.
    #[must_use]
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut seed = [0; 32];
        fill(&mut seed);
        Self::from_seed(&seed)
    }

    /// The seed, as the hand-over QR carries it in its fragment.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    #[must_use]
    pub fn key(&self) -> ClaimKey {
        ClaimKey(self.0.verifying_key().to_bytes())
    }

    /// Proves to a chain that the holder was handed this invoice.
    #[must_use]
    pub fn sign_claim(&self, chain: &ChainId, invoice: &str, holder: &PartyId) -> ClaimProof {
        ClaimProof(self.0.sign(&message(chain, invoice, holder)).to_bytes())
    }
}

impl std::fmt::Debug for ClaimSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClaimSecret({})", base64url::encode(self.key().as_bytes()))
    }
}

/// What a proof is over: `"piao/claim/v1\0"` ‖ JCS({chain, invoice, holder}).
fn message(chain: &ChainId, invoice: &str, holder: &PartyId) -> Vec<u8> {
    let member = |name: &str, text: String| (Name::new(name.to_owned()), Json::Text(text));
    let claim = Json::Object(BTreeMap::from([
        member("chain", chain.to_string()),
        member("invoice", invoice.to_owned()),
        member("holder", holder.to_string()),
    ]));
    ["piao/claim/v1\0", &claim.canonical()].concat().into_bytes()
}
