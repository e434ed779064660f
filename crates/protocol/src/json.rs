//! JSON read strictly and written canonically.
//!
//! [`from_str`] is the only door through which JSON enters: at every level it refuses repeated members, numbers
//! that are no integers within ±(2^53−1), arrays in place of objects, U+0000, and nesting beyond [`DEPTH_MAX`];
//! types that derive `deny_unknown_fields` refuse unknown members too. [`canonical`] writes RFC 8785 (JCS).

mod canonical;
mod strict;
mod tree;

pub use canonical::canonical;
pub use tree::{Integer, Json, Name};

use serde::Deserialize;
use thiserror::Error;

/// How deep objects and arrays may nest.
pub const DEPTH_MAX: usize = 32;

/// The largest integer that JSON carries unharmed between implementations: 2^53 − 1 (RFC 7493 §2.2).
pub const INTEGER_MAX: i64 = (1 << 53) - 1;

/// Why a text is not the JSON that was expected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{pointer:?}: {reason}")]
pub struct JsonError {
    /// JSON pointer (RFC 6901) to what is wrong; empty for the whole text.
    pub pointer: String,
    /// The rule it breaks, and where in the text.
    pub reason: String,
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
        let reason = "the bytes are not canonical (RFC 8785)".to_owned();
        return Err(JsonError { pointer: String::new(), reason });
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
