//! What the demo tells people, in both languages.

use piao_domain::money::Fen;

use crate::hands::language::Language;

/// A text in both languages.
#[derive(Clone, Debug)]
pub(super) struct Say {
    chinese: String,
    english: String,
}

impl Say {
    pub(super) const fn new(chinese: String, english: String) -> Self {
        Self { chinese, english }
    }

    /// A name, which is the same in both.
    pub(super) fn same(name: &str) -> Self {
        Self::new(name.to_owned(), name.to_owned())
    }

    /// The same, changed in each language.
    pub(super) fn map(&self, chinese: impl Fn(&str) -> String, english: impl Fn(&str) -> String) -> Self {
        Self::new(chinese(&self.chinese), english(&self.english))
    }

    /// This, and another one on the next line.
    pub(super) fn and(&self, next: &Self) -> Self {
        Self::new(
            format!("{}\n{}", self.chinese, next.chinese),
            format!("{}\n{}", self.english, next.english),
        )
    }

    pub(super) fn told(&self, language: Language) -> &str {
        language.pick(&self.chinese, &self.english)
    }
}

/// A text in Chinese and in English, each a format string over what is in scope.
macro_rules! say {
    ($chinese:literal, $english:literal $(,)?) => {
        $crate::demo::say::Say::new(format!($chinese), format!($english))
    };
}

pub(super) use say;

/// Yuan with thousands apart: 1,000,000.00.
pub(super) fn yuan(amount: Fen) -> String {
    let text = amount.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, "00"));
    let mut apart = String::with_capacity(text.len() + whole.len() / 3);
    for (place, digit) in whole.chars().enumerate() {
        let left = whole.len() - place;
        if left % 3 == 0 && apart.ends_with(|before: char| before.is_ascii_digit()) {
            apart.push(',');
        }
        apart.push(digit);
    }
    format!("{apart}.{part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let check = |fen: i64, expect: &str| assert_eq!(yuan(Fen::new(fen).unwrap()), expect);
        check(0, "0.00");
        check(594, "5.94");
        check(99_999, "999.99");
        check(100_000, "1,000.00");
        check(100_000_000, "1,000,000.00");
        check(-123_456, "-1,234.56");
        check(-12_345, "-123.45");
    }
}
