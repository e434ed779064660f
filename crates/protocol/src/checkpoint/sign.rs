//! The log's private key.

use ed25519_dalek::Signer as _;
use piao_domain::key::PublicKey;

use super::Checkpoint;
use super::note::{SignatureLine, key_id};

/// A log's private key. It signs checkpoints and announcements and nothing else; its `Debug` shows nothing of it.
pub struct LogSigner(ed25519_dalek::SigningKey);

impl LogSigner {
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

    /// The seed, to be kept in a file that only its owner reads.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::EdDsa { x: self.0.verifying_key().to_bytes() }
    }

    /// Signs a checkpoint under its chain's name and writes the whole note. The caller sees to it that no two of
    /// them ever contradict each other.
    #[must_use]
    pub fn sign_checkpoint(&self, checkpoint: &Checkpoint) -> String {
        let text = checkpoint.text();
        let name = checkpoint.chain.to_string();
        let line = SignatureLine {
            key_id: key_id(&name, &self.0.verifying_key().to_bytes()),
            signature: self.0.sign(text.as_bytes()).to_bytes().to_vec(),
            name,
        };
        format!("{text}\n{}", line.write())
    }

    /// Signs a tagged announcement ([`crate::announcement`]). No checkpoint begins with that tag: its first line is a
    /// chain id, which holds no NUL.
    pub(crate) fn sign_announcement(&self, tagged: &[u8]) -> [u8; 64] {
        self.0.sign(tagged).to_bytes()
    }
}

impl std::fmt::Debug for LogSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogSigner")
    }
}
