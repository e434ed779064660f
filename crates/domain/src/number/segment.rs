use std::fmt;

use super::{InvoiceNumber, NumberPrefix};
use crate::ids::Malformed;

/// A run of invoice numbers with one prefix, granted to one issuer: both ends belong to it, and it is never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    prefix: NumberPrefix,
    first: u64,
    last: u64,
}

/// A sequence has 15 digits.
const SEQUENCE_END: u64 = 1_000_000_000_000_000;

#[expect(clippy::len_without_is_empty, reason = "a segment is never empty")]
impl Segment {
    /// Takes the prefix and the first and last sequence.
    ///
    /// # Errors
    /// [`Malformed`] unless 1 ≤ first ≤ last < 10^15.
    pub const fn new(prefix: NumberPrefix, first: u64, last: u64) -> Result<Self, Malformed> {
        if 1 <= first && first <= last && last < SEQUENCE_END {
            Ok(Self { prefix, first, last })
        } else {
            Err(Malformed::new("segment", "1 <= first <= last < 10^15"))
        }
    }

    /// The first five digits of its numbers.
    #[must_use]
    pub const fn prefix(&self) -> NumberPrefix {
        self.prefix
    }

    /// The sequence of its first number.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// The sequence of its last number.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// How many numbers it has.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.last - self.first + 1
    }

    /// Whether the number is one of its numbers.
    #[must_use]
    pub fn contains(&self, number: &InvoiceNumber) -> bool {
        number.prefix() == self.prefix && (self.first..=self.last).contains(&number.sequence())
    }

    /// Whether the two have a number in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.prefix == other.prefix && self.first <= other.last && other.first <= self.last
    }

    /// Its number with this sequence, where that lies in it.
    #[must_use]
    pub fn number(&self, sequence: u64) -> Option<InvoiceNumber> {
        (self.first..=self.last).contains(&sequence).then(|| self.prefix.number(sequence))
    }
}

impl fmt::Display for Segment {
    /// First and last number: `26951000000000000001-26951000000000000100`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.prefix.number(self.first), self.prefix.number(self.last))
    }
}
