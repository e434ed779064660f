use std::fmt;

use super::Check;

/// Where a body is wrong: a place, the check that failed there, and values. It holds no sentence: it is hashed, and
/// a sentence must be free to be mended and translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// JSON pointer (RFC 6901) into the body.
    pub pointer: String,
    /// Which check failed.
    pub check: Check,
    /// What would pass, where that is a value, in the body's own notation: `106`; `1..` from, `..9` up to, `1..9`
    /// from and to, all included; `a|b` one of these.
    pub expected: Option<String>,
    /// The value that was there, in the body's own notation.
    pub actual: Option<String>,
}

impl Finding {
    /// Names a place and the check that failed there.
    #[must_use]
    pub fn new(pointer: impl Into<String>, check: Check) -> Self {
        Self { pointer: pointer.into(), check, expected: None, actual: None }
    }

    /// This value would pass.
    #[must_use]
    pub fn wants(self, value: impl fmt::Display) -> Self {
        Self { expected: Some(value.to_string()), ..self }
    }

    /// This or more would pass.
    #[must_use]
    pub fn wants_from(self, least: impl fmt::Display) -> Self {
        self.wants(format_args!("{least}.."))
    }

    /// This or less would pass.
    #[must_use]
    pub fn wants_up_to(self, most: impl fmt::Display) -> Self {
        self.wants(format_args!("..{most}"))
    }

    /// These and what lies between would pass.
    #[must_use]
    pub fn wants_within(self, least: impl fmt::Display, most: impl fmt::Display) -> Self {
        self.wants(format_args!("{least}..{most}"))
    }

    /// One of these would pass.
    #[must_use]
    pub fn wants_one_of<T: fmt::Display>(self, values: &[T]) -> Self {
        let values = values.iter().map(ToString::to_string).collect::<Vec<_>>();
        self.wants(values.join("|"))
    }

    /// This was there.
    #[must_use]
    pub fn found(self, value: impl fmt::Display) -> Self {
        Self { actual: Some(value.to_string()), ..self }
    }
}
