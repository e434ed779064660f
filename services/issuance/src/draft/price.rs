//! The unit price that follows from an amount and a quantity.

use piao_domain::decimal::Decimal;
use piao_domain::money::Fen;

/// Most places of a price.
const PLACES_MAX: u32 = 13;

/// Amount ÷ quantity in yuan, to as many places as a price may have and the digits allow, without zeros at its end.
/// Nothing where no such price gives the amount back to the fen, or either is not above zero.
pub(super) fn of(amount: Fen, quantity: Decimal) -> Option<Decimal> {
    if amount <= Fen::ZERO || !quantity.is_positive() {
        return None;
    }
    let written = quantity.to_string();
    let (whole, places) = written.split_once('.').unwrap_or((&written, ""));
    let mantissa = format!("{whole}{places}").parse::<u128>().ok()?;
    let scale = u32::try_from(places.len()).ok()?;
    let fen = u128::from(amount.get().unsigned_abs());
    (0..=PLACES_MAX).rev().find_map(|places| {
        let scaled = fen.checked_mul(10_u128.checked_pow(scale + places)?)?;
        let divisor = mantissa.checked_mul(100)?;
        let price = Decimal::parse(&decimal(half_up(scaled, divisor), places)).ok()?;
        (price.is_positive() && Decimal::product_is_within_one_fen(price, quantity, amount)).then_some(price)
    })
}

fn half_up(number: u128, divisor: u128) -> u128 {
    number / divisor + u128::from(number % divisor >= divisor.div_ceil(2))
}

/// Writes `mantissa ÷ 10^places` without zeros at its end.
fn decimal(mantissa: u128, places: u32) -> String {
    let width = usize::try_from(places).unwrap_or(0);
    let digits = format!("{mantissa:0>width$}", width = width + 1);
    let (whole, places) = digits.split_at(digits.len() - width);
    let places = places.trim_end_matches('0');
    if places.is_empty() { whole.to_owned() } else { format!("{whole}.{places}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_gives_its_amount_back() {
        let check = |amount: i64, quantity: &str, expect: Option<&str>| {
            let price = of(Fen::new(amount).unwrap(), Decimal::parse(quantity).unwrap());
            assert_eq!(price.map(|price| price.to_string()).as_deref(), expect, "{amount} / {quantity}");
        };
        check(419_717, "1", Some("4197.17"));
        check(10_000, "3", Some("33.3333333333333"));
        check(1, "1", Some("0.01"));
        check(100, "0.5", Some("2"));
        // 18 digits leave fewer places.
        check(9_007_199_254_740_991, "7", Some("12867427506772.8443"));
        check(0, "1", None);
        check(-5, "1", None);
        check(5, "0", None);
        check(1, "999999999999999999", None);
    }
}
