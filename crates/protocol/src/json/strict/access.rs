//! The members of objects, the items of arrays and the variants of enums under watch.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::{HIDDEN_NUMBER, Strict, Watch};
use crate::json::flaw::{Flaw, custom};

const ONE_MEMBER: &str = "an object that names a variant must have one member";

/// The items of an array.
pub(super) struct Items<'t, A> {
    pub(super) inner: A,
    pub(super) watch: Watch<'t>,
    pub(super) place: usize,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Items<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let item = self.inner.next_element_seed(Strict { inner: seed, watch: self.watch });
        item.inspect(|_| self.place += 1).inspect_err(|_| self.watch.leave(self.place))
    }
}

/// The members of an object.
pub(super) struct Members<'t, 'de, A> {
    inner: A,
    watch: Watch<'t>,
    last: Cow<'de, str>,
    seen: BTreeSet<Cow<'de, str>>,
}

impl<'de, 't, A: MapAccess<'de>> Members<'t, 'de, A> {
    pub(super) fn of(inner: A, watch: Watch<'t>) -> Result<Self, A::Error> {
        Ok(Self { inner, watch: watch.deeper()?, last: Cow::Borrowed(""), seen: BTreeSet::new() })
    }
}

/// A member's name as it stands in the text, or unescaped where it has escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<Cow<'de, str>, D::Error> {
        inner.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let Some(name) = self.inner.next_key_seed(Name)? else { return Ok(None) };
        let flaw = if self.seen.contains(&name) {
            Some((Flaw::Repeated, "is repeated"))
        } else if name == HIDDEN_NUMBER {
            Some((Flaw::Number, "is a number that this build cannot read"))
        } else if name.contains('\0') {
            Some((Flaw::Nul, "holds U+0000"))
        } else {
            None
        };
        if let Some((flaw, words)) = flaw {
            self.watch.leave(&name);
            return Err(custom(flaw, "", format_args!("the member {words}")));
        }
        self.seen.insert(name.clone());
        self.last = name;
        let name: &str = &self.last;
        let key = seed.deserialize(name.into_deserializer());
        key.map(Some).inspect_err(|_: &A::Error| self.watch.leave(&self.last))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let value = self.inner.next_value_seed(Strict { inner: seed, watch: self.watch });
        value.inspect_err(|_| self.watch.leave(&self.last))
    }
}

/// Reads which variant an enum is.
pub(super) struct Variants<'t, V> {
    pub(super) inner: V,
    pub(super) watch: Watch<'t>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Variants<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<V::Value, E> {
        self.inner.visit_enum(name.into_deserializer())
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(Members::of(inner, self.watch)?)
    }
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for Members<'_, 'de, A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<(S::Value, Self), A::Error> {
        match self.next_key_seed(seed)? {
            Some(variant) => Ok((variant, self)),
            None => Err(custom(Flaw::Value, "", ONE_MEMBER)),
        }
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Members<'_, 'de, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.watch.leave(&self.last);
        Err(custom(Flaw::Type, "string", "a variant without content must be a text"))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<S::Value, A::Error> {
        let value = self.next_value_seed(seed)?;
        match self.next_key_seed(PhantomData::<IgnoredAny>)? {
            None => Ok(value),
            Some(_) => Err(custom(Flaw::Value, "", ONE_MEMBER)),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.newtype_variant_seed(ItemsOf(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.newtype_variant_seed(MembersOf(visitor))
    }
}

/// Reads the members of a struct variant.
struct MembersOf<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for MembersOf<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        inner.deserialize_map(self.0)
    }
}

/// Reads the items of a tuple variant.
struct ItemsOf<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for ItemsOf<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        inner.deserialize_seq(self.0)
    }
}
