//! In what a transition differs from an earlier one of the same party (protocol §1).

use piao_protocol::json::{self, Json};
use piao_protocol::jws::Unverified;

/// Most members that are told.
const DIFFERENCES_MAX: usize = 32;

/// JSON pointers to the members of the body in which two transitions differ; nothing where one cannot be read.
pub(super) fn differing(body_text: &str, earlier: &str) -> Option<Vec<String>> {
    let earlier = Unverified::parse(earlier).ok()?;
    let new: Json = json::from_str(body_text).ok()?;
    let old: Json = json::from_str(earlier.body_text()).ok()?;
    let mut found = Vec::new();
    compare(&new, &old, "/body", &mut found);
    Some(found)
}

fn compare(new: &Json, old: &Json, pointer: &str, found: &mut Vec<String>) {
    if new == old || found.len() >= DIFFERENCES_MAX {
        return;
    }
    match (new, old) {
        (Json::Object(new), Json::Object(old)) => {
            let names = new.keys().chain(old.keys().filter(|name| !new.contains_key(name)));
            for name in names {
                // RFC 6901 §3: "~" and "/" are written "~0" and "~1".
                let step = name.as_str().replace('~', "~0").replace('/', "~1");
                let pointer = format!("{pointer}/{step}");
                compare(
                    new.get(name).unwrap_or(&Json::Null),
                    old.get(name).unwrap_or(&Json::Null),
                    &pointer,
                    found,
                );
            }
        }
        (Json::Array(new), Json::Array(old)) if new.len() == old.len() => {
            for (place, (new, old)) in new.iter().zip(old).enumerate() {
                compare(new, old, &format!("{pointer}/{place}"), found);
            }
        }
        (
            Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Text(_) | Json::Array(_) | Json::Object(_),
            _,
        ) => found.push(pointer.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(new: &str, old: &str, expect: &[&str]) {
        let mut found = Vec::new();
        compare(&json::from_str(new).unwrap(), &json::from_str(old).unwrap(), "", &mut found);
        assert_eq!(found, expect, "{new} {old}");
    }

    #[test]
    fn only_what_differs_is_named() {
        check(r#"{"a":1}"#, r#"{"a":1}"#, &[]);
        check(r#"{"a":1,"b":2}"#, r#"{"a":1,"b":3}"#, &["/b"]);
        check(r#"{"a":1}"#, r#"{"b":1}"#, &["/a", "/b"]);
        check(r#"{"a":{"b":[1,2]}}"#, r#"{"a":{"b":[1,3]}}"#, &["/a/b/1"]);
        check(r#"{"a":[1]}"#, r#"{"a":[1,2]}"#, &["/a"]);
        check(r#"{"a/b":1}"#, r#"{"a/b":"1"}"#, &["/a~1b"]);
        check("1", "{}", &[""]);
    }
}
