//! Values that are read only as far as their memory is within a budget. A list of empty entries takes one byte for each where
//! it is sent, and a hundred where it is kept; a stranger may send ten million.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::cell::Cell;
use std::fmt;

/// Reads a value that takes no more than `most` bytes of memory beside its own size, and says how many it takes.
///
/// # Errors
/// The bytes are no such value, or it takes more.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8], most: usize) -> Result<(T, usize), postcard::Error> {
    let left = Cell::new(most);
    let mut inner = postcard::Deserializer::from_bytes(bytes);
    let value = T::deserialize(Counted { inner: &mut inner, left: &left })?;
    Ok((value, most - left.get()))
}

/// Something of serde's, with what is left of the budget.
struct Counted<'a, I> {
    inner: I,
    left: &'a Cell<usize>,
}

/// A visitor, and whether what it visits is a list, whose entries lie in memory of their own: the fields of a struct are a
/// part of the struct.
struct Visit<'a, V> {
    visitor: V,
    left: &'a Cell<usize>,
    is_list: bool,
}

/// The entries of a list, or the fields of a struct.
struct Items<'a, A> {
    inner: A,
    left: &'a Cell<usize>,
    is_list: bool,
}

fn charge<E: Error>(left: &Cell<usize>, bytes: usize) -> Result<(), E> {
    left.set(left.get().checked_sub(bytes).ok_or_else(|| E::custom("it takes more memory than it may"))?);
    Ok(())
}

/// Methods that pass a visitor on.
macro_rules! pass_on {
    ($($method:ident;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(Visit { visitor, left: self.left, is_list: false })
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Counted<'_, D> {
    type Error = D::Error;

    pass_on! {
        deserialize_any;
        deserialize_bool;
        deserialize_i8;
        deserialize_i16;
        deserialize_i32;
        deserialize_i64;
        deserialize_i128;
        deserialize_u8;
        deserialize_u16;
        deserialize_u32;
        deserialize_u64;
        deserialize_u128;
        deserialize_f32;
        deserialize_f64;
        deserialize_char;
        deserialize_str;
        deserialize_string;
        deserialize_bytes;
        deserialize_byte_buf;
        deserialize_option;
        deserialize_unit;
        deserialize_identifier;
        deserialize_ignored_any;
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_seq(Visit { visitor, left: self.left, is_list: true })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Visit { visitor, left: self.left, is_list: true })
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_unit_struct(name, Visit { visitor, left: self.left, is_list: false })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_newtype_struct(name, Visit { visitor, left: self.left, is_list: false })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_tuple(len, Visit { visitor, left: self.left, is_list: false })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_tuple_struct(name, len, Visit { visitor, left: self.left, is_list: false })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_struct(name, fields, Visit { visitor, left: self.left, is_list: false })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, Visit { visitor, left: self.left, is_list: false })
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Methods that pass a plain value on.
macro_rules! plain {
    ($($method:ident: $of:ty;)*) => {
        $(fn $method<E: Error>(self, value: $of) -> Result<V::Value, E> {
            self.visitor.$method(value)
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Visit<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    plain! {
        visit_bool: bool;
        visit_i8: i8;
        visit_i16: i16;
        visit_i32: i32;
        visit_i64: i64;
        visit_i128: i128;
        visit_u8: u8;
        visit_u16: u16;
        visit_u32: u32;
        visit_u64: u64;
        visit_u128: u128;
        visit_f32: f32;
        visit_f64: f64;
        visit_char: char;
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        charge(self.left, text.len())?;
        self.visitor.visit_str(text)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        charge(self.left, text.len())?;
        self.visitor.visit_borrowed_str(text)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<V::Value, E> {
        charge(self.left, bytes.len())?;
        self.visitor.visit_bytes(bytes)
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<V::Value, E> {
        charge(self.left, bytes.len())?;
        self.visitor.visit_borrowed_bytes(bytes)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Counted { inner, left: self.left })
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Counted { inner, left: self.left })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(Items { inner, left: self.left, is_list: self.is_list })
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Items { inner, left: self.left, is_list: self.is_list })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(Counted { inner, left: self.left })
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Counted<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Counted { inner, left: self.left })
    }
}

impl<A> Items<'_, A> {
    fn charge<T, E: Error>(&self) -> Result<(), E> {
        if self.is_list { charge(self.left, size_of::<T>()) } else { Ok(()) }
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Items<'_, A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, inner: T) -> Result<Option<T::Value>, A::Error> {
        let found = self.inner.next_element_seed(Counted { inner, left: self.left })?;
        if found.is_some() {
            self.charge::<T::Value, A::Error>()?;
        }
        Ok(found)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Items<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, inner: K) -> Result<Option<K::Value>, A::Error> {
        let found = self.inner.next_key_seed(Counted { inner, left: self.left })?;
        if found.is_some() {
            self.charge::<K::Value, A::Error>()?;
        }
        Ok(found)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, inner: T) -> Result<T::Value, A::Error> {
        self.charge::<T::Value, A::Error>()?;
        self.inner.next_value_seed(Counted { inner, left: self.left })
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'a, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Counted<'a, A> {
    type Error = A::Error;
    type Variant = Counted<'a, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, inner: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (which, variant) = self.inner.variant_seed(inner)?;
        Ok((which, Counted { inner: variant, left: self.left }))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Counted<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, inner: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(Counted { inner, left: self.left })
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, Visit { visitor, left: self.left, is_list: false })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Visit { visitor, left: self.left, is_list: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    type Value = (Vec<String>, BTreeMap<u32, Vec<Option<(u8, String)>>>, Result<Vec<u64>, String>);

    #[test]
    fn a_value_is_read_as_it_was_and_its_lists_are_counted() {
        let inner = vec![None, Some((7, "seven".to_owned()))];
        let value: Value = (vec![String::new(), "two".to_owned()], BTreeMap::from([(3, inner)]), Ok(vec![1, u64::MAX]));
        let bytes = postcard::to_allocvec(&value).expect("bytes");
        let lists = 2 * size_of::<String>()
            + size_of::<u32>()
            + size_of::<Vec<u8>>()
            + 2 * size_of::<Option<(u8, String)>>()
            + 2 * size_of::<u64>();
        let cost = lists + "two".len() + "seven".len();
        assert_eq!(from_bytes::<Value>(&bytes, usize::MAX), Ok((value.clone(), cost)));
        assert_eq!(from_bytes::<Value>(&bytes, cost), Ok((value, cost)));
        assert!(from_bytes::<Value>(&bytes, cost - 1).is_err());
    }

    #[test]
    fn many_empty_entries_are_refused_long_before_all_have_been_read() {
        let bytes = postcard::to_allocvec(&vec![String::new(); 100_000]).expect("bytes");
        assert!(from_bytes::<Vec<String>>(&bytes, 1 << 20).is_err());
        let bytes = [&[0xff, 0xff, 0xff, 0x7f][..], &[0; 1000]].concat();
        assert!(from_bytes::<Vec<String>>(&bytes, 1 << 20).is_err(), "a length that is not true");
    }
}
