//! Tax rates, and the two ways in which a line's tax follows from what was entered.

use std::fmt;

use crate::ids::Malformed;
use crate::money::Fen;

/// A VAT or levy rate below 1, in ten-thousandths. Written as a decimal fraction with at most four places and
/// no zero at the end: `0.13`, `0.015`, `0`. Exempt and not taxed are marks, not a rate of 0 (domain §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxRate(u16);

const SHAPE: Malformed = Malformed::new("rate", "0, or 0. and up to 4 digits without a zero at the end");
const ONE: u16 = 10_000;

impl TaxRate {
    /// Reads the canonical text.
    ///
    /// # Errors
    /// [`Malformed`] for another shape, so that one rate has one text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text == "0" {
            return Ok(Self(0));
        }
        let places = text.strip_prefix("0.").ok_or(SHAPE)?;
        if !(1..=4).contains(&places.len()) || places.ends_with('0') {
            return Err(SHAPE);
        }
        let mut rate = 0;
        let mut place = ONE;
        for digit in places.bytes() {
            if !digit.is_ascii_digit() {
                return Err(SHAPE);
            }
            place /= 10;
            rate += u16::from(digit - b'0') * place;
        }
        Ok(Self(rate))
    }

    /// The rate in ten-thousandths: 1300 for 13 %.
    #[must_use]
    pub const fn ten_thousandths(self) -> u16 {
        self.0
    }

    /// The tax on an amount without tax: half-up(amount × rate), where half is away from zero, so that a discount
    /// takes back exactly the tax that its amount bore.
    #[must_use]
    pub fn half_up(self, amount: Fen) -> Fen {
        rounded(amount, self.0, ONE)
    }

    /// The amount without tax inside a total with tax: half-up(total / (1 + rate)), half away from zero.
    #[must_use]
    pub fn net_of_gross(self, total: Fen) -> Fen {
        rounded(total, ONE, ONE + self.0)
    }
}

/// `amount × numerator ÷ denominator`, half away from zero, for a fraction of at most 1.
fn rounded(amount: Fen, numerator: u16, denominator: u16) -> Fen {
    let magnitude = u128::from(amount.get().unsigned_abs());
    let twice = 2 * magnitude * u128::from(numerator) + u128::from(denominator);
    Fen::scaled_down(twice / (2 * u128::from(denominator)), amount.is_negative())
}

impl fmt::Display for TaxRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0");
        }
        let places = format!("{:04}", self.0);
        write!(f, "0.{}", places.trim_end_matches('0'))
    }
}
