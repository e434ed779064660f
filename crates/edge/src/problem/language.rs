/// In which language a person is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// The default.
    #[default]
    Chinese,
    /// Where `Accept-Language` likes it better.
    English,
}

impl Language {
    /// Reads `Accept-Language` (RFC 9110 §12.5.4). What cannot be read counts for nothing.
    #[must_use]
    pub fn negotiate(accept_language: Option<&str>) -> Self {
        let (mut chinese, mut english) = (None, None);
        for range in accept_language.unwrap_or_default().split(',').take(32) {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts.find_map(weight).unwrap_or(1000);
            let primary = tag.split('-').next().unwrap_or_default();
            let liked = if primary.eq_ignore_ascii_case("zh") {
                &mut chinese
            } else if primary.eq_ignore_ascii_case("en") {
                &mut english
            } else {
                continue;
            };
            *liked = (*liked).max(Some(weight));
        }
        if english > chinese && english > Some(0) { Self::English } else { Self::Chinese }
    }

    /// Its BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// A weight in thousandths.
fn weight(parameter: &str) -> Option<u16> {
    let text = parameter.trim().strip_prefix("q=")?;
    match text.split_once('.') {
        None => text.parse::<u16>().ok().map(|whole| whole.min(1) * 1000),
        Some(("1", _)) => Some(1000),
        Some(("0", digits)) if digits.len() <= 3 => format!("{digits:0<3}").parse().ok(),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, Chinese, English};

    fn check(header: &str, expect: Language) {
        assert_eq!(Language::negotiate(Some(header)), expect, "{header:?}");
    }

    #[test]
    fn the_better_liked_language_is_chosen_and_chinese_wins_a_draw() {
        assert_eq!(Language::negotiate(None), Chinese);
        check("", Chinese);
        check("en", English);
        check("EN-us", English);
        check("fr, en;q=0.1", English);
        check("en;q=0.8, zh;q=0.9", Chinese);
        check("zh-CN,zh;q=0.9,en;q=0.8", Chinese);
        check("en,zh", Chinese);
        check("en-GB,en;q=0.9,zh;q=0.5", English);
        check("en;q=0", Chinese);
        check("en;q=0.000", Chinese);
        check("zh;q=0,en;q=0.001", English);
        check("*", Chinese);
        check(";;;,,q=,en;q=x", English);
        check("fr;q=1.0", Chinese);
    }
}
