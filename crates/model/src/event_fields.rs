//! The fields of an event with their values, side by side: events have few, and rules look at all of them.

use crate::field::{EventKind, FIELD_COUNT, Field};
use crate::value::Value;

/// Fields with their values, in the order of fields; none twice.
#[derive(Debug, Clone, PartialEq)]
pub struct EventFields {
    /// Those of the registry come first, in the order of their ranks.
    fields: Vec<(Field, Value)>,
    /// For each rank the place of the field of the registry and one more; 0: it is not here.
    places: [u8; FIELD_COUNT],
}

impl Default for EventFields {
    fn default() -> Self {
        Self { fields: Vec::new(), places: [0; FIELD_COUNT] }
    }
}

impl EventFields {
    /// The value of a field.
    #[must_use]
    #[inline]
    pub fn get(&self, field: &Field) -> Option<&Value> {
        let at = match field {
            Field::Known(known) => usize::from(*self.places.get(usize::from(known.rank))?).checked_sub(1)?,
            Field::Attr(_) => self.path(field).ok()?,
        };
        self.fields.get(at).map(|(_, value)| value)
    }

    /// Where a path stands, or would.
    fn path(&self, field: &Field) -> Result<usize, usize> {
        let known = self.fields.partition_point(|(known, _)| matches!(known, Field::Known(_)));
        let found = self.fields.get(known..).unwrap_or_default().binary_search_by(|(path, _)| path.cmp(field));
        found.map(|at| known + at).map_err(|at| known + at)
    }

    /// Puts a value in, in place of the field's earlier one.
    pub fn insert(&mut self, field: Field, value: Value) {
        match self.fields.binary_search_by(|(known, _)| known.cmp(&field)) {
            Ok(at) => {
                if let Some((_, known)) = self.fields.get_mut(at) {
                    *known = value;
                }
            }
            Err(at) => {
                self.fields.insert(at, (field, value));
                self.place();
            }
        }
    }

    /// Leaves the fields that events of that kind have.
    pub(crate) fn keep(&mut self, kind: EventKind) {
        let all = self.fields.len();
        self.fields.retain(|(field, _)| field.is_of(kind));
        if self.fields.len() < all {
            self.place();
        }
    }

    /// Notes where fields of the registry stand.
    fn place(&mut self) {
        self.places = [0; FIELD_COUNT];
        for (at, (field, _)) in (1..).zip(&self.fields) {
            let Field::Known(known) = field else { break };
            if let Some(place) = self.places.get_mut(usize::from(known.rank)) {
                *place = at;
            }
        }
    }

    /// The fields, in order.
    pub fn keys(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().map(|(field, _)| field)
    }

    /// How many fields there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl From<Vec<(Field, Value)>> for EventFields {
    /// Fields in any order, none twice.
    fn from(mut fields: Vec<(Field, Value)>) -> Self {
        if !fields.is_sorted_by(|(left, _), (right, _)| left <= right) {
            fields.sort_by(|(left, _), (right, _)| left.cmp(right));
        }
        let mut all = Self { fields, places: [0; FIELD_COUNT] };
        all.place();
        all
    }
}

impl<'a> IntoIterator for &'a EventFields {
    type Item = &'a (Field, Value);
    type IntoIter = std::slice::Iter<'a, (Field, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.iter()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::field::FIELDS;
    use crate::tree::Tree;
    use crate::value::{FieldKind, coerce};

    #[test]
    fn fields_are_found_however_many_there_are() {
        let value = |text: &str| coerce(FieldKind::Text, &Tree::Text(text.to_owned())).unwrap().unwrap();
        let field = |at: usize| Field::named(&format!("attr:{at}")).unwrap();
        let of_registry = |from: usize| FIELDS.iter().skip(from).step_by(2).map(Field::Known);
        for count in [0, 1, 16, 100] {
            let paths = (0..count).map(field).chain(of_registry(1));
            let mut given: Vec<_> = paths.map(|field| (field.clone(), value(field.name()))).collect();
            given.reverse();
            let mut fields = EventFields::from(given);
            for (at, field) in of_registry(0).enumerate() {
                assert_eq!(fields.get(&field), None, "{field}");
                fields.insert(field, value(&at.to_string()));
            }
            assert!(of_registry(1).all(|field| fields.get(&field) == Some(&value(field.name()))));
            assert!(of_registry(0).enumerate().all(|(at, field)| fields.get(&field) == Some(&value(&at.to_string()))));
            fields.keep(EventKind::Governance);
            assert!(
                FIELDS
                    .iter()
                    .map(Field::Known)
                    .all(|field| { fields.get(&field).is_some() == field.is_of(EventKind::Governance) })
            );
            let before = fields.len();
            for at in 0..count {
                assert_eq!(fields.get(&field(at)), Some(&value(field(at).name())), "{at} of {count}");
            }
            assert_eq!(fields.get(&field(count)), None);
            fields.insert(field(count), value("new"));
            fields.insert(field(count), value("newer"));
            assert_eq!((fields.get(&field(count)), fields.len()), (Some(&value("newer")), before + 1));
            assert!(fields.keys().is_sorted() && !fields.is_empty());
        }
    }
}
