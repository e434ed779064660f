//! Why the ledger says no: the closed list of codes (domain §7) and what goes with one.
//!
//! A refusal is a result and stands on the record. It is neither a malformed request nor a fault.

mod check;
mod finding;

use std::fmt;

pub use check::Check;
pub use finding::Finding;

use crate::ids::TransitionId;
use crate::rules::RuleVersion;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $reach:ident;)*) => {
        /// A stable refusal code, declared in order of precedence within its area.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code of the closed list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as receipts, problem documents and the documentation write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Whether a transition that exists today can meet it.
            #[must_use]
            pub const fn reach(self) -> Reach {
                match self { $(Self::$name => Reach::$reach,)* }
            }
        }
    };
}

/// Which transitions can meet a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A transition of the main job, from `party.register` to `booking.unbook`.
    Spine,
    /// Only transitions that execution does not know yet; reserved, so that no other meaning takes the name.
    Later,
}

codes! {
    /// Signed too long before or after the block's time.
    TransitionExpired = "transition.expired", Spine;
    /// The signing key was revoked, or the key named is not a live key of the party.
    KeyRevoked = "key.revoked", Spine;
    /// A suspended party asks for what a suspended party may not do.
    PartySuspended = "party.suspended", Spine;
    /// What this kind of party never may sign.
    RoleForbidden = "role.forbidden", Spine;
    /// The party to register or enrol is already there.
    PartyExists = "party.exists", Spine;
    /// The body names a party that is not registered.
    PartyUnknown = "party.unknown", Spine;
    /// The party has or had the key to add.
    KeyExists = "key.exists", Spine;
    /// Sixteen keys may sign for the party already.
    KeyFull = "key.full", Spine;
    /// A party's last live key cannot be revoked.
    KeyLast = "key.last", Spine;
    /// A version that does not rise, or that is not there in the state asked for.
    RulesVersion = "rules.version", Spine;
    /// A rule set that contradicts itself, or dates that lie in the past.
    RulesInvalid = "rules.invalid", Spine;
    /// No active rule set covers the issuer.
    RulesNoneActive = "rules.none_active", Spine;
    /// An active rule set forbids it.
    RulesViolated = "rules.violated", Spine;
    /// A month that is neither the current nor the next.
    QuotaMonth = "quota.month", Spine;
    /// No application with this id, issuer and month that this could decide.
    QuotaUnknown = "quota.unknown", Spine;
    /// Nothing is granted yet and an application waits.
    QuotaPending = "quota.pending", Spine;
    /// The month's amount, count or numbers do not suffice.
    QuotaExhausted = "quota.exhausted", Spine;
    /// The segment holds a registered foreign key.
    QuotaForeign = "quota.foreign", Later;
    /// The segment overlaps one already allotted, or lies below it.
    NumberSegment = "number.segment", Spine;
    /// The number is in no segment of the issuer.
    NumberOutsideSegment = "number.outside_segment", Spine;
    /// The number was issued before.
    NumberUsed = "number.used", Spine;
    /// A sixth invoice of one order.
    OrderFull = "order.full", Spine;
    /// No invoice has this number.
    InvoiceUnknown = "invoice.unknown", Spine;
    /// The invoice is reversed.
    InvoiceReversed = "invoice.reversed", Later;
    /// The buyer is described in a way the invoice's kind or claim does not allow.
    InvoiceBuyer = "invoice.buyer", Spine;
    /// A line's amount or tax does not follow from its price, quantity, rate and way of entry.
    InvoiceLineTax = "invoice.line_tax", Spine;
    /// Totals are not the sums of the lines.
    InvoiceTotals = "invoice.totals", Spine;
    /// A tax category that is not a leaf of the classification in force, or its short name is wrong.
    InvoiceCategory = "invoice.category", Spine;
    /// A rate that the rules do not give this category at this date.
    InvoiceRate = "invoice.rate", Spine;
    /// The claim proof is missing, wrong, or of a party that may not use it.
    ClaimProof = "claim.proof", Spine;
    /// Somebody holds the invoice already.
    ClaimTaken = "claim.taken", Spine;
    /// The signer does not hold the invoice.
    ClaimNotHolder = "claim.not_holder", Spine;
    /// The invoice is not presented to this enterprise.
    ClaimNotPresented = "claim.not_presented", Spine;
    /// Presented to sixteen enterprises already.
    ClaimFull = "claim.full", Spine;
    /// The enterprise holds a live lock, so the claim or presentation stays.
    ClaimLocked = "claim.locked", Spine;
    /// Only the named buyer may lock.
    LockBuyer = "lock.buyer", Spine;
    /// The enterprise has used this reference for this invoice.
    LockClaimRef = "lock.claim_ref", Spine;
    /// A live lock stands in the way.
    LockExists = "lock.exists", Spine;
    /// No lock of this id on the invoice.
    LockUnknown = "lock.unknown", Spine;
    /// The lock belongs to another enterprise.
    LockNotOwner = "lock.not_owner", Spine;
    /// The fencing token is not the lock's.
    LockToken = "lock.token", Spine;
    /// The lock has ended.
    LockExpired = "lock.expired", Spine;
    /// More than is free, or a part where only the whole may be locked.
    LockAmount = "lock.amount", Spine;
    /// A lease beyond the longest the rules allow.
    LockLease = "lock.lease", Spine;
    /// Settled already, wholly or by another enterprise.
    ReimbursementSettled = "reimbursement.settled", Spine;
    /// Another enterprise has booked it, or the signer has nothing to book it for.
    BookingOwner = "booking.owner", Spine;
    /// The booking is not in the state that this needs.
    BookingState = "booking.state", Spine;
    /// The booking's period is filed.
    BookingPeriod = "booking.period", Later;
    /// The deduction is not in the state that this needs.
    DeductionState = "deduction.state", Later;
    /// Not a special invoice.
    DeductionKind = "deduction.kind", Later;
    /// The red form is not in the state that this needs.
    RedState = "red.state", Later;
    /// More than remains to be reversed.
    RedAmount = "red.amount", Later;
    /// A red form is open.
    RedOpen = "red.open", Later;
    /// Not a party to the red form.
    RedNotParty = "red.not_party", Later;
    /// The reversal left nothing to recover.
    RecoveryNone = "recovery.none", Later;
    /// Totals differ from the ledger's own.
    FilingMismatch = "filing.mismatch", Later;
    /// The period is filed.
    FilingClosed = "filing.closed", Later;
    /// The key lies in a segment allotted here.
    ForeignNative = "foreign.native", Later;
    /// The key or an alias is locked or settled.
    ForeignUsed = "foreign.used", Later;
    /// The invoice is marked abnormal.
    RiskAbnormal = "risk.abnormal", Later;
    /// No grant that could be revoked.
    AccessNone = "access.none", Later;
    /// An item of the batch was refused, so all are.
    BatchFailed = "batch.failed", Later;
    /// A version that does not rise.
    ChainVersion = "chain.version", Later;
    /// The chain continues another and is not thawed.
    ChainFrozen = "chain.frozen", Later;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal: its code and what explains it to the one who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Why, as a stable code.
    pub code: Code,
    /// Where, by which check, what was expected and what was found.
    pub detail: Detail,
}

/// What a refusal adds to its code. It never tells one party what another did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The code says it all.
    Nothing,
    /// The same party did the same thing before, in this transition.
    Existing(TransitionId),
    /// A member of the body breaks a rule that holds for everybody.
    Member(Box<Finding>),
    /// A member of the body breaks a rule set.
    Rule(Box<Breach>),
}

/// Which rule set a body breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The rule set that refused.
    pub rule: RuleVersion,
    /// Where, by which of its limits, expected and found.
    pub finding: Finding,
}

impl Rejection {
    /// A refusal that its code explains.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, detail: Detail::Nothing }
    }

    /// A refusal that names the earlier transition of the same party.
    #[must_use]
    pub const fn existing(code: Code, transition: TransitionId) -> Self {
        Self { code, detail: Detail::Existing(transition) }
    }

    /// A refusal of one member of the body.
    #[must_use]
    pub fn member(code: Code, finding: Finding) -> Self {
        Self { code, detail: Detail::Member(Box::new(finding)) }
    }

    /// A refusal that names the rule set, its version and the check that refused.
    #[must_use]
    pub fn rule(code: Code, rule: &RuleVersion, finding: Finding) -> Self {
        Self { code, detail: Detail::Rule(Box::new(Breach { rule: rule.clone(), finding })) }
    }
}

impl From<Code> for Rejection {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}
