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
    let steps = document.pointer("/steps").and_then(Value::as_array).cloned().unwrap_or_default();
    for code in ["lock.exists", "quota.exhausted", "invoice.line_tax", "key.revoked"] {
        if !steps.iter().any(|step| step.get("code").and_then(Value::as_str) == Some(code)) {
            wrong.push(format!("no step is refused {code}"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::{CRASH_POINT, check, holds};

    const GOOD: &str = r#"{"steps":[{"code":"lock.exists"},{"code":"quota.exhausted"},
        {"code":"invoice.line_tax"},{"code":"key.revoked"},{"code":null}],
        "chain":{"replay_ok":true},"tampered":{"tried":3,"detected":3},"invariants_ok":true}"#;

    #[test]
    fn a_demo_that_shows_all_it_promises_passes() {
        assert_eq!(check(GOOD), Vec::<String>::new());
    }

    #[test]
    fn each_broken_promise_is_named() {
        let rows = [
            ("\"replay_ok\":true", "\"replay_ok\":false", "/chain/replay_ok"),
            ("\"detected\":3", "\"detected\":2", "/tampered/detected"),
            ("\"invariants_ok\":true", "\"invariants_ok\":false", "/invariants_ok"),
            ("lock.exists", "lock.token", "lock.exists"),
        ];
        for (from, to, named) in rows {
            let wrong = check(&GOOD.replace(from, to));
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert!(wrong[0].contains(named), "{wrong:?}");
        }
        assert_eq!(check("nothing").len(), 1);
        assert!(holds(b"\0PIAO_CRASH_POINT\0", CRASH_POINT));
        assert!(!holds(b"\0PIAO_CRASH\0_POINT", CRASH_POINT));
    }
}
