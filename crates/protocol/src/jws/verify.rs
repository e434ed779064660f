//! One function per algorithm says whether a signature is the key's.

#[cfg(test)]
mod known_vectors;
#[cfg(test)]
mod reference;

use ed25519_dalek::VerifyingKey as Ed25519Key;
use p256::ecdsa::VerifyingKey as P256Key;
use p256::ecdsa::signature::Verifier as _;
use piao_domain::ids::KeyId;
use piao_domain::key::Algorithm;
use secp256k1::{Message, PublicKey as Secp256k1Key};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::key::{Point, PreparedKey};

/// Why a signature proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The header names another key.
    #[error("the header names another key")]
    Key,
    /// `alg` is not the algorithm that the key was registered with.
    #[error("alg is not the key's")]
    Algorithm,
    /// The signature is not the key's over these bytes.
    #[error("the signature is not the key's over the bytes received")]
    Signature,
}

/// Verifies a signature over a message under the key that the header names.
pub(super) fn verify(
    key: &PreparedKey,
    kid: KeyId,
    alg: Algorithm,
    message: &[u8],
    signature: &[u8; 64],
) -> Result<(), SignatureError> {
    if kid != key.id() {
        return Err(SignatureError::Key);
    }
    match (alg, &key.point) {
        (Algorithm::Es256k, Point::Es256k(point)) => es256k(point, message, signature),
        (Algorithm::Es256, Point::Es256(point)) => es256(point, message, signature),
        (Algorithm::EdDsa, Point::EdDsa(point)) => ed25519(point, message, signature),
        (Algorithm::Es256k | Algorithm::Es256 | Algorithm::EdDsa, _) => Err(SignatureError::Algorithm),
    }
}

/// ECDSA on secp256k1 with SHA-256 (RFC 8812 §3.2), r ‖ s, either S. By libsecp256k1, and held against `k256` by tests
/// (ADR 0026).
fn es256k(key: &Secp256k1Key, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
    let mut signature =
        secp256k1::ecdsa::Signature::from_compact(signature).map_err(|_| SignatureError::Signature)?;
    // Common JOSE libraries emit the higher S half of the time, and this curve's library refuses it.
    signature.normalize_s();
    let digest = Message::from_digest(Sha256::digest(message).into());
    secp256k1::ecdsa::verify(&signature, digest, key).map_err(|_| SignatureError::Signature)
}

/// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4), r ‖ s, either S.
fn es256(key: &P256Key, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
    let signature = p256::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureError::Signature)?;
    key.verify(message, &signature).map_err(|_| SignatureError::Signature)
}

/// Ed25519 (RFC 8032 §5.1.7): S < L, canonical R, small-order A or R refused, cofactorless equation. That A is
/// canonical was checked when the key was prepared.
pub(crate) fn ed25519(key: &Ed25519Key, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
    let signature = ed25519_dalek::Signature::from_bytes(signature);
    key.verify_strict(message, &signature).map_err(|_| SignatureError::Signature)
}
