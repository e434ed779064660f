//! What belongs to one machine or one network stays out of the repository.

use super::{Finding, SourceFile};

/// In pieces, so that this file does not find itself.
const WORDS: [([&str; 2], &str); 7] = [
    (["/wo", "rk/"], "a path of one machine: name it from the workspace root"),
    (["artif", "actory"], "a registry's host: cargo, pip and apt know theirs"),
    (["index.", "crates.io"], "a registry's host: name the crate"),
    (["static.", "crates.io"], "a registry's host: name the crate"),
    (["files.python", "hosted.org"], "a registry's host: name the package"),
    (["registry.", "npmjs.org"], "a registry's host: name the package"),
    (["deb.", "debian.org"], "a registry's host: name the package"),
];

/// Every line of every text file that holds such a word.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    files.iter().flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Finding> {
    let found = |(number, line): (usize, &str)| {
        WORDS
            .iter()
            .find(|(word, _)| stands_in(line, &word.concat()))
            .map(|(word, says)| Finding::new(&file.path, number, format!("`{}`: {says}", word.concat())))
    };
    (1..).zip(file.text.lines()).filter_map(found).collect()
}

/// A path counts where it is absolute: `a/b` holds no `/b`.
fn stands_in(line: &str, word: &str) -> bool {
    let inside_a_path = |before: char| before.is_alphanumeric() || "._-}*".contains(before);
    line.match_indices(word).any(|(at, _)| !(word.starts_with('/') && line[..at].ends_with(inside_a_path)))
}

#[cfg(test)]
mod tests {
    use super::super::source::sample;
    use super::*;

    #[test]
    fn words_of_one_machine_are_found() {
        for (word, _) in &WORDS {
            let word = word.concat();
            assert_eq!(check(&sample("a.md", &format!("ok\nsee {word}x"))).len(), 1, "{word}");
            assert_eq!(check(&sample("a.rs", &format!("\"{word}x\""))).len(), 1, "{word}");
        }
    }

    #[test]
    fn a_relative_path_with_such_a_folder_is_not_absolute() {
        let path = WORDS[0].0.concat();
        assert_eq!(check(&sample("a.md", &format!("src{path}file.rs"))), []);
    }
}
