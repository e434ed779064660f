//! A public key made ready to verify with.

use ed25519_dalek::VerifyingKey as Ed25519Key;
use p256::ecdsa::VerifyingKey as P256Key;
use piao_domain::ids::KeyId;
use piao_domain::key::{Algorithm, PublicKey};
use secp256k1::PublicKey as Secp256k1Key;

use crate::jwk::{self, JwkError};

/// A public key with its point decompressed and checked: what verifying many signatures of one key keeps.
#[derive(Clone, Debug)]
pub struct PreparedKey {
    id: KeyId,
    pub(super) point: Point,
}

#[derive(Clone, Debug)]
pub(super) enum Point {
    Es256k(Secp256k1Key),
    Es256(P256Key),
    EdDsa(Ed25519Key),
}

impl PreparedKey {
    /// Decompresses a key.
    ///
    /// # Errors
    /// [`JwkError`] for coordinates that are no usable point.
    pub fn new(key: &PublicKey) -> Result<Self, JwkError> {
        let point = match key {
            PublicKey::Es256k { x, y } => Secp256k1Key::from_byte_array_uncompressed(sec1(x, y))
                .map(Point::Es256k)
                .map_err(|_| JwkError::Point)?,
            PublicKey::Es256 { x, y } => {
                P256Key::from_sec1_bytes(&sec1(x, y)).map(Point::Es256).map_err(|_| JwkError::Point)?
            }
            PublicKey::EdDsa { x } => Point::EdDsa(ed25519_key(x)?),
        };
        Ok(Self { id: jwk::thumbprint(key), point })
    }

    /// The key's thumbprint.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The one algorithm it verifies.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.point {
            Point::Es256k(_) => Algorithm::Es256k,
            Point::Es256(_) => Algorithm::Es256,
            Point::EdDsa(_) => Algorithm::EdDsa,
        }
    }
}

/// An Ed25519 public key whose encoding is canonical and whose order is not small (protocol §1).
///
/// # Errors
/// [`JwkError`] for any other 32 bytes.
pub(crate) fn ed25519_key(bytes: &[u8; 32]) -> Result<Ed25519Key, JwkError> {
    // Decompression reduces y modulo 2^255 − 19, so that two encodings would name one key.
    let [lowest, middle @ .., highest] = bytes;
    if *lowest >= 0xed && middle.iter().all(|byte| *byte == 0xff) && highest & 0x7f == 0x7f {
        return Err(JwkError::NotCanonical);
    }
    let key = Ed25519Key::from_bytes(bytes).map_err(|_| JwkError::Point)?;
    // The other non-canonical encodings, x = 0 with the sign bit set, are of small order too.
    if key.is_weak() { Err(JwkError::SmallOrder) } else { Ok(key) }
}

/// An uncompressed point (SEC 1 §2.3.3).
fn sec1(x: &[u8; 32], y: &[u8; 32]) -> [u8; 65] {
    let mut point = [4; 65];
    point[1..33].copy_from_slice(x);
    point[33..].copy_from_slice(y);
    point
}
