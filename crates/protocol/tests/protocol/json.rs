//! Strict reading and canonical writing.

use piao_protocol::json::{Json, canonical, check, from_canonical_str, from_str};
use serde::{Deserialize, Serialize};

#[test]
fn canonical_text_is_rfc_8785() {
    let row = |text: &str, expect: &str| {
        let tree: Json = from_str(text).unwrap();
        assert_eq!(tree.canonical(), expect);
        assert_eq!(canonical(&tree).unwrap(), expect);
        assert_eq!(from_canonical_str::<Json>(expect).unwrap(), tree);
    };
    row(r#" { "b" : [ ] , "a" : { } } "#, r#"{"a":{},"b":[]}"#);
    row(r#"[true,false,null,-1,0,9007199254740991]"#, "[true,false,null,-1,0,9007199254740991]");
    // RFC 8785 §3.2.3: sorted by UTF-16 code units, so U+1F600 (D83D DE00) stands before U+FB33.
    row(
        r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#,
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}",
    );
    // RFC 8785 §3.2.2.2.
    row(
        r#""\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/\b\f\t\u007f\u2028""#,
        "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\f\\t\u{7f}\u{2028}\"",
    );
}

#[test]
fn what_two_readers_could_see_differently_is_refused() {
    for (text, pointer) in [
        (r#"{"a":1,"a":1}"#, "/a"),
        (r#"{"a":{"b":[0,{"c":1,"c":2}]}}"#, "/a/b/1/c"),
        (r#"[1,2.0]"#, "/1"),
        ("1e2", ""),
        ("-0", ""),
        ("-0.0", ""),
        ("9007199254740992", ""),
        ("-9007199254740992", ""),
        ("123456789012345678901234567890", ""),
        (r#"["\u0000"]"#, "/0"),
        (r#"{"\u0000":1}"#, "/\0"),
        (r#""\ud800""#, ""),
        ("\"\n\"", ""),
        ("{\"a\":1,}", ""),
        ("[1] 2", ""),
        ("", ""),
        ("nul", ""),
        ("NaN", ""),
        ("'a'", ""),
        ("{a:1}", ""),
        ("// x\n1", ""),
        ("01", ""),
        ("+1", ""),
    ] {
        let error = check(text).expect_err(text);
        assert_eq!(error.pointer, pointer, "{text}: {error}");
        assert!(from_str::<Json>(text).is_err(), "{text}");
    }
    assert!(check(&format!("{}{}", "[".repeat(32), "]".repeat(32))).is_ok());
    assert!(check(&format!("{}{}", "[".repeat(33), "]".repeat(33))).is_err());
    assert!(check(&"[".repeat(100_000)).is_err());
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    inner: Inner,
    #[serde(default)]
    kind: Option<Kind>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    a: u8,
    b: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Kind {
    Plain,
    Rich(Inner),
    Wide { a: u8, b: String },
}

#[test]
fn derived_types_take_objects_only() {
    let inner = || Inner { a: 1, b: "x".to_owned() };
    let good = |text: &str, kind: Option<Kind>| {
        assert_eq!(from_str::<Outer>(text).unwrap(), Outer { inner: inner(), kind }, "{text}");
    };
    good(r#"{"inner":{"a":1,"b":"x"}}"#, None);
    good(r#"{"inner":{"b":"x","a":1},"kind":"plain"}"#, Some(Kind::Plain));
    good(r#"{"inner":{"a":1,"b":"x"},"kind":{"rich":{"a":1,"b":"x"}}}"#, Some(Kind::Rich(inner())));
    good(
        r#"{"inner":{"a":1,"b":"x"},"kind":{"wide":{"a":1,"b":"x"}}}"#,
        Some(Kind::Wide { a: 1, b: "x".to_owned() }),
    );
    for (text, pointer) in [
        (r#"[{"a":1,"b":"x"},null]"#, ""),
        (r#"{"inner":[1,"x"]}"#, "/inner"),
        (r#"{"inner":{"a":1,"b":"x"},"kind":{"rich":[1,"x"]}}"#, "/kind/rich"),
        (r#"{"inner":{"a":1,"b":"x"},"kind":{"wide":[1,"x"]}}"#, "/kind/wide"),
        (r#"{"inner":{"a":1,"b":"x"},"kind":{"wide":{"a":1,"b":"x","c":1}}}"#, "/kind/wide/c"),
        (r#"{"inner":{"a":1,"b":"x"},"kind":{"plain":null}}"#, "/kind/plain"),
        (r#"{"inner":{"a":1,"b":"x"},"kind":{}}"#, "/kind"),
        (r#"{"inner":{"a":1,"b":"x"},"kind":"rich"}"#, "/kind"),
        (r#"{"inner":{"a":1,"b":"x"},"kind":7}"#, "/kind"),
        (r#"{"inner":{"a":1,"b":"x"},"kind":{"rich":{"a":1,"b":"x"},"plain":null}}"#, "/kind"),
        (r#"{"inner":{"a":1,"b":"x"},"kind":{"rich":{"a":1,"b":"x"},"rich":null}}"#, "/kind/rich"),
        (r#"{"inner":{"a":1,"b":"x"},"kind":{"plain":null,"rich":1}}"#, "/kind/plain"),
        (r#"{"inner":{"a":1}}"#, "/inner"),
        (r#"{"inner":{"a":256,"b":"x"}}"#, "/inner/a"),
        (r#"{"inner":{"a":1,"b":"x","c":1}}"#, "/inner/c"),
        (r#"{"inner":{"a":1,"b":"x","a":1}}"#, "/inner/a"),
        (r#"{"inner":{"a":1,"b":"x"},"more":1}"#, "/more"),
    ] {
        let error = from_str::<Outer>(text).expect_err(text);
        assert_eq!(error.pointer, pointer, "{text}: {error}");
    }
}

#[test]
fn what_is_not_canonical_is_refused_where_it_must_be() {
    for text in [r#"{"b":1,"a":1}"#, r#"{"a": 1}"#, "{\"a\":1}\n", r#"{"a":"\u0041"}"#, r#"{"a":"\/"}"#] {
        assert!(from_str::<Json>(text).is_ok(), "{text}");
        assert!(from_canonical_str::<Json>(text).is_err(), "{text}");
    }
}

#[test]
fn nothing_is_written_that_could_not_be_read() {
    assert!(canonical(&1.5).is_err());
    assert!(canonical(&u64::MAX).is_err());
    assert!(canonical("a\0").is_err());
    assert_eq!(canonical("a").unwrap(), "\"a\"");
}
