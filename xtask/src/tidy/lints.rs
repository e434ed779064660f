//! The lints of the workspace hold in every crate: cargo applies them only where a manifest says so,
//! and a crate's own `clippy.toml` replaces the workspace's as a whole.

use super::{Finding, SourceFile};

const INHERITED: &str = "[lints]\nworkspace = true";
/// Functions of more lines are refused (`too_many_lines`, a warning, and warnings are denied).
const FUNCTION_LIMIT: &str = "too-many-lines-threshold = 70";
const FUNCTION_LINT: &str = "too_many_lines = \"warn\"";

/// Manifests that do not take the workspace's lints, and clippy settings without the function limit.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let (needed, says) = match file.path.rsplit('/').next() {
            Some("Cargo.toml") if file.path == "Cargo.toml" => (FUNCTION_LINT, "keeps functions short"),
            Some("Cargo.toml") => (INHERITED, "takes the workspace's lints"),
            Some("clippy.toml") => (FUNCTION_LIMIT, "keeps functions short"),
            Some(_) | None => continue,
        };
        if !file.text.contains(needed) {
            findings.push(Finding::new(
                &file.path,
                0,
                format!("must say `{}`: it {says}", needed.replace('\n', " ")),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::source::sample;
    use super::*;

    #[test]
    fn a_crate_without_the_lints_is_found() {
        for (path, text, expect) in [
            ("crates/x/Cargo.toml", "[package]\n\n[lints]\nworkspace = true\n", 0),
            ("crates/x/Cargo.toml", "[package]\n", 1),
            ("Cargo.toml", "[workspace]\n", 1),
            ("Cargo.toml", "[workspace.lints.clippy]\ntoo_many_lines = \"warn\"\n", 0),
            ("clippy.toml", "too-many-lines-threshold = 70\n", 0),
            ("crates/x/clippy.toml", "too-many-lines-threshold = 100\n", 1),
        ] {
            assert_eq!(check(&sample(path, text)).len(), expect, "{path} {text}");
        }
    }
}
