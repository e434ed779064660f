use std::fmt;

use super::Malformed;

macro_rules! text_name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads it from text.
            ///
            /// # Errors
            /// [`Malformed`] for text of another shape.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.to_owned())) } else { Err(Malformed::new($what, $expected)) }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_name!(
    /// One ledger: `<name>-<first 32 hex of SHA3-256(genesis file)>` (protocol §1).
    ChainId,
    "chain id",
    "a name of 1 to 32 of a-z 0-9 -, then - and 32 lower-case hexadecimal digits",
    |text| match text.rsplit_once('-') {
        Some((name, hex)) =>
            is_slug(name, 32)
                && hex.len() == 32
                && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
        None => false,
    }
);
text_name!(
    /// The short name of a bureau or a node, assigned in genesis.
    Code,
    "code",
    "1 to 32 of a-z 0-9 -, beginning with a letter or digit",
    |text| is_slug(text, 32)
);
text_name!(
    /// A rule set's name; its versions count up under it.
    RuleSetId,
    "rule set id",
    "1 to 48 of a-z 0-9 -, beginning with a letter or digit",
    |text| is_slug(text, 48)
);
text_name!(
    /// The enterprise's own reference of one reimbursement claim: opaque, never a name, unique for ever
    /// per invoice and enterprise (domain §3).
    ClaimRef,
    "claim_ref",
    "1 to 64 visible ASCII characters",
    |text| is_reference(text)
);
text_name!(
    /// The merchant's reference of the order that an invoice bills (domain §5).
    OrderRef,
    "order reference",
    "1 to 64 visible ASCII characters",
    |text| is_reference(text)
);

fn is_slug(text: &str, longest: usize) -> bool {
    let slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.len() <= longest && !text.starts_with('-') && text.bytes().all(slug)
}

fn is_reference(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}
