//! The repository's text files, and which of their lines are code that runs outside tests.

use crate::failure::Failure;
use std::path::Path;

/// What git ignores, and what is not ours.
const SKIPPED_FOLDERS: [&str; 5] = [".git", "target", "piao-data", "node_modules", "dist"];
/// Larger files are data; the rules here are about what people write.
const BYTES_MAX: u64 = 1024 * 1024;

/// A text file of the repository.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// From the workspace root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Lines of Rust with their numbers from 1, without comment lines.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// [`Self::code_lines`] without `#[cfg(test)] mod … { … }`; nothing for a file under `tests/` or `benches/`.
    /// Relies on rustfmt: a module's closing brace stands alone, as deep as its first line.
    pub(crate) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let in_test_folder = self.path.split('/').any(|part| part == "tests" || part == "benches");
        let mut test_module = TestModule::Outside;
        self.code_lines().filter(move |(_, line)| !test_module.holds(line) && !in_test_folder)
    }
}

enum TestModule {
    Outside,
    /// The attribute was seen, the item it belongs to was not.
    Announced,
    /// Until the line that equals this closing brace.
    Inside(String),
}

impl TestModule {
    /// Takes the next line and tells whether it belongs to a test module.
    fn holds(&mut self, line: &str) -> bool {
        match self {
            Self::Outside if line.trim() == "#[cfg(test)]" => *self = Self::Announced,
            Self::Outside => return false,
            Self::Announced if line.trim_start().starts_with("#[") => {}
            Self::Announced if line.ends_with('{') => {
                let depth = line.len() - line.trim_start().len();
                *self = Self::Inside(format!("{}}}", " ".repeat(depth)));
            }
            // An item of one line, such as `mod tests;`.
            Self::Announced => *self = Self::Outside,
            Self::Inside(end) if line == end => *self = Self::Outside,
            Self::Inside(_) => {}
        }
        true
    }
}

/// Every text file under `root`, sorted by path.
pub(crate) fn read_all(root: &Path) -> Result<Vec<SourceFile>, Failure> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let reading = || format!("reading {}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(Failure::io(reading()))? {
            let entry = entry.map_err(Failure::io(reading()))?;
            let kind = entry.file_type().map_err(Failure::io(reading()))?;
            let path = entry.path();
            if kind.is_dir() {
                if !SKIPPED_FOLDERS.iter().any(|skipped| entry.file_name() == *skipped) {
                    folders.push(path);
                }
            } else if kind.is_file() {
                files.extend(read_text(root, &path)?);
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// `None` for what is not text, and for a file that went away since its folder was listed.
fn read_text(root: &Path, path: &Path) -> Result<Option<SourceFile>, Failure> {
    let read = || match std::fs::metadata(path)?.len() {
        0..=BYTES_MAX => std::fs::read(path).map(Some),
        _ => Ok(None),
    };
    let bytes = match read() {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Failure::io(format!("reading {}", path.display()))(error)),
    };
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let shown = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    Ok(text.map(|text| SourceFile { path: shown, text }))
}

/// A file for the tests of the checks.
#[cfg(test)]
pub(crate) fn sample(path: &str, text: &str) -> Vec<SourceFile> {
    vec![SourceFile { path: path.into(), text: text.into() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expect: &[usize]) {
        let files = sample(path, text);
        let numbers: Vec<usize> = files[0].product_lines().map(|(number, _)| number).collect();
        assert_eq!(numbers, expect, "{text}");
    }

    #[test]
    fn test_modules_comments_and_test_folders_are_not_product_code() {
        check("src/a.rs", "a\n// b\n/// c\nd", &[1, 4]);
        check("src/a.rs", "a\n#[cfg(test)]\nmod tests {\n    x {\n    }\n}\nb", &[1, 7]);
        check("src/a.rs", "a\n#[cfg(test)]\n#[path = \"b.rs\"]\nmod tests;\nb", &[1, 5]);
        check(
            "src/a.rs",
            "mod m {\n    #[cfg(test)]\n    fn f() {\n        g {\n        }\n    }\n    h\n}",
            &[1, 7, 8],
        );
        check("tests/a.rs", "a", &[]);
        check("src/contests.rs", "a", &[1]);
    }
}
