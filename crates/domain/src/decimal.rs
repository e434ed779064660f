//! Exact decimals for unit prices and quantities.

use std::fmt;

use crate::ids::Malformed;
use crate::money::Fen;

/// An exact decimal number with up to 13 places and 18 digits, as it was written: `1.50` stays `1.50`.
///
/// Two are equal when they are written alike; whoever compares values compares products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    scale: u8,
}

const SHAPE: Malformed =
    Malformed::new("decimal", "-?(0|[1-9][0-9]*)(.[0-9]{1,13})?, at most 18 digits, no negative zero");
const PLACES_MAX: usize = 13;
const DIGITS_MAX: usize = 18;

impl Decimal {
    /// Reads `-?(0|[1-9][0-9]*)(\.[0-9]{1,13})?`.
    ///
    /// # Errors
    /// [`Malformed`] for another shape, for more than 18 digits (zeros in front not counted) and for `-0`.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, places) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(SHAPE),
            Some(parts) => parts,
            None => (unsigned, ""),
        };
        let plain = whole == "0" || (!whole.is_empty() && !whole.starts_with('0'));
        if !plain || places.len() > PLACES_MAX || whole.len() > DIGITS_MAX {
            return Err(SHAPE);
        }
        let mut mantissa = 0_i64;
        for digit in whole.bytes().chain(places.bytes()) {
            if !digit.is_ascii_digit() {
                return Err(SHAPE);
            }
            let longer = mantissa.checked_mul(10).and_then(|m| m.checked_add(i64::from(digit - b'0')));
            mantissa = longer.filter(|m| *m < MANTISSA_END).ok_or(SHAPE)?;
        }
        if negative && mantissa == 0 {
            return Err(SHAPE);
        }
        let scale = u8::try_from(places.len()).map_err(|_| SHAPE)?;
        Ok(Self { mantissa: if negative { -mantissa } else { mantissa }, scale })
    }

    /// Whether it is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// Price × quantity in fen, half-up; `None` where that is too large to be an amount.
    #[must_use]
    pub fn product(price: Self, quantity: Self) -> Option<Fen> {
        let (product, fen) = Self::exact_product(price, quantity);
        let half_up = (product.unsigned_abs() + fen.unsigned_abs() / 2) / fen.unsigned_abs();
        let magnitude = i64::try_from(half_up).ok()?;
        Fen::new(if product < 0 { -magnitude } else { magnitude }).ok()
    }

    /// Whether |price × quantity − amount| ≤ 0.01 yuan, exactly (domain §5).
    #[must_use]
    pub fn product_is_within_one_fen(price: Self, quantity: Self, amount: Fen) -> bool {
        let (product, fen) = Self::exact_product(price, quantity);
        // An amount that does not fit here is above 10^38 units; the product is below and a fen is at most 10^24,
        // so they are further apart than one fen.
        i128::from(amount.get())
            .checked_mul(fen)
            .and_then(|amount| product.checked_sub(amount))
            .is_some_and(|difference| difference.unsigned_abs() <= fen.unsigned_abs())
    }

    /// Price × quantity and one fen, counted in the same unit. The product is below 10^38 (each mantissa is below
    /// 10^18), one fen is at most 10^24 (each scale is at most 13): i128 holds both.
    fn exact_product(price: Self, quantity: Self) -> (i128, i128) {
        let product = i128::from(price.mantissa) * i128::from(quantity.mantissa);
        let scale = u32::from(price.scale) + u32::from(quantity.scale);
        match scale.checked_sub(2) {
            Some(below_fen) => (product, 10_i128.pow(below_fen)),
            None => (product * 10_i128.pow(2 - scale), 1),
        }
    }
}

/// The first mantissa with 19 digits.
const MANTISSA_END: i64 = 10_i64.pow(18);

impl fmt::Display for Decimal {
    /// The text that was read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs();
        if self.scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let one = 10_u64.pow(u32::from(self.scale));
        write!(f, "{sign}{}.{:0width$}", digits / one, digits % one, width = usize::from(self.scale))
    }
}
