//! Values of the right type that no door lets pass, each with the place it is named by.

#[expect(dead_code, reason = "each test uses some of the edits")]
mod body_examples;

use body_examples::{EXAMPLES, edits};
use piao_protocol::body::{self, BodyError};
use piao_protocol::json::JsonError;
use serde_json::Value;

/// In the first example of the type that has this place, the value there is refused with these words.
fn check(kind: &str, path: &str, value: &str, pointer: &str, words: &str) {
    let tree = EXAMPLES
        .iter()
        .filter(|(name, _)| *name == kind)
        .map(|(_, raw)| serde_json::from_str::<Value>(raw).expect(raw))
        .find(|tree| tree.pointer(path).is_some())
        .unwrap_or_else(|| panic!("no example of {kind} has {path}"));
    let raw = edits::with_text_at(&tree, path, value);
    match body::parse(kind, &raw) {
        Err(BodyError::Member(JsonError { pointer: found, reason: expected, .. })) => {
            assert_eq!(found, pointer, "{kind} {path} {value}: {expected}");
            assert!(expected.contains(words), "{kind} {path} {value}: {expected}");
            assert!(!expected.contains(" at line "), "{expected}");
        }
        Err(error) => panic!("{kind} {path} {value}: {error}"),
        Ok(body) => panic!("{kind} {path} {value} was taken as {body:?}"),
    }
}

#[test]
fn each_door_refuses_at_its_own_place() {
    for (kind, path, value, words) in [
        ("party.register", "/party", r#""uscc:91110108555165137Q""#, "check"),
        ("party.register", "/party", r#""91440300708461136T""#, "uscc:"),
        ("party.register", "/party", r#""bureau:shenzhen""#, "enterprise"),
        ("party.register", "/name", r#""a\nb""#, "control character"),
        ("party.register", "/region", r#""44030""#, "six digits"),
        ("party.register", "/industry", r#""Z1""#, "letter A to T"),
        (
            "party.register",
            "/key",
            r#"{"crv":"P-256","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            "kty",
        ),
        ("party.suspend", "/party", r#""company:1""#, "bureau:, node:, uscc: or person:"),
        ("party.suspend", "/reason", r#""In words""#, "a-z 0-9 -"),
        ("party.suspend", "/sealed_digest", r#""00""#, "hexadecimal"),
        ("key.revoke", "/kid", r#""NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9X""#, "base64url"),
        ("key.revoke", "/kid", r#""NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xt""#, "base64url"),
        ("rules.deploy", "/id", r#""Shenzhen""#, "rule set id"),
        ("rules.deploy", "/version", "0", "from 1"),
        ("rules.deploy", "/version", "4294967296", "4294967295"),
        ("rules.deploy", "/scope/regions/0", r#""4403""#, "six digits"),
        ("rules.deploy", "/limits/lines_max", "65536", "65535"),
        ("rules.deploy", "/limits/invoice_amount_max", "-1", "from 0"),
        ("rules.deploy", "/limits/numbering", r#""95""#, "2 digits of region"),
        ("rules.deploy", "/limits/quota_return", r#""sometimes""#, "never same_month always"),
        ("rules.deploy", "/limits/rates/0/treatment", r#""0.130""#, "or exempt or not_taxed"),
        ("rules.deploy", "/limits/rates/0/treatment", r#""13%""#, "or exempt or not_taxed"),
        ("rules.deploy", "/limits/rates/2/to", r#""2027-02-29""#, "YYYY-MM-DD"),
        ("rules.deploy", "/limits/forbidden/1", r#""x""#, "1 to 19 digits"),
        ("rules.deploy", "/limits/classification/0/short_name", r#""*""#, "asterisk"),
        ("rules.activate", "/from", r#""2026-13-01""#, "YYYY-MM-DD"),
        ("quota.apply", "/month", r#""2026-1""#, "YYYY-MM"),
        ("quota.apply", "/amount", "-1", "from 0"),
        ("quota.grant", "/application", r#""00""#, "hexadecimal"),
        ("quota.grant", "/segment/first", "0", "from 1"),
        ("quota.grant", "/segment/prefix", r#""269511""#, "5 digits"),
        ("invoice.issue", "/number", r#""2695100000000000000""#, "20 digits"),
        ("invoice.issue", "/kind", r#""Special""#, "special plain"),
        ("invoice.issue", "/buyer/id", r#""uscc:91110108555165137Q""#, "check"),
        ("invoice.issue", "/buyer/type", r#""company""#, "enterprise taxpayer_15 person none"),
        ("invoice.issue", "/lines", "[]", "1 to 2000"),
        ("invoice.issue", "/lines/0/nature", r#""0""#, "normal discount discounted"),
        ("invoice.issue", "/lines/0/category", r#""109""#, "19 digits"),
        ("invoice.issue", "/lines/0/item", r#""显示器""#, "*short name*name"),
        ("invoice.issue", "/lines/0/price", r#""0.00000000000001""#, "decimal"),
        ("invoice.issue", "/lines/0/price", r#""1,000""#, "decimal"),
        ("invoice.issue", "/lines/1/entered", r#""both""#, "net gross"),
        ("invoice.issue", "/order/reference", r#""订单""#, "visible ASCII"),
        ("invoice.issue", "/claim_key", r#""AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA""#, ""),
        ("claim.take", "/proof", r#""AAAA""#, "base64url"),
        ("claim.present", "/party", r#""person:aaaqeayeaudaocajbifqydiob4""#, "enterprise"),
        ("reimbursement.lock", "/claim_ref", r#""a b""#, "visible ASCII"),
        ("reimbursement.lock", "/lease_seconds", "-1", "from 0"),
        ("reimbursement.renew", "/token", "-1", "from 0"),
        ("booking.book", "/state", r#""01""#, "02 03"),
        ("booking.book", "/state", r#""2""#, "02 03"),
    ] {
        check(kind, path, value, path, words);
    }
}

#[test]
fn members_that_contradict_each_other_are_refused() {
    for (kind, path, value, pointer, words) in [
        ("quota.grant", "/segment", r#"{"first":2,"last":1,"prefix":"26951"}"#, "/segment/last", "below"),
        ("rules.deploy", "/limits/forbidden", r#"["6","6"]"#, "/limits/forbidden", "twice"),
        (
            "rules.deploy",
            "/scope/enterprises",
            r#"["uscc:914403001922038216","uscc:914403001922038216"]"#,
            "/scope/enterprises",
            "twice",
        ),
        (
            "rules.deploy",
            "/limits/classification/1/code",
            r#""1010101010000000000""#,
            "/limits/classification/1/code",
            "yet",
        ),
        (
            "rules.deploy",
            "/limits/rates/1",
            r#"{"prefix":"1","treatment":"0.13","from":"2026-01-01"}"#,
            "/limits/rates/1",
            "yet",
        ),
        ("invoice.issue", "/buyer", r#"{"type":"person","name":"购买方"}"#, "/buyer/name", "no name"),
        ("invoice.issue", "/buyer", r#"{"type":"none","id":"1"}"#, "/buyer/id", "no id"),
        (
            "invoice.issue",
            "/buyer",
            r#"{"type":"enterprise","name":"华为技术有限公司"}"#,
            "/buyer/id",
            "an id",
        ),
        (
            "invoice.issue",
            "/buyer",
            r#"{"type":"taxpayer_15","id":"440300708461136"}"#,
            "/buyer/name",
            "a name",
        ),
        (
            "invoice.issue",
            "/buyer",
            r#"{"type":"taxpayer_15","id":"44030070846113","name":"某"}"#,
            "/buyer/id",
            "15 of",
        ),
        (
            "invoice.issue",
            "/lines/0",
            r#"{"nature":"normal","category":"1010101010000000000","item":"*谷物*大米","price":"1","treatment":"exempt","entered":"net","amount":1,"tax":0}"#,
            "/lines/0/quantity",
            "since there is a price",
        ),
        (
            "invoice.issue",
            "/lines/0",
            r#"{"nature":"normal","category":"1010101010000000000","item":"*谷物*大米","quantity":"1","treatment":"exempt","entered":"net","amount":1,"tax":0}"#,
            "/lines/0/price",
            "since there is a quantity",
        ),
    ] {
        check(kind, path, value, pointer, words);
    }
}
