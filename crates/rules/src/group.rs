//! Groups: each combination of the values of the `groupBy` fields is evaluated on its own.

use std::collections::HashMap;

use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::firing::GroupValue;
use tocsin_model::tree::Tree;
use tocsin_model::value::Canonical;

/// Most groups that one event is in: three sets of a hundred members each would be a million, and one event should not
/// be able to take all memory.
pub(crate) const MOST_GROUPS_OF_EVENT: usize = 10_000;

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
    /// the cross product, of which the first ten thousand count.
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
    counted_combinations(event, fields).0
}

/// The values of the groups an event belongs to, and how many there would be beyond [`MOST_GROUPS_OF_EVENT`].
pub(crate) fn counted_combinations(event: &Event, fields: &[Field]) -> (Vec<Vec<GroupValue>>, u64) {
    let mut all: Vec<Vec<GroupValue>> = vec![Vec::new()];
    let mut count = 1_u64;
    for field in fields {
        let values: Vec<GroupValue> = match event.get(field) {
            None => vec![GroupValue { canonical: None, spelling: Tree::Null }],
            Some(value) => value
                .members()
                .iter()
                .map(|one| GroupValue { canonical: Some(one.canonical().clone()), spelling: one.spelling() })
                .collect(),
        };
        count = count.saturating_mul(values.len() as u64);
        let longer = all
            .iter()
            .flat_map(|start| values.iter().map(|value| [start.as_slice(), std::slice::from_ref(value)].concat()));
        all = longer.take(MOST_GROUPS_OF_EVENT).collect();
    }
    let beyond = count.saturating_sub(all.len() as u64);
    (all, beyond)
}
