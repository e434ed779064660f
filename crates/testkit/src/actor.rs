//! Parties with keys, the same in every run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use piao_domain::command::Command;
use piao_domain::ids::{ChainId, PartyId, TransitionId};
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::body::{self, Body};
use piao_protocol::jwk::{self, Jwk};
use piao_protocol::jws::{Claims, Nonce, SigningKey, Unverified, payload};
use sha2::{Digest as _, Sha256};

/// A party and the key that it signs with.
pub struct Actor {
    /// Who it is.
    pub party: PartyId,
    /// Its key.
    pub key: SigningKey,
}

/// A signed transition.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Its id.
    pub id: TransitionId,
    /// The compact JWS.
    pub jws: Arc<str>,
}

/// Every signature of a test run has its own nonce.
static NONCES: AtomicU64 = AtomicU64::new(1);

impl Actor {
    /// A party whose key follows from a label and an algorithm.
    ///
    /// # Panics
    /// Where the party is malformed.
    #[must_use]
    pub fn new(party: &str, algorithm: Algorithm) -> Self {
        Self { party: PartyId::parse(party).expect("a party"), key: key(party, algorithm) }
    }

    /// A person, named by the key.
    #[must_use]
    pub fn person(label: &str, algorithm: Algorithm) -> Self {
        let key = key(label, algorithm);
        Self { party: PartyId::Person(jwk::person(&key.id())), key }
    }

    /// The key's JWK.
    ///
    /// # Panics
    /// Never: the key is made here.
    #[must_use]
    pub fn jwk(&self) -> Jwk {
        Jwk::new(*self.key.public()).expect("a key that was made here")
    }

    /// Its JWK as JSON text.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn jwk_json(&self) -> String {
        piao_protocol::json::canonical(&self.jwk()).expect("a JWK is texts")
    }

    /// Signs a body given as JSON.
    ///
    /// # Panics
    /// Where it is no body of its type.
    #[must_use]
    pub fn sign(&self, chain: &ChainId, at: Time, kind: &str, body: &str) -> Signed {
        let body = body::parse(kind, body).unwrap_or_else(|error| panic!("{kind}: {error}: {body}"));
        self.sign_body(chain, at, &body)
    }

    /// Signs a command.
    ///
    /// # Panics
    /// Never for a command that a body can carry.
    #[must_use]
    pub fn sign_command(&self, chain: &ChainId, at: Time, command: Command) -> Signed {
        self.sign_body(chain, at, &Body::new(command))
    }

    /// Signs a body given as JSON with the nonce that a label names: the same in every run.
    ///
    /// # Panics
    /// Where it is no body of its type.
    #[must_use]
    pub fn sign_again(&self, chain: &ChainId, at: Time, kind: &str, body: &str, label: &str) -> Signed {
        let body = body::parse(kind, body).unwrap_or_else(|error| panic!("{kind}: {error}: {body}"));
        self.sign_under(chain, at, &body, label.as_bytes())
    }

    fn sign_body(&self, chain: &ChainId, at: Time, body: &Body) -> Signed {
        let count = NONCES.fetch_add(1, Ordering::Relaxed);
        self.sign_under(chain, at, body, &count.to_be_bytes())
    }

    fn sign_under(&self, chain: &ChainId, at: Time, body: &Body, label: &[u8]) -> Signed {
        let nonce = Sha256::digest([label, self.party.to_string().as_bytes()].concat());
        let claims = Claims {
            chain: chain.clone(),
            party: self.party.clone(),
            nonce: Nonce::new(&nonce[..16]).expect("16 bytes"),
            iat: at,
            kind: body.kind().as_str().to_owned(),
        };
        let payload = payload(&claims, &body.render()).expect("a body within bounds");
        let jws: Arc<str> = self.key.sign_transition(&payload).into();
        let id = Unverified::parse(Arc::clone(&jws)).expect("what was just signed").id();
        Signed { id, jws }
    }
}

fn key(label: &str, algorithm: Algorithm) -> SigningKey {
    let secret: [u8; 32] = Sha256::digest(format!("piao test key {label} {algorithm:?}")).into();
    SigningKey::from_secret(algorithm, &secret).expect("a hash below the order of the curve")
}
