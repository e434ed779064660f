use std::fmt;

use super::Text;
use crate::ids::Malformed;
use crate::uscc::Uscc;

/// Who an invoice names as buyer. Only an enterprise can be the invoice's *buyer enterprise* (domain §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Buyer {
    /// An enterprise with a unified social credit code.
    Enterprise {
        /// Its code.
        uscc: Uscc,
        /// Its name as printed.
        name: Text,
    },
    /// A taxpayer that still uses a 15-character tax id.
    LegacyTaxpayer {
        /// Its id.
        id: LegacyTaxId,
        /// Its name as printed.
        name: Text,
    },
    /// A natural person, whose name and id are sealed.
    NaturalPerson,
    /// Nobody: a retail sale.
    Unnamed,
}

impl Buyer {
    /// The buyer enterprise, where there is one.
    #[must_use]
    pub const fn enterprise(&self) -> Option<&Uscc> {
        match self {
            Self::Enterprise { uscc, .. } => Some(uscc),
            Self::LegacyTaxpayer { .. } | Self::NaturalPerson | Self::Unnamed => None,
        }
    }
}

/// A tax id from before GB 32100-2015: 15 digits or capital letters, without a check character that could be run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegacyTaxId([u8; 15]);

impl LegacyTaxId {
    /// Reads 15 characters.
    ///
    /// # Errors
    /// [`Malformed`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const SHAPE: Malformed = Malformed::new("tax id", "15 of 0-9 A-Z");
        let id: [u8; 15] = text.as_bytes().try_into().map_err(|_| SHAPE)?;
        if id.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
            Ok(Self(id))
        } else {
            Err(SHAPE)
        }
    }

    /// The 15 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The door lets nothing but ASCII pass.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for LegacyTaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for LegacyTaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
