//! The two ways of entering a line, against the definition of rounding in whole numbers: x rounds half-up to n
//! exactly when 2n − 1 ≤ 2x < 2n + 1 for x ≥ 0, and symmetrically below zero.

use crate::sample::{fen, invoice, line, taxed};
use piao_domain::content::{Content, Entered, Kind, Line, Nature, Treatment, check};
use proptest::prelude::*;

/// Whether `numerator ÷ denominator` (denominator above 0) rounds to `n`, half away from zero.
fn rounds_to(numerator: i128, denominator: i128, n: i128) -> bool {
    if numerator < 0 {
        return rounds_to(-numerator, denominator, -n);
    }
    (2 * n - 1) * denominator <= 2 * numerator && 2 * numerator < (2 * n + 1) * denominator
}

/// The rule of domain §5, on the rate in ten-thousandths.
fn is_right(entered: Entered, amount: i64, tax: i64, rate: u16) -> bool {
    let (amount, tax, rate) = (i128::from(amount), i128::from(tax), i128::from(rate));
    match entered {
        Entered::Net => rounds_to(amount * rate, 10_000, tax),
        Entered::Gross => rounds_to((amount + tax) * 10_000, 10_000 + rate, amount),
    }
}

fn text(rate: u16) -> String {
    if rate == 0 { "0".to_owned() } else { format!("0.{rate:04}").trim_end_matches('0').to_owned() }
}

/// An invoice of one line; for a negative amount the line is the discount of one that is large enough.
fn with_line(amount: i64, tax: i64, treatment: Treatment, entered: Entered) -> Content {
    let judged = line(amount, tax, treatment, entered);
    if amount > 0 {
        return invoice(vec![judged]);
    }
    let Treatment::Taxed(rate) = treatment else { panic!("only taxed lines here") };
    let sold = fen(2 * amount.abs() + 10_000);
    let sold = Line {
        nature: Nature::Discounted,
        ..line(sold.get(), rate.half_up(sold).get(), treatment, Entered::Net)
    };
    invoice(vec![sold, Line { nature: Nature::Discount, ..judged }])
}

fn entries() -> impl Strategy<Value = Entered> {
    prop_oneof![Just(Entered::Net), Just(Entered::Gross)]
}

/// Rates in force, the ends, and any other.
fn rates() -> impl Strategy<Value = u16> {
    prop_oneof![prop::sample::select(vec![0, 100, 150, 200, 300, 500, 600, 900, 1_300, 9_999]), 0..10_000_u16]
}

/// Small amounts, where every rounding case comes up, and large ones.
fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 1..=1_000_i64, 1 => 1..=4_000_000_000_000_000_i64]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_entry_passes_exactly_when_the_definition_says_so(
        entered in entries(), rate in rates(), amount in amounts(), off in -2..=2_i64, discount in any::<bool>(),
    ) {
        let near = i64::try_from(i128::from(amount) * i128::from(rate) / 10_000).expect("a part of the amount");
        let (amount, tax) = if discount { (-(amount / 4) - 1, -(near / 4) + off) } else { (amount, near + off) };
        let content = with_line(amount, tax, taxed(&text(rate)), entered);
        let right = is_right(entered, amount, tax, rate);
        prop_assert_eq!(check::lines(&content).is_ok(), right);
        if right {
            prop_assert!(amount.signum() * tax.signum() >= 0, "tax of the other sign passed");
            prop_assert_eq!(check::totals(&Content { kind: Kind::Plain, ..content }), Ok(()));
        }
    }

    #[test]
    fn every_total_can_be_entered_the_gross_way(rate in rates(), total in amounts()) {
        let Treatment::Taxed(parsed) = taxed(&text(rate)) else { panic!("taxed") };
        prop_assert_eq!(parsed.ten_thousandths(), rate);
        let amount = parsed.net_of_gross(fen(total)).get();
        prop_assert!(is_right(Entered::Gross, amount, total - amount, rate));
        if amount > 0 {
            let content = with_line(amount, total - amount, Treatment::Taxed(parsed), Entered::Gross);
            prop_assert_eq!(check::lines(&content), Ok(()));
        }
    }

    #[test]
    fn every_amount_can_be_entered_the_net_way(rate in rates(), amount in amounts()) {
        let Treatment::Taxed(parsed) = taxed(&text(rate)) else { panic!("taxed") };
        let tax = parsed.half_up(fen(amount)).get();
        prop_assert!(is_right(Entered::Net, amount, tax, rate));
        let content = with_line(amount, tax, Treatment::Taxed(parsed), Entered::Net);
        prop_assert_eq!(check::lines(&content), Ok(()));
    }
}

#[test]
fn half_a_fen_of_tax_is_a_fen() {
    for (amount, tax, right) in [(50, 1, true), (50, 0, false), (49, 0, true), (49, 1, false), (150, 2, true)]
    {
        assert_eq!(is_right(Entered::Net, amount, tax, 100), right, "{amount} and {tax}");
        let content = with_line(amount, tax, taxed("0.01"), Entered::Net);
        assert_eq!(check::lines(&content).is_ok(), right, "{amount} and {tax}");
        let content = with_line(-amount, -tax, taxed("0.01"), Entered::Net);
        assert_eq!(check::lines(&content).is_ok(), right, "-{amount} and -{tax}");
    }
}
