use piao_domain::invoice::{Claim, Invoice};
use piao_domain::time::Time;
use thiserror::Error;

/// Where a claim stands, as its holder sees it at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimState {
    /// Taken, and presented to nobody.
    Held,
    /// Presented to enterprises, none of which has a live lock or a settlement.
    Presented,
    /// Under a live lock, whatever was settled before.
    Locked,
    /// Settled, wholly or in part, and under no live lock.
    Settled,
}

/// A text that names no state of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a claim is held, presented, locked or settled")]
pub struct NoClaimState;

impl ClaimState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Held, Self::Presented, Self::Locked, Self::Settled];

    /// The state of a claimed invoice; nothing where nobody holds it.
    #[must_use]
    pub fn of(invoice: &Invoice, now: Time) -> Option<Self> {
        let Claim::Claimed { holder: _, presented_to } = &invoice.claim else { return None };
        Some(if invoice.live_locks(now).next().is_some() {
            Self::Locked
        } else if invoice.reimbursement.settled.is_some() {
            Self::Settled
        } else if presented_to.is_empty() {
            Self::Held
        } else {
            Self::Presented
        })
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Presented => "presented",
            Self::Locked => "locked",
            Self::Settled => "settled",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`NoClaimState`].
    pub fn parse(text: &str) -> Result<Self, NoClaimState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(NoClaimState)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_four_words_are_read() {
        let check = |text: &str, expect: Result<ClaimState, NoClaimState>| {
            assert_eq!(ClaimState::parse(text), expect, "{text:?}");
        };
        ClaimState::ALL.into_iter().for_each(|state| check(state.as_str(), Ok(state)));
        ["", "Held", "held ", "unclaimed", "lock"]
            .into_iter()
            .for_each(|text| check(text, Err(NoClaimState)));
    }
}
