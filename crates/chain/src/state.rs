//! All that decisions look at, keyed as the database keys it.

use std::collections::{BTreeMap, BTreeSet};

use piao_domain::ids::{ClaimRef, KeyId, OrderRef, PartyId, TransitionId};
use piao_domain::invoice::Invoice;
use piao_domain::number::{InvoiceNumber, NumberPrefix, Segment};
use piao_domain::party::Party;
use piao_domain::quota::{Account, Application};
use piao_domain::rules::{RuleBook, RuleVersion};
use piao_domain::time::Month;
use piao_domain::uscc::Uscc;

/// The state of a ledger: the whole of it in a replay, and what a batch needs of it in a ledger (see
/// [`Needs`](crate::needs::Needs)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Every party, with the keys that it has or had. A key is a party's own: another may have the same.
    pub parties: BTreeMap<PartyId, Party>,
    /// Every rule set.
    pub rules: RuleBook,
    /// Applications for quota, by the transition that applied.
    pub applications: BTreeMap<TransitionId, Application>,
    /// Issuers' months; one that is not there is [`Account::EMPTY`].
    pub accounts: BTreeMap<(Uscc, Month), Account>,
    /// Numbers allotted to each issuer.
    pub segments: BTreeMap<Uscc, Vec<Segment>>,
    /// The highest sequence allotted under each prefix.
    pub tops: BTreeMap<NumberPrefix, u64>,
    /// The segment that lies highest under each prefix before the block, read from the segments themselves. No
    /// decision looks at it: invariants hold what was allotted by `tops` against it.
    pub highest: BTreeMap<NumberPrefix, Segment>,
    /// How many invoices each order has.
    pub orders: BTreeMap<(Uscc, OrderRef), u8>,
    /// Invoices.
    pub invoices: BTreeMap<InvoiceNumber, Invoice>,
    /// The accepted lock for which an enterprise used a reference on an invoice, for ever.
    pub claim_refs: BTreeMap<(InvoiceNumber, Uscc, ClaimRef), TransitionId>,
}

/// What a block changed, by key. What changed to is in the state after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Parties that were made, or whose standing was set.
    pub parties: BTreeSet<PartyId>,
    /// Keys that were registered or revoked, and whose.
    pub keys: BTreeSet<(PartyId, KeyId)>,
    /// Rule sets.
    pub rules: BTreeSet<RuleVersion>,
    /// Applications.
    pub applications: BTreeSet<TransitionId>,
    /// Issuers' months.
    pub accounts: BTreeSet<(Uscc, Month)>,
    /// Segments that were allotted.
    pub segments: BTreeSet<(Uscc, Segment)>,
    /// Prefixes whose top rose.
    pub tops: BTreeSet<NumberPrefix>,
    /// Orders that have one invoice more.
    pub orders: BTreeSet<(Uscc, OrderRef)>,
    /// Invoices that were issued.
    pub issued: BTreeSet<InvoiceNumber>,
    /// Invoices that were issued or changed.
    pub invoices: BTreeSet<InvoiceNumber>,
    /// Locks that were made or changed, with their invoice.
    pub locks: BTreeSet<(InvoiceNumber, TransitionId)>,
}
