//! An owned JSON value that can be compared, ordered and hashed: what specifications keep as state.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A JSON value with cheap clones, a total order and a hash.
///
/// Numbers are equal where they are mathematically equal (`1` and `1.0` are one value). The order is
/// by kind first (null, booleans, numbers, strings, arrays, objects), then by content.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// A number that is not a whole number of 64 bits; never NaN, never infinite.
    Float(f64),
    /// Text.
    Str(Arc<str>),
    /// A list.
    Array(Arc<[Value]>),
    /// An object; keys are unique and sorted.
    Object(Arc<[(Arc<str>, Value)]>),
}

/// 2^63: the first number that an `i64` does not hold.
const I64_END: f64 = 9_223_372_036_854_775_808.0;

impl Value {
    /// The number as an integer, where it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// The text, where it is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The value under `key`, where this is an object that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Self::Object(fields) = self else {
            return None;
        };
        let at = fields
            .binary_search_by(|(name, _)| (**name).cmp(key))
            .ok()?;
        Some(&fields[at].1)
    }

    /// The elements, where it is a list.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// Whether this is `null`.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Bytes on the heap that belong to this value, shared or not.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let mut bytes = 0;
        let mut open = vec![self];
        while let Some(value) = open.pop() {
            match value {
                Self::Str(text) => bytes += text.len(),
                Self::Array(elements) => {
                    bytes += size_of_val::<[Self]>(elements);
                    open.extend(elements.iter());
                }
                Self::Object(fields) => {
                    bytes += size_of_val::<[(Arc<str>, Self)]>(fields);
                    bytes += fields.iter().map(|(name, _)| name.len()).sum::<usize>();
                    open.extend(fields.iter().map(|(_, value)| value));
                }
                _ => {}
            }
        }
        bytes
    }

    fn kind_rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) | Self::Float(_) => 2,
            Self::Str(_) => 3,
            Self::Array(_) => 4,
            Self::Object(_) => 5,
        }
    }

    /// The canonical form of a number: a whole number that 64 bits hold is an `Int`.
    #[must_use]
    pub fn from_f64(number: f64) -> Self {
        if number.fract() == 0.0 && (-I64_END..I64_END).contains(&number) {
            #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
            let int = number as i64;
            Self::Int(int)
        } else {
            Self::Float(number)
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Int(a), Self::Float(b)) => compare_int_float(*a, *b),
            (Self::Float(a), Self::Int(b)) => compare_int_float(*b, *a).reverse(),
            (Self::Str(a), Self::Str(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) => a.cmp(b),
            (Self::Object(a), Self::Object(b)) => a.cmp(b),
            _ => self.kind_rank().cmp(&other.kind_rank()),
        }
    }
}

/// Compares exactly: the float is never a whole number of 64 bits, so they are never equal.
fn compare_int_float(int: i64, float: f64) -> std::cmp::Ordering {
    use std::cmp::Ordering::{Greater, Less};
    if float >= I64_END {
        return Less;
    }
    if float < -I64_END {
        return Greater;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range is checked above"
    )]
    let floor = float.floor() as i64;
    if int <= floor { Less } else { Greater }
}

impl std::hash::Hash for Value {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.kind_rank().hash(state);
        match self {
            Self::Null => {}
            Self::Bool(bool) => bool.hash(state),
            Self::Int(int) => int.hash(state),
            Self::Float(float) => float.to_bits().hash(state),
            Self::Str(text) => text.hash(state),
            Self::Array(elements) => elements.hash(state),
            Self::Object(fields) => fields.hash(state),
        }
    }
}

impl fmt::Display for Value {
    /// Writes compact JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<i32> for Value {
    fn from(int: i32) -> Self {
        Self::Int(int.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<Vec<Value>> for Value {
    fn from(elements: Vec<Value>) -> Self {
        Self::Array(elements.into())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(bool) => serializer.serialize_bool(*bool),
            Self::Int(int) => serializer.serialize_i64(*int),
            Self::Float(float) => serializer.serialize_f64(*float),
            Self::Str(text) => serializer.serialize_str(text),
            Self::Array(elements) => serializer.collect_seq(elements.iter()),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields.iter() {
                    map.serialize_entry(&**name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(Value::Bool(bool))
    }

    fn visit_i64<E>(self, int: i64) -> Result<Value, E> {
        Ok(Value::Int(int))
    }

    fn visit_u64<E: serde::de::Error>(self, int: u64) -> Result<Value, E> {
        i64::try_from(int)
            .map(Value::Int)
            .map_err(|_| E::custom("an integer beyond 64 bits"))
    }

    fn visit_f64<E>(self, float: f64) -> Result<Value, E> {
        Ok(Value::from_f64(float))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Str(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(Value::Array(elements.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields: Vec<(Arc<str>, Value)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            fields.push((name.into(), value));
        }
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Value::Object(fields.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_where_they_are_mathematically_equal() {
        assert_eq!(Value::from_f64(350.0), Value::Int(350));
        assert_eq!(Value::from_f64(1e16), Value::Int(10_000_000_000_000_000));
        assert!(Value::from_f64(1e19) > Value::Int(i64::MAX));
        assert!(Value::Int(1) < Value::Float(1.5));
        assert!(Value::Float(-1.5) < Value::Int(-1));
        assert!(Value::Int(-2) < Value::Float(-1.5));
    }

    #[test]
    fn objects_are_equal_whatever_the_order_of_their_keys() {
        let parse = |text| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(
            parse(r#"{"a":1,"b":[null]}"#),
            parse(r#"{"b":[null],"a":1.0}"#)
        );
        assert_eq!(parse(r#"{"b":2,"a":1}"#).to_string(), r#"{"a":1,"b":2}"#);
        assert_eq!(parse(r#"{"b":2,"a":1}"#).get("b"), Some(&Value::Int(2)));
    }
}
