//! Counting tests from what `cargo test` prints.

use std::fmt;

/// Tests seen so far. Shown as the line that closes every run: `N passed, M failed`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    /// Adds a line such as
    /// `test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s`;
    /// any other line adds nothing.
    pub(crate) fn count_line(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        // The first part begins with the verdict: `ok. 3 passed`.
        let counts = result.split_once(". ").map_or("", |(_, counts)| counts);
        for part in counts.split("; ") {
            match part.split_once(' ').and_then(|(count, word)| Some((count.parse::<u64>().ok()?, word))) {
                Some((count, "passed")) => self.passed += count,
                Some((count, "failed")) => self.failed += count,
                Some(_) | None => {}
            }
        }
    }

    /// A stage can fail without a failed test; the closing line must not say `0 failed` then.
    pub(crate) fn stage_failed(&mut self) {
        self.failed = self.failed.max(1);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], passed: u64, failed: u64) {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.count_line(line));
        assert_eq!(tally, Tally { passed, failed }, "{lines:?}");
    }

    #[test]
    fn result_lines_add_up_and_nothing_else_counts() {
        let ok =
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        let bad = "test result: FAILED. 1 passed; 2 failed; 4 ignored; 0 measured; 5 filtered out; finished in 1.25s";
        check(&[ok, bad, ok], 7, 2);
        check(&["test a::b ... ok", "running 3 tests", "", "3 passed; 1 failed"], 0, 0);
        check(&["test result: ", "test result: ok.", "test result: ok. x passed; -1 failed"], 0, 0);
    }

    #[test]
    fn a_failed_stage_never_closes_with_zero_failed() {
        let mut tally = Tally { passed: 5, failed: 0 };
        tally.stage_failed();
        assert_eq!(tally.to_string(), "5 passed, 1 failed");
        let mut tally = Tally { passed: 5, failed: 3 };
        tally.stage_failed();
        assert_eq!(tally.to_string(), "5 passed, 3 failed");
    }
}
