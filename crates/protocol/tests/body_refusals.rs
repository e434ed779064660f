//! Bodies that differ from an accepted one in one thing are refused, and the refusal names the place.

mod body_examples;

use body_examples::{EXAMPLES, edits};
use piao_protocol::body::{self, BodyError};
use serde_json::Value;

/// Members that may be absent.
const OPTIONAL: [&str; 14] = [
    "allowance",
    "buyer_required_above",
    "claim_key",
    "invoice_amount_max",
    "lease_seconds_max",
    "lines_max",
    "numbering",
    "order",
    "proof",
    "sealed_digest",
    "segment",
    "specification",
    "to",
    "unit",
];

fn examples() -> impl Iterator<Item = (&'static str, Value)> {
    EXAMPLES.iter().map(|(kind, raw)| (*kind, serde_json::from_str(raw).expect(raw)))
}

/// The body is refused, and the refusal points at `pointer`.
fn check(kind: &str, raw: &str, pointer: &str) {
    match body::parse(kind, raw) {
        Err(BodyError::Member(error)) => assert_eq!(error.pointer, pointer, "{kind} {raw}"),
        Err(error) => panic!("{kind} {raw}: {error}"),
        Ok(body) => panic!("{kind} {raw} was taken as {body:?}"),
    }
}

#[test]
fn an_unknown_member_is_refused_in_every_object() {
    for (kind, tree) in examples() {
        for (path, _) in edits::places(&tree).filter(|(_, value)| value.is_object()) {
            let wider = edits::changed(&tree, &path, |value| {
                value.as_object_mut().expect("an object").insert("zz".to_owned(), Value::from(1));
            });
            check(kind, &wider.to_string(), &format!("{path}/zz"));
        }
    }
}

#[test]
fn a_repeated_member_is_refused_in_every_object() {
    for (kind, tree) in examples() {
        for (path, value) in edits::places(&tree).filter(|(_, value)| value.is_object()) {
            for member in value.as_object().expect("an object").keys() {
                check(kind, &edits::with_member_twice(&tree, &path, member), &format!("{path}/{member}"));
            }
        }
    }
}

#[test]
fn a_missing_member_is_refused_unless_it_is_optional() {
    for (kind, tree) in examples() {
        for (path, value) in edits::places(&tree).filter(|(_, value)| value.is_object()) {
            for member in value.as_object().expect("an object").keys() {
                let narrower = edits::changed(&tree, &path, |value| {
                    value.as_object_mut().expect("an object").remove(member);
                });
                let taken = body::parse(kind, &narrower.to_string()).is_ok();
                assert_eq!(taken, OPTIONAL.contains(&member.as_str()), "{kind} {path}/{member} {narrower}");
            }
        }
    }
}

#[test]
fn null_is_refused_everywhere() {
    for (kind, tree) in examples() {
        for (path, _) in edits::places(&tree) {
            let empty = edits::changed(&tree, &path, |value| *value = Value::Null);
            check(kind, &empty.to_string(), &path);
        }
    }
}

#[test]
fn a_value_of_another_type_is_refused_everywhere() {
    let others = ["5", "\"5\"", "true", "[]", "{}", "[[]]", "\"\""];
    for (kind, tree) in examples() {
        for (path, value) in edits::places(&tree) {
            for other in others {
                let other: Value = serde_json::from_str(other).expect(other);
                let same_type = std::mem::discriminant(&other) == std::mem::discriminant(value);
                // An empty text is of the right type, and no member takes one.
                if same_type && other != "" {
                    continue;
                }
                let wrong = edits::changed(&tree, &path, |value| *value = other);
                let refused = body::parse(kind, &wrong.to_string());
                assert!(matches!(refused, Err(BodyError::Member(_))), "{kind} {path} {wrong} {refused:?}");
            }
        }
    }
}

#[test]
fn numbers_that_are_no_integers_within_bounds_are_refused_everywhere() {
    let numbers =
        ["1.0", "1.5", "1e2", "1E2", "-0", "-0.0", "9007199254740992", "-9007199254740992", "1e400"];
    for (kind, tree) in examples() {
        for (path, _) in edits::places(&tree).filter(|(_, value)| value.is_number()) {
            for number in numbers {
                let wrong = edits::with_text_at(&tree, &path, number);
                let refused = body::parse(kind, &wrong);
                assert!(matches!(refused, Err(BodyError::Member(_))), "{kind} {wrong} {refused:?}");
            }
        }
    }
}

#[test]
fn an_unknown_type_is_refused() {
    for kind in ["", "invoice", "invoice.Issue", "invoice.issue ", "batch", "red.request"] {
        let refused = body::parse(kind, "{}");
        assert_eq!(refused, Err(BodyError::UnknownType { kind: kind.to_owned() }));
    }
}

#[test]
fn what_is_not_one_object_is_refused() {
    for (kind, raw) in EXAMPLES {
        for wrong in ["", " ", "null", "[]", "{", "\"\"", &format!("[{raw}]"), &format!("{raw}{raw}")] {
            check(kind, wrong, "");
        }
    }
}
