//! Parties, references, digests and dates: every door, with rows of what passes and what does not.

use std::collections::BTreeSet;

use piao_domain::ids::{
    ChainId, ClaimRef, Code, KeyId, Malformed, OrderRef, PartyId, PersonId, RuleSetId, TransitionId,
};
use piao_domain::uscc::Uscc;
use proptest::prelude::*;

/// Organisations and their codes.
const NAMED: &[(&str, &str)] = &[
    ("华为技术有限公司", "914403001922038216"),
    ("腾讯科技（深圳）有限公司", "9144030071526726XG"),
    ("深圳市腾讯计算机系统有限公司", "91440300708461136T"),
    ("深圳市地铁集团有限公司", "91440300708437873H"),
    ("招商银行股份有限公司", "9144030010001686XA"),
    ("平安银行股份有限公司", "91440300192185379H"),
    ("中国平安保险（集团）股份有限公司", "91440300100012316L"),
    ("比亚迪股份有限公司", "91440300192317458F"),
    ("万科企业股份有限公司", "91440300192181490G"),
    ("中兴通讯股份有限公司", "9144030027939873X7"),
    ("深圳市大疆创新科技有限公司", "914403007954257495"),
    ("顺丰速运有限公司", "91440300279396064N"),
    ("金蝶软件（中国）有限公司", "914403006188392540"),
    ("珠海格力电器股份有限公司", "91440400192548256N"),
    ("北京百度网讯科技有限公司", "91110000802100433B"),
    ("小米科技有限责任公司", "91110108551385082Q"),
    ("国家电网有限公司", "9111000071093123XX"),
    ("中国工商银行股份有限公司", "91100000100003962T"),
    ("中国银行股份有限公司", "911000001000013428"),
    ("中国石油天然气股份有限公司", "91110000710925462X"),
    ("贵州茅台酒股份有限公司", "9152000071430580XT"),
    ("阿里巴巴（中国）有限公司", "91330100799655058B"),
    ("上海汽车集团股份有限公司", "91310000132260250X"),
    ("宝山钢铁股份有限公司", "91310000631696382C"),
    ("百望股份有限公司", "91110108339805094M"),
    ("清华大学", "12100000400000624D"),
    ("北京大学", "12100000400002259P"),
    ("昆山京东尚信贸易有限公司", "913205830880018839"),
];

/// Further codes in use.
#[rustfmt::skip]
const VALID: &[&str] = &[
    "121200004013590816", "911522010783762860", "9115220107837941X1", "91152201078382010M",
    "91152201078394644D", "91310116052958608G", "913205056082348768", "91340600MA2PERLJ2D",
    "91340602MA2UJY3J9W", "91340602MA2UJYD90G", "91340603MA2UJYN78Q", "91340604MA2PEL1X3M",
    "91340621MA2PBPLU08", "91340621MA2PEN6Q3Y", "91371082775260043P", "91620105224521729E",
    "91620105556273987U", "91620105571630591E", "91620105665404165K", "91620105750935948X",
    "91620105756580826D", "91620105794891756D", "92340603MA2PBMQL04", "92340603MA2PBN17X5",
    "92340603MA2PBN2W0N", "92340603MA2PBNK461", "92340603MA2PBNLR0R", "92340603MA2PBQ7J4K",
    "92340603MA2PBQFT7J", "92340603MA2PBQUC3U", "92340603MA2PELE65C", "92340603MA2PELHL72",
    "92340603MA2PEN9F2E", "92340603MA2PENAP06", "92340603MA2PEP42XF", "92340603MA2UJY0W68",
    "92340603MA2UJY2M7F", "92340603MA2UK0ME1G", "92340603MA2UK1TD00", "92340603MA2UK1UE56",
    "92340603MA2UK28G4G", "92340603MA2UK2WX6M", "92340603MA2UK2XD94", "92340603MA2UK3CP6U",
    "92340604MA2PBMQK2P", "92340604MA2PBNDT64", "92340604MA2PBNKR4Y", "92340604MA2PBNQNXM",
    "92340604MA2PBNR83C", "92340604MA2PBNXH5J", "92340604MA2PBP7U1T", "92340604MA2PBPHC8R",
    "92340604MA2PEM4L7X", "92340604MA2UK03G7D", "92340604MA2UK07529", "92340621MA2PBKRXXG",
    "92340621MA2PBLWT1Y", "92340621MA2PBMKK45", "92340621MA2PBN1H1T", "92340621MA2PELD34J",
    "92340621MA2PELFR3H", "92340621MA2UJT9WXP", "92340621MA2UJTM785", "92340621MA2UJTQ22E",
    "92340621MA2UJW703D", "92340621MA2UJWCT2H", "92340621MA2UJWGB0J", "92340621MA2UJWYPX8",
    "92340621MA2UJYG57G", "92340621MA2UK0DA11", "92340621MA2UK0G256", "92340621MA2UK0J08Q",
    "92340621MA2UK0JX8N", "92340621MA2UK0KR5Y", "92340621MA2UK1MK35", "92340621MA2UK1PRX7",
    "92340621MA2UK25H3F", "92340621MA2UK2Q24Y", "92340621MA2UK30C35", "92340621MA2UK3C369",
];

/// Codes met in print that are wrong.
const INVALID: &[&str] = &[
    "91110108555165137Q",
    "91320621MA1MRHG207",
    "91330000MA27Q2XQ2G",
    "914403001923987654",
    "91440300192203821",
    "913301087254808020",
];

const HEX: &str = "0123456789abcdef0123456789abcdef";
const SLUG_33: &str = "abcdefghijklmnopqrstuvwxyz0123456";
const VISIBLE_65: &str = "0123456789012345678901234567890123456789012345678901234567890123x";

/// Each of `good` passes the door and is shown as it was; each of `bad` is refused.
fn check<T: ToString>(parse: fn(&str) -> Result<T, Malformed>, good: &[&str], bad: &[&str]) {
    for text in good {
        assert_eq!(parse(text).map(|value| value.to_string()).as_deref(), Ok(*text));
    }
    for text in bad {
        assert!(parse(text).is_err(), "{text:?} passed");
    }
}

/// GB 32100-2015 and GB 11714-1997 once more: the 18th makes the weighted sum of all 18 a multiple of 31, the 17th
/// that of its nine a multiple of 11.
fn closes(code: &str) -> bool {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let Some(values) = code.chars().map(|letter| LETTERS.find(letter)).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let whole: usize = values.iter().zip(0..).map(|(value, place)| value * 3_usize.pow(place)).sum();
    // 3^17 is 22 modulo 31, but the check character counts once.
    let whole = whole - values[17] * 3_usize.pow(17) + values[17];
    let organisation: Vec<u32> = code[8..17].chars().filter_map(|letter| letter.to_digit(36)).collect();
    let check = if code.as_bytes()[16] == b'X' { 10 } else { organisation[8] };
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = organisation.iter().zip(weights).map(|(value, weight)| value * weight).sum();
    whole.is_multiple_of(31) && check <= 10 && (sum + check).is_multiple_of(11)
}

#[test]
fn the_codes_of_real_organisations_are_accepted() {
    assert_eq!((NAMED.len(), VALID.len()), (28, 80));
    for (name, code) in NAMED.iter().copied().chain(VALID.iter().map(|code| ("", *code))) {
        assert_eq!(Uscc::parse(code).map(|uscc| uscc.to_string()).as_deref(), Ok(code), "{name}");
        assert!(closes(code), "{code}");
    }
}

#[test]
fn codes_that_do_not_close_are_refused() {
    let lower = VALID[2].to_lowercase();
    let shapes =
        ["", "91440300708461136", "91440300708461136TT", " 91440300708461136T", "９１４４０３", &lower];
    for code in INVALID.iter().chain(&shapes) {
        assert!(Uscc::parse(code).is_err(), "{code}");
    }
}

#[test]
fn one_wrong_character_anywhere_is_refused() {
    let mut tried = 0;
    for (_, code) in NAMED {
        for place in 0..18 {
            for letter in (b'0'..=b'9').chain(b'A'..=b'Z').map(char::from) {
                let wrong = format!("{}{letter}{}", &code[..place], &code[place + 1..]);
                assert_eq!(Uscc::parse(&wrong).is_ok(), closes(&wrong), "{wrong}");
                assert_eq!(closes(&wrong), wrong == *code, "{wrong}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 28 * 18 * 36);
}

#[test]
fn a_wrong_17th_character_is_refused_even_where_the_18th_is_right_for_it() {
    for (_, code) in NAMED {
        for organisation in "0123456789ABCDEFGHJKLMNPQRTUWXY".chars() {
            for whole in "0123456789ABCDEFGHJKLMNPQRTUWXY".chars() {
                let changed = format!("{}{organisation}{whole}", &code[..16]);
                assert_eq!(Uscc::parse(&changed).is_ok(), changed == *code, "{changed}");
            }
        }
    }
}

#[test]
fn a_party_is_a_kind_and_a_name() {
    check(
        PartyId::parse,
        &[
            "bureau:shenzhen",
            "bureau:0",
            "node:ledger-1",
            "uscc:91440300708461136T",
            "person:aaaaaaaaaaaaaaaaaaaaaaaaaa",
            "person:77777777777777777777777774",
        ],
        &[
            "",
            "bureau",
            "bureau:",
            "bureau:Shenzhen",
            "bureau:-1",
            "node:a b",
            "uscc:914403007084611360",
            "uscc:91440300708461136t",
            "USCC:91440300708461136T",
            "person:",
            "person:aaaaaaaaaaaaaaaaaaaaaaaaa",
            "robot:one",
            "uscc:91440300708461136T ",
            ":91440300708461136T",
            "bureau:a:b",
        ],
    );
    let code = |party: &str| PartyId::parse(party).map(|party| party.enterprise().map(ToString::to_string));
    assert_eq!(code("uscc:91440300708461136T"), Ok(Some("91440300708461136T".to_owned())));
    for other in ["bureau:shenzhen", "node:ledger-1", "person:aaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        assert_eq!(code(other), Ok(None), "{other}");
    }
}

#[test]
fn a_person_is_128_bits_in_base32() {
    // RFC 4648 §10 has "foobar" as MZXW6YTBOI.
    let mut bits = [0; 16];
    bits[..6].copy_from_slice(b"foobar");
    for (bits, text) in [
        ([0; 16], "aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ([0xff; 16], "77777777777777777777777774"),
        (bits, "mzxw6ytboiaaaaaaaaaaaaaaaa"),
    ] {
        assert_eq!(PersonId::new(bits).to_string(), text);
        assert_eq!(PersonId::parse(text).map(|person| *person.as_bytes()), Ok(bits), "{text}");
    }
}

#[test]
fn a_person_whose_unused_bits_are_set_is_refused() {
    for last in (b'a'..=b'z').chain(b'2'..=b'7').map(char::from) {
        let text = format!("aaaaaaaaaaaaaaaaaaaaaaaaa{last}");
        // The last character carries three bits and two that must be zero.
        assert_eq!(PersonId::parse(&text).is_ok(), "aeimquy4".contains(last), "{text}");
    }
    for text in [
        "",
        "aaaaaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "Aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "1aaaaaaaaaaaaaaaaaaaaaaaaa",
        "8aaaaaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaaaa=",
        "ééééééééééééé",
    ] {
        assert!(PersonId::parse(text).is_err(), "{text}");
    }
}

#[test]
fn digests_are_64_lower_case_hexadecimal_digits() {
    let text = "00010203040506070809aabbccddeeff00112233445566778899abcdeffedcba";
    let bad = [
        "",
        &text[..63],
        &format!("{text}0"),
        &text.to_uppercase(),
        &text.replace("00", "0g"),
        &text.replace("00", "0:"),
        &text.replace("00", "0/"),
        &text.replace("00", "0`"),
        &text.replace("00", "é"),
    ];
    check(TransitionId::parse_hex, &[text], &bad);
    check(KeyId::parse_hex, &[text], &bad);
    let id = TransitionId::parse_hex(text).expect("64 digits");
    assert_eq!(id.as_bytes()[..11], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xaa]);
    assert_eq!(id.as_bytes()[31], 0xba);
}

#[test]
fn a_chain_is_a_name_and_32_hexadecimal_digits() {
    let chain = |name: &str| format!("{name}-{HEX}");
    let longest = &SLUG_33[..32];
    check(
        ChainId::parse,
        &[&chain("shenzhen"), &chain("a"), &chain("0"), &chain("a-b"), &chain("a-"), &chain(longest)],
        &[
            "",
            "shenzhen",
            HEX,
            &chain(""),
            &chain("-a"),
            &chain("Shenzhen"),
            &chain("深圳"),
            &chain(SLUG_33),
            &format!("shenzhen-{}", &HEX[1..]),
            &format!("shenzhen-{HEX}0"),
            &format!("shenzhen-{}", HEX.to_uppercase()),
            &format!("shenzhen-{}", HEX.replace('f', "g")),
            &format!("shenzhen_{HEX}"),
            &format!("{} ", chain("shenzhen")),
        ],
    );
}

#[test]
fn names_and_references_are_short_and_plain() {
    let slugs_bad = ["", "-a", "A", "a_b", "a b", "深圳", "a\n"];
    check(Code::parse, &["a", "0", "sz-futian", &SLUG_33[..32]], &[&slugs_bad[..], &[SLUG_33]].concat());
    let longer = "a".repeat(49);
    check(RuleSetId::parse, &["a", "base-2026", &longer[..48]], &[&slugs_bad[..], &[&longer]].concat());
    let refs_good = ["1", "BX-2026/001", "~!@#$%^&*()", &VISIBLE_65[..64]];
    let refs_bad = ["", " ", "a b", "a\n", "a\u{7f}", "报销", VISIBLE_65];
    check(ClaimRef::parse, &refs_good, &refs_bad);
    check(OrderRef::parse, &refs_good, &refs_bad);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_person_is_read_back(bits in any::<[u8; 16]>()) {
        let person = PersonId::new(bits);
        prop_assert_eq!(PersonId::parse(&person.to_string()), Ok(person));
    }

    #[test]
    fn a_digest_is_read_back(bytes in any::<[u8; 32]>()) {
        let id = TransitionId::new(bytes);
        prop_assert_eq!(TransitionId::parse_hex(&id.to_string()), Ok(id));
        prop_assert_eq!(KeyId::parse_hex(&id.to_string()).map(|key| *key.as_bytes()), Ok(bytes));
    }

    #[test]
    fn whatever_passes_a_door_is_shown_as_it_was(
        text in prop_oneof![any::<String>(), "[a-z2-7]{26}", "(person|uscc|node|bureau):[a-zA-Z0-9-]{0,26}", "[0-9A-Y]{18}"]
    ) {
        let shown = [
            PartyId::parse(&text).map(|v| v.to_string()),
            PersonId::parse(&text).map(|v| v.to_string()),
            Uscc::parse(&text).map(|v| v.to_string()),
            ChainId::parse(&text).map(|v| v.to_string()),
            Code::parse(&text).map(|v| v.to_string()),
            ClaimRef::parse(&text).map(|v| v.to_string()),
            TransitionId::parse_hex(&text).map(|v| v.to_string()),
        ];
        for shown in shown.into_iter().flatten() {
            prop_assert_eq!(&shown, &text);
        }
    }
}

#[test]
fn parties_are_ordered_by_kind_then_name() {
    let parse = |text: &&str| PartyId::parse(text).expect("a party");
    let parties = ["bureau:b", "node:a", "uscc:91440300708461136T", "person:aaaaaaaaaaaaaaaaaaaaaaaaaa"];
    let ordered: Vec<_> = parties.iter().rev().map(parse).collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(ordered, parties.iter().map(parse).collect::<Vec<_>>());
}
