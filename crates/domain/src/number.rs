//! Invoice numbers and the segments of them that a quota grants.

mod segment;

pub use segment::Segment;

use std::fmt;

use crate::ids::Malformed;
use crate::time::Month;

/// A 20-digit invoice number: year 2, region 2, channel 1, sequence 15 (domain §5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceNumber([u8; 20]);

/// The first five digits of an invoice number: year 2, region 2 (Shenzhen's is data), channel 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumberPrefix([u8; 5]);

impl InvoiceNumber {
    /// Reads 20 digits.
    ///
    /// # Errors
    /// [`Malformed`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        digits(text).map(Self).ok_or(Malformed::new("invoice number", "20 digits"))
    }

    /// The last two digits of the year it was allotted for.
    #[must_use]
    pub const fn year(&self) -> u8 {
        self.prefix().year()
    }

    /// Its first five digits.
    #[must_use]
    pub const fn prefix(&self) -> NumberPrefix {
        let [a, b, c, d, e, ..] = self.0;
        NumberPrefix([a, b, c, d, e])
    }

    /// Its last 15 digits, below 10^15.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.0[5..].iter().fold(0, |sequence, digit| sequence * 10 + u64::from(digit - b'0'))
    }

    /// The 20 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The door lets nothing but digits pass.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl NumberPrefix {
    /// Reads 5 digits.
    ///
    /// # Errors
    /// [`Malformed`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        digits(text).map(Self).ok_or(Malformed::new("number prefix", "5 digits"))
    }

    /// The last two digits of the year.
    #[must_use]
    pub const fn year(&self) -> u8 {
        (self.0[0] - b'0') * 10 + (self.0[1] - b'0')
    }

    /// The 5 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The door lets nothing but digits pass.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The number with this prefix and a sequence that the segment has checked.
    fn number(self, sequence: u64) -> InvoiceNumber {
        let mut number = [b'0'; 20];
        number[..5].copy_from_slice(&self.0);
        let mut rest = sequence;
        for place in number[5..].iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        InvoiceNumber(number)
    }
}

/// The three digits after the year: two of the region and one of the channel. Rules name them; no program knows
/// them by heart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Numbering([u8; 3]);

impl Numbering {
    /// Reads 3 digits.
    ///
    /// # Errors
    /// [`Malformed`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        digits(text).map(Self).ok_or(Malformed::new("numbering", "2 digits of region and 1 of channel"))
    }

    /// The prefix of the numbers that a month's quota is given.
    #[must_use]
    pub const fn prefix(self, month: Month) -> NumberPrefix {
        let (year, [region_tens, region_ones, channel]) = (month.short_year(), self.0);
        NumberPrefix([b'0' + year / 10, b'0' + year % 10, region_tens, region_ones, channel])
    }

    /// The 3 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The door lets nothing but digits pass.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: [u8; N] = text.as_bytes().try_into().ok()?;
    digits.iter().all(u8::is_ascii_digit).then_some(digits)
}

impl fmt::Display for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for NumberPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for NumberPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
