use std::fmt;

use super::Malformed;

macro_rules! digest_name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes the 32 bytes of the digest.
            #[must_use]
            pub const fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Reads 64 lower-case hexadecimal digits.
            ///
            /// # Errors
            /// [`Malformed`] for any other text.
            pub fn parse_hex(text: &str) -> Result<Self, Malformed> {
                let bytes = text.as_bytes();
                if bytes.len() != 64 {
                    return Err(Malformed::new($what, "64 lower-case hexadecimal digits"));
                }
                let mut out = [0_u8; 32];
                for (slot, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
                    match (nibble(pair[0]), nibble(pair[1])) {
                        (Some(high), Some(low)) => *slot = high << 4 | low,
                        (None, _) | (_, None) => {
                            return Err(Malformed::new($what, "64 lower-case hexadecimal digits"));
                        }
                    }
                }
                Ok(Self(out))
            }

            /// The 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }
    };
}

digest_name!(
    /// Names a transition for ever: SHA3-256 over `"piao/transition/v1\0"` and its signing input
    /// (protocol §1). Shown as 64 lower-case hexadecimal digits.
    TransitionId,
    "transition id"
);
digest_name!(
    /// Names a public key: the SHA-256 thumbprint of its JWK (RFC 7638). JSON carries it as base64url,
    /// logs and errors as hexadecimal digits.
    KeyId,
    "key id"
);

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for byte in bytes {
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}
