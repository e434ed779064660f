//! Licences, bans, sources and advisories of the dependency tree, by cargo-deny.

use crate::failure::Failure;
use crate::tool::Tool;
use crate::{process, workspace};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
/// The advisory database is a git repository on a host that not every machine reaches.
const ADVISORIES_LIMIT: Duration = Duration::from_secs(60);

/// The stage: what is in the tree first, then what is known about it where that can be asked.
pub(crate) fn run() -> Result<(), Failure> {
    let program = CARGO_DENY.found_or_built()?;
    let mut check = cargo_deny(&program);
    check.args(["-L", "error", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    process::run(
        check,
        "checking licences, bans and sources of the dependency tree",
        "replace the crate, or argue for it in deny.toml",
    )?;
    println!("deny: licences, bans and sources checked");
    advisories(&program)
}

fn advisories(program: &Path) -> Result<(), Failure> {
    let doing = "checking security advisories";
    let mut check = cargo_deny(program);
    check.args(["check", "--hide-inclusion-graph", "advisories"]);
    // Without these git would ask a person for a password and wait.
    check.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "true");
    let finished = process::run_quietly(check, doing, ADVISORIES_LIMIT)?;
    match judge_advisories(finished.success, &finished.output) {
        Advisories::None => {
            println!("deny: advisories checked against their database, none apply");
            Ok(())
        }
        Advisories::Unreachable => {
            println!("deny: advisories NOT checked, their database is not reachable from here");
            Ok(())
        }
        Advisories::Failed => Err(Failure::Command {
            doing: doing.into(),
            outcome: finished.output,
            next: "update the crate, or argue in deny.toml why its advisory does not touch us; mend what else is named"
                .into(),
        }),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Advisories {
    None,
    /// One applies, or the check could not be made for a reason of ours.
    Failed,
    Unreachable,
}

/// What is said where the database could not be fetched: by cargo-deny, and by us where it took too long.
const UNREACHABLE: [&str; 2] = ["failed to fetch advisory database", "\nnot done after "];

/// cargo-deny ends with the same code for a finding and for a database it could not fetch. What it says of neither,
/// such as of a broken `deny.toml`, is no reason to go on.
fn judge_advisories(success: bool, output: &str) -> Advisories {
    let found = output.contains("error[") || output.contains("advisories FAILED");
    if success {
        Advisories::None
    } else if !found && UNREACHABLE.iter().any(|words| output.contains(words)) {
        Advisories::Unreachable
    } else {
        Advisories::Failed
    }
}

fn cargo_deny(program: &Path) -> Command {
    let mut command = process::cargo(&[]);
    // Keeps the folder and the clean environment of a cargo command.
    let mut own = Command::new(program);
    own.current_dir(workspace::root()).args(["--color", "never"]);
    for (name, value) in command.current_dir(workspace::root()).get_envs() {
        match value {
            Some(value) => own.env(name, value),
            None => own.env_remove(name),
        };
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreachable_database_is_not_a_finding_and_a_finding_is_not_unreachable() {
        let unreachable =
            "[ERROR] failed to fetch advisory database https://example.org/db with cli: failed to clone";
        let found = "error[vulnerability]: a hole\n   ┌─ Cargo.lock:1:1\nadvisories FAILED: 1 errors, 0 warnings, 0 notes";
        for (success, output, expect) in [
            (true, "advisories ok: 0 errors", Advisories::None),
            (false, unreachable, Advisories::Unreachable),
            (false, "\nnot done after 60 s", Advisories::Unreachable),
            (false, found, Advisories::Failed),
            (false, "[ERROR] failed to deserialize config from 'deny.toml'", Advisories::Failed),
            (false, "[ERROR] failed to load advisory database", Advisories::Failed),
            (false, "", Advisories::Failed),
            (false, format!("{unreachable}\n{found}").as_str(), Advisories::Failed),
        ] {
            assert_eq!(judge_advisories(success, output), expect, "{output}");
        }
    }
}
