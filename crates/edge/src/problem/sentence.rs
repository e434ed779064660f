use piao_domain::money::Fen;

use super::Language;

/// A sentence in both languages, with places for values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    pub(super) chinese: &'static str,
    pub(super) english: &'static str,
}

/// A table of sentences: a name, then Chinese, then English.
macro_rules! sentences {
    (
        $vis:vis fn $name:ident($reason:ident: $type:ident);
        $($variant:ident: $chinese:literal $english:literal;)*
    ) => {
        $vis const fn $name($reason: $type) -> Sentence {
            match $reason {
                $($type::$variant => Sentence { chinese: $chinese, english: $english },)*
            }
        }
    };
}

pub(super) use sentences;

/// The values that go into a sentence.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Values<'a> {
    pub(super) expected: Option<&'a str>,
    pub(super) actual: Option<&'a str>,
}

impl Sentence {
    pub(super) const fn of(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.chinese,
            Language::English => self.english,
        }
    }

    /// The sentence in a language, with its values; `None` where one that it needs is not there.
    pub(super) fn fill(self, language: Language, values: Values<'_>) -> Option<String> {
        each_place(self.of(language), |place| values.at(place, language))
    }

    /// The sentence in a language as documentation shows it, its places in italics.
    pub(super) fn show(self, language: Language) -> String {
        let shown = each_place(self.of(language), |place| {
            let name = match place.trim_end_matches('¥') {
                "want" | "any" => "expected",
                "was" => "actual",
                least_or_most => least_or_most,
            };
            Some(format!("*{name}*"))
        });
        shown.unwrap_or_default()
    }
}

/// A template with each `{place}` replaced; `None` where a place has no value.
fn each_place(template: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, behind) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(&value(place)?);
        rest = behind;
    }
    text.push_str(rest);
    Some(text)
}

impl Values<'_> {
    fn at(&self, place: &str, language: Language) -> Option<String> {
        let (name, money) = match place.strip_suffix('¥') {
            Some(name) => (name, true),
            None => (place, false),
        };
        let bounds = || self.expected?.split_once("..");
        let value = match name {
            "want" => self.expected?.to_owned(),
            "any" => any(self.expected?, language),
            "was" => self.actual?.to_owned(),
            "least" => bounds()?.0.to_owned(),
            "most" => bounds()?.1.to_owned(),
            _ => return None,
        };
        let fen = value.parse().ok().filter(|_| money).and_then(|fen| Fen::new(fen).ok());
        Some(fen.map_or(value, |fen| fen.to_string()))
    }
}

/// One value, some of which one would pass, or bounds, in words. A regular expression is shown as it is.
fn any(expected: &str, language: Language) -> String {
    if expected.starts_with('^') {
        return expected.to_owned();
    }
    match (expected.split_once(".."), language) {
        (Some(("", most)), Language::Chinese) => format!("不超过 {most}"),
        (Some(("", most)), Language::English) => format!("{most} at most"),
        (Some((least, "")), Language::Chinese) => format!("{least} 及以上"),
        (Some((least, "")), Language::English) => format!("{least} or above"),
        (Some((least, most)), Language::Chinese) => format!("{least} 至 {most}"),
        (Some((least, most)), Language::English) => format!("{least} to {most}"),
        (None, Language::Chinese) => expected.replace('|', " 或 "),
        (None, Language::English) => expected.replace('|', " or "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &'static str, expected: Option<&str>, actual: Option<&str>, text: Option<&str>) {
        let sentence = Sentence { chinese: "", english: template };
        let filled = sentence.fill(Language::English, Values { expected, actual });
        assert_eq!(filled.as_deref(), text, "{template}");
    }

    #[test]
    fn values_stand_in_their_places() {
        check("{want}, not {was}.", Some("1"), Some("2"), Some("1, not 2."));
        check("{want¥}, not {was¥}.", Some("10600"), Some("-5"), Some("106.00, not -0.05."));
        check("{least} to {most}", Some("1..9"), None, Some("1 to 9"));
        check("{least¥} to {most¥}", Some("1..10600"), None, Some("0.01 to 106.00"));
        check("from {least}", Some("-3.."), None, Some("from -3"));
        check("up to {most}", Some("..3"), None, Some("up to 3"));
        check("{any}", Some("a|b"), None, Some("a or b"));
        check("{any}", Some("1..9"), None, Some("1 to 9"));
        check("{any}", Some("1.."), None, Some("1 or above"));
        check("{any}", Some("..9"), None, Some("9 at most"));
        check("{any}", Some("^(a|b)$"), None, Some("^(a|b)$"));
        check("{want¥}", Some("text"), None, Some("text"));
        check("{was}", None, Some("{want}"), Some("{want}"));
        check("nothing", Some("a"), Some("b"), Some("nothing"));
    }

    #[test]
    fn without_a_value_that_it_needs_there_is_no_sentence() {
        check("{want}", None, Some("1"), None);
        check("{was}", Some("1"), None, None);
        check("{most}", Some("1"), None, None);
        check("nothing", None, None, Some("nothing"));
    }
}
