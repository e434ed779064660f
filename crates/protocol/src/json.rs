//! JSON read strictly and written canonically.
//!
//! [`from_str`] is the only door through which JSON enters: at every level it refuses repeated members, numbers
//! that are no integers within ±(2^53−1), arrays in place of objects, U+0000, and nesting beyond [`DEPTH_MAX`];
//! types that derive `deny_unknown_fields` refuse unknown members too. [`canonical`] writes RFC 8785 (JCS).

mod canonical;
mod flaw;
mod strict;
mod tree;

pub use canonical::canonical;
pub use flaw::Flaw;
pub(crate) use flaw::custom;
pub use tree::{Integer, Json, Name};

use std::fmt;

use serde::Deserialize;
use thiserror::Error;

/// How deep objects and arrays may nest.
pub const DEPTH_MAX: usize = 32;

/// The largest integer that JSON carries unharmed between implementations: 2^53 − 1 (RFC 7493 §2.2).
pub const INTEGER_MAX: i64 = (1 << 53) - 1;

/// Why a text is not the JSON that was expected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{pointer:?}: {reason}{}", at(*place))]
pub struct JsonError {
    /// JSON pointer (RFC 6901) to what is wrong; empty for the whole text.
    pub pointer: String,
    /// What is wrong, as a name of a closed list.
    pub flaw: Flaw,
    /// What would pass, where that is a value; the flaw says how it is meant.
    pub expected: Option<Box<str>>,
    /// What was there, where that is a value and may be repeated to whoever sent it.
    pub actual: Option<Box<str>>,
    /// Line and column in the text, from 1, where it was read.
    pub place: Option<(u32, u32)>,
    /// The rule it breaks, in words for logs.
    pub reason: String,
}

impl JsonError {
    /// An error that is not of reading: its place is its pointer.
    #[must_use]
    pub fn new(pointer: impl Into<String>, flaw: Flaw, reason: impl fmt::Display) -> Self {
        let (pointer, reason) = (pointer.into(), reason.to_string());
        Self { pointer, flaw, expected: None, actual: None, place: None, reason }
    }

    /// Adds what would pass.
    #[must_use]
    pub fn wants(mut self, expected: impl fmt::Display) -> Self {
        self.expected = Some(expected.to_string().into());
        self
    }

    /// Adds what was there.
    #[must_use]
    pub fn found(mut self, actual: impl fmt::Display) -> Self {
        self.actual = Some(actual.to_string().into());
        self
    }

    /// The same, told of what the text is a part of: a place in what travels inside something else tells nobody
    /// anything.
    #[must_use]
    pub fn inside(self, pointer: &str) -> Self {
        Self { pointer: format!("{pointer}{}", self.pointer), place: None, ..self }
    }
}

/// Reads a whole text as one value. `T` derives `Deserialize`, without `flatten`, `untagged` or a tagged enum:
/// those buffer what they read, and a buffered object may again be given as an array.
///
/// # Errors
/// [`JsonError`] for what is not JSON, breaks a rule of this module, or does not fit `T`.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, JsonError> {
    strict::read(text)
}

/// Reads a text that must be the canonical form of what it says.
///
/// # Errors
/// As [`from_str`], and for a text that is not canonical.
pub fn from_canonical_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, JsonError> {
    let tree: Json = from_str(text)?;
    if tree.canonical() != text {
        return Err(JsonError::new("", Flaw::Canonical, "the bytes are not canonical (RFC 8785)"));
    }
    from_str(text)
}

/// Checks a text against the rules of this module, whatever it says.
///
/// # Errors
/// As [`from_str`].
pub fn check(text: &str) -> Result<(), JsonError> {
    from_str::<serde::de::IgnoredAny>(text).map(|_| ())
}

fn at(place: Option<(u32, u32)>) -> String {
    place.map_or_else(String::new, |(line, column)| format!(" at line {line} column {column}"))
}
