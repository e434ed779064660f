//! Who may know of an invoice, and of whom on it (interfaces.md).

mod axes;

use piao_domain::ids::PartyId;
use piao_domain::invoice::{Invoice, Lock};

use crate::caller::{Caller, Role};

pub use axes::Axes;

/// A caller that may know of an invoice.
#[derive(Clone, Copy, Debug)]
pub struct Audience<'a> {
    caller: &'a PartyId,
    invoice: &'a Invoice,
    bureau: bool,
}

impl<'a> Audience<'a> {
    /// A bureau, the issuer, the named buyer, the holder, the enterprises that it is presented to, and those that
    /// locked it; nobody else.
    #[must_use]
    pub fn of(caller: &'a Caller, invoice: &'a Invoice) -> Option<Self> {
        let bureau = caller.role() == Role::Bureau;
        let audience = Self { caller: caller.party(), invoice, bureau };
        let concerned =
            audience.is_issuer() || audience.is_buyer() || audience.is_holder() || audience.reimburses();
        (bureau || concerned).then_some(audience)
    }

    /// Whether it may be told that this party is on the invoice. Issuer, named buyer and itself it knows; a bureau and
    /// the holder know everybody; whoever reimburses knows the holder; and nobody learns of another enterprise that
    /// reimburses or is asked to.
    #[must_use]
    pub fn may_name(&self, party: &PartyId) -> bool {
        let printed = party.enterprise().is_some_and(|enterprise| {
            *enterprise == self.invoice.issuer || self.invoice.buyer.as_ref() == Some(enterprise)
        });
        let holder = self.invoice.holder() == Some(party);
        self.bureau || self.is_holder() || party == self.caller || printed || (holder && self.reimburses())
    }

    /// Whether it may read what is sealed beside the invoice: its issuer, its buyer and its holder.
    #[must_use]
    pub fn may_unseal(&self) -> bool {
        self.is_issuer() || self.is_buyer() || self.is_holder()
    }

    /// Whether it may know a lock with all that is on it.
    #[must_use]
    pub fn may_see_lock(&self, lock: &Lock) -> bool {
        self.bureau || self.caller.enterprise() == Some(&lock.enterprise)
    }

    /// Whether it may know what others tried and were refused.
    #[must_use]
    pub const fn sees_refusals(&self) -> bool {
        self.bureau
    }

    /// The caller.
    #[must_use]
    pub const fn caller(&self) -> &PartyId {
        self.caller
    }

    /// What it is about.
    pub(crate) const fn invoice(&self) -> &'a Invoice {
        self.invoice
    }

    fn is_issuer(&self) -> bool {
        self.caller.enterprise() == Some(&self.invoice.issuer)
    }

    fn is_buyer(&self) -> bool {
        self.caller.enterprise().is_some() && self.caller.enterprise() == self.invoice.buyer.as_ref()
    }

    fn is_holder(&self) -> bool {
        self.invoice.holder() == Some(self.caller)
    }

    fn reimburses(&self) -> bool {
        let Some(enterprise) = self.caller.enterprise() else { return false };
        let presented = self.invoice.presented_to().contains(enterprise);
        presented || self.invoice.reimbursement.locks.values().any(|lock| lock.enterprise == *enterprise)
    }
}
