//! Outcomes and receipts are written canonically, and nothing else than what was written is read.

use piao_domain::command::Kind;
use piao_domain::ids::{RuleSetId, TransitionId};
use piao_domain::money::Fen;
use piao_domain::number::{NumberPrefix, Segment};
use piao_domain::rejection::{Check, Code, Finding, Rejection};
use piao_domain::rules::{Allowance, RuleVersion};
use piao_domain::time::{Month, Time};
use piao_protocol::digest::BlockHash;
use piao_protocol::jws::Nonce;
use piao_protocol::outcome::{Effect, Outcome, outcome_json};
use piao_protocol::receipt::{Receipt, decided_json, outcome_digest};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha3::{Digest as _, Sha3_256};

const ID: TransitionId = TransitionId::new([0x5a; 32]);
const HEX: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

fn fen(amount: i64) -> Fen {
    Fen::new(amount).expect("an amount")
}

fn rule() -> RuleVersion {
    RuleVersion { id: RuleSetId::parse("shenzhen").expect("an id"), version: 3 }
}

fn segment() -> Segment {
    Segment::new(NumberPrefix::parse("26951").expect("a prefix"), 1, 25).expect("a segment")
}

/// Every form that an outcome has, with its text.
fn forms() -> Vec<(Outcome, String)> {
    let accepted = |effect, detail: &str| {
        (Outcome::Accepted(effect), format!(r#"{{"code":null,"detail":{detail},"outcome":"accepted"}}"#))
    };
    let rejected = |rejection: Rejection, detail: &str| {
        let code = rejection.code;
        let text = format!(r#"{{"code":"{code}","detail":{detail},"outcome":"rejected"}}"#);
        (Outcome::Rejected(rejection), text)
    };
    let given = Allowance { amount: fen(10_000_000), count: 25 };
    let finding = || Finding::new("/lines/0/tax", Check::LineTax).wants(75_906).found(75_907);
    let bare = || Finding::new("/buyer", Check::BuyerClaimKey);
    let found = r#""actual":"75907","check":"line.tax","expected":"75906","pointer":"/lines/0/tax""#;
    vec![
        accepted(Effect::Nothing, "{}"),
        accepted(Effect::Issued { rules: vec![rule()] }, r#"{"rules":[{"id":"shenzhen","version":3}]}"#),
        accepted(Effect::QuotaPending, r#"{"state":"pending"}"#),
        accepted(
            Effect::QuotaGranted { given, segment: segment() },
            r#"{"amount":10000000,"count":25,"segment":{"first":1,"last":25,"prefix":"26951"},"state":"granted"}"#,
        ),
        accepted(
            Effect::QuotaAdjusted { given, segment: Some(segment()) },
            r#"{"amount":10000000,"count":25,"segment":{"first":1,"last":25,"prefix":"26951"}}"#,
        ),
        accepted(Effect::QuotaAdjusted { given, segment: None }, r#"{"amount":10000000,"count":25}"#),
        accepted(
            Effect::Locked {
                lock: ID,
                token: 7,
                amount: fen(648_500),
                exclusive: true,
                lease_until: Time::from_unix(1_790_086_400),
            },
            &format!(
                r#"{{"amount":648500,"exclusive":true,"lease_until":1790086400,"lock":"{HEX}","token":7}}"#
            ),
        ),
        accepted(
            Effect::Renewed { lease_until: Time::from_unix(1_790_086_400) },
            r#"{"lease_until":1790086400}"#,
        ),
        accepted(Effect::Settled { amount: fen(648_500) }, r#"{"amount":648500}"#),
        accepted(
            Effect::Booked { month: Month::parse("2026-10").expect("a month") },
            r#"{"month":"2026-10"}"#,
        ),
        rejected(Rejection::new(Code::LockExists), "{}"),
        rejected(Rejection::existing(Code::NumberUsed, ID), &format!(r#"{{"existing":"{HEX}"}}"#)),
        rejected(Rejection::member(Code::InvoiceLineTax, finding()), &format!("{{{found}}}")),
        rejected(
            Rejection::member(Code::InvoiceBuyer, bare()),
            r#"{"check":"buyer.claim_key","pointer":"/buyer"}"#,
        ),
        rejected(
            Rejection::rule(Code::RulesViolated, &rule(), finding()),
            &format!(r#"{{{found},"rule":{{"id":"shenzhen","version":3}}}}"#),
        ),
    ]
}

#[test]
fn each_form_has_its_one_text() {
    for (outcome, text) in forms() {
        assert_eq!(outcome_json(&outcome), text);
        assert_eq!(Outcome::parse(&text), Ok(outcome));
    }
}

#[test]
fn every_check_can_be_read_back_and_has_a_name_of_its_own() {
    let mut names = std::collections::BTreeSet::new();
    for check in Check::ALL {
        let finding = Finding::new("", *check);
        for rejection in [
            Rejection::rule(Code::RulesViolated, &rule(), finding.clone().found("a")),
            Rejection::member(Code::RulesViolated, finding.clone().wants("b")),
        ] {
            let outcome = Outcome::Rejected(rejection);
            assert_eq!(Outcome::parse(&outcome_json(&outcome)), Ok(outcome));
        }
        assert_eq!(Check::parse(check.as_str()), Some(*check));
        assert!(names.insert(check.as_str()), "{check} twice");
    }
    assert_eq!(Check::NAMES.len(), names.len());
}

#[test]
fn every_code_can_be_read_back() {
    for code in Code::ALL {
        let outcome = Outcome::Rejected(Rejection::new(*code));
        assert_eq!(Outcome::parse(&outcome_json(&outcome)), Ok(outcome));
    }
}

#[test]
fn other_forms_are_refused() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"code":null,"detail":{}}"#,
        r#"{"code":null,"outcome":"accepted"}"#,
        r#"{"detail":{},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":null,"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{},"outcome":"Accepted"}"#,
        r#"{"code":null,"detail":{},"outcome":"rejected"}"#,
        r#"{"code":"lock.exists","detail":{},"outcome":"accepted"}"#,
        r#"{"code":"lock.exist","detail":{},"outcome":"rejected"}"#,
        r#"{"code":null,"detail":{},"extra":1,"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"extra":1},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"token":1},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"count":1},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"amount":1,"amount":1},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"amount":1,"lease_until":2},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"amount":null},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"amount":1.0},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"state":"granted"},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"amount":1,"state":"pending"},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"amount":1,"count":1,"segment":{"first":2,"last":1,"prefix":"26951"}},"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{"pointer":""},"outcome":"accepted"}"#,
        r#"{"code":"lock.exists","detail":{"pointer":""},"outcome":"rejected"}"#,
        r#"{"code":"lock.exists","detail":{"amount":1},"outcome":"rejected"}"#,
        r#"{"code":"lock.exists","detail":{"check":"lines_max"},"outcome":"rejected"}"#,
        r#"{"code":"lock.exists","detail":{"actual":"","expected":"","pointer":""},"outcome":"rejected"}"#,
        r#"{"code":"lock.exists","detail":{"check":"lines_max","rule":{"id":"a","version":1}},"outcome":"rejected"}"#,
        r#"{"code":"lock.exists","detail":{"actual":null,"check":"lines_max","pointer":""},"outcome":"rejected"}"#,
        r#"{"code":"lock.exists","detail":{"actual":1,"check":"lines_max","pointer":""},"outcome":"rejected"}"#,
        r#"{"code":"lock.exists","detail":{"actual":"","check":"other","expected":"","pointer":""},"outcome":"rejected"}"#,
        r#"{"code":"lock.exists","detail":{"actual":"","check":"other","expected":"","pointer":"","rule":{"id":"a","version":1}},"outcome":"rejected"}"#,
        // Canonical in everything but one space, one order, one escape.
        r#"{"code":null, "detail":{},"outcome":"accepted"}"#,
        r#"{"detail":{},"code":null,"outcome":"accepted"}"#,
        r#"{"code":null,"detail":{},"outcome":"accept\u0065d"}"#,
    ] {
        assert!(Outcome::parse(text).is_err(), "{text}");
    }
}

#[test]
fn only_types_that_make_something_come_to_it() {
    let of = |kind: Kind| forms().iter().filter(|(outcome, _)| outcome.is_of(kind)).count();
    // Each of the five refusals, and so many effects.
    for kind in Kind::ALL {
        let effects = match kind {
            Kind::QuotaApply | Kind::QuotaAdjust => 2,
            _ => 1,
        };
        assert_eq!(of(*kind), 5 + effects, "{}", kind.as_str());
    }
}

fn receipt(outcome: Outcome) -> Receipt {
    let block = BlockHash::new([0x0b; 32]);
    Receipt {
        transition: ID,
        outcome,
        height: 812,
        index: 51_234,
        block,
        time: Time::from_unix(1_790_000_000),
    }
}

#[test]
fn receipts_hold_the_outcome_and_its_place() {
    for (outcome, text) in forms() {
        let receipt = receipt(outcome);
        let inner: Value = serde_json::from_str(&text).expect("JSON");
        let expected = json!({
            "transition": HEX,
            "outcome": inner["outcome"],
            "code": inner["code"],
            "detail": inner["detail"],
            "height": 812,
            "index": 51_234,
            "block": "0b".repeat(32),
            "time": 1_790_000_000,
        });
        let written = receipt.to_json();
        assert_eq!(serde_json::from_str::<Value>(&written).expect("JSON"), expected);
        assert_eq!(written, serde_json_canonicalizer::to_string(&expected).expect("JSON"));
        assert_eq!(Receipt::parse(&written), Ok(receipt));
        for wrong in [written.replace("812", "812.0"), written.replace("812", "-1"), written + " "] {
            assert!(Receipt::parse(&wrong).is_err(), "{wrong}");
        }
    }
}

#[test]
fn the_digest_covers_outcome_height_and_time() {
    let nonce = Nonce::new(&[7; 16]).expect("a nonce");
    for (outcome, text) in forms() {
        let inner: Value = serde_json::from_str(&text).expect("JSON");
        let decided = json!({
            "outcome": inner["outcome"],
            "code": inner["code"],
            "detail": inner["detail"],
            "height": 812,
            "time": 1_790_000_000,
        });
        let time = Time::from_unix(1_790_000_000);
        let canonical = serde_json_canonicalizer::to_string(&decided).expect("JSON");
        assert_eq!(decided_json(&outcome, 812, time), canonical);
        let digest = outcome_digest(&nonce, &outcome, 812, time);
        let hashed = [b"piao/outcome/v1\0", nonce.as_bytes(), canonical.as_bytes()].concat();
        assert_eq!(*digest.as_bytes(), <[u8; 32]>::from(Sha3_256::digest(hashed)));
        assert_eq!(receipt(outcome).outcome_digest(&nonce), digest);
    }
}

proptest! {
    /// Any text: controls, quotes, surrogate pairs, whatever.
    #[test]
    fn texts_are_escaped_as_rfc_8785_demands(
        pointer in any::<String>(),
        expected in "[\\x01-\\x7f\u{80}-\u{9f}\u{2028}\u{10000}]*",
        actual in any::<Option<String>>(),
    ) {
        let finding = Finding { pointer, check: Check::LineTax, expected: Some(expected), actual };
        let outcome = Outcome::Rejected(Rejection::member(Code::InvoiceTotals, finding));
        let written = outcome_json(&outcome);
        let tree: Value = serde_json::from_str(&written).expect("JSON");
        prop_assert_eq!(&written, &serde_json_canonicalizer::to_string(&tree).expect("JSON"));
        if !written.contains("\\u0000") {
            prop_assert_eq!(Outcome::parse(&written), Ok(outcome));
        }
    }

    #[test]
    fn noise_is_refused_without_panic(text in any::<String>(), at in 0_usize..80, byte in any::<u8>()) {
        let _ = Outcome::parse(&text);
        let _ = Receipt::parse(&text);
        for (outcome, written) in forms() {
            let mut bytes = written.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            if let Ok(read) = Outcome::parse(&changed) {
                prop_assert_eq!(outcome_json(&read), changed);
            } else {
                prop_assert_ne!(changed, written, "{:?}", outcome);
            }
        }
    }
}
