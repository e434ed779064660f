//! Decisions are numbered, so that code and people can point at them.

use super::{Finding, SourceFile};
use std::collections::BTreeMap;

const FOLDER: &str = "docs/adr/";

/// Files of the decisions' folder not named `NNNN-title.md`, numbers given twice, and numbers left out.
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
    findings.extend(gap(&by_number));
    findings
}

/// The first decision whose number does not follow the one before.
fn gap(by_number: &BTreeMap<&str, &str>) -> Option<Finding> {
    let expected = (1..).map(|next: u32| format!("{next:04}"));
    let (expected, (_, path)) =
        expected.zip(by_number).find(|(expected, (number, _))| **number != expected.as_str())?;
    let says = format!("no decision has the number {expected}: numbers follow each other from 0001");
    Some(Finding::new(path, 0, says))
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

    #[test]
    fn a_number_left_out_is_found_once() {
        for (numbers, expect) in [
            (&[1, 2, 3][..], None),
            (&[3, 1, 2], None),
            (&[1, 3, 4], Some("0002")),
            (&[1, 2, 5, 9], Some("0003")),
            (&[2], Some("0001")),
        ] {
            let files: Vec<SourceFile> =
                numbers.iter().flat_map(|number| sample(&format!("docs/adr/{number:04}-x.md"), "")).collect();
            let findings = check(&files);
            assert_eq!(findings.len(), usize::from(expect.is_some()), "{numbers:?}");
            assert!(format!("{findings:?}").contains(expect.unwrap_or_default()), "{numbers:?}");
        }
    }
}
