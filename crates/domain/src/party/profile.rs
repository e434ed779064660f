use std::fmt;

use crate::ids::Malformed;

/// What a party is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A tax bureau of genesis.
    Bureau,
    /// A service instance of genesis.
    Node,
    /// An enterprise that a bureau registered.
    Enterprise {
        /// Its registered name.
        name: String,
        /// Where it is registered.
        region: Region,
        /// What it does.
        industry: Industry,
    },
    /// A natural person who enrolled.
    Person,
}

/// An administrative division, six digits (GB/T 2260), such as 440300 for Shenzhen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region([u8; 6]);

impl Region {
    /// Reads six digits.
    ///
    /// # Errors
    /// [`Malformed`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        match <[u8; 6]>::try_from(text.as_bytes()) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(digits)),
            Ok(_) | Err(_) => Err(Malformed::new("region", "six digits (GB/T 2260)")),
        }
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// An industry, one capital letter and up to four digits (GB/T 4754-2017), such as I65 for software.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Industry(String);

impl Industry {
    /// Reads a section letter A to T and up to four digits.
    ///
    /// # Errors
    /// [`Malformed`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        match text.as_bytes() {
            [b'A'..=b'T', digits @ ..] if digits.len() <= 4 && digits.iter().all(u8::is_ascii_digit) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Malformed::new("industry", "a letter A to T and up to four digits (GB/T 4754)")),
        }
    }

    /// The letter and digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Industry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
