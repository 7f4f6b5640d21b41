//! Interned values as serde input, and an operation as the serde enum whose variant is its name.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::{ValueId, Values, View};

/// Why a value could not be read as what was asked for: a lowercase fragment.
pub type DecodeError = serde::de::value::Error;

impl Values {
    /// Reads a value as any type that serde can read; `None` stands for an absent value and reads as null.
    ///
    /// # Errors
    /// Says what was expected and what stands there.
    pub fn decode<T: DeserializeOwned>(&self, value: Option<ValueId>) -> Result<T, DecodeError> {
        T::deserialize(ValueDeserializer {
            values: self,
            value,
        })
    }

    /// Reads a named value as a serde enum: the name is the variant, the value its content. A type that
    /// is no enum is read from the value alone.
    ///
    /// # Errors
    /// Says what was expected and what stands there.
    pub fn decode_named<T: DeserializeOwned>(
        &self,
        name: &str,
        value: Option<ValueId>,
    ) -> Result<T, DecodeError> {
        T::deserialize(NamedDeserializer {
            name,
            content: ValueDeserializer {
                values: self,
                value,
            },
        })
    }
}

/// The variant names of a serde enum; `None` for a type that is no enum and so takes any name.
#[must_use]
pub fn variant_names<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    let mut names = None;
    // The probe refuses every content; only what it was asked for matters.
    let _refused = T::deserialize(VariantProbe { names: &mut names });
    names
}

struct VariantProbe<'p> {
    names: &'p mut Option<&'static [&'static str]>,
}

impl<'de> Deserializer<'de> for VariantProbe<'_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(DecodeError::custom("only enums are of interest"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, DecodeError> {
        *self.names = Some(variants);
        Err(DecodeError::custom("the names are known"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[derive(Clone, Copy)]
struct ValueDeserializer<'v> {
    values: &'v Values,
    value: Option<ValueId>,
}

impl<'v> ValueDeserializer<'v> {
    fn view(self) -> View<'v> {
        self.value
            .map_or(View::Null, |value| self.values.view(value))
    }

    fn of(self, value: ValueId) -> Self {
        Self {
            value: Some(value),
            ..self
        }
    }
}

impl<'de> Deserializer<'de> for ValueDeserializer<'_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.view() {
            View::Null => visitor.visit_unit(),
            View::Bool(bool) => visitor.visit_bool(bool),
            View::Int(int) => visitor.visit_i64(int),
            View::Float(float) => visitor.visit_f64(float),
            View::Str(text) => visitor.visit_str(text),
            View::Array(elements) => visit_elements(self, elements, visitor),
            View::Object(pairs) => visitor.visit_map(Pairs {
                source: self,
                rest: pairs,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.view() {
            View::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    /// An enum inside a value is written as serde_json writes it: its name, or an object of one field.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.view() {
            View::Str(name) => {
                let content = Self {
                    value: None,
                    ..self
                };
                visitor.visit_enum(NamedDeserializer { name, content })
            }
            View::Object(&[key, value]) => {
                let name = self.values.as_str(key).unwrap_or_default();
                visitor.visit_enum(NamedDeserializer {
                    name,
                    content: self.of(value),
                })
            }
            _ => Err(DecodeError::invalid_type(
                Unexpected::Other("another value"),
                &"a name, or an object with one name",
            )),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Gives all elements to the visitor, and refuses a list that is longer than the visitor takes.
fn visit_elements<'de, V: Visitor<'de>>(
    source: ValueDeserializer<'_>,
    elements: &[ValueId],
    visitor: V,
) -> Result<V::Value, DecodeError> {
    let mut rest = elements;
    let value = visitor.visit_seq(Elements {
        source,
        rest: &mut rest,
    })?;
    if rest.is_empty() {
        Ok(value)
    } else {
        let taken = elements.len() - rest.len();
        Err(DecodeError::invalid_length(
            elements.len(),
            &format!("{taken} elements").as_str(),
        ))
    }
}

struct Elements<'v, 'r> {
    source: ValueDeserializer<'v>,
    rest: &'r mut &'v [ValueId],
}

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some((first, rest)) = self.rest.split_first() else {
            return Ok(None);
        };
        *self.rest = rest;
        seed.deserialize(self.source.of(*first)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Pairs<'v> {
    source: ValueDeserializer<'v>,
    rest: &'v [ValueId],
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let Some(key) = self.rest.first() else {
            return Ok(None);
        };
        seed.deserialize(self.source.of(*key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, DecodeError> {
        let [_, value, rest @ ..] = self.rest else {
            return Err(DecodeError::custom("a key stands before its value"));
        };
        self.rest = rest;
        seed.deserialize(self.source.of(*value))
    }
}

/// A name with a value: an operation or a fact.
#[derive(Clone, Copy)]
struct NamedDeserializer<'v, 'n> {
    name: &'n str,
    content: ValueDeserializer<'v>,
}

impl<'de> Deserializer<'de> for NamedDeserializer<'_, '_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.content.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.content.deserialize_option(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, 'v, 'n> EnumAccess<'de> for NamedDeserializer<'v, 'n> {
    type Error = DecodeError;
    type Variant = ValueDeserializer<'v>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Self::Variant), DecodeError> {
        let name: StrDeserializer<'_, DecodeError> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.content))
    }
}

impl<'de> VariantAccess<'de> for ValueDeserializer<'_> {
    type Error = DecodeError;

    /// A variant without content takes any value: a `read` may carry what it will answer.
    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, DecodeError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.view() {
            View::Array(elements) if elements.len() == len => {
                visit_elements(self, elements, visitor)
            }
            View::Array(elements) => Err(DecodeError::invalid_length(
                elements.len(),
                &format!("{len} elements").as_str(),
            )),
            _ => self.deserialize_any(visitor),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::history::Value;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Call {
        Read,
        Write(Value),
        Cas(Value, Value),
        Hold { seat: String, cart: Option<u32> },
        Tagged(Mode),
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum Mode {
        #[serde(rename = "r")]
        Read,
        #[serde(rename = "w")]
        Write(i64),
    }

    fn decode(name: &str, json: &str) -> Result<Call, String> {
        let mut values = Values::default();
        let id = values.value(&serde_json::from_str(json).unwrap());
        values
            .decode_named(name, Some(id))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn an_operation_is_the_variant_of_its_name() {
        assert_eq!(decode("read", "4"), Ok(Call::Read));
        assert_eq!(decode("write", "null"), Ok(Call::Write(Value::Null)));
        assert_eq!(decode("cas", "[1,[2]]"), {
            Ok(Call::Cas(
                Value::Int(1),
                Value::Array([Value::Int(2)].into()),
            ))
        });
        assert_eq!(
            decode("hold", r#"{"seat":"A12","region":"eu"}"#),
            Ok(Call::Hold {
                seat: "A12".to_owned(),
                cart: None
            })
        );
        assert_eq!(decode("tagged", r#""r""#), Ok(Call::Tagged(Mode::Read)));
        assert_eq!(
            decode("tagged", r#"{"w":3}"#),
            Ok(Call::Tagged(Mode::Write(3)))
        );
        assert_eq!(Values::default().decode_named("read", None), Ok(Call::Read));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert!(
            decode("cas", "[1]")
                .unwrap_err()
                .contains("invalid length 1, expected 2 elements")
        );
        assert!(
            decode("cas", "[1,2,3]")
                .unwrap_err()
                .contains("invalid length 3")
        );
        assert!(
            decode("cas", "7")
                .unwrap_err()
                .contains("invalid type: integer `7`")
        );
        assert!(
            decode("swap", "7")
                .unwrap_err()
                .contains("unknown variant `swap`")
        );
        assert!(
            decode("tagged", "7")
                .unwrap_err()
                .contains("a name, or an object with one name")
        );
    }

    #[test]
    fn the_names_of_an_enum_are_known_without_a_value() {
        let names = variant_names::<Call>().unwrap();
        assert_eq!(names, ["read", "write", "cas", "hold", "tagged"]);
        assert_eq!(variant_names::<u32>(), None);
    }
}
