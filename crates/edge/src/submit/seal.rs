//! Sealed data at rest: each record under a key of its own, which is wrapped by the service's seal key.
//!
//! XChaCha20-Poly1305 both times (24-byte nonces may be drawn at random for ever); the transition's id is authenticated
//! with both, so that no record can be put beside another transition.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use piao_domain::ids::TransitionId;
use piao_protocol::json;
use piao_protocol::sealed::Sealed;
use thiserror::Error;

use crate::clock::Random;

const NONCE_BYTES: usize = 24;
/// Nonce, key and tag.
const WRAPPED_KEY_BYTES: usize = NONCE_BYTES + 32 + 16;
/// One nonce serves the one message that a record's key ever encrypts.
const RECORD_NONCE: [u8; NONCE_BYTES] = [0; NONCE_BYTES];

/// The key that wraps the keys of sealed records. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

/// A sealed record as it is stored. Its `Debug` shows sizes only.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedBox {
    pub(crate) wrapped_key: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
}

/// A stored record that this key does not open: another seal key, another transition's record, or damaged bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the seal key does not open the record")]
pub struct SealError;

impl SealKey {
    /// Takes the 32 bytes of the seal key file.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Encrypts a record under a fresh key.
    ///
    /// # Errors
    /// [`SealError`] where the data is larger than a cipher takes, which a body limit never lets through.
    pub fn seal(
        &self,
        transition: &TransitionId,
        sealed: &Sealed,
        random: &dyn Random,
    ) -> Result<SealedBox, SealError> {
        let mut drawn = [0_u8; 32 + NONCE_BYTES];
        random.fill(&mut drawn);
        let (record_key, nonce) = drawn.split_at(32);
        let text = serde_json::to_vec(sealed).map_err(|_| SealError)?;
        let ciphertext = encrypt(record_key, &RECORD_NONCE, transition, "piao/sealed-record/v1\0", &text)?;
        let wrapped = encrypt(&self.0, nonce, transition, "piao/sealed-key/v1\0", record_key)?;
        Ok(SealedBox { wrapped_key: [nonce, &wrapped].concat(), ciphertext })
    }

    /// Decrypts a record.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(&self, transition: &TransitionId, stored: &SealedBox) -> Result<Sealed, SealError> {
        if stored.wrapped_key.len() != WRAPPED_KEY_BYTES {
            return Err(SealError);
        }
        let (nonce, wrapped) = stored.wrapped_key.split_at(NONCE_BYTES);
        let record_key = decrypt(&self.0, nonce, transition, "piao/sealed-key/v1\0", wrapped)?;
        let text =
            decrypt(&record_key, &RECORD_NONCE, transition, "piao/sealed-record/v1\0", &stored.ciphertext)?;
        let text = std::str::from_utf8(&text).map_err(|_| SealError)?;
        json::from_str(text).map_err(|_| SealError)
    }
}

fn encrypt(
    key: &[u8],
    nonce: &[u8],
    transition: &TransitionId,
    tag: &str,
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| SealError)?;
    let nonce = XNonce::try_from(nonce).map_err(|_| SealError)?;
    let aad = [tag.as_bytes(), transition.as_bytes()].concat();
    cipher.encrypt(&nonce, Payload { msg: plain, aad: &aad }).map_err(|_| SealError)
}

fn decrypt(
    key: &[u8],
    nonce: &[u8],
    transition: &TransitionId,
    tag: &str,
    sealed: &[u8],
) -> Result<Vec<u8>, SealError> {
    let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| SealError)?;
    let nonce = XNonce::try_from(nonce).map_err(|_| SealError)?;
    let aad = [tag.as_bytes(), transition.as_bytes()].concat();
    cipher.decrypt(&nonce, Payload { msg: sealed, aad: &aad }).map_err(|_| SealError)
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(…)")
    }
}

impl std::fmt::Debug for SealedBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedBox({} bytes)", self.ciphertext.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.iter_mut().zip(0_u8..).for_each(|(byte, next)| *byte = next);
        }
    }

    fn sealed() -> Sealed {
        json::from_str(r#"{"salt":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","data":{"remark":"私密"}}"#)
            .unwrap()
    }

    #[test]
    fn only_the_right_key_and_transition_open_a_record() {
        let (key, id) = (SealKey::new([7; 32]), TransitionId::new([1; 32]));
        let stored = key.seal(&id, &sealed(), &Counting).unwrap();
        assert_eq!(key.open(&id, &stored), Ok(sealed()));
        assert_eq!(SealKey::new([8; 32]).open(&id, &stored), Err(SealError));
        assert_eq!(key.open(&TransitionId::new([2; 32]), &stored), Err(SealError));
        for place in 0..stored.ciphertext.len() {
            let mut damaged = stored.clone();
            damaged.ciphertext[place] ^= 1;
            assert_eq!(key.open(&id, &damaged), Err(SealError), "byte {place}");
        }
        for place in 0..stored.wrapped_key.len() {
            let mut damaged = stored.clone();
            damaged.wrapped_key[place] ^= 1;
            assert_eq!(key.open(&id, &damaged), Err(SealError), "key byte {place}");
        }
        let empty = SealedBox { wrapped_key: Vec::new(), ciphertext: Vec::new() };
        assert_eq!(key.open(&id, &empty), Err(SealError));
    }

    #[test]
    fn debug_shows_neither_key_nor_data() {
        let stored = SealKey::new([7; 32]).seal(&TransitionId::new([1; 32]), &sealed(), &Counting).unwrap();
        assert_eq!(format!("{:?}", SealKey::new([7; 32])), "SealKey(…)");
        assert!(!format!("{stored:?}").contains("私密"));
    }
}
