use std::collections::BTreeMap;

use crate::category::{CategoryCode, CategoryPrefix};
use crate::content::Treatment;
use crate::money::Fen;
use crate::number::Numbering;
use crate::rejection::{Check, Code, Finding, Rejection};
use crate::time::Date;

/// The typed limits of a rule set. `None` and an empty list demand nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most one invoice may bill, without tax.
    pub invoice_amount_max: Option<Fen>,
    /// Most lines of one invoice.
    pub lines_max: Option<u16>,
    /// What an issuer gets each month without asking anybody.
    pub allowance: Option<Allowance>,
    /// Which numbers it gets.
    pub numbering: Option<Numbering>,
    /// Leaves of the tax classification that may be billed.
    pub classification: BTreeMap<CategoryCode, Leaf>,
    /// Which treatments a category may have, and when.
    pub rates: Vec<RateEntry>,
    /// Categories that may not be billed.
    pub forbidden: Vec<CategoryPrefix>,
    /// Above this total with tax, an enterprise must be named as buyer.
    pub buyer_required_above: Option<Fen>,
    /// Whether a named buyer alone may be reimbursed.
    pub buyer_only: bool,
    /// Whether a part of an invoice may be locked.
    pub partial_locks: bool,
    /// Longest lease from a lock's acceptance, renewals included, in seconds.
    pub lease_seconds_max: Option<u32>,
    /// Whether settling needs the enterprise's own booking.
    pub booking_required: bool,
    /// When a reversal gives its quota back.
    pub quota_return: QuotaReturn,
}

/// A monthly allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Amount without tax.
    pub amount: Fen,
    /// Invoices.
    pub count: u32,
}

/// What the classification says of a leaf beside its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The short name that an item name carries between asterisks.
    pub short_name: String,
}

/// A treatment that a category may have from one day to another, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateEntry {
    /// The categories. The longest prefix that matches a category decides, alone.
    pub prefix: CategoryPrefix,
    /// The rate, or the mark that there is none.
    pub treatment: Treatment,
    /// First day.
    pub from: Date,
    /// Last day, where there is one.
    pub to: Option<Date>,
}

impl RateEntry {
    pub(super) fn holds_on(&self, date: Date) -> bool {
        self.from <= date && self.to.is_none_or(|last| date <= last)
    }
}

/// When the amount of a reversed invoice may be issued again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaReturn {
    /// Never.
    Never,
    /// Only where the invoice was issued in the month of its reversal.
    SameMonth,
    /// Always, to the month of the reversal.
    Always,
}

impl Limits {
    /// What contradicts itself in them.
    ///
    /// # Errors
    /// `rules.invalid`, naming the member.
    pub(super) fn check(&self) -> Result<(), Rejection> {
        for (index, entry) in self.rates.iter().enumerate() {
            if let Some(last) = entry.to.filter(|last| *last < entry.from) {
                let finding = Finding::new(format!("/limits/rates/{index}/to"), Check::RulesRateDates);
                return Err(invalid(finding.wants_from(entry.from).found(last)));
            }
        }
        if self.lease_seconds_max == Some(0) {
            let finding = Finding::new("/limits/lease_seconds_max", Check::RulesLease);
            return Err(invalid(finding.wants_from(1).found(0)));
        }
        if self.allowance.is_some() && self.numbering.is_none() {
            return Err(invalid(Finding::new("/limits/numbering", Check::RulesNumbering)));
        }
        Ok(())
    }
}

pub(super) fn invalid(finding: Finding) -> Rejection {
    Rejection::member(Code::RulesInvalid, finding)
}
