//! Whether what a service made of a draft still is the draft.

use piao_protocol::json::{Json, Name};

use super::member;

/// A JSON pointer (RFC 6901) to the first place where a prepared body is not the draft with members added: a member that
/// was given is gone or is another, lines are more, fewer or in another order, or somebody else's claim key is in it.
pub(super) fn first_difference(draft: &Json, prepared: &Json) -> Option<String> {
    // Whose claim key it is decides who holds the invoice, and lines are what it is about: neither follows from the rest.
    let added = |name: &&str| member(draft, name).is_none() && member(prepared, name).is_some();
    match ["claim_key", "lines"].into_iter().find(added) {
        Some(name) => Some(format!("/{name}")),
        None => differs(draft, prepared, ""),
    }
}

fn differs(given: &Json, prepared: &Json, at: &str) -> Option<String> {
    match (given, prepared) {
        (Json::Object(given), Json::Object(members)) => given.iter().find_map(|(name, value)| {
            let here = format!("{at}/{}", escaped(name));
            match members.get(name) {
                // Signing seals anew and puts its own digest here.
                _ if here == "/sealed_digest" => None,
                Some(found) => differs(value, found, &here),
                None if is_line(at) && name.as_str() == "total" && is_sum(value, prepared) => None,
                None => Some(here),
            }
        }),
        (Json::Array(given), Json::Array(items)) if given.len() == items.len() => {
            let mut pairs = given.iter().zip(items).enumerate();
            pairs.find_map(|(place, (value, found))| differs(value, found, &format!("{at}/{place}")))
        }
        (given, prepared) => (given != prepared).then(|| at.to_owned()),
    }
}

fn is_line(at: &str) -> bool {
    at.strip_prefix("/lines/").is_some_and(|place| !place.contains('/'))
}

/// Whether a line's `total`, which a draft alone may carry, is the line's amount and tax.
fn is_sum(total: &Json, line: &Json) -> bool {
    let fen = |json: Option<&Json>| match json {
        Some(Json::Integer(fen)) => Some(fen.get()),
        Some(Json::Null | Json::Bool(_) | Json::Text(_) | Json::Array(_) | Json::Object(_)) | None => None,
    };
    let sum = fen(member(line, "amount")).zip(fen(member(line, "tax")));
    // Both are within ±(2^53−1).
    sum.is_some_and(|(amount, tax)| fen(Some(total)) == Some(amount + tax))
}

fn escaped(name: &Name) -> String {
    name.as_str().replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use piao_protocol::json;

    use super::*;

    #[test]
    fn a_service_adds_and_changes_nothing() {
        let check = |draft: &str, prepared: &str, expect: Option<&str>| {
            let found = first_difference(&json::from_str(draft).unwrap(), &json::from_str(prepared).unwrap());
            assert_eq!(found.as_deref(), expect, "{draft} {prepared}");
        };
        // What a service fills in.
        check(
            r#"{"lines":[{"name":"a"}]}"#,
            r#"{"lines":[{"name":"a","nature":"normal"}],"number":"1"}"#,
            None,
        );
        check(
            r#"{"lines":[{"total":106}],"buyer":{"name":"b"}}"#,
            r#"{"lines":[{"amount":100,"tax":6,"entered":"gross"}],"buyer":{"name":"b"},"total":106}"#,
            None,
        );
        check(r#"{"claim_key":"k"}"#, r#"{"claim_key":"k","kind":"plain"}"#, None);
        check(r#"{"sealed_digest":"a"}"#, r#"{"sealed_digest":"b"}"#, None);
        // What it must not do.
        let lines = r#"{"lines":[{"total":106}]}"#;
        check(lines, r#"{"lines":[{"amount":100,"tax":7}]}"#, Some("/lines/0/total"));
        check(lines, r#"{"lines":[{"tax":6}]}"#, Some("/lines/0/total"));
        check(lines, r#"{"lines":[]}"#, Some("/lines"));
        check(lines, r#"{"lines":[{"total":106},{"total":1}]}"#, Some("/lines"));
        check(lines, "{}", Some("/lines"));
        check("{}", lines, Some("/lines"));
        check(r#"{"lines":[1,2]}"#, r#"{"lines":[2,1]}"#, Some("/lines/0"));
        check(r#"{"total":106}"#, r#"{"amount":100,"tax":6}"#, Some("/total"));
        check(r#"{"buyer":{"id":"a"}}"#, r#"{"buyer":{"id":"b"}}"#, Some("/buyer/id"));
        check(r#"{"buyer":{"a/b~":1}}"#, r#"{"buyer":{}}"#, Some("/buyer/a~1b~0"));
        check(r#"{"claim_key":"k"}"#, r#"{"claim_key":"l"}"#, Some("/claim_key"));
        check("{}", r#"{"claim_key":"l"}"#, Some("/claim_key"));
        check(r#"{"a":null}"#, r#"{"a":1}"#, Some("/a"));
        check(r#"{"a":1}"#, "[]", Some(""));
    }
}
