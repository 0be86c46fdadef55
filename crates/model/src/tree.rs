//! A document as a tree that keeps what JSON readers usually lose: the order of keys, keys that stand twice, and every
//! digit of a number.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Deepest nesting that is read.
pub const DEEPEST: usize = 64;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// null.
    Null,
    /// true or false.
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// An object: keys in the order of the document, repeated ones too.
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// Reads one JSON document.
    ///
    /// # Errors
    /// Says where and why it is none, in the words of the JSON reader, or that it is nested too deeply.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Self::from_raw(raw, DEEPEST)
    }

    fn from_raw(raw: &RawValue, depth: usize) -> Result<Self, String> {
        let text = raw.get();
        let fail = |error: serde_json::Error| error.to_string();
        let depth = depth.checked_sub(1).ok_or_else(|| format!("it is nested deeper than {DEEPEST} levels"))?;
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text).map_err(fail)?;
                let read = |(key, raw): (Cow<'_, str>, &RawValue)| Ok((key.into_owned(), Self::from_raw(raw, depth)?));
                Self::Map(members.into_iter().map(read).collect::<Result<_, String>>()?)
            }
            Some(b'[') => {
                let members: Vec<&RawValue> = serde_json::from_str(text).map_err(fail)?;
                Self::List(members.into_iter().map(|raw| Self::from_raw(raw, depth)).collect::<Result<_, String>>()?)
            }
            Some(b'"') => Self::Text(serde_json::from_str(text).map_err(fail)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ => Self::Number(text.to_owned()),
        })
    }

    /// The member of that name, the last one when it stands several times; `None` too when this is no object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(members) = self else { return None };
        members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text as JSON writes it, in quotes.
    #[must_use]
    pub fn quoted(text: &str) -> String {
        serde_json::to_string(text).unwrap_or_default()
    }

    /// The text, when it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// What it is, for messages: `a list`.
    #[must_use]
    pub const fn sort(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(yes) => serializer.serialize_bool(*yes),
            // A number keeps its digits where the writer can take them as they are.
            Self::Number(digits) => match RawValue::from_string(digits.clone()) {
                Ok(raw) => raw.serialize(serializer),
                Err(_) => serializer.serialize_str(digits),
            },
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(members) => serializer.collect_seq(members),
            Self::Map(members) => serializer.collect_map(members.iter().map(|(key, value)| (key, value))),
        }
    }
}

/// An object's members, borrowed, in order.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Reads any self-describing document (YAML) into a tree, down to a depth. Numbers come in the shortest form.
pub(crate) struct Seed {
    /// How many levels may still follow.
    pub(crate) depth: usize,
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Tree;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Seed {
    fn below<E: serde::de::Error>(&self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1);
        depth.map(|depth| Self { depth }).ok_or_else(|| E::custom(format!("nested deeper than {DEEPEST} levels")))
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Tree;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }
    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        self.deserialize(deserializer)
    }
    fn visit_bool<E>(self, yes: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(yes))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Number(number.to_string()))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Number(number.to_string()))
    }
    fn visit_i128<E>(self, number: i128) -> Result<Tree, E> {
        Ok(Tree::Number(number.to_string()))
    }
    fn visit_u128<E>(self, number: u128) -> Result<Tree, E> {
        Ok(Tree::Number(number.to_string()))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        // `.inf` and `.nan` are no numbers to us.
        let text = number.to_string();
        Ok(if number.is_finite() { Tree::Number(text) } else { Tree::Text(text) })
    }
    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }
    fn visit_string<E>(self, text: String) -> Result<Tree, E> {
        Ok(Tree::Text(text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = list.next_element_seed(self.below()?)? {
            members.push(member);
        }
        Ok(Tree::List(members))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            members.push((key, map.next_value_seed(self.below()?)?));
        }
        Ok(Tree::Map(members))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn order_repeats_and_digits_survive() {
        let text = r#"{"b":1.50,"a":[true,null,"x\n"],"b":{"z":-0,"y":100000000000000000000000.1}}"#;
        let tree = Tree::parse(text).unwrap();
        assert_eq!(serde_json::to_string(&tree).unwrap(), text);
        assert_eq!(tree.get("b").unwrap().get("z"), Some(&Tree::Number("-0".to_owned())));
        assert_eq!(tree.get("c"), None);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Tree::parse(&nested(DEEPEST)).is_ok());
        assert!(Tree::parse(&nested(DEEPEST + 1)).unwrap_err().contains("64 levels"));
        assert!(Tree::parse(&nested(50_000)).is_err());
        for text in ["", "{", "[1,]", "{\"a\" 1}", "nul", "\"\\ud800\""] {
            assert!(Tree::parse(text).is_err(), "{text}");
        }
    }
}
