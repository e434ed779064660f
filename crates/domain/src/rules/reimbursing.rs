//! What rule sets demand of an enterprise that locks and settles. The strictest set holds.

use super::{RuleSet, RuleVersion};

/// The terms on which an enterprise may lock and settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms<'a> {
    /// Whether a named buyer alone may lock.
    pub buyer_only: Term<'a, bool>,
    /// Whether it may lock a part.
    pub partial_locks: Term<'a, bool>,
    /// Longest lease from acceptance, in seconds.
    pub lease_seconds_max: Term<'a, u32>,
    /// Whether settling needs its booking.
    pub booking_required: Term<'a, bool>,
}

/// A term and the rule set it comes from; none where the built-in default holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term<'a, T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub source: Option<&'a RuleVersion>,
}

/// Thirty days.
const LEASE_SECONDS_DEFAULT: u32 = 30 * 86_400;

impl<'a> Terms<'a> {
    /// Joins the rule sets that bind the enterprise; the built-in defaults where none does (domain §6).
    #[must_use]
    pub fn of(binding: &[&'a RuleSet]) -> Self {
        let Some(first) = binding.first() else {
            return Self {
                buyer_only: Term { value: true, source: None },
                partial_locks: Term { value: false, source: None },
                lease_seconds_max: Term { value: LEASE_SECONDS_DEFAULT, source: None },
                booking_required: Term { value: true, source: None },
            };
        };
        // Where every set gives a permission, the first stands for all of them.
        let find = |strict: fn(&RuleSet) -> bool| binding.iter().find(|set| strict(set)).unwrap_or(first);
        let buyer_only = find(|set| set.limits.buyer_only);
        let partial_locks = find(|set| !set.limits.partial_locks);
        let booking_required = find(|set| set.limits.booking_required);
        let lease = |set: &RuleSet| set.limits.lease_seconds_max.unwrap_or(LEASE_SECONDS_DEFAULT);
        let shortest = binding.iter().min_by_key(|set| lease(set)).unwrap_or(first);
        Self {
            buyer_only: Term { value: buyer_only.limits.buyer_only, source: Some(&buyer_only.version) },
            partial_locks: Term {
                value: partial_locks.limits.partial_locks,
                source: Some(&partial_locks.version),
            },
            lease_seconds_max: Term { value: lease(shortest), source: Some(&shortest.version) },
            booking_required: Term {
                value: booking_required.limits.booking_required,
                source: Some(&booking_required.version),
            },
        }
    }
}
