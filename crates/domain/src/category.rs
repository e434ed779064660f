//! The tax classification of goods and services: codes, and item names that begin with a code's short name.

use std::fmt;

use crate::ids::Malformed;

/// A 19-digit code of the classification. That it is a leaf, and of which version, is rule data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategoryCode([u8; 19]);

/// The first 1 to 19 digits of category codes: a branch of the classification, as rules name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategoryPrefix(String);

/// The item on a line, `*short name*name`: the category's short name and the seller's own name for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemName {
    short: String,
    name: String,
}

impl CategoryCode {
    /// Reads 19 digits.
    ///
    /// # Errors
    /// [`Malformed`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const SHAPE: Malformed = Malformed::new("category", "19 digits");
        let digits: [u8; 19] = text.as_bytes().try_into().map_err(|_| SHAPE)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(SHAPE) }
    }

    /// Whether the code lies in this branch.
    #[must_use]
    pub fn has_prefix(&self, prefix: &CategoryPrefix) -> bool {
        self.0.starts_with(prefix.0.as_bytes())
    }

    /// The 19 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The door lets nothing but digits pass.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl CategoryPrefix {
    /// Reads 1 to 19 digits.
    ///
    /// # Errors
    /// [`Malformed`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::new("category prefix", "1 to 19 digits"))
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ItemName {
    /// Reads `*short name*name`.
    ///
    /// # Errors
    /// [`Malformed`] unless the short name has 1 to 40 characters, the name 1 to 92, and neither a control
    /// character.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const SHAPE: Malformed = Malformed::new(
            "item",
            "*short name*name, of 1 to 40 and 1 to 92 characters, none a control character",
        );
        let (short, name) = text.strip_prefix('*').and_then(|rest| rest.split_once('*')).ok_or(SHAPE)?;
        let fits = (1..=40).contains(&short.chars().count()) && (1..=92).contains(&name.chars().count());
        if !fits || text.chars().any(char::is_control) {
            return Err(SHAPE);
        }
        Ok(Self { short: short.to_owned(), name: name.to_owned() })
    }

    /// The category's short name.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.short
    }

    /// The seller's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for CategoryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CategoryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for CategoryPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "*{}*{}", self.short, self.name)
    }
}
