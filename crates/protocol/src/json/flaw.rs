//! Why a text is not the JSON that was expected, as a closed list of names, so that whoever shows it can say it in any
//! language.

use std::fmt;

use serde::de;
use serde_json::error::Category;

use super::JsonError;

macro_rules! flaws {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What is wrong with a text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Flaw { $($(#[$doc])* $name,)* }

        impl Flaw {
            /// Every flaw of the closed list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name as problem documents write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

flaws! {
    /// Not JSON.
    Syntax = "json.syntax";
    /// The text ends before the JSON does.
    End = "json.end";
    /// Nested too deeply. Expected: up to.
    Depth = "json.depth";
    /// A number that is no integer within ±(2^53−1). Expected: from and to.
    Number = "json.number";
    /// U+0000 in a text or a name.
    Nul = "json.nul";
    /// Not the canonical form (RFC 8785).
    Canonical = "json.canonical";
    /// A member is there twice.
    Repeated = "member.repeated";
    /// A member is missing. Expected: its name.
    Missing = "member.missing";
    /// A member that this object does not have.
    Unknown = "member.unknown";
    /// A member that does not go with the others.
    Unwanted = "member.unwanted";
    /// Another type of JSON. Expected and actual: the type's name.
    Type = "member.type";
    /// A text without the form that it must have, or whose check digits or date are none. Expected: the form as a
    /// regular expression (ECMA 262), or `a|b` one of these words.
    Form = "member.form";
    /// An integer beyond its bounds. Expected: from and to.
    Range = "member.range";
    /// The end of a range lies before its beginning. Expected: from; actual: the end.
    Order = "member.order";
    /// An entry of a list is there twice.
    Twice = "item.twice";
    /// A list with too few or too many entries. Expected: from and to; actual: how many.
    Count = "item.count";
    /// A value that does not fit otherwise.
    Value = "member.value";
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Parts the flaw and its value from the words, in an error of serde's: that carries one text and nothing else.
const PART: char = '\u{1f}';

/// An error of a deserializer that keeps what is wrong and what would pass.
pub(crate) fn custom<E: de::Error>(flaw: Flaw, expected: &str, words: impl fmt::Display) -> E {
    E::custom(format_args!("{flaw}{PART}{expected}{PART}{words}"))
}

/// Takes an error of serde's apart.
pub(super) fn read(pointer: String, error: &serde_json::Error) -> JsonError {
    let text = error.to_string();
    let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let place = (error.line() > 0).then(|| (narrow(error.line()), narrow(error.column())));
    let plain = text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words);
    let bare = |flaw, words: &str| JsonError {
        pointer: pointer.clone(),
        flaw,
        expected: None,
        actual: None,
        place,
        reason: words.to_owned(),
    };
    match error.classify() {
        Category::Syntax | Category::Io => return bare(Flaw::Syntax, plain),
        Category::Eof => return bare(Flaw::End, plain),
        Category::Data => {}
    }
    let mut parts = plain.splitn(3, PART);
    if let (Some(name), Some(expected), Some(words)) = (parts.next(), parts.next(), parts.next())
        && let Some(flaw) = Flaw::ALL.iter().find(|flaw| flaw.as_str() == name)
    {
        let expected = (!expected.is_empty()).then(|| expected.into());
        return JsonError { expected, ..bare(*flaw, words) };
    }
    of_serde(plain, &bare)
}

/// What serde itself says, by how it begins. Its words have stood since its first version; others come out as
/// [`Flaw::Value`].
fn of_serde(words: &str, bare: &dyn Fn(Flaw, &str) -> JsonError) -> JsonError {
    let quoted = || words.split('`').skip(1).step_by(2);
    let wanted = || words.split_once(", expected ").map_or("", |(_, wanted)| wanted);
    if words.starts_with("missing field ") {
        return JsonError { expected: quoted().next().map(Into::into), ..bare(Flaw::Missing, words) };
    }
    if words.starts_with("unknown field ") {
        return bare(Flaw::Unknown, words);
    }
    if words.starts_with("duplicate field ") {
        return bare(Flaw::Repeated, words);
    }
    if words.starts_with("unknown variant ") {
        let known = quoted().skip(1).collect::<Vec<_>>().join("|");
        return JsonError { expected: Some(known.into()), ..bare(Flaw::Form, words) };
    }
    if let Some(found) = words.strip_prefix("invalid type: ") {
        let (expected, actual) = (type_wanted(wanted()), type_found(found));
        return JsonError {
            expected: expected.map(Into::into),
            actual: actual.map(Into::into),
            ..bare(Flaw::Type, words)
        };
    }
    let flaw = if words.starts_with("invalid value: integer") { Flaw::Range } else { Flaw::Value };
    bare(flaw, words)
}

/// The JSON type that a visitor's words ask for.
fn type_wanted(words: &str) -> Option<&'static str> {
    let begins = |with: &[&str]| with.iter().any(|with| words.starts_with(with));
    if begins(&["a string", "string", "a borrowed string", "a character"]) {
        Some("string")
    } else if begins(&["struct", "a map", "map", "an object", "any valid JSON object"]) {
        Some("object")
    } else if begins(&["a sequence", "an array", "a tuple", "tuple", "a list"]) {
        Some("array")
    } else if begins(&["a boolean"]) {
        Some("boolean")
    } else if begins(&["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize", "an integer"]) {
        Some("integer")
    } else {
        None
    }
}

/// The JSON type that serde says it found. What was in it is not repeated: it may have been meant for nobody.
fn type_found(words: &str) -> Option<&'static str> {
    [
        ("string", "string"),
        ("character", "string"),
        ("map", "object"),
        ("sequence", "array"),
        ("boolean", "boolean"),
        ("integer", "integer"),
        ("floating point", "number"),
        ("null", "null"),
        ("unit value", "null"),
        ("Option value", "null"),
    ]
    .into_iter()
    .find(|(begin, _)| words.starts_with(begin))
    .map(|(_, name)| name)
}
