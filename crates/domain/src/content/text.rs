use std::fmt;

use crate::ids::Malformed;

/// Text printed on an invoice: 1 to 100 characters (Unicode scalar values), none a control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(String);

impl Text {
    /// Reads it from text, as it stands.
    ///
    /// # Errors
    /// [`Malformed`] for no text, more than 100 characters, or a control character.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::new("text", "1 to 100 characters, none a control character"))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
