//! The object of an event's fields, of which only those are read that are looked at.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use tocsin_model::field::{EventKind, Field};

use super::loading::Loading;

/// Fields that are kept apart: as many as a word has bits. An event with others is read as a whole.
const MOST_FIELDS: usize = 64;

/// Reads the fields of an event; an error when it is to be read as a whole, by [`tocsin_model::event::Event::of_log`].
pub(super) fn read(loading: &mut Loading<'_>, kind: EventKind, text: &str) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_map(Wanted { loading, kind })?;
    reader.end()
}

/// An object of which only some members are looked at.
struct Wanted<'l, 'n> {
    loading: &'l mut Loading<'n>,
    kind: EventKind,
}

impl<'de> Visitor<'de> for Wanted<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the fields of an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // A bit for each field that came already.
        let mut seen = 0_u64;
        while let Some(at) = map.next_key_seed(Key(self.loading))? {
            let Some(at) = at else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let bit = 1_u64.checked_shl(at as u32).filter(|bit| seen & bit == 0);
            // Which of several counts is not decided here.
            seen |= bit.ok_or_else(|| A::Error::custom("it comes twice"))?;
            let json: &RawValue = map.next_value()?;
            self.loading.json(at, self.kind, json.get());
        }
        Ok(())
    }
}

/// The place of the field of a name, when it is looked at.
struct Key<'l, 'n>(&'l mut Loading<'n>);

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = Option<usize>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        let known = self.0.place(name);
        if known.is_some() || !self.0.marks {
            return Ok(known);
        }
        let Some(field) = Field::named(name) else { return Ok(None) };
        if self.0.fields.len() >= MOST_FIELDS {
            return Err(E::custom("there are too many fields"));
        }
        self.0.add(field);
        Ok(Some(self.0.fields.len() - 1))
    }
}
