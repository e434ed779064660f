//! Members without members: a text or an integer that goes through the one door of its domain type.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::marker::PhantomData;

use piao_domain::money::Fen;
use piao_domain::time::Time;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::{Flaw, INTEGER_MAX, custom};

/// A value that JSON carries as one text.
pub(crate) trait Leaf: Sized {
    /// ECMA 262 regular expression that every such text matches. The door may demand more, such as check digits.
    const PATTERN: &'static str;
    /// Every such text, where there are only a few.
    const WORDS: &'static [&'static str] = &[];

    /// Reads the text.
    fn read(text: &str) -> Result<Self, String>;

    /// Writes the text.
    fn write(&self) -> Cow<'_, str>;
}

/// A member whose text goes through its type's door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Of<T>(pub(crate) T);

impl<T: Leaf> Serialize for Of<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.write())
    }
}

impl<'de, T: Leaf> Deserialize<'de> for Of<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

impl<T: Leaf> JsonSchema for Of<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::PATTERN.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        match T::WORDS {
            [] => json_schema!({ "type": "string", "pattern": T::PATTERN }),
            words => json_schema!({ "enum": words }),
        }
    }
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: Leaf> Visitor<'_> for TextVisitor<T> {
    type Value = Of<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a string that matches {}", T::PATTERN)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Of<T>, E> {
        T::read(text).map(Of).map_err(|words| match T::WORDS {
            [] => custom(Flaw::Form, T::PATTERN, words),
            known => custom(Flaw::Form, &known.join("|"), words),
        })
    }
}

/// A value that JSON carries as one integer.
pub(crate) trait Whole: Copy {
    /// Takes an integer, where it is one of these.
    fn of(value: i64) -> Option<Self>;

    /// The integer.
    fn get(self) -> i64;
}

/// An integer from `MIN` to `MAX`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Int<T, const MIN: i64, const MAX: i64>(pub(crate) T);

/// Fen of either sign, as amounts on an invoice's lines are.
pub(crate) type Amount = Int<Fen, { -INTEGER_MAX }, INTEGER_MAX>;
/// Fen from nothing on.
pub(crate) type Given = Int<Fen, 0, INTEGER_MAX>;
/// How many, from none on.
pub(crate) type Count = Int<u32, 0, { u32::MAX as i64 }>;
/// What counts from 1.
pub(crate) type Ordinal = Int<u32, 1, { u32::MAX as i64 }>;
/// Seconds.
pub(crate) type Seconds = Count;
/// A fencing token.
pub(crate) type Token = Int<u64, 0, INTEGER_MAX>;
/// UTC seconds.
pub(crate) type Instant = Int<Time, { -INTEGER_MAX }, INTEGER_MAX>;
/// The sequence of an invoice number: 15 digits.
pub(crate) type Sequence = Int<u64, 1, 999_999_999_999_999>;

impl Whole for Fen {
    fn of(value: i64) -> Option<Self> {
        Self::new(value).ok()
    }

    fn get(self) -> i64 {
        Self::get(self)
    }
}

impl Whole for Time {
    fn of(value: i64) -> Option<Self> {
        Some(Self::from_unix(value))
    }

    fn get(self) -> i64 {
        self.unix()
    }
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl Whole for $type {
            fn of(value: i64) -> Option<Self> {
                Self::try_from(value).ok()
            }

            fn get(self) -> i64 {
                // Only a token or a sequence could be larger, and both come out of JSON.
                i64::try_from(self).unwrap_or(i64::MAX)
            }
        }
    )*};
}

whole!(u16, u32, u64);

impl<T: Whole, const MIN: i64, const MAX: i64> Serialize for Int<T, MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.get())
    }
}

impl<'de, T: Whole, const MIN: i64, const MAX: i64> Deserialize<'de> for Int<T, MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = i64::deserialize(deserializer)?;
        let known = if (MIN..=MAX).contains(&value) { T::of(value) } else { None };
        known.map(Int).ok_or_else(|| {
            let words = format_args!("an integer from {MIN} to {MAX}");
            custom(Flaw::Range, &format!("{MIN}..{MAX}"), words)
        })
    }
}

impl<T, const MIN: i64, const MAX: i64> JsonSchema for Int<T, MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("integer_{MIN}_{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// A member that may be absent, and is never `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Maybe<T>(pub(crate) Option<T>);

impl<T> Maybe<T> {
    pub(crate) const fn is_absent(&self) -> bool {
        self.0.is_none()
    }
}

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Serialize> Serialize for Maybe<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Every `Maybe` is skipped where it is absent, so nothing is written as null.
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

impl<T: JsonSchema> JsonSchema for Maybe<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// Reads a leaf through a door of the domain.
pub(super) fn door<T, E: Display>(read: Result<T, E>) -> Result<T, String> {
    read.map_err(|malformed| malformed.to_string())
}

/// A list without repeated entries, in the order written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Distinct<T>(pub(crate) Vec<T>);

impl<T: Serialize> Serialize for Distinct<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + Ord> Deserialize<'de> for Distinct<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<T>::deserialize(deserializer)?;
        let distinct = items.iter().collect::<BTreeSet<_>>().len();
        if distinct == items.len() { Ok(Self(items)) } else { Err(custom(Flaw::Twice, "", "no entry twice")) }
    }
}

impl<T: JsonSchema> JsonSchema for Distinct<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("distinct_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": generator.subschema_for::<T>(), "uniqueItems": true })
    }
}

impl<L: Leaf> Distinct<Of<L>> {
    /// The list of what the members stand for.
    pub(crate) fn of<'a>(items: impl IntoIterator<Item = &'a L>) -> Self
    where
        L: Clone + 'a,
    {
        Self(items.into_iter().cloned().map(Of).collect())
    }

    /// What the members stand for.
    pub(crate) fn into_items<C: FromIterator<L>>(self) -> C {
        self.0.into_iter().map(|Of(item)| item).collect()
    }
}

impl<L: Leaf> Maybe<Of<L>> {
    /// What the member stands for, where it is there.
    pub(crate) fn into_item(self) -> Option<L> {
        self.0.map(|Of(item)| item)
    }
}
