//! What a batch reads: known from the transitions alone, so that a ledger loads it in a fixed number of statements.

use std::collections::BTreeSet;

use piao_domain::command::{Command, Transition};
use piao_domain::ids::{ClaimRef, KeyId, OrderRef, PartyId, TransitionId};
use piao_domain::invoice::LockUse;
use piao_domain::number::InvoiceNumber;
use piao_domain::quota::ApplicationRef;
use piao_domain::time::{Month, Time};
use piao_domain::uscc::Uscc;

/// Keys of all that a batch may read, beside the rule book, which is small and always at hand. Execution over a state that holds these decides as over the whole state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Signers and parties that bodies name, with every live key of theirs.
    pub parties: BTreeSet<PartyId>,
    /// Keys that are to be added, and to whom: revoked ones of the party are among what it had, too.
    pub keys: BTreeSet<(PartyId, KeyId)>,
    /// Applications that a bureau decides.
    pub applications: BTreeSet<TransitionId>,
    /// Months that are applied for or issued in.
    pub accounts: BTreeSet<(Uscc, Month)>,
    /// Numbers that are to be used: the segment that holds each, whosever it is. How many an issuer has does not matter.
    pub numbers: BTreeSet<InvoiceNumber>,
    /// Orders that are billed.
    pub orders: BTreeSet<(Uscc, OrderRef)>,
    /// Invoices, with every lock of theirs that has not ended.
    pub invoices: BTreeSet<InvoiceNumber>,
    /// Locks that are named, ended ones included.
    pub locks: BTreeSet<(InvoiceNumber, TransitionId)>,
    /// Whether numbers may be allotted, so that it must be known how far each prefix reaches, and which segment lies
    /// highest under it.
    pub tops: bool,
    /// References that are used.
    pub claim_refs: BTreeSet<(InvoiceNumber, Uscc, ClaimRef)>,
}

impl Needs {
    /// Adds what one transition reads in a block of this time.
    pub fn add(&mut self, transition: &Transition, now: Time) {
        let signer = &transition.signer;
        self.parties.insert(signer.clone());
        if let Some(invoice) = transition.command.invoice() {
            self.invoices.insert(invoice);
        }
        match &transition.command {
            Command::PartyRegister { enterprise, .. } => {
                self.parties.insert(PartyId::Enterprise(*enterprise));
            }
            Command::KeyReset { enterprise, key, reason: _ } => {
                let party = PartyId::Enterprise(*enterprise);
                self.parties.insert(party.clone());
                self.keys.insert((party, key.id));
            }
            Command::KeyAdd { key } => {
                self.keys.insert((signer.clone(), key.id));
            }
            Command::PartySuspend { party, reason: _ } | Command::PartyReinstate { party, reason: _ } => {
                self.parties.insert(party.clone());
            }
            Command::QuotaApply { month, asked: _ } => {
                self.tops = true;
                if let Some(issuer) = signer.enterprise() {
                    self.accounts.insert((*issuer, *month));
                }
            }
            Command::QuotaGrant(grant) => self.application(&grant.target),
            Command::QuotaAdjust(change) => self.application(&change.target),
            Command::QuotaRefuse { target, reason: _ } => self.application(target),
            Command::InvoiceIssue(content) => {
                self.invoices.insert(content.number);
                if let Some(issuer) = signer.enterprise() {
                    self.accounts.insert((*issuer, now.month()));
                    self.numbers.insert(content.number);
                    let order = content.order.as_ref().map(|order| (*issuer, order.reference.clone()));
                    self.orders.extend(order);
                }
            }
            Command::ClaimPresent { invoice: _, enterprise }
            | Command::ClaimWithdraw { invoice: _, enterprise }
            | Command::ForceRelease { invoice: _, enterprise, reason: _ } => {
                self.parties.insert(PartyId::Enterprise(*enterprise));
            }
            Command::Lock { invoice, request } => {
                if let Some(enterprise) = signer.enterprise() {
                    self.claim_refs.insert((*invoice, *enterprise, request.claim_ref.clone()));
                }
            }
            Command::Renew { invoice, lock, .. }
            | Command::Release { invoice, lock }
            | Command::Settle { invoice, lock } => self.lock(*invoice, *lock),
            Command::PartyEnroll { .. }
            | Command::KeyRevoke { .. }
            | Command::Rules(_)
            | Command::ClaimTake { .. }
            | Command::Book { .. }
            | Command::Unbook { .. } => {}
        }
    }

    fn application(&mut self, target: &ApplicationRef) {
        self.tops = true;
        self.parties.insert(PartyId::Enterprise(target.issuer));
        self.applications.insert(target.application);
        self.accounts.insert((target.issuer, target.month));
    }

    fn lock(&mut self, invoice: InvoiceNumber, lock: LockUse) {
        self.locks.insert((invoice, lock.id));
    }
}
