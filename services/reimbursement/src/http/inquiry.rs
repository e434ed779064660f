//! What is read beside invoices wherever the service tells early what the ledger would say.

use piao_domain::party::Party;
use piao_domain::rules::RuleBook;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_edge::caller::Caller;
use piao_edge::follow::get_signer;
use piao_store::{Connection, StoreError};

use crate::db;
use crate::desk::Desk;

/// An enterprise that asks, and the rules as they stand.
pub(super) struct Inquiry {
    party: Party,
    book: RuleBook,
}

impl Inquiry {
    /// Reads them; nothing for an enterprise that this read model does not know.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn read(
        connection: &mut Connection,
        enterprise: Uscc,
    ) -> Result<Option<Self>, StoreError> {
        let party = piao_domain::ids::PartyId::Enterprise(enterprise);
        let Some(party) = get_signer(connection, &party).await? else { return Ok(None) };
        Ok(Some(Self { party, book: db::rule_terms::book(connection).await? }))
    }

    /// The desk at which the caller asks now.
    pub(super) const fn desk(&self, enterprise: Uscc, caller: &Caller, now: Time) -> Desk<'_> {
        Desk { enterprise, key: caller.key(), party: &self.party, book: &self.book, now }
    }
}
