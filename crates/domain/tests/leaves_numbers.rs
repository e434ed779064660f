//! Money, decimals, rates, invoice numbers and category codes: every door, with rows of what passes and what does not.

use std::fmt::Display;

use piao_domain::category::{CategoryCode, CategoryPrefix, ItemName};
use piao_domain::decimal::Decimal;
use piao_domain::ids::Malformed;
use piao_domain::money::Fen;
use piao_domain::number::{InvoiceNumber, NumberPrefix, Numbering, Segment};
use piao_domain::rate::TaxRate;
use piao_domain::time::Month;
use proptest::prelude::*;

fn fen(amount: i64) -> Fen {
    Fen::new(amount).expect("an amount")
}

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).expect(text)
}

fn rate(text: &str) -> TaxRate {
    TaxRate::parse(text).expect(text)
}

/// Each of `good` passes the door and is shown as it was; each of `bad` is refused.
fn check<T: Display>(parse: fn(&str) -> Result<T, Malformed>, good: &[&str], bad: &[&str]) {
    for text in good {
        match parse(text) {
            Ok(value) => assert_eq!(value.to_string(), *text),
            Err(malformed) => panic!("{text}: {malformed}"),
        }
    }
    for text in bad {
        assert!(parse(text).is_err(), "{text:?} passed as {}", parse(text).expect("it passed"));
    }
}

#[test]
fn amounts_end_where_json_numbers_end() {
    const END: i64 = 9_007_199_254_740_991;
    assert_eq!(fen(END), Fen::MAX);
    assert_eq!(fen(-END).get(), -END);
    for beyond in [END + 1, -END - 1, i64::MAX, i64::MIN] {
        assert!(Fen::new(beyond).is_err(), "{beyond}");
    }
    assert_eq!(fen(END).checked_add(fen(1)), None);
    assert_eq!(fen(-END).checked_sub(fen(1)), None);
    assert_eq!(fen(END).checked_sub(fen(END)), Some(Fen::ZERO));
    assert_eq!(fen(-END).checked_sub(fen(-END)), Some(Fen::ZERO));
    assert_eq!(Fen::sum([fen(END), fen(1), fen(-1)]), None);
    assert_eq!(Fen::sum([fen(1), fen(-3), fen(END)]), Some(fen(END - 2)));
    assert_eq!(Fen::sum([]), Some(Fen::ZERO));
    assert_eq!(fen(-END).abs(), Fen::MAX);
    assert!(fen(-1).is_negative() && !Fen::ZERO.is_negative());
}

#[test]
fn amounts_are_shown_in_yuan() {
    for (amount, text) in [
        (0, "0.00"),
        (5, "0.05"),
        (-5, "-0.05"),
        (123_456, "1234.56"),
        (-123_400, "-1234.00"),
        (9_007_199_254_740_991, "90071992547409.91"),
    ] {
        assert_eq!(fen(amount).to_string(), text);
    }
}

#[test]
fn decimals_keep_the_text_they_had() {
    check(
        Decimal::parse,
        &[
            "0",
            "1",
            "-1",
            "0.0",
            "1.50",
            "4197.16981132075",
            "0.0000000000001",
            "-0.0000000000001",
            "999999999999999999",
            "-99999.9999999999999",
            "0.5000000000000",
        ],
        &[
            "",
            "-",
            "-0",
            "-0.00",
            "00",
            "01",
            "+1",
            ".5",
            "1.",
            "1.-5",
            "--1",
            "1e5",
            "1,5",
            "1 ",
            " 1",
            "1.2.3",
            "٣",
            "1.00000000000000",
            "1000000000000000000",
            "100000.0000000000000",
            "NaN",
            "0x1",
            "1_0",
            "00000000000000000000000000000000000000000000001",
        ],
    );
    assert!(decimal("0.0000000000001").is_positive());
    assert!(!decimal("0.00").is_positive() && !decimal("-1").is_positive());
}

#[test]
fn products_are_compared_exactly_to_the_fen() {
    for (price, quantity, amount, within) in [
        ("4197.16981132075", "1", 419_717, true),
        ("4197.16981132075", "1", 419_718, false),
        ("4197.16981132075", "1", 419_716, true),
        ("4197.16981132075", "1", 419_715, false),
        // Exactly one fen away is within, the least bit more is not.
        ("1.00", "1", 101, true),
        ("0.9999999999999", "1", 101, false),
        ("1.0000000000001", "1", 99, false),
        ("3", "7", 2_100, true),
        ("3", "7", 2_101, true),
        ("3", "7", 2_102, false),
        ("3", "-7", -2_100, true),
        ("3", "-7", 2_100, false),
        // The largest of everything: 10^36, scales of 0 and of 26.
        ("999999999999999999", "999999999999999999", 9_007_199_254_740_991, false),
        ("-999999999999999999", "999999999999999999", 9_007_199_254_740_991, false),
        ("99999.9999999999999", "99999.9999999999999", 9_007_199_254_740_991, false),
        ("-99999.9999999999999", "99999.9999999999999", 9_007_199_254_740_991, false),
        ("99999.9999999999999", "99999.9999999999999", 1_000_000_000_000, true),
        ("0.0000000000001", "0.0000000000001", 0, true),
        ("0.0000000000001", "0.0000000000001", 1, true),
        ("0.0000000000001", "0.0000000000001", -1, false),
        ("0.0000000000001", "0.0000000000001", 9_007_199_254_740_991, false),
    ] {
        let found = Decimal::product_is_within_one_fen(decimal(price), decimal(quantity), fen(amount));
        assert_eq!(found, within, "{price} × {quantity} and {amount}");
    }
}

#[test]
fn products_are_rounded_half_up() {
    for (price, quantity, product) in [
        ("4197.16981132075", "1", Some(419_717)),
        ("0.005", "1", Some(1)),
        ("0.0049999999999", "1", Some(0)),
        ("-0.005", "1", Some(-1)),
        ("12.5", "0.1", Some(125)),
        ("90071992547409.91", "1", Some(9_007_199_254_740_991)),
        ("90071992547409.915", "1", None),
        ("999999999999999999", "-999999999999999999", None),
    ] {
        assert_eq!(
            Decimal::product(decimal(price), decimal(quantity)),
            product.map(fen),
            "{price} × {quantity}"
        );
    }
}

#[test]
fn one_rate_has_one_text() {
    check(
        TaxRate::parse,
        &["0", "0.13", "0.09", "0.06", "0.03", "0.01", "0.05", "0.02", "0.015", "0.0001", "0.9999"],
        &[
            "", "0.", "0.0", "0.130", "0.00010", "0.00001", "1", "1.0", "13", ".13", "00.13", "-0.13",
            "0.1a", "0,13", "13%", " 0.13", "0.13 ", "0.٣", "0.-1", "0.+1",
        ],
    );
    for text in ["0", "0.13", "0.015", "0.0001"] {
        assert_eq!(by_moving_the_point(text), rate(text).ten_thousandths());
    }
}

/// The same number read by moving the point in the text.
fn by_moving_the_point(text: &str) -> u16 {
    let places = text.trim_start_matches("0").trim_start_matches('.');
    format!("{places:0<4}").parse().expect("four digits")
}

#[test]
fn tax_is_half_up_from_the_side_that_was_entered() {
    // Real totals: (total, rate, amount without tax, tax).
    for (total, text, amount, tax) in [
        (52_600, "0.03", 51_068, 1_532),
        (444_900, "0.06", 419_717, 25_183),
        (659_800, "0.13", 583_894, 75_906),
        (1_000, "0.01", 990, 10),
        (10_600, "0.06", 10_000, 600),
        (100, "0", 100, 0),
    ] {
        assert_eq!(rate(text).net_of_gross(fen(total)), fen(amount), "{total} at {text}");
        assert_eq!(rate(text).net_of_gross(fen(-total)), fen(-amount), "{total} taken off at {text}");
        assert_eq!(rate(text).half_up(fen(amount)), fen(tax), "{amount} at {text}");
        assert_eq!(rate(text).half_up(fen(-amount)), fen(-tax), "{amount} taken off at {text}");
    }
    // Half is away from zero.
    assert_eq!(rate("0.05").half_up(fen(10)), fen(1));
    assert_eq!(rate("0.05").half_up(fen(-10)), fen(-1));
    assert_eq!(rate("0.05").half_up(fen(9)), fen(0));
    assert_eq!(rate("0.9999").half_up(Fen::MAX), fen(9_006_298_534_815_517));
    assert_eq!(rate("0").net_of_gross(Fen::MAX), Fen::MAX);
    assert_eq!(rate("0.9999").net_of_gross(fen(-9_007_199_254_740_991)), fen(-4_503_824_818_611_426));
}

#[test]
fn invoice_numbers_have_twenty_digits() {
    check(
        InvoiceNumber::parse,
        &["26951000000000000001", "26427000000316294884", "00000000000000000000", "99999999999999999999"],
        &[
            "",
            "2695100000000000000",
            "269510000000000000011",
            "2695100000000000000x",
            "-6951000000000000001",
            "26951 00000000000001",
            "٣٣٣٣٣٣٣٣٣٣",
        ],
    );
    let number = InvoiceNumber::parse("26951000000000000042").expect("20 digits");
    assert_eq!((number.year(), number.prefix().as_str(), number.sequence()), (26, "26951", 42));
    let last = InvoiceNumber::parse("26951999999999999999").expect("20 digits");
    assert_eq!(last.sequence(), 999_999_999_999_999);
    assert!(number < last);
}

#[test]
fn a_prefix_is_year_region_and_channel() {
    check(NumberPrefix::parse, &["26951", "00000", "99999"], &["", "2695", "269510", "2695a", "٣1"]);
    assert_eq!(NumberPrefix::parse("05010").map(|prefix| prefix.year()), Ok(5));
    for (numbering, month, prefix) in [
        ("951", "2026-01", "26951"),
        ("951", "2026-12", "26951"),
        ("951", "2027-01", "27951"),
        ("010", "2105-06", "05010"),
    ] {
        let numbering = Numbering::parse(numbering).expect("3 digits");
        let month = Month::parse(month).expect("a month");
        assert_eq!(numbering.prefix(month).as_str(), prefix);
    }
    for text in ["", "95", "9511", "95x", "٣1"] {
        assert!(Numbering::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_segment_holds_its_ends_and_nothing_else() {
    const LAST: u64 = 999_999_999_999_999;
    let prefix = NumberPrefix::parse("26951").expect("5 digits");
    for (first, last, valid) in [
        (1, 1, true),
        (1, LAST, true),
        (LAST, LAST, true),
        (0, 1, false),
        (2, 1, false),
        (1, LAST + 1, false),
        (1, u64::MAX, false),
    ] {
        assert_eq!(Segment::new(prefix, first, last).is_ok(), valid, "{first} to {last}");
    }
    let segment = Segment::new(prefix, 101, 200).expect("a segment");
    assert_eq!((segment.prefix(), segment.first(), segment.last(), segment.len()), (prefix, 101, 200, 100));
    assert_eq!(segment.to_string(), "26951000000000000101-26951000000000000200");
    for (text, inside) in [
        ("26951000000000000100", false),
        ("26951000000000000101", true),
        ("26951000000000000200", true),
        ("26951000000000000201", false),
        ("26950000000000000150", false),
        ("25951000000000000150", false),
    ] {
        let number = InvoiceNumber::parse(text).expect("20 digits");
        assert_eq!(segment.contains(&number), inside, "{text}");
        let again = segment.number(number.sequence()).filter(|again| *again == number);
        assert_eq!(again.is_some(), inside, "{text} by its sequence");
    }
}

#[test]
fn segments_overlap_where_they_share_a_number() {
    let segment = |prefix, first, last| {
        NumberPrefix::parse(prefix).and_then(|prefix| Segment::new(prefix, first, last)).expect("a segment")
    };
    let granted = segment("26951", 101, 200);
    for (other, shared) in [
        (segment("26951", 1, 100), false),
        (segment("26951", 1, 101), true),
        (segment("26951", 150, 160), true),
        (segment("26951", 1, 900), true),
        (segment("26951", 200, 300), true),
        (segment("26951", 201, 300), false),
        (segment("26952", 101, 200), false),
    ] {
        assert_eq!((granted.overlaps(&other), other.overlaps(&granted)), (shared, shared), "{other}");
    }
}

#[test]
fn category_codes_have_nineteen_digits() {
    check(
        CategoryCode::parse,
        &["1010101010000000000", "3070401000000000000", "1090511030000000000"],
        &["", "101010101000000000", "10101010100000000000", "101010101000000000x", "１０１０１０"],
    );
    check(
        CategoryPrefix::parse,
        &["1", "307", "1010101010000000000"],
        &["", "x", "30 ", "10101010100000000000"],
    );
    let code = CategoryCode::parse("3070401000000000000").expect("19 digits");
    for (prefix, inside) in [
        ("3", true),
        ("307", true),
        ("3070401000000000000", true),
        ("308", false),
        ("070", false),
        ("3070401000000000001", false),
    ] {
        assert_eq!(code.has_prefix(&CategoryPrefix::parse(prefix).expect("digits")), inside, "{prefix}");
    }
}

#[test]
fn items_begin_with_a_short_name() {
    let long = format!("*{}*{}", "餐".repeat(40), "费".repeat(92));
    check(
        ItemName::parse,
        &["*餐饮服务*餐费", "*谷物*稻谷", "*酒*53%vol 500ml*6", &long],
        &[
            "",
            "餐费",
            "*餐饮服务*",
            "**餐费",
            "*餐饮服务",
            "餐饮服务*餐费",
            "*餐饮服务*餐\n费",
            "*餐饮\u{7f}服务*餐费",
            &format!("*{}*餐费", "餐".repeat(41)),
            &format!("*餐饮服务*{}", "费".repeat(93)),
        ],
    );
    let item = ItemName::parse("*酒*53%vol 500ml*6").expect("an item");
    assert_eq!((item.short(), item.name()), ("酒", "53%vol 500ml*6"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_passes_a_door_is_shown_as_it_was(text in prop_oneof![any::<String>(), "-?[0-9*.]{0,24}"]) {
        let shown = [
            Decimal::parse(&text).map(|v| v.to_string()),
            TaxRate::parse(&text).map(|v| v.to_string()),
            InvoiceNumber::parse(&text).map(|v| v.to_string()),
            NumberPrefix::parse(&text).map(|v| v.to_string()),
            CategoryCode::parse(&text).map(|v| v.to_string()),
            CategoryPrefix::parse(&text).map(|v| v.to_string()),
            ItemName::parse(&text).map(|v| v.to_string()),
        ];
        for shown in shown.into_iter().flatten() {
            prop_assert_eq!(&shown, &text);
        }
    }

    #[test]
    fn a_decimal_is_read_as_it_was_put_together(
        mantissa in -999_999_999_999_999_999_i64..=999_999_999_999_999_999,
        scale in 1..=13_usize,
    ) {
        let digits = format!("{:0width$}", mantissa.unsigned_abs(), width = scale + 1);
        let (whole, places) = digits.split_at(digits.len() - scale);
        let text = format!("{}{whole}.{places}", if mantissa < 0 { "-" } else { "" });
        prop_assert_eq!(decimal(&text).to_string(), text);
    }

    #[test]
    fn a_segment_gives_the_numbers_that_it_contains(first in 1..1_000_000_u64, more in 0..1_000_u64, at in 0..1_000_u64) {
        let prefix = NumberPrefix::parse("26951").expect("5 digits");
        let segment = Segment::new(prefix, first, first + more).expect("a segment");
        let number = segment.number(first + at);
        prop_assert_eq!(number.is_some(), at <= more);
        if let Some(number) = number {
            prop_assert!(segment.contains(&number));
            prop_assert_eq!(number.to_string(), format!("26951{:015}", first + at));
        }
    }
}
