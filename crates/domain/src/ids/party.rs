use std::fmt;

use super::{Code, Malformed};
use crate::uscc::Uscc;

/// Who acts (domain §1). What a party may sign is its role, not who it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartyId {
    /// A tax bureau, `bureau:<code>`, named in genesis.
    Bureau(Code),
    /// A service instance, `node:<code>`, named in genesis.
    Node(Code),
    /// An enterprise, `uscc:<18 characters>`, registered by a bureau.
    Enterprise(Uscc),
    /// A natural person, `person:<26 base32 characters>`, derived from their first key.
    Person(PersonId),
}

impl PartyId {
    /// Reads `<kind>:<name>`.
    ///
    /// # Errors
    /// [`Malformed`] for an unknown kind or a name that its kind does not allow.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        match text.split_once(':') {
            Some(("bureau", name)) => Code::parse(name).map(Self::Bureau),
            Some(("node", name)) => Code::parse(name).map(Self::Node),
            Some(("uscc", name)) => Uscc::parse(name).map(Self::Enterprise),
            Some(("person", name)) => PersonId::parse(name).map(Self::Person),
            Some(_) | None => Err(Malformed::new("party", "bureau:, node:, uscc: or person: and a name")),
        }
    }

    /// The enterprise, where it is one.
    #[must_use]
    pub const fn enterprise(&self) -> Option<&Uscc> {
        match self {
            Self::Enterprise(uscc) => Some(uscc),
            Self::Bureau(_) | Self::Node(_) | Self::Person(_) => None,
        }
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bureau(code) => write!(f, "bureau:{code}"),
            Self::Node(code) => write!(f, "node:{code}"),
            Self::Enterprise(uscc) => write!(f, "uscc:{uscc}"),
            Self::Person(person) => write!(f, "person:{person}"),
        }
    }
}

/// The first 128 bits of SHA3-256(`"piao/person/v1\0"` ‖ thumbprint of the person's first key), protocol §2.
/// Shown as 26 base32 characters (RFC 4648 alphabet in lower case, unused bits zero).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId([u8; 16]);

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const PERSON_SHAPE: Malformed = Malformed::new("person", "26 of a-z 2-7 with the unused bits zero");

impl PersonId {
    /// Takes the 128 bits.
    #[must_use]
    pub const fn new(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// Reads 26 base32 characters.
    ///
    /// # Errors
    /// [`Malformed`] for another length or alphabet, or where one of the two unused bits is set.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() != 26 {
            return Err(PERSON_SHAPE);
        }
        let mut bits = [0_u8; 16];
        let mut buffer = 0_u32;
        let mut held = 0_u32;
        let mut filled = 0;
        for letter in text.bytes() {
            let value = match letter {
                b'a'..=b'z' => letter - b'a',
                b'2'..=b'7' => letter - b'2' + 26,
                _ => return Err(PERSON_SHAPE),
            };
            buffer = (buffer << 5 | u32::from(value)) & 0xfff;
            held += 5;
            if held >= 8 {
                held -= 8;
                bits[filled] = (buffer >> held & 0xff) as u8;
                filled += 1;
            }
        }
        // 26 × 5 = 130 bits: the last two are padding.
        if buffer & 0b11 == 0 { Ok(Self(bits)) } else { Err(PERSON_SHAPE) }
    }

    /// The 128 bits.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = 0_u32;
        let mut held = 0_u32;
        let mut text = String::with_capacity(26);
        for byte in self.0 {
            buffer = (buffer << 8 | u32::from(byte)) & 0xfff;
            held += 8;
            while held >= 5 {
                held -= 5;
                text.push(char::from(BASE32[(buffer >> held & 31) as usize]));
            }
        }
        text.push(char::from(BASE32[(buffer << (5 - held) & 31) as usize]));
        f.write_str(&text)
    }
}
