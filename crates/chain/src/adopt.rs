//! From what came over a wire to what execution reads, and whether the key that signed is the signer's.

use piao_domain::command::{Command, Transition};
use piao_domain::ids::PartyId;
use piao_domain::key::PublicKey;
use piao_domain::party::Party;
use piao_protocol::body::Body;
use piao_protocol::jwk;
use piao_protocol::jws::{self, Verified};
use thiserror::Error;

/// Why a transition cannot be attributed to whom it names. None of these is ever on the record (protocol §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignerError {
    /// Nobody registered the party.
    #[error("the party is not registered")]
    UnknownParty,
    /// The party never had the key that the header names.
    #[error("the key that the header names never was the party's")]
    UnknownKey,
    /// `party.enroll` whose header names another key than its body, or whose party is not derived from it.
    #[error("a person enrols under the key that the body carries, and is named by it")]
    NotTheBody,
}

/// The transition as execution reads it.
#[must_use]
pub fn transition(verified: &Verified<Body>) -> Transition {
    read(verified, verified.body().command().clone())
}

/// As [`transition`], without a copy of the body; what is left keeps the bytes that were signed.
#[must_use]
pub fn take_transition(verified: Verified<Body>) -> (Verified, Transition) {
    let (rest, body) = verified.take_body();
    let transition = read(&rest, body.into_command());
    (rest, transition)
}

/// The key that the transition must have been signed with, where it belongs to whom the transition names. `party` is
/// the party so named, as it stood before the block; a revoked key is found too, since refusing it is execution's
/// work (`key.revoked`). `party.enroll` needs nobody: it brings its own key.
///
/// # Errors
/// [`SignerError`] where party or key is unknown.
pub fn signer_key(
    transition: &jws::Transition<Body>,
    party: Option<&Party>,
) -> Result<PublicKey, SignerError> {
    if let Command::PartyEnroll { key } = transition.body().command() {
        let person = PartyId::Person(jwk::person(&key.id));
        let own = transition.kid() == key.id && transition.claims().party == person;
        return if own { Ok(key.public) } else { Err(SignerError::NotTheBody) };
    }
    let party = party.ok_or(SignerError::UnknownParty)?;
    party.keys.get(&transition.kid()).map(|key| key.public).ok_or(SignerError::UnknownKey)
}

fn read<B>(verified: &Verified<B>, command: Command) -> Transition {
    Transition {
        id: verified.id(),
        signer: verified.claims().party.clone(),
        key: verified.kid(),
        issued_at: verified.claims().iat,
        command,
    }
}
