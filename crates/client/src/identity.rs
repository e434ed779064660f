//! Who a client acts as: a party and one of its private keys.

use std::fmt;
use std::sync::Arc;

use piao_domain::ids::{KeyId, PartyId};
use piao_domain::key::{Algorithm, PublicKey};
use piao_protocol::jwk;
use piao_protocol::jws::{BadSecret, SigningKey};

use crate::sources::Sources;

/// A party and one of its private keys. Its `Debug` shows only names.
#[derive(Clone)]
pub struct Identity {
    party: PartyId,
    key: Arc<SigningKey>,
}

impl Identity {
    /// Takes a party and a key that is, or is about to be, registered for it.
    #[must_use]
    pub fn new(party: PartyId, key: SigningKey) -> Self {
        Self { party, key: Arc::new(key) }
    }

    /// Draws a key for a party.
    ///
    /// # Errors
    /// [`BadSecret`] once in 2^32, where chance gives no key of a curve.
    pub fn generate(party: PartyId, algorithm: Algorithm, sources: &Sources) -> Result<Self, BadSecret> {
        draw(algorithm, sources).map(|key| Self::new(party, key))
    }

    /// Draws the first key of a natural person, and so the person's party (protocol §2). There is no recovery:
    /// a second key is worth its while.
    ///
    /// # Errors
    /// As [`Identity::generate`].
    pub fn generate_person(algorithm: Algorithm, sources: &Sources) -> Result<Self, BadSecret> {
        let key = draw(algorithm, sources)?;
        Ok(Self::new(PartyId::Person(jwk::person(&key.id())), key))
    }

    /// Who acts.
    #[must_use]
    pub const fn party(&self) -> &PartyId {
        &self.party
    }

    /// By which key.
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The key's thumbprint.
    #[must_use]
    pub fn kid(&self) -> KeyId {
        self.key.id()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        self.key.public()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({}, {})", self.party, jwk::kid(&self.kid()))
    }
}

fn draw(algorithm: Algorithm, sources: &Sources) -> Result<SigningKey, BadSecret> {
    SigningKey::generate(algorithm, &mut |bytes| sources.fill(bytes))
}
