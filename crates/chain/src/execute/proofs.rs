//! Claim proofs, which can be checked before their batch is executed, on as many cores as there are.

use std::collections::BTreeMap;

use piao_domain::command::{ClaimSignature, Command, Transition};
use piao_domain::content::ClaimKey;
use piao_domain::ids::{ChainId, TransitionId};
use piao_domain::number::InvoiceNumber;
use piao_protocol::claim;

use super::Executor;
use crate::state::State;

/// A claim that shows a proof, and the key that the proof has to be of.
#[derive(Clone, Copy, Debug)]
pub struct ClaimCheck<'a> {
    transition: &'a Transition,
    invoice: InvoiceNumber,
    proof: &'a ClaimSignature,
    key: ClaimKey,
}

/// Which proofs were right. Knowing it changes nothing but the time that execution takes: a proof that is not among
/// them, because its invoice is issued in the same batch, is checked where it is needed.
#[derive(Clone, Debug, Default)]
pub struct CheckedProofs(BTreeMap<TransitionId, (ClaimKey, bool)>);

impl ClaimCheck<'_> {
    /// Checks it: one Ed25519 verification.
    #[must_use]
    pub fn check(&self, chain: &ChainId) -> (TransitionId, ClaimKey, bool) {
        let Self { transition, invoice, proof, key } = self;
        (transition.id, *key, is_right(chain, transition, *invoice, proof, key))
    }
}

impl FromIterator<(TransitionId, ClaimKey, bool)> for CheckedProofs {
    fn from_iter<T: IntoIterator<Item = (TransitionId, ClaimKey, bool)>>(checked: T) -> Self {
        Self(checked.into_iter().map(|(id, key, right)| (id, (key, right))).collect())
    }
}

impl CheckedProofs {
    /// Whether a transition's proof is right under a key, where that was found out.
    pub(super) fn get(&self, id: &TransitionId, key: &ClaimKey) -> Option<bool> {
        self.0.get(id).filter(|(under, _)| under == key).map(|(_, right)| *right)
    }
}

impl Executor {
    /// The claims of a batch that show a proof, of invoices that are there before it.
    #[must_use]
    pub fn claim_checks<'a>(state: &State, batch: &[&'a Transition]) -> Vec<ClaimCheck<'a>> {
        let claim = |transition: &&'a Transition| {
            let Command::ClaimTake { invoice, proof: Some(proof) } = &transition.command else { return None };
            let key = state.invoices.get(invoice)?.claim_key?;
            Some(ClaimCheck { transition, invoice: *invoice, proof, key })
        };
        batch.iter().filter_map(claim).collect()
    }
}

/// Whether the claim key of an invoice made a proof for the signer of a transition (domain §3).
pub(super) fn is_right(
    chain: &ChainId,
    transition: &Transition,
    invoice: InvoiceNumber,
    proof: &ClaimSignature,
    key: &ClaimKey,
) -> bool {
    let proof = claim::ClaimProof::new(proof.0);
    // A key that is no point of the curve was never anybody's: whatever proof is shown is wrong.
    claim::ClaimKey::new(*key.as_bytes())
        .is_ok_and(|key| key.verify(chain, invoice.as_str(), &transition.signer, &proof).is_ok())
}
