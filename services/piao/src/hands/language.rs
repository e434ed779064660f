//! In which language a person is answered.

use clap::ValueEnum;
use piao_edge::problem;

/// A language of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// 中文
    Zh,
    /// English
    En,
}

/// Variables that say which language a person reads (POSIX.1-2017 §8.2), the first that is set counts.
const LOCALES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

impl Language {
    /// The language asked for, else that of the locale: Chinese where it says so, English where it says anything else or
    /// nothing.
    pub(crate) fn chosen(asked: Option<Self>) -> Self {
        let locale = LOCALES.iter().find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()));
        asked.unwrap_or_else(|| Self::of_locale(locale.as_deref().unwrap_or_default()))
    }

    fn of_locale(locale: &str) -> Self {
        if locale.starts_with("zh") { Self::Zh } else { Self::En }
    }

    /// As the services write it.
    pub(crate) const fn of_services(self) -> problem::Language {
        match self {
            Self::Zh => problem::Language::Chinese,
            Self::En => problem::Language::English,
        }
    }

    /// One of two texts.
    pub(crate) const fn pick<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Zh => chinese,
            Self::En => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_chinese_where_it_says_so() {
        let check = |locale: &str, expect| assert_eq!(Language::of_locale(locale), expect, "{locale}");
        check("zh_CN.UTF-8", Language::Zh);
        check("zh", Language::Zh);
        for other in ["", "C", "C.UTF-8", "POSIX", "en_GB.UTF-8", "de_DE"] {
            check(other, Language::En);
        }
    }
}
