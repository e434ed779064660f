//! Words of Rust that must not be written, each with its reason.

use super::{Finding, SourceFile};

/// One forbidden piece of text.
struct Ban {
    /// In pieces, so that this file does not find itself.
    needle: [&'static str; 2],
    /// Only in paths that begin so; empty for everywhere.
    under: &'static str,
    /// Product code only, or tests as well.
    in_tests_too: bool,
    says: &'static str,
}

const BANS: [Ban; 6] = [
    Ban {
        needle: ["to", "do!("],
        under: "",
        in_tests_too: true,
        says: "no stubs: leave it out until it works",
    },
    Ban {
        needle: ["unimple", "mented!("],
        under: "",
        in_tests_too: true,
        says: "no stubs: leave it out until it works",
    },
    Ban {
        needle: ["#[ig", "nore"],
        under: "",
        in_tests_too: true,
        says: "a test that does not run proves nothing: mend it or remove it",
    },
    Ban {
        needle: ["should", "_panic"],
        under: "",
        in_tests_too: true,
        says: "return a Result, or catch the panic and look at what it says",
    },
    Ban {
        needle: ["any", "how"],
        under: "crates/",
        in_tests_too: false,
        says: "a library says which errors it has: an enum with thiserror",
    },
    Ban {
        needle: ["piao_", "testkit"],
        under: "services/",
        in_tests_too: false,
        says: "the testkit is for files under tests/ only",
    },
];

/// Every line with a forbidden piece of text, comments excepted.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let rust = files.iter().filter(|file| file.is_rust());
    rust.flat_map(|file| BANS.iter().flat_map(move |ban| check_one(file, ban))).collect()
}

fn check_one(file: &SourceFile, ban: &Ban) -> Vec<Finding> {
    let needle = ban.needle.concat();
    let found = |(number, line): (usize, &str)| {
        line.contains(&needle).then(|| Finding::new(&file.path, number, format!("`{needle}`: {}", ban.says)))
    };
    match (file.path.starts_with(ban.under), ban.in_tests_too) {
        (false, _) => Vec::new(),
        (true, true) => file.code_lines().filter_map(found).collect(),
        (true, false) => file.product_lines().filter_map(found).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::sample;
    use super::*;

    #[test]
    fn every_ban_finds_its_word_where_it_holds_and_nowhere_else() {
        for ban in &BANS {
            let line = format!("    {}", ban.needle.concat());
            let in_tests = format!("#[cfg(test)]\nmod tests {{\n{line}\n}}\n");
            let path = format!("{}x/src/a.rs", ban.under);
            assert_eq!(check(&sample(&path, &line)).len(), 1, "{line}");
            assert_eq!(check(&sample(&path, &in_tests)).len(), usize::from(ban.in_tests_too), "{line}");
            assert_eq!(check(&sample(&path, &format!("// {line}"))).len(), 0, "{line}");
            assert_eq!(check(&sample(&format!("{}x/a.md", ban.under), &line)).len(), 0, "{line}");
            if !ban.under.is_empty() {
                assert_eq!(check(&sample("elsewhere/src/a.rs", &line)).len(), 0, "{line}");
            }
        }
    }
}
