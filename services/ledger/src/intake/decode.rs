use std::sync::Arc;

use piao_chain::adopt;
use piao_domain::command::{Kind, Transition};
use piao_domain::ids::{ChainId, KeyId, PartyId};
use piao_domain::party::RegisteredKey;
use piao_edge::submit::VerifiedPool;
use piao_protocol::body::{self, Body};
use piao_protocol::jws::{Nonce, PreparedKey, Unverified, Verified};

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

/// Whose key a transition names.
pub(crate) enum Sender<'a> {
    /// A registered key, live or not: whether it may still sign is for the ledger to decide, on the record.
    Registered {
        /// Its owner.
        party: &'a PartyId,
        /// Its public half.
        key: &'a PreparedKey,
    },
    /// Nobody's.
    Unknown,
}

/// Takes a command's text apart, one compact JWS a line.
pub(crate) fn parse(line: &str, chain: &ChainId) -> Result<Unverified<Body>, String> {
    let unverified = Unverified::parse(line).map_err(|error| format!("not a transition: {error}"))?;
    if unverified.claims().chain != *chain {
        return Err(format!("signed for chain {}", unverified.claims().chain));
    }
    unverified.decode(body::parse).map_err(|error| format!("not a body of its type: {error}"))
}

/// Checks the signature under the key its header names, or for a person who enrols under the key in the body.
/// What a service of this process verified is not verified again: the pool has it, with this very text.
pub(crate) fn verify(
    unverified: Unverified<Body>,
    sender: &Sender<'_>,
    pool: Option<&VerifiedPool>,
) -> Result<Taken, String> {
    let party = unverified.claims().party.clone();
    let enrolled;
    let key = match sender {
        _ if unverified.body().kind() == Kind::PartyEnroll => {
            enrolled = first_key(&unverified, &party)?;
            &enrolled
        }
        Sender::Registered { party: owner, key } if **owner == party => *key,
        Sender::Registered { party: owner, .. } => {
            return Err(format!("signed as {party} with a key of {owner}"));
        }
        Sender::Unknown => return Err(format!("unknown key {}", unverified.kid())),
    };
    if let Some(verified) = pool.and_then(|pool| pool.take(&unverified.id(), unverified.compact())) {
        return Ok(take(verified));
    }
    let verified = unverified.verify(key).map_err(|error| format!("wrong signature: {error}"))?;
    Ok(take(verified))
}

fn take(verified: Verified<Body>) -> Taken {
    let (rest, transition) = adopt::take_transition(verified);
    Taken { transition, nonce: rest.claims().nonce.clone(), compact: Arc::clone(rest.compact()) }
}

/// The key of a person who enrols: in the body, the one that signs, and the one that the person is derived from. A
/// registered key of anybody else does not do.
fn first_key(unverified: &Unverified<Body>, party: &PartyId) -> Result<PreparedKey, String> {
    let key = adopt::signer_key(unverified, None).map_err(|error| format!("{party} enrols: {error}"))?;
    PreparedKey::new(&key).map_err(|error| format!("no usable key: {error}"))
}

/// A registered key, made ready for many verifications.
pub(crate) fn prepare(
    (kid, party, key): (KeyId, PartyId, RegisteredKey),
) -> Option<(KeyId, (PartyId, PreparedKey))> {
    PreparedKey::new(&key.public).ok().map(|prepared| (kid, (party, prepared)))
}
