//! Amounts in words, against published examples and a writer made another way.

use piao_domain::money::Fen;
use piao_domain::uppercase::{read, write};
use proptest::prelude::*;

/// Amounts as they are written; the first nine are of real invoices.
const WRITTEN: &[(i64, &str)] = &[
    (212, "贰圆壹角贰分"),
    (52_600, "伍佰贰拾陆圆整"),
    (13_086_419, "壹拾叁万零捌佰陆拾肆圆壹角玖分"),
    (10_005, "壹佰圆零伍分"),
    (101_000, "壹仟零壹拾圆整"),
    (1_000_100, "壹万零壹圆整"),
    (10_000_000_000, "壹亿圆整"),
    (10, "壹角整"),
    (1, "壹分"),
    (0, "零圆整"),
    (1070, "壹拾圆柒角整"),
    (120, "壹圆贰角整"),
    (15, "壹角伍分"),
    (20_500_000, "贰拾万伍仟圆整"),
    (10_000_100_000, "壹亿零壹仟圆整"),
    (10_010_000_000, "壹亿零壹拾万圆整"),
    (100_000_000_000_000, "壹万亿圆整"),
    (100_000_001_000_000, "壹万亿零壹万圆整"),
    (100_010_000_000_000, "壹万零壹亿圆整"),
    (1_000_000_100_000_000, "壹拾万亿零壹佰万圆整"),
    (9_007_199_254_740_991, "玖拾万零柒佰壹拾玖亿玖仟贰佰伍拾肆万柒仟肆佰零玖圆玖角壹分"),
    (-52_600, "负伍佰贰拾陆圆整"),
    (-5, "负伍分"),
    (-9_007_199_254_740_991, "负玖拾万零柒佰壹拾玖亿玖仟贰佰伍拾肆万柒仟肆佰零玖圆玖角壹分"),
];

/// Other ways in which the same amounts are met in print.
const ALSO_READ: &[(i64, &str)] = &[
    (1070, "壹拾圆零柒角整"),
    (1070, "壹拾元柒角正"),
    (1070, "壹拾圆柒角"),
    (52_600, "伍佰贰拾陆元整"),
    (52_600, "伍佰贰拾陆圆"),
    (52_600, "伍佰贰拾陆圆零角零分"),
    (10_005, "壹佰圆零角伍分"),
    (10_005, "壹佰圆伍分"),
    (50, "零圆伍角整"),
    (212, "贰圆壹角零贰分"),
    (101_000, "壹仟壹拾圆整"),
    (20_500_000, "贰拾万零伍仟圆整"),
    (52_601, "伍佰贰拾陆圆零壹分整"),
    (0, "零圆零角零分"),
];

const REFUSED: &[&str] = &[
    "",
    "整",
    "负",
    "负整",
    "圆整",
    "角",
    "分",
    "壹",
    "壹佰",
    "伍佰贰拾陆",
    "526.00",
    "壹佰伍圆整",
    "壹万伍圆整",
    "壹亿伍圆整",
    "佰圆整",
    "拾圆整",
    "壹壹圆整",
    "壹拾贰佰圆整",
    "壹拾贰拾圆整",
    "壹佰零零伍圆整",
    "万圆整",
    "亿圆整",
    "零万圆整",
    "零亿圆整",
    "壹万贰万圆整",
    "壹亿贰亿圆整",
    "壹万贰亿叁亿圆整",
    "壹圆贰圆整",
    "壹圆元整",
    "壹分贰角",
    "壹角贰角",
    "壹拾角",
    "壹圆整贰角",
    "壹圆整整",
    "负负壹圆整",
    " 壹圆整",
    "壹圆整\n",
    "一百圆整",
    "玖拾万零柒佰壹拾玖亿玖仟贰佰伍拾肆万柒仟肆佰零玖圆玖角贰分",
    "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖圆玖角玖分",
];

fn fen(amount: i64) -> Fen {
    Fen::new(amount).expect("an amount")
}

/// Every digit with its unit, zeros too; then the words that stand for nothing are taken out of the text.
fn write_by_rewriting(amount: i64) -> String {
    let yuan = format!("{:016}", amount.unsigned_abs() / 100);
    let names = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
    let mut text = String::new();
    for (index, digit) in yuan.bytes().map(|b| usize::from(b - b'0')).enumerate() {
        text += names[digit];
        text += if digit == 0 { "" } else { ["仟", "佰", "拾", ""][index % 4] };
        text += ["", "", "", "万", "", "", "", "亿", "", "", "", "万", "", "", "", "圆"][index];
    }
    let text = text.replace("零零零零万", "零").replace("零零零零亿", "亿零");
    let mut text = text.trim_start_matches(['零', '亿']).to_owned();
    while text.contains("零零") {
        text = text.replace("零零", "零");
    }
    let mut text = text.replace("零万", "万").replace("零亿", "亿").replace("零圆", "圆");
    let cents = amount.unsigned_abs() % 100;
    let (jiao, fen) = (names[(cents / 10) as usize], names[(cents % 10) as usize]);
    if text == "圆" {
        text = if cents == 0 { "零圆".to_owned() } else { String::new() };
    }
    text += &match (cents / 10, cents % 10) {
        (0, 0) => "整".to_owned(),
        (_, 0) => format!("{jiao}角整"),
        (0, _) if text.is_empty() => format!("{fen}分"),
        (0, _) => format!("零{fen}分"),
        (_, _) => format!("{jiao}角{fen}分"),
    };
    if amount < 0 { format!("负{text}") } else { text }
}

#[test]
fn amounts_are_written_as_published() {
    for (amount, text) in WRITTEN {
        assert_eq!(write(fen(*amount)), *text, "{amount}");
        assert_eq!(write_by_rewriting(*amount), *text, "{amount}, the other way");
    }
}

#[test]
fn amounts_are_read_by_value() {
    for (amount, text) in WRITTEN.iter().chain(ALSO_READ) {
        assert_eq!(read(text), Ok(fen(*amount)), "{text}");
    }
}

#[test]
fn what_is_no_amount_or_could_be_two_is_refused() {
    for text in REFUSED {
        assert!(read(text).is_err(), "{text} was read as {:?}", read(text));
    }
}

#[test]
fn what_is_written_for_small_amounts_is_read_back() {
    for amount in (-20_000..=2_000_000).chain((1..=100_000).map(|yuan| yuan * 10_000_000)) {
        assert_eq!(read(&write(fen(amount))), Ok(fen(amount)), "{amount}");
    }
}

/// Amounts of every length, most with runs of zeros in them.
fn amounts() -> impl Strategy<Value = i64> {
    let digit = prop_oneof![3 => Just(0_i64), 2 => 1..=9_i64];
    (prop::collection::vec(digit, 1..=15), any::<bool>()).prop_map(|(digits, negative)| {
        let amount = digits.into_iter().fold(0, |sum, digit| sum * 10 + digit);
        if negative { -amount } else { amount }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn writing_agrees_with_the_other_writer_and_is_read_back(amount in amounts()) {
        let text = write(fen(amount));
        prop_assert_eq!(&text, &write_by_rewriting(amount));
        prop_assert_eq!(read(&text), Ok(fen(amount)));
    }

    #[test]
    fn garbage_of_the_right_letters_never_panics_and_has_one_value(
        text in "[负零壹贰叁玖拾佰仟万亿圆元角分整正]{0,24}"
    ) {
        if let Ok(amount) = read(&text) {
            prop_assert_eq!(read(&write(amount)), Ok(amount));
        }
    }

    #[test]
    fn any_text_never_panics(text in any::<String>()) {
        let _read_or_refused = read(&text);
    }
}
