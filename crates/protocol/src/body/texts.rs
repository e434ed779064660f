//! The text of every domain value that a body carries.

use std::borrow::Cow;

use piao_domain::category::{CategoryCode, CategoryPrefix, ItemName};
use piao_domain::command::ClaimSignature;
use piao_domain::content::{ClaimKey, Entered, Kind, Nature, Text, Treatment};
use piao_domain::decimal::Decimal;
use piao_domain::ids::{ClaimRef, Code, KeyId, OrderRef, PartyId, RuleSetId, TransitionId};
use piao_domain::number::{InvoiceNumber, NumberPrefix, Numbering};
use piao_domain::party::{Industry, Region};
use piao_domain::rate::TaxRate;
use piao_domain::rules::QuotaReturn;
use piao_domain::time::{Date, Month};
use piao_domain::uscc::Uscc;

use super::leaf::{Leaf, door};
use crate::digest::{BlockHash, SealedDigest};
use crate::encoding::{base64url, hex};
use crate::{claim, jwk};

macro_rules! leaf {
    ($($type:ty, $pattern:literal, $read:expr, $write:expr;)*) => {$(
        impl Leaf for $type {
            const PATTERN: &'static str = $pattern;

            fn read(text: &str) -> Result<Self, String> {
                let read: fn(&str) -> _ = $read;
                door(read(text))
            }

            fn write(&self) -> Cow<'_, str> {
                let write: fn(&Self) -> Cow<'_, str> = $write;
                write(self)
            }
        }
    )*};
}

leaf! {
    Region, "^[0-9]{6}$", Self::parse, |v| v.as_str().into();
    Industry, "^[A-T][0-9]{0,4}$", Self::parse, |v| v.as_str().into();
    Code, "^[a-z0-9][a-z0-9-]{0,31}$", Self::parse, |v| v.as_str().into();
    RuleSetId, "^[a-z0-9][a-z0-9-]{0,47}$", Self::parse, |v| v.as_str().into();
    ClaimRef, "^[!-~]{1,64}$", Self::parse, |v| v.as_str().into();
    OrderRef, "^[!-~]{1,64}$", Self::parse, |v| v.as_str().into();
    Text, "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,100}$", Self::parse, |v| v.as_str().into();
    InvoiceNumber, "^[0-9]{20}$", Self::parse, |v| v.as_str().into();
    NumberPrefix, "^[0-9]{5}$", Self::parse, |v| v.as_str().into();
    Numbering, "^[0-9]{3}$", Self::parse, |v| v.as_str().into();
    CategoryCode, "^[0-9]{19}$", Self::parse, |v| v.as_str().into();
    CategoryPrefix, "^[0-9]{1,19}$", Self::parse, |v| v.as_str().into();
    ItemName, "^\\*[^*\\u0000-\\u001f\\u007f-\\u009f]{1,40}\\*[^\\u0000-\\u001f\\u007f-\\u009f]{1,92}$",
        Self::parse, |v| v.to_string().into();
    Month, "^[2-9][0-9]{3}-[01][0-9]$", Self::parse, |v| v.to_string().into();
    Date, "^[2-9][0-9]{3}-[01][0-9]-[0-3][0-9]$", Self::parse, |v| v.to_string().into();
    Decimal, "^-?(0|[1-9][0-9]*)(\\.[0-9]{1,13})?$", Self::parse, |v| v.to_string().into();
    TransitionId, "^[0-9a-f]{64}$", Self::parse_hex, |v| hex::encode(v.as_bytes()).into();
    BlockHash, "^[0-9a-f]{64}$", Self::parse_hex, |v| v.to_string().into();
    SealedDigest, "^[0-9a-f]{64}$", Self::parse_hex, |v| v.to_string().into();
    KeyId, "^[A-Za-z0-9_-]{43}$", jwk::parse_kid, |v| jwk::kid(v).into();
    PartyId, "^(bureau|node|uscc|person):[0-9A-Za-z-]{1,32}$", Self::parse, |v| v.to_string().into();
}

/// An enterprise is written as the party that it is.
impl Leaf for Uscc {
    const PATTERN: &'static str = "^uscc:[0-9A-HJ-NPQRTUWXY]{18}$";

    fn read(text: &str) -> Result<Self, String> {
        match text.strip_prefix("uscc:") {
            Some(code) => door(Self::parse(code)),
            None => Err("party must be an enterprise, uscc: and 18 characters".to_owned()),
        }
    }

    fn write(&self) -> Cow<'_, str> {
        format!("uscc:{self}").into()
    }
}

/// A digest of somebody else's making.
impl Leaf for [u8; 32] {
    const PATTERN: &'static str = "^[0-9a-f]{64}$";

    fn read(text: &str) -> Result<Self, String> {
        door(hex::decode_array(text))
    }

    fn write(&self) -> Cow<'_, str> {
        hex::encode(self).into()
    }
}

impl Leaf for ClaimKey {
    const PATTERN: &'static str = "^[A-Za-z0-9_-]{43}$";

    fn read(text: &str) -> Result<Self, String> {
        let bytes = door(base64url::decode_array(text))?;
        // A key under which nothing can be proved would make an invoice that nobody can ever claim.
        door(claim::ClaimKey::new(bytes)).map(|_| Self::new(bytes))
    }

    fn write(&self) -> Cow<'_, str> {
        base64url::encode(self.as_bytes()).into()
    }
}

impl Leaf for ClaimSignature {
    const PATTERN: &'static str = "^[A-Za-z0-9_-]{86}$";

    fn read(text: &str) -> Result<Self, String> {
        door(base64url::decode_array(text)).map(Self)
    }

    fn write(&self) -> Cow<'_, str> {
        base64url::encode(&self.0).into()
    }
}

impl Leaf for Treatment {
    const PATTERN: &'static str = "^(0|0\\.[0-9]{0,3}[1-9]|exempt|not_taxed)$";

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "exempt" => Ok(Self::Exempt),
            "not_taxed" => Ok(Self::NotTaxed),
            rate => TaxRate::parse(rate)
                .map(Self::Taxed)
                .map_err(|malformed| format!("{malformed}; or exempt or not_taxed")),
        }
    }

    fn write(&self) -> Cow<'_, str> {
        self.to_string().into()
    }
}

macro_rules! words {
    ($($type:ty, $pattern:literal, $($word:literal = $value:ident),*;)*) => {$(
        impl Leaf for $type {
            const PATTERN: &'static str = $pattern;
            const WORDS: &'static [&'static str] = &[$($word),*];

            fn read(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$value),)*
                    _ => Err(concat!("must be one of", $(" ", $word),*).to_owned()),
                }
            }

            fn write(&self) -> Cow<'_, str> {
                match self { $(Self::$value => $word.into(),)* }
            }
        }
    )*};
}

words! {
    Kind, "^(special|plain)$", "special" = Special, "plain" = Plain;
    Nature, "^(normal|discount|discounted)$",
        "normal" = Normal, "discount" = Discount, "discounted" = Discounted;
    Entered, "^(net|gross)$", "net" = Net, "gross" = Gross;
    QuotaReturn, "^(never|same_month|always)$",
        "never" = Never, "same_month" = SameMonth, "always" = Always;
}
