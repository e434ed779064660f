//! Issuing rules that a bureau deploys (domain §6): data with a version, dates and a scope.

mod book;
mod issuing;
mod limits;
mod reimbursing;

use std::collections::BTreeSet;

pub use book::{Deployed, RuleBook, RuleChange, RuleEvent, Status};
pub(crate) use issuing::check_issuing;
pub use limits::{Allowance, Leaf, Limits, QuotaReturn, RateEntry};
pub use reimbursing::{Term, Terms};

use crate::ids::RuleSetId;
use crate::party::{Industry, Profile, Region};
use crate::uscc::Uscc;

/// A version of a rule set, and so one entry of the rule book.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleVersion {
    /// The set.
    pub id: RuleSetId,
    /// Counts up from 1.
    pub version: u32,
}

/// What a bureau deploys. It never changes afterwards; a new version takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSet {
    /// Which set and version this is.
    pub version: RuleVersion,
    /// Whom it binds.
    pub scope: Scope,
    /// What it demands.
    pub limits: Limits,
}

/// Whom a rule set binds. An empty set of regions, industries or issuers leaves that side open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Administrative divisions.
    pub regions: BTreeSet<Region>,
    /// Industries; `I` covers `I65` and `I6510`.
    pub industries: BTreeSet<Industry>,
    /// Enterprises by name.
    pub enterprises: BTreeSet<Uscc>,
}

impl Scope {
    /// Whether the enterprise is bound. Nobody else ever is.
    #[must_use]
    pub fn covers(&self, enterprise: &Uscc, profile: &Profile) -> bool {
        match profile {
            Profile::Enterprise { name: _, region, industry } => {
                let in_region = self.regions.is_empty() || self.regions.contains(region);
                let in_industry = self.industries.is_empty()
                    || self.industries.iter().any(|wide| industry.as_str().starts_with(wide.as_str()));
                let named = self.enterprises.is_empty() || self.enterprises.contains(enterprise);
                in_region && in_industry && named
            }
            Profile::Bureau | Profile::Node | Profile::Person => false,
        }
    }
}
