//! Folders and modules are named after what they are for, never after what they are made of.

use super::{Finding, SourceFile};

const FORBIDDEN: [&str; 7] = ["utils", "util", "helpers", "helper", "common", "types", "models"];

/// Rust files, folders that hold them, and modules inside files, with a name that says nothing.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    files.iter().filter(|file| file.is_rust()).flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Finding> {
    let finding = |line, name: &str| {
        Finding::new(&file.path, line, format!("`{name}` says nothing; name it after what it is for"))
    };
    let parts = file.path.split('/').map(|part| part.trim_end_matches(".rs"));
    let in_path = parts.filter(|part| FORBIDDEN.contains(part)).map(|part| finding(0, part));
    let in_text = file.code_lines().filter_map(|(number, line)| {
        let inline = line.trim_end().strip_suffix(" {")?;
        let name = inline.split_whitespace().skip_while(|word| *word != "mod").nth(1)?;
        FORBIDDEN.contains(&name).then(|| finding(number, name))
    });
    in_path.chain(in_text).collect()
}

#[cfg(test)]
mod tests {
    use super::super::source::sample;
    use super::*;

    #[test]
    fn empty_names_are_found_in_paths_and_inline_modules() {
        for (path, text, expect) in [
            ("crates/x/src/utils.rs", "", 1),
            ("crates/x/src/common/mod.rs", "", 1),
            ("crates/x/src/a.rs", "pub(crate) mod helpers {\n}", 1),
            ("crates/x/src/a.rs", "mod types {\n}\nmod models {\n}", 2),
            ("crates/x/src/a.rs", "mod money {\n}\nlet types = models;", 0),
            ("crates/x/src/commonly.rs", "", 0),
            ("docs/types.md", "", 0),
        ] {
            assert_eq!(check(&sample(path, text)).len(), expect, "{path} {text}");
        }
    }
}
