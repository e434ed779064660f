//! serde only where things travel, diesel only where rows live; between them people convert by hand.

use super::{Finding, SourceFile};

/// Where serde may be derived: the wire, the HTTP side, programs.
const SERDE_HOMES: [&str; 6] =
    ["crates/protocol/", "crates/edge/", "crates/client/", "services/piao/", "load-tests/", "xtask/"];
/// Where diesel may be used beside `db/` folders.
const DIESEL_HOMES: [&str; 2] = ["crates/store/", "crates/testkit/"];
const SERDE_DERIVES: [&str; 2] = ["Serialize", "Deserialize"];
const DIESEL_CRATES: [&str; 2] = ["diesel", "diesel_async"];

/// serde derives and diesel's names outside their homes, tests excepted.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        if !is_serde_home(&file.path) {
            findings.extend(serde_derives(file).into_iter().map(|line| {
                Finding::new(
                    &file.path,
                    line,
                    "serde is derived only in protocol and `http/`: convert by hand",
                )
            }));
        }
        if !is_diesel_home(&file.path) {
            let lines =
                file.product_lines().filter(|(_, line)| DIESEL_CRATES.iter().any(|name| uses(line, name)));
            findings.extend(lines.map(|(number, _)| {
                Finding::new(&file.path, number, "diesel is used only in `db/`: call a query function")
            }));
        }
    }
    findings
}

fn is_serde_home(path: &str) -> bool {
    let in_http = path.starts_with("services/") && (path.contains("/http/") || path.ends_with("/http.rs"));
    in_http || SERDE_HOMES.iter().any(|home| path.starts_with(home))
}

fn is_diesel_home(path: &str) -> bool {
    let in_db = path.contains("/db/") || path.ends_with("/db.rs");
    in_db || DIESEL_HOMES.iter().any(|home| path.starts_with(home))
}

/// Lines inside `derive(…)`, over as many lines as rustfmt gives it, that name serde's.
fn serde_derives(file: &SourceFile) -> Vec<usize> {
    let mut open = false;
    let mut found = Vec::new();
    for (number, line) in file.product_lines() {
        let inside = match line.split_once("derive(") {
            Some((_, inside)) => {
                open = true;
                inside
            }
            None => line,
        };
        if !open {
            continue;
        }
        let (inside, ended) = inside.split_once(')').map_or((inside, false), |(inside, _)| (inside, true));
        let mut derived = inside.split(',').map(|path| path.trim().rsplit("::").next().unwrap_or_default());
        if derived.any(|name| SERDE_DERIVES.contains(&name)) {
            found.push(number);
        }
        open = !ended;
    }
    found
}

/// Finds a path that begins with the crate: after `use`, in a derive, anywhere; not one that only ends so.
fn uses(line: &str, name: &str) -> bool {
    line.match_indices(&format!("{name}::"))
        .any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
}

#[cfg(test)]
mod tests {
    use super::super::source::sample;
    use super::*;

    fn check_lines(path: &str, text: &str, expect: &[usize]) {
        let lines: Vec<usize> = check(&sample(path, text)).into_iter().map(|finding| finding.line).collect();
        assert_eq!(lines, expect, "{path} {text}");
    }

    #[test]
    fn serde_derives_are_found_outside_their_homes() {
        let plain = "#[derive(Debug, Serialize)]\nstruct A;";
        let long = "#[derive(\n    Clone,\n    serde::Deserialize,\n)]\nstruct A;";
        check_lines("crates/domain/src/money.rs", plain, &[1]);
        check_lines("services/ledger/src/commit.rs", plain, &[1]);
        check_lines("services/ledger/src/commit.rs", long, &[3]);
        check_lines("services/ledger/src/commit.rs", "#[derive(Debug)]\nstruct Serialize;", &[]);
        for home in [
            "crates/protocol/src/a.rs",
            "services/claims/src/http/take_claim.rs",
            "services/piao/src/a.rs",
            "xtask/a.rs",
        ] {
            check_lines(home, plain, &[]);
        }
    }

    #[test]
    fn diesel_is_found_outside_its_homes() {
        check_lines("services/claims/src/follow.rs", "use diesel::prelude::*;", &[1]);
        check_lines("services/claims/src/follow.rs", "a\n    diesel_async::x()", &[2]);
        check_lines("crates/edge/src/submit.rs", "#[derive(diesel::Queryable)]", &[1]);
        check_lines("services/claims/src/follow.rs", "my_diesel::x(); diesel_migrations::y()", &[]);
        check_lines("services/claims/src/follow.rs", "#[cfg(test)]\nmod tests {\n    use diesel::a;\n}", &[]);
        for home in ["crates/store/src/a.rs", "crates/testkit/src/a.rs", "services/claims/src/db/claims.rs"] {
            check_lines(home, "use diesel::prelude::*;", &[]);
        }
    }
}
