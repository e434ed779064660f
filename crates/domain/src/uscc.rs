//! Unified social credit code (统一社会信用代码), GB 32100-2015.

use std::fmt;

use crate::ids::Malformed;

/// An 18-character unified social credit code whose two check characters hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc([u8; 18]);

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

impl Uscc {
    /// Reads 18 characters and checks both check characters: the 18th by GB 32100-2015 and the 17th, which
    /// closes the organisation code in 9 to 17, by GB 11714-1997.
    ///
    /// # Errors
    /// [`Malformed`], naming the part that does not hold.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let code: [u8; 18] = text
            .as_bytes()
            .try_into()
            .map_err(|_| Malformed::new("USCC", "18 characters (GB 32100-2015)"))?;
        let mut sum = 0;
        for (byte, weight) in code[..17].iter().zip(WEIGHTS) {
            sum += value(*byte)? * weight;
        }
        if value(code[17])? != (31 - sum % 31) % 31 {
            return Err(Malformed::new("USCC", "a code whose 18th character is its check (GB 32100-2015)"));
        }
        if code[16] != organisation_check(&code)? {
            return Err(Malformed::new("USCC", "a code whose 17th character is its check (GB 11714-1997)"));
        }
        Ok(Self(code))
    }

    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The door lets nothing but ASCII pass.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn value(letter: u8) -> Result<u32, Malformed> {
    ALPHABET
        .iter()
        .zip(0..)
        .find_map(|(known, value)| (*known == letter).then_some(value))
        .ok_or(Malformed::new("USCC", "of the characters 0123456789ABCDEFGHJKLMNPQRTUWXY"))
}

fn organisation_check(code: &[u8; 18]) -> Result<u8, Malformed> {
    let mut sum = 0;
    for (byte, weight) in code[8..16].iter().zip(ORGANISATION_WEIGHTS) {
        // GB 11714 counts A as 10 over the whole alphabet, I O S V Z included.
        let value = match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            b'A'..=b'Z' => u32::from(byte - b'A') + 10,
            _ => return Err(Malformed::new("USCC", "of the characters 0123456789ABCDEFGHJKLMNPQRTUWXY")),
        };
        sum += value * weight;
    }
    Ok(match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + u8::try_from(digit).unwrap_or_default(),
    })
}
