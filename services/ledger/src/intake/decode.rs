use std::sync::Arc;

use piao_chain::adopt;
use piao_domain::command::{Kind, Transition};
use piao_domain::ids::{ChainId, KeyId, PartyId};
use piao_domain::key::PublicKey;
use piao_domain::party::RegisteredKey;
use piao_edge::submit::{EverySignature, VerifiedPool, Verifier};
use piao_protocol::body::{self, Body};
use piao_protocol::jwk;
use piao_protocol::jws::{self, Nonce, PreparedKey, Unverified, Verified};

/// A verified transition on its way into a block.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// What execution sees of it.
    pub(crate) transition: Transition,
    /// What makes its outcome digest unguessable.
    pub(crate) nonce: Nonce,
    /// The compact JWS, as it was received and signed.
    pub(crate) compact: Arc<str>,
}

/// A transition as it came.
pub(crate) enum Read {
    /// Nobody checked its signature.
    Unverified(Unverified<Body>),
    /// A service of this process checked it: the pool had it, with this very text.
    Verified(Verified<Body>),
}

impl Read {
    /// The party that its payload names, and the key that its header names as that party's.
    pub(crate) fn signer(&self) -> (PartyId, KeyId) {
        match self {
            Self::Unverified(read) => (read.claims().party.clone(), read.kid()),
            Self::Verified(read) => (read.claims().party.clone(), read.kid()),
        }
    }
}

/// Takes a command's text apart, one compact JWS a line. What a service of this process verified is not read again.
pub(crate) fn parse(line: &str, chain: &ChainId, pool: Option<&VerifiedPool>) -> Result<Read, String> {
    if let Some(verified) = pool.and_then(|pool| pool.take(line)) {
        check_chain(&verified.claims().chain, chain)?;
        return Ok(Read::Verified(verified));
    }
    let unverified = Unverified::parse(line).map_err(|error| format!("not a transition: {error}"))?;
    check_chain(&unverified.claims().chain, chain)?;
    let read = unverified.decode(body::parse).map_err(|error| format!("not a body of its type: {error}"))?;
    Ok(Read::Unverified(read))
}

fn check_chain(found: &ChainId, ours: &ChainId) -> Result<(), String> {
    if found == ours { Ok(()) } else { Err(format!("signed for chain {found}")) }
}

/// Checks the signature under the key its header names, or for a person who enrols under the key in the body, where
/// that is not done yet; and in any case that the key is the signer's. `registered` is that key of that party, live or
/// not: whether it may still sign is for the ledger to decide, on the record.
pub(crate) fn verify(read: Read, registered: Option<&PreparedKey>) -> Result<Taken, String> {
    verify_by(&EverySignature, read, registered)
}

/// As [`verify`], with who checks signatures.
pub(crate) fn verify_by(
    verifier: &dyn Verifier,
    read: Read,
    registered: Option<&PreparedKey>,
) -> Result<Taken, String> {
    let unverified = match read {
        Read::Verified(verified) => {
            signer_key(&verified, registered)?;
            return Ok(take(verified));
        }
        Read::Unverified(unverified) => unverified,
    };
    let own;
    let key = match signer_key(&unverified, registered)? {
        SignerKey::Registered(key) => key,
        SignerKey::Own(key) => {
            own = PreparedKey::new(&key).map_err(|error| format!("no usable key: {error}"))?;
            &own
        }
    };
    let verified = verifier.verify(unverified, key).map_err(|error| format!("wrong signature: {error}"))?;
    Ok(take(verified))
}

enum SignerKey<'a> {
    Registered(&'a PreparedKey),
    /// Of a person who enrols: in the body, the one that signs, and the one that the person is derived from. A
    /// registered key of anybody else does not do.
    Own(PublicKey),
}

fn signer_key<'a>(
    transition: &jws::Transition<Body>,
    registered: Option<&'a PreparedKey>,
) -> Result<SignerKey<'a>, String> {
    let party = &transition.claims().party;
    if transition.body().kind() == Kind::PartyEnroll {
        let own = adopt::signer_key(transition, None).map_err(|error| format!("{party} enrols: {error}"))?;
        return Ok(SignerKey::Own(own));
    }
    registered
        .map(SignerKey::Registered)
        .ok_or_else(|| format!("unknown key {} of {party}", jwk::kid(&transition.kid())))
}

fn take(verified: Verified<Body>) -> Taken {
    let (rest, transition) = adopt::take_transition(verified);
    Taken { transition, nonce: rest.claims().nonce.clone(), compact: Arc::clone(rest.compact()) }
}

/// A registered key, made ready for many verifications.
pub(crate) fn prepare(
    (kid, party, key): (KeyId, PartyId, RegisteredKey),
) -> Option<((PartyId, KeyId), PreparedKey)> {
    PreparedKey::new(&key.public).ok().map(|prepared| ((party, kid), prepared))
}
