//! What is wrong with a text has a name, and says what would pass.

use std::collections::BTreeSet;

use piao_protocol::body::{self, BodyError};
use piao_protocol::json::{Flaw, Json, JsonError, check, from_canonical_str, from_str};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    #[expect(dead_code, reason = "read for its errors only")]
    count: u8,
    #[expect(dead_code, reason = "read for its errors only")]
    #[serde(default)]
    word: Word,
    #[expect(dead_code, reason = "read for its errors only")]
    #[serde(default)]
    list: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    #[default]
    Plain,
    Special,
}

/// A flaw, what would pass, what was there, line and column.
type Told<'a> = (Flaw, Option<&'a str>, Option<&'a str>, Option<(u32, u32)>);

fn told(error: &JsonError) -> Told<'_> {
    (error.flaw, error.expected.as_deref(), error.actual.as_deref(), error.place)
}

#[test]
fn what_is_no_json_is_told_by_line_and_column() {
    for (text, expect) in [
        ("{\"a\":\n1,}", (Flaw::Syntax, None, None, Some((2, 3)))),
        ("{\"a\":1", (Flaw::End, None, None, Some((1, 6)))),
        ("", (Flaw::End, None, None, Some((1, 0)))),
        ("[1] 2", (Flaw::Syntax, None, None, Some((1, 5)))),
    ] {
        assert_eq!(told(&check(text).expect_err(text)), expect, "{text}");
    }
}

#[test]
fn what_fits_no_type_is_told_by_its_name_and_values() {
    let integers = "-9007199254740991..9007199254740991";
    for (text, flaw, expected, actual) in [
        (r#"{"count":1,"count":1}"#, Flaw::Repeated, None, None),
        ("{}", Flaw::Missing, Some("count"), None),
        (r#"{"count":1,"more":1}"#, Flaw::Unknown, None, None),
        (r#"{"count":"secret"}"#, Flaw::Type, Some("integer"), Some("string")),
        (r#"{"count":null}"#, Flaw::Type, Some("integer"), Some("null")),
        (r#"{"count":{}}"#, Flaw::Type, Some("integer"), Some("object")),
        (r#"{"count":1,"list":{}}"#, Flaw::Type, Some("array"), Some("object")),
        (r#"{"count":1,"list":[true]}"#, Flaw::Type, Some("string"), Some("boolean")),
        ("[1]", Flaw::Type, Some("object"), Some("array")),
        ("7", Flaw::Type, Some("object"), Some("integer")),
        (r#"{"count":256}"#, Flaw::Range, None, None),
        (r#"{"count":1.5}"#, Flaw::Number, Some(integers), None),
        (r#"{"count":9007199254740992}"#, Flaw::Number, Some(integers), None),
        (r#"{"count":1,"list":["\u0000"]}"#, Flaw::Nul, None, None),
        (r#"{"count":1,"word":"other"}"#, Flaw::Form, Some("plain|special"), None),
    ] {
        let error = from_str::<Members>(text).expect_err(text);
        let (found, wanted, was, place) = told(&error);
        assert_eq!((found, wanted, was), (flaw, expected, actual), "{text}: {error}");
        assert!(place.is_none_or(|(line, _)| line == 1), "{text}");
        assert!(!error.reason.contains('\u{1f}'), "{text}: {error}");
    }
    let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    let error = check(&deep).expect_err("too deep");
    assert_eq!((error.flaw, error.expected.as_deref()), (Flaw::Depth, Some("..32")));
    let error = from_canonical_str::<Json>("[1, 2]").expect_err("a space too many");
    assert_eq!(told(&error), (Flaw::Canonical, None, None, None));
}

#[test]
fn a_body_s_flaws_have_no_line() {
    let lock = |change: (&str, &str)| {
        let body =
            r#"{"invoice":"26951000000000000001","claim_ref":"EXP-7","amount":100,"lease_seconds":60}"#;
        body.replace(change.0, change.1)
    };
    for (raw, flaw, expected) in [
        (lock((r#""amount":100,"#, "")), Flaw::Missing, Some("amount")),
        (lock(("60", "-1")), Flaw::Range, Some("0..4294967295")),
        (lock(("26951000000000000001", "1")), Flaw::Form, Some("^[0-9]{20}$")),
        (lock(("}", "")), Flaw::End, None),
    ] {
        let Err(BodyError::Member(error)) = body::parse("reimbursement.lock", &raw) else {
            panic!("{raw} is taken");
        };
        assert_eq!(told(&error), (flaw, expected, None, None), "{raw}: {error}");
    }
}

#[test]
fn no_two_flaws_have_one_name() {
    let names = Flaw::ALL.iter().map(|flaw| flaw.as_str()).collect::<BTreeSet<_>>();
    assert_eq!(names.len(), Flaw::ALL.len());
}
