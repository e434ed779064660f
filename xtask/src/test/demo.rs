//! The README's first command, its answer looked at.

use crate::failure::Failure;
use crate::{process, workspace};
use serde_json::Value;
use std::path::PathBuf;

const NEXT: &str = "see what it says by hand: cargo run --release --bin piao -- demo";

/// Runs the demo and holds its JSON against what the README promises.
pub(super) fn run() -> Result<(), Failure> {
    let demo = process::cargo(&["run", "--release", "--locked", "--bin", "piao", "--", "demo", "--json"]);
    let mut lines = String::new();
    process::run_reading_lines(demo, "running the demo", NEXT, |line| {
        lines.push_str(line);
        lines.push('\n');
    })?;
    let mut wrong = check(&lines);
    if holds(&std::fs::read(program()).map_err(Failure::io("reading the program"))?, CRASH_POINT) {
        wrong.push(format!(
            "the program reads {CRASH_POINT}: it was built with the places where tests kill it"
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::Check { what: format!("the demo: {}", wrong.join("; ")), next: NEXT.to_owned() })
    }
}

/// What only a test may set.
const CRASH_POINT: &str = "PIAO_CRASH_POINT";

/// Where cargo put the program that was run.
fn program() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace::root().join("target"), PathBuf::from);
    target.join("release/piao")
}

fn holds(program: &[u8], word: &str) -> bool {
    program.windows(word.len()).any(|window| window == word.as_bytes())
}

/// What of the document is not as it must be.
fn check(text: &str) -> Vec<String> {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return vec!["it printed no JSON document".to_owned()];
    };
    let mut wrong = Vec::new();
    let mut expect = |pointer: &str, expected: Value| {
        let found = document.pointer(pointer).cloned().unwrap_or(Value::Null);
        if found != expected {
            wrong.push(format!("{pointer} is {found}, not {expected}"));
        }
    };
    expect("/chain/replay_ok", Value::Bool(true));
    expect("/invariants_ok", Value::Bool(true));
    expect("/tampered/tried", 3.into());
    expect("/tampered/detected", 3.into());
    for pointer in ["/chain/height", "/chain/tree_size"] {
        if document.pointer(pointer).and_then(Value::as_u64).is_none_or(|number| number == 0) {
            wrong.push(format!("{pointer} is no number above 0"));
        }
    }
    if document.pointer("/chain/root").and_then(Value::as_str).is_none_or(|root| !is_hash(root)) {
        wrong.push("/chain/root is no hash".to_owned());
    }
    let steps = document.pointer("/steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    wrong.extend((0..).zip(steps).flat_map(|(index, step): (usize, _)| {
        broken_members(step)
            .into_iter()
            .map(move |member| format!("/steps/{index}/{member} is not as it must be"))
    }));
    for code in REFUSALS {
        if !steps.iter().any(|step| step.get("code").and_then(Value::as_str) == Some(code)) {
            wrong.push(format!("no step is refused {code}"));
        }
    }
    wrong
}

/// What the demo shows refused.
const REFUSALS: [&str; 4] = ["lock.exists", "quota.exhausted", "invoice.line_tax", "key.revoked"];

/// Members of a step that are missing or of another kind. A code is null where the step is accepted, and only there.
fn broken_members(step: &Value) -> Vec<&'static str> {
    let text = |member| step.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    let code_fits = match text("outcome") {
        Some("accepted") => step.get("code").is_some_and(Value::is_null),
        Some("rejected") => text("code").is_some(),
        _ => return vec!["outcome"],
    };
    [
        ("actor", text("actor").is_some_and(|actor| actor.contains(':'))),
        ("type", text("type").is_some_and(|kind| kind.contains('.'))),
        ("code", code_fits),
        ("height", step.get("height").and_then(Value::as_u64).is_some_and(|height| height > 0)),
    ]
    .into_iter()
    .filter_map(|(member, fits)| (!fits).then_some(member))
    .collect()
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{CRASH_POINT, check, holds};

    const GOOD: &str = r#"{"steps":[
        {"actor":"bureau:shenzhen","type":"party.register","outcome":"accepted","code":null,"height":1},
        {"actor":"uscc:1","type":"reimbursement.lock","outcome":"rejected","code":"lock.exists","height":2},
        {"actor":"uscc:1","type":"invoice.issue","outcome":"rejected","code":"quota.exhausted","height":3},
        {"actor":"uscc:1","type":"invoice.issue","outcome":"rejected","code":"invoice.line_tax","height":4},
        {"actor":"uscc:1","type":"claim.take","outcome":"rejected","code":"key.revoked","height":5}],
        "chain":{"height":5,"tree_size":11,
        "root":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","replay_ok":true},
        "tampered":{"tried":3,"detected":3},"invariants_ok":true}"#;

    #[test]
    fn a_demo_that_shows_all_it_promises_passes() {
        assert_eq!(check(GOOD), Vec::<String>::new());
    }

    #[test]
    fn each_broken_promise_is_named() {
        let rows = [
            ("\"replay_ok\":true", "\"replay_ok\":false", "/chain/replay_ok"),
            ("\"tried\":3", "\"tried\":2", "/tampered/tried"),
            ("\"detected\":3", "\"detected\":2", "/tampered/detected"),
            ("\"invariants_ok\":true", "\"invariants_ok\":false", "/invariants_ok"),
            ("\"chain\":{\"height\":5", "\"chain\":{\"height\":0", "/chain/height"),
            ("\"tree_size\":11", "\"size\":11", "/chain/tree_size"),
            ("9f86d081", "9F86D081", "/chain/root"),
            ("\"actor\":\"bureau:shenzhen\",", "", "/steps/0/actor"),
            ("party.register", "", "/steps/0/type"),
            ("\"accepted\",\"code\":null", "\"accepted\"", "/steps/0/code"),
            ("\"outcome\":\"accepted\"", "\"outcome\":\"pending\"", "/steps/0/outcome"),
            ("\"code\":null,\"height\":1", "\"code\":null,\"height\":\"1\"", "/steps/0/height"),
            ("lock.exists", "lock.token", "lock.exists"),
            ("quota.exhausted", "lock.token", "quota.exhausted"),
            ("invoice.line_tax", "lock.token", "invoice.line_tax"),
            ("key.revoked", "lock.token", "key.revoked"),
        ];
        for (from, to, named) in rows {
            let broken = GOOD.replace(from, to);
            assert_ne!(broken, GOOD, "{from}");
            let wrong = check(&broken);
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert!(wrong[0].contains(named), "{wrong:?}");
        }
        assert_eq!(check("nothing").len(), 1);
        assert!(holds(b"\0PIAO_CRASH_POINT\0", CRASH_POINT));
        assert!(!holds(b"\0PIAO_CRASH\0_POINT", CRASH_POINT));
    }
}
