//! How domain values look in JSON, for `#[serde(with = "…")]`.
//!
//! Every read goes through the value's own `parse`.

use std::borrow::Cow;
use std::fmt::Display;

use serde::{Deserialize, Deserializer, Serializer};

use crate::json::{Flaw, custom};

/// Reads a text and gives it to the one door of its type.
pub(crate) fn parsed<'de, D, T, E>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: Display,
{
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    parse(&text).map_err(|error| custom(Flaw::Form, "", error))
}

/// Reads an optional member that is never `null` where it is there. With `default`, so that it may be missing.
///
/// # Errors
/// The deserializer's own.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

macro_rules! text {
    ($(#[$doc:meta])* $module:ident, $type:ty, $parse:expr, $show:expr) => {
        $(#[$doc])*
        pub mod $module {
            use super::*;

            /// Writes it.
            ///
            /// # Errors
            /// The serializer's own.
            pub fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                let show: fn(&$type) -> String = $show;
                serializer.serialize_str(&show(value))
            }

            /// Reads it.
            ///
            /// # Errors
            /// The deserializer's own, and for a text that is not well formed.
            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                parsed(deserializer, $parse)
            }
        }
    };
}

text!(
    /// A chain id as its text.
    chain_id, piao_domain::ids::ChainId, piao_domain::ids::ChainId::parse, ToString::to_string
);
text!(
    /// A party as `<kind>:<name>`.
    party, piao_domain::ids::PartyId, piao_domain::ids::PartyId::parse, ToString::to_string
);
text!(
    /// A bureau's or node's short name.
    code, piao_domain::ids::Code, piao_domain::ids::Code::parse, ToString::to_string
);
text!(
    /// A transition id as 64 lower-case hexadecimal digits.
    transition_id, piao_domain::ids::TransitionId, piao_domain::ids::TransitionId::parse_hex, ToString::to_string
);
text!(
    /// A key id as base64url of its 32 bytes, like `kid`.
    key_id, piao_domain::ids::KeyId, crate::jwk::parse_kid, crate::jwk::kid
);

/// A time as UTC seconds.
pub mod time {
    use super::*;
    use piao_domain::time::Time;

    /// Writes it.
    ///
    /// # Errors
    /// The serializer's own.
    pub fn serialize<S: Serializer>(value: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(value.unix())
    }

    /// Reads it.
    ///
    /// # Errors
    /// The deserializer's own.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        i64::deserialize(deserializer).map(Time::from_unix)
    }
}

/// Bytes of a fixed number as base64url.
pub mod bytes {
    use super::*;
    use crate::encoding::base64url;

    /// Writes them.
    ///
    /// # Errors
    /// The serializer's own.
    pub fn serialize<const N: usize, S: Serializer>(
        value: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url::encode(value))
    }

    /// Reads them.
    ///
    /// # Errors
    /// The deserializer's own, and for another number of bytes.
    pub fn deserialize<'de, const N: usize, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        parsed(deserializer, base64url::decode_array)
    }
}
