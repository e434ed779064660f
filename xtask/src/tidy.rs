//! Rules of the house that neither the compiler nor clippy knows. Each check is a function from
//! data to findings, so that its test can show it failing on a bad sample.

mod adrs;
mod arrows;
mod bans;
mod lints;
mod names;
mod serde_diesel;
mod sizes;
mod source;
mod synonyms;
mod words;

use crate::failure::Failure;
use crate::workspace;
use source::SourceFile;
use std::fmt;

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// From the workspace root.
    path: String,
    /// From 1; 0 where the whole file or folder is meant.
    line: usize,
    /// What is wrong and what to do instead.
    says: String,
}

impl Finding {
    fn new(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.into(), line, says: says.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(out, "{}: {}", self.path, self.says),
            line => write!(out, "{}:{line}: {}", self.path, self.says),
        }
    }
}

/// Prints every finding; any finding is a failure.
pub(crate) fn run() -> Result<(), Failure> {
    let packages = workspace::packages()?;
    let files = source::read_all(workspace::root())?;
    let mut findings = check(&packages, &files);
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} packages, {} files, {} findings", packages.len(), files.len(), findings.len());
    match findings.len() {
        0 => Ok(()),
        count => Err(Failure::Check {
            what: format!("{count} places are not tidy"),
            next: "mend the places printed above; the rules are in xtask/src/tidy".into(),
        }),
    }
}

fn check(packages: &[workspace::Package], files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = arrows::check(packages);
    for each in [
        adrs::check,
        bans::check,
        lints::check,
        names::check,
        serde_diesel::check,
        sizes::check,
        synonyms::check,
        words::check,
    ] {
        findings.extend(each(files));
    }
    findings
}
