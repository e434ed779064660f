//! One word for one thing in Chinese, too: the words are those of ARCHITECTURE.md §1, and what was once used beside them
//! does not come back.

use super::{Finding, SourceFile};

/// A word that is not ours, in pieces so that this file does not find itself, and ours.
const REFUSED: [([&str; 2], &str); 10] = [
    (["归", "集"], "认领"),
    (["领", "取"], "认领"),
    (["转", "换"], "交易"),
    (["当事", "方"], "主体"),
    (["防护", "令牌"], "锁定令牌"),
    (["记录在", "案"], "上链"),
    (["记录在", "链"], "上链"),
    (["税务", "机关"], "税务局"),
    (["开票", "方"], "开票企业"),
    (["提交", "给"], "出示给"),
];

/// Names of goods and companies, which are as they are.
const FACTS: &str = "examples/";

/// Every line that holds such a word.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    files.iter().filter(|file| !file.path.starts_with(FACTS)).flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Finding> {
    let found = |(number, line): (usize, &str)| {
        let (word, ours) =
            REFUSED.iter().map(|(word, ours)| (word.concat(), ours)).find(|(word, _)| line.contains(word))?;
        Some(Finding::new(&file.path, number, format!("`{word}`: our word is {ours} (ARCHITECTURE.md §1)")))
    };
    (1..).zip(file.text.lines()).filter_map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::super::source::sample;
    use super::*;

    #[test]
    fn a_second_word_for_one_thing_is_found() {
        for (word, ours) in &REFUSED {
            let word = word.concat();
            assert_eq!(check(&sample("README.zh.md", &format!("好\n{word}了"))).len(), 1, "{word}");
            assert_eq!(check(&sample("README.zh.md", ours)), [], "{ours}");
            assert_eq!(check(&sample("examples/goods.json", &word)), [], "{word}");
        }
    }
}
