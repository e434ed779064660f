//! Texts for bytes, each with exactly one spelling (protocol, "Encodings, everywhere").

use thiserror::Error;

/// A text that is not the one spelling of any bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be {expected}")]
pub struct EncodingError {
    /// What would have been read.
    pub expected: &'static str,
}

/// Base64url without padding, trailing bits zero (RFC 4648 §5).
pub mod base64url {
    use ::base64::DecodeSliceError;
    use ::base64::prelude::{BASE64_URL_SAFE_NO_PAD as ENGINE, Engine as _};

    use super::EncodingError;

    const SHAPE: EncodingError = EncodingError { expected: "base64url without padding, trailing bits zero" };
    const LENGTH: EncodingError = EncodingError { expected: "base64url of another number of bytes" };

    /// Writes bytes as base64url.
    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        ENGINE.encode(bytes)
    }

    /// Reads base64url.
    ///
    /// # Errors
    /// [`EncodingError`] for padding, another alphabet, an impossible length or trailing bits that are not zero.
    pub fn decode(text: &str) -> Result<Vec<u8>, EncodingError> {
        ENGINE.decode(text).map_err(|_| SHAPE)
    }

    /// Reads base64url of exactly `N` bytes.
    ///
    /// # Errors
    /// [`EncodingError`] as for [`decode`], and for another number of bytes.
    pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], EncodingError> {
        let mut out = [0_u8; N];
        match ENGINE.decode_slice(text, &mut out) {
            Ok(read) if read == N => Ok(out),
            Ok(_) | Err(DecodeSliceError::OutputSliceTooSmall) => Err(LENGTH),
            Err(DecodeSliceError::DecodeError(_)) => Err(SHAPE),
        }
    }
}

/// Base64 with padding (RFC 4648 §4), as signed notes write it.
pub mod base64 {
    use ::base64::prelude::{BASE64_STANDARD as ENGINE, Engine as _};

    use super::EncodingError;

    const SHAPE: EncodingError = EncodingError { expected: "base64 with padding, trailing bits zero" };

    /// Writes bytes as base64 with padding.
    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        ENGINE.encode(bytes)
    }

    /// Reads base64 with padding.
    ///
    /// # Errors
    /// [`EncodingError`] for missing padding, another alphabet or trailing bits that are not zero.
    pub fn decode(text: &str) -> Result<Vec<u8>, EncodingError> {
        ENGINE.decode(text).map_err(|_| SHAPE)
    }
}

/// Lower-case hexadecimal digits.
pub mod hex {
    use super::EncodingError;

    const SHAPE: EncodingError = EncodingError { expected: "lower-case hexadecimal digits, two a byte" };
    const DIGITS: &[u8; 16] = b"0123456789abcdef";

    /// Writes bytes as hexadecimal digits.
    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        text
    }

    /// Reads exactly `N` bytes.
    ///
    /// # Errors
    /// [`EncodingError`] for another length, an upper-case letter or any other character.
    pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], EncodingError> {
        let bytes = text.as_bytes();
        if bytes.len() != N * 2 {
            return Err(SHAPE);
        }
        let mut out = [0_u8; N];
        for (slot, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
            *slot = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(out)
    }

    fn nibble(digit: u8) -> Result<u8, EncodingError> {
        match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(SHAPE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_has_one_spelling() {
        let check = |text: &str, expect: Option<&[u8]>| {
            assert_eq!(base64url::decode(text).ok().as_deref(), expect, "{text:?}");
            if let Some(bytes) = expect {
                assert_eq!(base64url::encode(bytes), text);
            }
        };
        check("", Some(b""));
        check("Zg", Some(b"f"));
        check("Zm8", Some(b"fo"));
        check("Zm9v", Some(b"foo"));
        check("-_-_", Some(&[0xfb, 0xff, 0xbf]));
        for wrong in
            ["Zg==", "Zh", "Zm9", "Zm9=", "Z", "Zm9v\n", " Zm9v", "Zm9v ", "+/+/", "Zm9vZ", "Zé", "Zm\09"]
        {
            check(wrong, None);
        }
    }

    #[test]
    fn base64_needs_its_padding() {
        let check = |text: &str, expect: Option<&[u8]>| {
            assert_eq!(base64::decode(text).ok().as_deref(), expect, "{text:?}");
        };
        check("Zg==", Some(b"f"));
        check("+/+/", Some(&[0xfb, 0xff, 0xbf]));
        for wrong in ["Zg", "Zg=", "Zh==", "Zg==\n", "-_-_", "Zg===", "Z==="] {
            check(wrong, None);
        }
    }

    #[test]
    fn arrays_have_their_length() {
        assert_eq!(base64url::decode_array::<3>("Zm9v"), Ok(*b"foo"));
        for wrong in ["Zm8", "Zm9vZg", "", "Zm9=", "!!!!"] {
            assert!(base64url::decode_array::<3>(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(hex::decode_array::<2>("0aff"), Ok([0x0a, 0xff]));
        for wrong in ["0aFF", "0af", "0aff0", "0aff00", "", "0a f", "gg00"] {
            assert!(hex::decode_array::<2>(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(hex::encode(&[0x0a, 0xff]), "0aff");
    }
}
