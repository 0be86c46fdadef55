//! The fields of an event with their values, side by side: events have few, and rules look at all of them.

use crate::field::Field;
use crate::value::Value;

/// As many fields are looked through one by one.
const FEW: usize = 16;

/// Fields with their values, in the order of fields; none twice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventFields(Vec<(Field, Value)>);

impl EventFields {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, field: &Field) -> Option<&Value> {
        let at = if self.0.len() <= FEW {
            self.0.iter().position(|(known, _)| known == field)
        } else {
            self.0.binary_search_by(|(known, _)| known.cmp(field)).ok()
        };
        self.0.get(at?).map(|(_, value)| value)
    }

    /// Puts a value in, in place of the field's earlier one.
    pub fn insert(&mut self, field: Field, value: Value) {
        match self.0.binary_search_by(|(known, _)| known.cmp(&field)) {
            Ok(at) => {
                if let Some((_, known)) = self.0.get_mut(at) {
                    *known = value;
                }
            }
            Err(at) => self.0.insert(at, (field, value)),
        }
    }

    /// The fields, in order.
    pub fn keys(&self) -> impl Iterator<Item = &Field> {
        self.0.iter().map(|(field, _)| field)
    }

    /// How many fields there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<(Field, Value)>> for EventFields {
    /// Fields in any order, none twice.
    fn from(mut fields: Vec<(Field, Value)>) -> Self {
        fields.sort_by(|(left, _), (right, _)| left.cmp(right));
        Self(fields)
    }
}

impl<'a> IntoIterator for &'a EventFields {
    type Item = &'a (Field, Value);
    type IntoIter = std::slice::Iter<'a, (Field, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use crate::value::{FieldKind, coerce};

    #[test]
    fn fields_are_found_however_many_there_are() {
        let value = |text: &str| coerce(FieldKind::Text, &Tree::Text(text.to_owned())).unwrap().unwrap();
        let field = |at: usize| Field::named(&format!("attr:{at}")).unwrap();
        for count in [0, 1, FEW, FEW + 1, 100] {
            let given: Vec<_> = (0..count).rev().map(|at| (field(at), value(&at.to_string()))).collect();
            let mut fields = EventFields::from(given);
            for at in 0..count {
                assert_eq!(fields.get(&field(at)), Some(&value(&at.to_string())), "{at} of {count}");
            }
            assert_eq!(fields.get(&field(count)), None);
            fields.insert(field(count), value("new"));
            fields.insert(field(count), value("newer"));
            assert_eq!((fields.get(&field(count)), fields.len()), (Some(&value("newer")), count + 1));
            assert!(fields.keys().is_sorted() && !fields.is_empty());
        }
    }
}
