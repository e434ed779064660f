//! Decisions are numbered, so that code and people can point at them.

use super::{Finding, SourceFile};
use std::collections::BTreeMap;

const FOLDER: &str = "docs/adr/";

/// Files of the decisions' folder not named `NNNN-title.md`, and numbers given twice.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut by_number: BTreeMap<&str, &str> = BTreeMap::new();
    for file in files {
        let Some(name) = file.path.strip_prefix(FOLDER) else { continue };
        match number_of(name) {
            None => {
                findings.push(Finding::new(&file.path, 0, "a decision is named NNNN-title-in-lower-case.md"))
            }
            Some(number) => {
                if let Some(first) = by_number.insert(number, &file.path) {
                    let says = format!("the number {number} belongs to {first}: take the next free one");
                    findings.push(Finding::new(&file.path, 0, says));
                }
            }
        }
    }
    findings
}

fn number_of(name: &str) -> Option<&str> {
    let (number, title) = name.strip_suffix(".md")?.split_once('-')?;
    let is_number = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_title = !title.is_empty()
        && title.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    (is_number && is_title).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::super::source::sample;
    use super::*;

    #[test]
    fn only_numbered_titles_are_accepted() {
        for (name, expect) in [
            ("0001-one-sql-dialect.md", 0),
            ("1-short.md", 1),
            ("0001.md", 1),
            ("0001-.md", 1),
            ("0001-Title.md", 1),
            ("0001-title.txt", 1),
            ("notes.md", 1),
        ] {
            assert_eq!(check(&sample(&format!("docs/adr/{name}"), "")).len(), expect, "{name}");
        }
        assert_eq!(check(&sample("docs/operations.md", "")), []);
    }

    #[test]
    fn a_number_given_twice_is_found() {
        let mut files = sample("docs/adr/0001-one.md", "");
        files.extend(sample("docs/adr/0001-other.md", ""));
        files.extend(sample("docs/adr/0002-third.md", ""));
        assert_eq!(check(&files).len(), 1);
    }
}
