//! A deserializer around another that watches everything read through it.
//!
//! `serde_json` alone takes an array for a derived struct, keeps the last of repeated members in maps, and turns
//! `1.0` into a float for whoever asks for anything; each would let two readers see two things in one text.

mod access;

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::flaw::{self, Flaw, custom};
use super::{DEPTH_MAX, INTEGER_MAX, JsonError};
use access::{Items, Members, Variants};

/// Under this name `serde_json` hides a number when some crate of the build enables `arbitrary_precision`.
/// Refused, so that such a build fails on its first number and never reads a float unseen.
const HIDDEN_NUMBER: &str = "$serde_json::private::Number";

pub(super) fn read<'de, T: de::Deserialize<'de>>(text: &'de str) -> Result<T, JsonError> {
    let trail = RefCell::new(Vec::new());
    let mut json = serde_json::Deserializer::from_str(text);
    let watch = Watch { trail: &trail, depth: 0 };
    T::deserialize(Strict { inner: &mut json, watch }).and_then(|value| json.end().map(|()| value)).map_err(
        |error| flaw::read(trail.borrow().iter().rev().map(|step| format!("/{step}")).collect(), &error),
    )
}

/// Where the reader is. The trail is written inside out while an error travels up.
#[derive(Clone, Copy)]
struct Watch<'t> {
    trail: &'t RefCell<Vec<String>>,
    depth: usize,
}

impl Watch<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            let words = format_args!("nested deeper than {DEPTH_MAX}");
            return Err(custom(Flaw::Depth, &format!("..{DEPTH_MAX}"), words));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn leave(self, step: impl fmt::Display) {
        // RFC 6901 §3: "~" and "/" are written "~0" and "~1".
        self.trail.borrow_mut().push(step.to_string().replace('~', "~0").replace('/', "~1"));
    }
}

/// What was wrapped, and the watch over it.
struct Strict<'t, I> {
    inner: I,
    watch: Watch<'t>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Strict { inner: visitor, watch: self.watch })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_option(Strict { inner: visitor, watch: self.watch })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_newtype_struct(name, Strict { inner: visitor, watch: self.watch })
    }

    /// As a map, since a derived visitor would also take an array.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Strict { inner: visitor, watch: self.watch })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Strict { inner: visitor, watch: self.watch })
    }

    /// A variant without content is its name; any other is an object of one member. `serde_json` would also take
    /// the first as an object.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Variants { inner: visitor, watch: self.watch })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<V::Value, E> {
        self.inner.visit_bool(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<V::Value, E> {
        if value < -INTEGER_MAX {
            return Err(beyond());
        }
        self.inner.visit_i64(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<V::Value, E> {
        if value > INTEGER_MAX.unsigned_abs() {
            return Err(beyond());
        }
        self.inner.visit_u64(value)
    }

    fn visit_f64<E: de::Error>(self, _value: f64) -> Result<V::Value, E> {
        Err(beyond())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<V::Value, E> {
        whole(text).and_then(|()| self.inner.visit_str(text))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<V::Value, E> {
        whole(text).and_then(|()| self.inner.visit_borrowed_str(text))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<V::Value, E> {
        whole(&text).and_then(|()| self.inner.visit_string(text))
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Strict { inner, watch: self.watch })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Strict { inner, watch: self.watch })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let watch = self.watch.deeper()?;
        self.inner.visit_seq(Items { inner, watch, place: 0 })
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Members::of(inner, self.watch)?)
    }
}

fn beyond<E: de::Error>() -> E {
    let within = format!("-{INTEGER_MAX}..{INTEGER_MAX}");
    let words = "a number must be an integer within ±(2^53−1), without fraction or exponent";
    custom(Flaw::Number, &within, words)
}

/// PostgreSQL stores no U+0000 in a text, so what holds one could be accepted and never kept.
fn whole<E: de::Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') { Err(custom(Flaw::Nul, "", "a text must not hold U+0000")) } else { Ok(()) }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Strict { inner, watch: self.watch })
    }
}
