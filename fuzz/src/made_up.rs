//! Values that no run has left: every number and every text in them is the fuzzer's choice. What a type consists of is
//! asked of the type itself, as serde tells it, so that nothing here must follow when a record gets another field.

use arbitrary::Unstructured;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// A value of any type that can be read, made of the fuzzer's bytes.
pub fn make<T: DeserializeOwned>(bytes: &mut Unstructured<'_>) -> Option<T> {
    T::deserialize(&mut Maker { bytes }).ok()
}

/// What would be dangerous on a page if it were not escaped.
const DANGEROUS: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onclick='alert(1)",
    "</pre></code></section></main>",
    "&#x3c;b>",
    "--> ]]>",
    "\u{1b}[31m\0\u{202e}",
    "javascript:alert(1)",
];

struct Maker<'a, 'b> {
    bytes: &'b mut Unstructured<'a>,
}

fn dry(error: arbitrary::Error) -> Error {
    Error::custom(error)
}

impl Maker<'_, '_> {
    fn text(&mut self) -> Result<String, Error> {
        if self.bytes.ratio(1, 4).map_err(dry)? {
            return self.bytes.choose(&DANGEROUS).map(|text| (*text).to_owned()).map_err(dry);
        }
        let length = self.bytes.int_in_range(0..=24).map_err(dry)?.min(self.bytes.len());
        Ok(String::from_utf8_lossy(self.bytes.bytes(length).map_err(dry)?).into_owned())
    }

    fn up_to(&mut self, most: usize) -> Result<usize, Error> {
        self.bytes.int_in_range(0..=most).map_err(dry)
    }

    /// A number: an index more often than not, or a time such as a short run has them, or anything.
    fn number(&mut self) -> Result<u64, Error> {
        Ok(match self.up_to(7)? {
            0..=3 => self.up_to(4)? as u64,
            4..=6 => u64::from(self.bytes.arbitrary::<u16>().map_err(dry)?) * 1000,
            _ => self.bytes.arbitrary().map_err(dry)?,
        })
    }
}

/// Methods for the types of number, each cut to its size.
macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let number = self.number()?;
            visitor.$visit(number as $type)
        })*
    };
}

impl<'de> Deserializer<'de> for &mut Maker<'_, '_> {
    type Error = Error;

    numbers!(deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
             deserialize_u64 visit_u64 u64, deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16,
             deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64, deserialize_f32 visit_f32 f32,
             deserialize_f64 visit_f64 f64);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.bytes.arbitrary().map_err(dry)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.bytes.arbitrary().map_err(dry)? { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = self.up_to(5)?;
        visitor.visit_seq(Items { maker: self, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { maker: self, left })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { maker: self, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { maker: self, fields: fields.iter() })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let variant = *self.bytes.choose(variants).map_err(dry)?;
        visitor.visit_enum(Variant { maker: self, variant })
    }

    forward_to_deserialize_any! { char bytes byte_buf unit unit_struct map identifier ignored_any }
}

/// So many items of a list.
struct Items<'m, 'a, 'b> {
    maker: &'m mut Maker<'a, 'b>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, '_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.maker).map(Some)
    }
}

/// The fields of a struct.
struct Fields<'m, 'a, 'b> {
    maker: &'m mut Maker<'a, 'b>,
    fields: std::slice::Iter<'static, &'static str>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.fields.next().map(|field| seed.deserialize(StrDeserializer::new(field))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.maker)
    }
}

/// One variant of an enum.
struct Variant<'m, 'a, 'b> {
    maker: &'m mut Maker<'a, 'b>,
    variant: &'static str,
}

impl<'de, 'm, 'a, 'b> EnumAccess<'de> for Variant<'m, 'a, 'b> {
    type Error = Error;
    type Variant = &'m mut Maker<'a, 'b>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), Error> {
        Ok((seed.deserialize(StrDeserializer::new(self.variant))?, self.maker))
    }
}

impl<'de> VariantAccess<'de> for &mut Maker<'_, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { maker: self, left })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { maker: self, fields: fields.iter() })
    }
}
