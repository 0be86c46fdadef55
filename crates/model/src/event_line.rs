//! The quick way to read an event: in one pass over its line, without a tree of it.
//!
//! Invariant: what it reads is what [`crate::event`] reads by way of a [`crate::tree::Tree`]; a property test holds them
//! together. It takes ordinary lines only. Whatever is rare (a key that stands twice, a list where none belongs, an
//! escape in a number) or wrong it leaves to the other way, which also has the words for what is wrong: `None`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::event::Event;
use crate::event_fields::EventFields;
use crate::field::{EventKind, Field};
use crate::time::Timestamp;
use crate::value::{FieldKind, Member, Scalar, Value, add, read};

/// Room for the fields of most events.
const USUAL: usize = 12;
/// Most paths of an event: each is compared with those before.
const MOST_PATHS: usize = 24;

/// The event of a line.
pub(crate) fn event(line: &str) -> Option<Event> {
    let mut reader = serde_json::Deserializer::from_str(line);
    let event = reader.deserialize_map(Line).ok()?;
    reader.end().ok().map(|()| event)
}

/// The fields of an event of that kind, and those that cannot be read.
pub(crate) fn fields(text: &str, kind: EventKind) -> Option<(EventFields, Vec<Field>)> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let said = Object.deserialize(&mut reader).ok()?;
    reader.end().ok().map(|()| said.of(kind))
}

/// What the other way is for. Nobody reads it.
fn rare<E: Error>() -> E {
    E::custom("rare")
}

fn expecting(out: &mut fmt::Formatter<'_>) -> fmt::Result {
    out.write_str("an event")
}

/// What stands in the line itself.
enum Key {
    Id,
    Time,
    Kind,
    Source,
    Fields,
    Other,
}

impl Key {
    fn named(name: &str) -> Self {
        match name {
            "id" => Self::Id,
            "time" => Self::Time,
            "kind" => Self::Kind,
            "source" => Self::Source,
            "fields" => Self::Fields,
            _ => Self::Other,
        }
    }
}

struct Line;

impl<'de> Visitor<'de> for Line {
    type Value = Event;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(out)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
        let (mut id, mut time, mut kind, mut source, mut said) = (None, None, None, None, None);
        let name = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        while let Some(key) = map.next_key_seed(Text(|key: &str| Some(Key::named(key))))? {
            let is_repeated = match key {
                Key::Id => id.replace(map.next_value_seed(Text(name))?).is_some(),
                Key::Time => {
                    time.replace(map.next_value_seed(Text(|text: &str| Timestamp::parse(text).ok()))?).is_some()
                }
                Key::Kind => kind.replace(map.next_value_seed(Text(|text: &str| text.parse().ok()))?).is_some(),
                Key::Source => source.replace(map.next_value_seed(Text(name))?).is_some(),
                Key::Fields => said.replace(map.next_value_seed(Object)?).is_some(),
                Key::Other => {
                    map.next_value_seed(Holds::NOTHING)?;
                    false
                }
            };
            if is_repeated {
                return Err(rare());
            }
        }
        let (Some(id), Some(time), Some(kind)) = (id, time, kind) else { return Err(rare()) };
        let (fields, unreadable) = said.unwrap_or_default().of(kind);
        Ok(Event { id, source, time, kind, fields, unreadable })
    }
}

/// A text, made into something else without a copy of it.
struct Text<F>(F);

impl<'de, T, F: FnOnce(&str) -> Option<T>> DeserializeSeed<'de> for Text<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> Option<T>> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(out)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).ok_or_else(rare)
    }
}

/// Every field that was said, whatever kind of event it is: that may stand behind them.
#[derive(Default)]
struct Said {
    fields: Vec<(Field, Value)>,
    unreadable: Vec<Field>,
}

impl Said {
    fn of(self, kind: EventKind) -> (EventFields, Vec<Field>) {
        let (mut fields, mut unreadable) = (EventFields::from(self.fields), self.unreadable);
        fields.keep(kind);
        unreadable.retain(|field| field.is_of(kind));
        unreadable.sort();
        (fields, unreadable)
    }
}

/// The names that came already; null is no value, but counts here.
#[derive(Default)]
struct Seen {
    ranks: u64,
    paths: Vec<Field>,
}

impl Seen {
    fn is_new(&mut self, field: &Field) -> bool {
        match field {
            Field::Known(known) => {
                let before = self.ranks;
                self.ranks |= 1 << known.rank;
                self.ranks != before
            }
            Field::Attr(_) => {
                let is_new = self.paths.len() < MOST_PATHS && !self.paths.contains(field);
                self.paths.push(field.clone());
                is_new
            }
        }
    }
}

/// The object of the fields.
struct Object;

impl<'de> DeserializeSeed<'de> for Object {
    type Value = Said;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Said, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object {
    type Value = Said;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(out)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said, A::Error> {
        let mut said = Said { fields: Vec::with_capacity(USUAL), unreadable: Vec::new() };
        let mut seen = Seen::default();
        while let Some(field) = map.next_key_seed(Text(|name: &str| Some(Field::named(name))))? {
            let Some(field) = field else {
                map.next_value_seed(Holds::NOTHING)?;
                continue;
            };
            if !seen.is_new(&field) {
                return Err(rare());
            }
            let found = if field.kind() == FieldKind::Number {
                number(map.next_value()?).ok_or_else(rare)?
            } else {
                map.next_value_seed(Holds { kind: field.kind(), is_path: matches!(field, Field::Attr(_)) })?
            };
            match found {
                Found::Missing => {}
                Found::One(member) => said.fields.push((field, Value::one(member))),
                Found::Many(members) => said.fields.extend(Value::of(members).map(|value| (field, value))),
                Found::Unreadable => said.unreadable.push(field),
            }
        }
        Ok(said)
    }
}

/// A number with all its digits, which the reader's own numbers lose.
fn number(raw: &RawValue) -> Option<Found> {
    let text = raw.get();
    let said = match text.as_bytes().first()? {
        b'"' if text.contains('\\') => return None,
        b'"' => Scalar::Text(text.strip_prefix('"')?.strip_suffix('"')?),
        b't' | b'f' => return Some(Found::Unreadable),
        b'n' => return Some(Found::Missing),
        b'[' | b'{' => return None,
        _ => Scalar::Number(text),
    };
    Some(Found::read(FieldKind::Number, said))
}

/// What a field says.
enum Found {
    Missing,
    One(Member),
    Many(Vec<Member>),
    Unreadable,
}

impl Found {
    fn read(kind: FieldKind, said: Scalar<'_>) -> Self {
        read(kind, said).map_or(Self::Unreadable, Self::One)
    }
}

/// What a field holds, or a member of a set. Anything but a number.
#[derive(Clone, Copy)]
struct Holds {
    kind: FieldKind,
    /// Payloads have no registry: whatever scalar stands at a path is a text.
    is_path: bool,
}

impl Holds {
    /// A scalar that nobody wants.
    const NOTHING: Self = Self { kind: FieldKind::Bool, is_path: false };

    /// Numbers are no value of it, unless it takes their digits.
    fn number<E: Error>(self, digits: Option<String>) -> Result<Found, E> {
        match (self.is_path, digits) {
            (false, _) => Ok(Found::Unreadable),
            (true, Some(digits)) => Ok(Found::read(self.kind, Scalar::Text(&digits))),
            (true, None) => Err(rare()),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Holds {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Holds {
    type Value = Found;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(out)
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::Missing)
    }

    fn visit_str<E>(self, text: &str) -> Result<Found, E> {
        Ok(Found::read(self.kind, Scalar::Text(text)))
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Found, E> {
        let word = if yes { "true" } else { "false" };
        Ok(Found::read(self.kind, if self.is_path { Scalar::Text(word) } else { Scalar::Bool(yes) }))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Found, E> {
        self.number(self.is_path.then(|| number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Found, E> {
        self.number(self.is_path.then(|| number.to_string()))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Found, E> {
        self.number(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Found, A::Error> {
        if self.kind != FieldKind::Set {
            return Err(rare());
        }
        let (mut members, mut is_readable) = (Vec::new(), true);
        // A list in it is read as what a text field holds, which is none.
        while let Some(found) = list.next_element_seed(Self { kind: FieldKind::Text, is_path: false })? {
            match found {
                Found::Missing => {}
                Found::One(member) => add(&mut members, member),
                Found::Many(_) | Found::Unreadable => is_readable = false,
            }
        }
        Ok(if is_readable { Found::Many(members) } else { Found::Unreadable })
    }
}

#[cfg(test)]
#[path = "event_line_tests.rs"]
mod tests;
