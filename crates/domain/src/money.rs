//! Money: whole fen, never a fraction, never a float.

use std::fmt;

use crate::ids::Malformed;

/// An amount of renminbi in fen (0.01 yuan), within ±(2^53 − 1) so that every JSON reader holds it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fen(i64);

const LARGEST: i64 = (1 << 53) - 1;

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount that can be written down: 90,071,992,547,409.91 yuan.
    pub const MAX: Self = Self(LARGEST);

    /// Takes a count of fen.
    ///
    /// # Errors
    /// [`Malformed`] beyond ±(2^53 − 1).
    pub const fn new(fen: i64) -> Result<Self, Malformed> {
        if fen.unsigned_abs() <= LARGEST.unsigned_abs() {
            Ok(Self(fen))
        } else {
            Err(Malformed::new("amount", "whole fen within ±9007199254740991"))
        }
    }

    /// The count of fen.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, unless it is too large to be an amount.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        // Two amounts are far from the ends of i64.
        match Self::new(self.0 + other.0) {
            Ok(sum) => Some(sum),
            Err(_) => None,
        }
    }

    /// The difference, unless it is too large to be an amount.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self(-other.0))
    }

    /// The sum of many, unless a sum on the way is too large to be an amount.
    #[must_use]
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// The amount without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Carries a magnitude that came from dividing or scaling down an amount back to an amount with this sign.
    pub(crate) fn scaled_down(magnitude: u128, negative: bool) -> Self {
        let Some(fen) = i64::try_from(magnitude).ok().filter(|fen| *fen <= LARGEST) else {
            unreachable!("{magnitude} fen is more than the amount that it is a part of");
        };
        Self(if negative { -fen } else { fen })
    }
}

impl fmt::Display for Fen {
    /// Yuan with two decimals: `1234.56`, `-0.05`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}
