//! Files stay small enough to be read in one go. Functions are clippy's matter (`too_many_lines`).

use super::{Finding, SourceFile};

const LINES_MAX: usize = 500;

/// Rust files of more than [`LINES_MAX`] lines.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let count = |file: &SourceFile| file.text.lines().count();
    let too_long = |file: &&SourceFile| file.is_rust() && count(file) > LINES_MAX;
    let finding = |file: &SourceFile| {
        let says = format!("{} lines; split it, near 150 is usual and {LINES_MAX} the limit", count(file));
        Finding::new(&file.path, 0, says)
    };
    files.iter().filter(too_long).map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::source::sample;
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_found_and_data_is_not() {
        for (path, lines, expect) in [("a.rs", 500, 0), ("a.rs", 501, 1), ("a.json", 9_000, 0)] {
            assert_eq!(check(&sample(path, &"x\n".repeat(lines))).len(), expect, "{path} {lines}");
        }
    }
}
