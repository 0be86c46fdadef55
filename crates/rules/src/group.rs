//! Groups: each combination of the values of the `groupBy` fields is evaluated on its own.

use std::collections::HashMap;

use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::firing::GroupValue;
use tocsin_model::tree::Tree;
use tocsin_model::value::Canonical;

/// Which group, by the order in which groups first came.
pub(crate) type GroupId = usize;

/// Every group that was seen, with the spelling of its first event.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    ids: HashMap<Vec<Option<Canonical>>, GroupId>,
    shown: Vec<Vec<GroupValue>>,
}

impl Groups {
    /// The groups the event belongs to: a missing field gives the null group, a set one for each member, several sets
    /// the cross product.
    pub(crate) fn of(&mut self, event: &Event, fields: &[Field]) -> Vec<GroupId> {
        combinations(event, fields).into_iter().map(|values| self.id(values)).collect()
    }

    /// The number of a group; a new one gets the next.
    pub(crate) fn id(&mut self, values: Vec<GroupValue>) -> GroupId {
        let key = values.iter().map(|value| value.canonical.clone()).collect();
        *self.ids.entry(key).or_insert_with(|| {
            self.shown.push(values);
            self.shown.len() - 1
        })
    }

    /// The group's values, as its first event spells them.
    pub(crate) fn shown(&self, group: GroupId) -> &[GroupValue] {
        self.shown.get(group).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The values of the groups an event belongs to.
pub(crate) fn combinations(event: &Event, fields: &[Field]) -> Vec<Vec<GroupValue>> {
    let mut all: Vec<Vec<GroupValue>> = vec![Vec::new()];
    for field in fields {
        let values: Vec<GroupValue> = match event.get(field) {
            None => vec![GroupValue { canonical: None, spelling: Tree::Null }],
            Some(value) => value
                .members()
                .iter()
                .map(|one| GroupValue { canonical: Some(one.canonical().clone()), spelling: one.spelling() })
                .collect(),
        };
        all = all
            .iter()
            .flat_map(|start| values.iter().map(|value| [start.as_slice(), std::slice::from_ref(value)].concat()))
            .collect();
    }
    all
}
