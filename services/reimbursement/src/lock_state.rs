use piao_domain::invoice::{Invoice, Lock, LockEnd};
use piao_domain::time::Time;
use thiserror::Error;

/// Where a lock stands at a time: live, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockState {
    /// Not ended, and within its lease or held by its owner's booking.
    Live,
    /// Its lease ran out, whether or not a transition has put that on the record yet.
    Lapsed,
    /// Its owner released it.
    Released,
    /// It is reimbursed.
    Settled,
    /// A bureau ended it.
    Forced,
}

/// Which locks a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockFilter {
    /// Live now.
    Live,
    /// Ended, however: lapsed ones too.
    Ended,
    /// Lapsed.
    Lapsed,
}

/// A text that names no filter of locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("live, ended or lapsed")]
pub struct NoLockFilter;

impl LockState {
    /// The state of a lock on an invoice.
    #[must_use]
    pub fn of(invoice: &Invoice, lock: &Lock, now: Time) -> Self {
        match lock.end {
            None if invoice.is_live(lock, now) => Self::Live,
            None | Some(LockEnd::Lapsed) => Self::Lapsed,
            Some(LockEnd::Released) => Self::Released,
            Some(LockEnd::Settled) => Self::Settled,
            Some(LockEnd::Forced) => Self::Forced,
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Lapsed => "lapsed",
            Self::Released => "released",
            Self::Settled => "settled",
            Self::Forced => "forced",
        }
    }
}

impl LockFilter {
    /// Every filter.
    pub const ALL: [Self; 3] = [Self::Live, Self::Ended, Self::Lapsed];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ended => "ended",
            Self::Lapsed => "lapsed",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`NoLockFilter`].
    pub fn parse(text: &str) -> Result<Self, NoLockFilter> {
        Self::ALL.into_iter().find(|filter| filter.as_str() == text).ok_or(NoLockFilter)
    }

    /// Whether it lets a state pass.
    #[must_use]
    pub const fn shows(self, state: LockState) -> bool {
        match self {
            Self::Live => matches!(state, LockState::Live),
            Self::Ended => !matches!(state, LockState::Live),
            Self::Lapsed => matches!(state, LockState::Lapsed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_words_are_read() {
        let check = |text: &str, expect: Result<LockFilter, NoLockFilter>| {
            assert_eq!(LockFilter::parse(text), expect, "{text:?}");
        };
        LockFilter::ALL.into_iter().for_each(|filter| check(filter.as_str(), Ok(filter)));
        ["", "Live", "released", "live,ended"].into_iter().for_each(|text| check(text, Err(NoLockFilter)));
    }
}
