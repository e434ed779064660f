//! Who checks signatures.

use piao_protocol::body::Body;
use piao_protocol::jws::{PreparedKey, SignatureError, Unverified, Verified};

/// Checks the signature of a transition under a key. Services and the ledger check every one, with [`EverySignature`];
/// a simulation, which sends the same transitions a million times, remembers those that it checked.
pub trait Verifier: Send + Sync + 'static {
    /// The transition, verified.
    ///
    /// # Errors
    /// [`SignatureError`].
    fn verify(
        &self,
        transition: Unverified<Body>,
        key: &PreparedKey,
    ) -> Result<Verified<Body>, SignatureError>;
}

/// Checks every signature that it is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct EverySignature;

impl Verifier for EverySignature {
    fn verify(
        &self,
        transition: Unverified<Body>,
        key: &PreparedKey,
    ) -> Result<Verified<Body>, SignatureError> {
        transition.verify(key)
    }
}
