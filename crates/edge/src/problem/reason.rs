use piao_domain::rejection::Check;
use piao_protocol::json::Flaw;

use super::checks::of_check;
use super::sentence::{Sentence, Values, sentences};
use super::wrong::{Wrong, of_wrong};
use super::{FieldError, Language, RuleName};

/// Why a place of a request is wrong, as a name of a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A check that the ledger makes, or would make.
    Check(Check),
    /// It is not the JSON that was expected.
    Flaw(Flaw),
    /// What an edge finds by itself.
    Wrong(Wrong),
}

/// A place of a request that is wrong, told to nobody yet.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) pointer: String,
    pub(crate) reason: Reason,
    pub(crate) rule: Option<RuleName>,
    pub(crate) expected: Option<String>,
    pub(crate) actual: Option<String>,
    /// Line and column, where the text is what was sent.
    pub(crate) place: Option<(u32, u32)>,
}

impl Reason {
    /// Every name that a problem document may give.
    pub fn all() -> impl Iterator<Item = Self> {
        let checks = Check::ALL.iter().map(|check| Self::Check(*check));
        let flaws = Flaw::ALL.iter().map(|flaw| Self::Flaw(*flaw));
        checks.chain(flaws).chain(Wrong::ALL.iter().map(|wrong| Self::Wrong(*wrong)))
    }

    /// The name as problem documents write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check(check) => check.as_str(),
            Self::Flaw(flaw) => flaw.as_str(),
            Self::Wrong(wrong) => wrong.as_str(),
        }
    }

    /// What it says in a language, as documentation shows it: the places for values by their names.
    #[must_use]
    pub fn show(self, language: Language) -> String {
        self.sentence().show(language)
    }

    const fn sentence(self) -> Sentence {
        match self {
            Self::Check(check) => of_check(check),
            Self::Flaw(flaw) => of_flaw(flaw),
            Self::Wrong(wrong) => of_wrong(wrong),
        }
    }
}

impl Place {
    pub(crate) fn new(pointer: impl Into<String>, reason: Reason) -> Self {
        Self { pointer: pointer.into(), reason, rule: None, expected: None, actual: None, place: None }
    }

    /// As the document in a language tells it.
    pub(crate) fn tell(&self, language: Language) -> FieldError {
        let values = Values { expected: self.expected.as_deref(), actual: self.actual.as_deref() };
        let says_nothing_of_values = of_flaw(Flaw::Value).of(language);
        let detail = self.reason.sentence().fill(language, values);
        let mut detail = detail.unwrap_or_else(|| says_nothing_of_values.to_owned());
        if let Some((line, column)) = self.place {
            detail.push_str(&match language {
                Language::Chinese => format!("位于第 {line} 行第 {column} 列。"),
                Language::English => format!(" It is at line {line}, column {column}."),
            });
        }
        FieldError {
            pointer: self.pointer.clone(),
            code: self.reason.as_str().to_owned(),
            detail,
            rule: self.rule.clone(),
            expected: self.expected.clone(),
            actual: self.actual.clone(),
        }
    }
}

sentences! {
    fn of_flaw(flaw: Flaw);
    Syntax:
        "这里不是合法的 JSON；请改正后重发。"
        "This is not JSON; correct it and send it again.";
    End:
        "JSON 未写完就结束了；请检查括号和引号，并完整发送。"
        "The JSON ends too soon; check brackets and quotes, and send all of it.";
    Depth:
        "嵌套过深，最多 {most} 层；请减少层数。"
        "This is nested too deeply, {most} levels at most; use fewer.";
    Number:
        "数字必须是 ±(2^53-1) 以内的整数，不带小数和指数；金额以分为单位，数量、单价和税率写成字符串。"
        "A number is an integer within 2^53-1 of 0, without fraction or exponent; write amounts in fen, and quantities, prices and rates as strings.";
    Nul:
        "文字中不能有 U+0000；请去掉。"
        "A text holds no U+0000; take it out.";
    Canonical:
        "此处必须是规范的 JSON（RFC 8785）；请规范化后再发送。"
        "This must be canonical JSON (RFC 8785); write it so and send it again.";
    Repeated:
        "该成员重复出现；请只保留一个。"
        "The member is there twice; keep one.";
    Missing:
        "缺少成员 {want}；请补上。"
        "The member {want} is missing; add it.";
    Unknown:
        "没有这个成员；请去掉，或核对名称。"
        "There is no such member; take it out, or check its name.";
    Unwanted:
        "该成员与其他成员不能同时出现；请去掉。"
        "The member does not go with the others; take it out.";
    Type:
        "此处的 JSON 类型应为 {want}，实为 {was}；请改正。"
        "The JSON type must be {want} here, and it was {was}; correct it.";
    Form:
        "该值的格式不对，或其校验位、日期不成立：格式为 {any}；请改正。"
        "The value does not have its form, or its check digits or date are wrong: the form is {any}; correct it.";
    Range:
        "该数超出范围：{any}；请改正。"
        "The number is beyond its bounds: {any}; correct it.";
    Order:
        "终止不能在起始之前：应为 {any}，实为 {was}；请改正。"
        "The end lies before the beginning: it must be {any}, and it was {was}; correct it.";
    Twice:
        "列表中的该项重复出现；请只保留一个。"
        "The entry of the list is there twice; keep one.";
    Count:
        "列表的项数应为 {any}，实为 {was}；请增减。"
        "The list must have {any} entries, and it had {was}; add some or take some out.";
    Value:
        "该值不合要求；请查阅接口文档后改正。"
        "The value is not one that is taken here; see the interface document and correct it.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_a_name_and_a_sentence_of_its_own_in_both_languages() {
        let mut seen = BTreeSet::new();
        for reason in Reason::all() {
            let Sentence { chinese, english } = reason.sentence();
            assert!(chinese.ends_with('。') && chinese.contains('；') | chinese.contains('，'), "{chinese}");
            let plain = english.replace('¥', "");
            assert!(english.ends_with('.') && plain.is_ascii(), "{english}");
            for text in [reason.as_str(), chinese, english] {
                assert!(seen.insert(text), "{text:?} twice");
            }
        }
    }

    #[test]
    fn both_languages_show_values_that_are_there() {
        for reason in Reason::all() {
            let mut place = Place::new("/a", reason);
            (place.expected, place.actual) = (Some("1..9".to_owned()), Some("10".to_owned()));
            for language in [Language::Chinese, Language::English] {
                let told = place.tell(language);
                assert!(!told.detail.contains(['{', '}', '?']), "{}", told.detail);
                assert!(!reason.show(language).contains(['{', '}']), "{}", reason.show(language));
            }
        }
    }
}
