//! A caller as a signer: what the ledger would let it sign, if it signed now.

use std::sync::Arc;

use piao_domain::admission::admit;
use piao_domain::command::{Command, Transition};
use piao_domain::ids::TransitionId;
use piao_domain::party::{Party, Profile};
use piao_domain::rejection::Rejection;
use piao_domain::rules::{RuleBook, RuleSet};
use piao_domain::time::Time;
use piao_edge::caller::Caller;
use piao_edge::follow::get_signer;
use piao_store::{Connection, StoreError};

use crate::rule_shelf::RuleShelf;

/// A caller, what is known of it, and the rules that may bind it.
pub(crate) struct Signer {
    caller: Caller,
    party: Option<Party>,
    book: Arc<RuleBook>,
}

/// The id of a transition that nobody signed.
pub(crate) const NO_TRANSITION: TransitionId = TransitionId::new([0; 32]);

impl Signer {
    /// Reads what is known of a caller, in three statements.
    pub(crate) async fn load(
        connection: &mut Connection,
        caller: Caller,
        rules: &RuleShelf,
    ) -> Result<Self, StoreError> {
        let party = get_signer(connection, caller.party()).await?;
        let book = rules.book(connection).await?;
        Ok(Self { caller, party, book })
    }

    /// The caller.
    pub(crate) const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whether it may sign this command now at all: key, standing, role.
    pub(crate) fn admit(&self, command: Command, now: Time) -> Result<(), Rejection> {
        let (signer, key) = (self.caller.party().clone(), self.caller.key());
        let transition = Transition { id: NO_TRANSITION, signer, key, issued_at: now, command };
        admit(&transition, self.party.as_ref(), now, 0)
    }

    /// The rule sets that bind it now.
    pub(crate) fn binding(&self, now: Time) -> Vec<&RuleSet> {
        let profile = self.party.as_ref().map_or(&Profile::Person, |party| &party.profile);
        match self.caller.enterprise() {
            Some(enterprise) => self.book.binding(enterprise, profile, now.date()),
            None => Vec::new(),
        }
    }
}
