//! Groups by number, once for all rules that group by the same fields: a text is hashed once per event, not per rule.

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::firing::GroupValue;
use tocsin_model::tree::Tree;

use super::{half, whole};

/// The number of the null value of each field, and of the only group of rules without fields.
const NULL: u32 = 0;

/// The values of a field, with the first spelling of each.
#[derive(Debug)]
struct Values {
    field: Field,
    /// The numbers of values, each with half of its hash.
    table: HashTable<(u32, u32)>,
    values: Vec<GroupValue>,
    hasher: RandomState,
}

impl Values {
    fn new(field: Field) -> Self {
        let null = GroupValue { canonical: None, spelling: Tree::Null };
        Self { field, table: HashTable::new(), values: vec![null], hasher: RandomState::default() }
    }

    /// The numbers of an event's values of the field.
    fn of(&mut self, event: &Event, out: &mut Vec<u32>) {
        out.clear();
        let Some(value) = event.get(&self.field) else {
            out.push(NULL);
            return;
        };
        for member in value.members() {
            let hash = half(self.hasher.hash_one(&member.canonical));
            let is_it = |(known, code): &(u32, u32)| {
                let value = || self.values.get(*code as usize)?.canonical.as_ref();
                *known == hash && value() == Some(&member.canonical)
            };
            if let Some((_, code)) = self.table.find(whole(hash), is_it) {
                out.push(*code);
                continue;
            }
            let code = self.values.len() as u32;
            self.table.insert_unique(whole(hash), (hash, code), |(hash, _)| whole(*hash));
            let canonical = Some(member.canonical.clone());
            self.values.push(GroupValue { canonical, spelling: member.spelling.clone() });
            out.push(code);
        }
    }

    /// A value as this event spells it.
    fn spelt(&self, code: u32, event: &Event) -> GroupValue {
        let known = self.values.get(code as usize);
        let members = event.get(&self.field).map(|value| value.members()).unwrap_or_default();
        let canonical = known.and_then(|known| known.canonical.clone());
        let member = members.iter().find(|member| canonical.as_ref() == Some(&member.canonical));
        GroupValue { canonical, spelling: member.map_or(Tree::Null, |member| member.spelling.clone()) }
    }

    fn is_spelt_as_first(&self, code: u32, event: &Event) -> bool {
        let Some(known) = self.values.get(code as usize) else { return false };
        let Some(value) = event.get(&self.field) else { return true };
        let same = |member: &&tocsin_model::value::Member| known.canonical.as_ref() == Some(&member.canonical);
        value.members().iter().find(same).is_none_or(|member| member.spelling == known.spelling)
    }
}

/// The fields that some rules group by, in their order.
#[derive(Debug)]
struct List {
    /// Where the fields stand among all.
    fields: Vec<usize>,
    /// Of several fields: the group of a combination, and the combinations by group.
    groups: HashMap<Box<[u32]>, u32, RandomState>,
    combinations: Vec<Box<[u32]>>,
    /// The groups of the event at hand; empty when nobody has asked.
    now: Vec<u32>,
    /// Groups as they are shown, those that were.
    shown: HashMap<u32, Arc<[GroupValue]>, RandomState>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Keys {
    values: Vec<Values>,
    lists: Vec<List>,
}

impl Keys {
    /// The number of a list of fields.
    pub(super) fn list(&mut self, fields: &[Field]) -> usize {
        let fields: Vec<usize> = fields.iter().map(|field| self.field(field)).collect();
        self.lists.iter().position(|list| list.fields == fields).unwrap_or_else(|| {
            self.lists.push(List {
                fields,
                groups: HashMap::default(),
                combinations: Vec::new(),
                now: Vec::new(),
                shown: HashMap::default(),
            });
            self.lists.len() - 1
        })
    }

    fn field(&mut self, field: &Field) -> usize {
        self.values.iter().position(|values| values.field == *field).unwrap_or_else(|| {
            self.values.push(Values::new(field.clone()));
            self.values.len() - 1
        })
    }

    /// Another event is at hand.
    pub(super) fn next_event(&mut self) {
        self.lists.iter_mut().for_each(|list| list.now.clear());
    }

    /// The groups of the event at hand, in the order of its values, the last field's first.
    pub(super) fn groups(&mut self, list: usize, event: &Event) -> &[u32] {
        let Some(list) = self.lists.get_mut(list) else { return &[] };
        if !list.now.is_empty() {
            return &list.now;
        }
        match list.fields.as_slice() {
            [] => list.now.push(NULL),
            [field] => {
                if let Some(values) = self.values.get_mut(*field) {
                    values.of(event, &mut list.now);
                }
            }
            fields => {
                let mut all: Vec<Vec<u32>> = vec![Vec::new()];
                let mut codes = Vec::new();
                for field in fields {
                    if let Some(values) = self.values.get_mut(*field) {
                        values.of(event, &mut codes);
                    }
                    let longer = |start: &Vec<u32>| {
                        let start = start.clone();
                        codes.iter().map(move |code| [start.as_slice(), &[*code]].concat()).collect::<Vec<_>>()
                    };
                    all = all.iter().flat_map(longer).collect();
                }
                for combination in all {
                    list.now.push(list.groups.get(combination.as_slice()).copied().unwrap_or_else(|| {
                        let group = list.combinations.len() as u32;
                        list.combinations.push(Box::from(combination.as_slice()));
                        list.groups.insert(combination.into(), group);
                        group
                    }));
                }
            }
        }
        &list.now
    }

    /// The group as it is shown when its first event spelt it like the first of all.
    pub(super) fn shown(&mut self, list: usize, group: u32) -> Arc<[GroupValue]> {
        let known = self.lists.get(list).and_then(|list| list.shown.get(&group));
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let value = |(values, code): (&Values, u32)| values.values.get(code as usize).cloned();
        let shown: Arc<[GroupValue]> = self.parts(list, group).filter_map(value).collect();
        if let Some(list) = self.lists.get_mut(list) {
            list.shown.insert(group, Arc::clone(&shown));
        }
        shown
    }

    /// The group as this event spells it; none when that is how [`Self::shown`] does.
    pub(super) fn spelt(&self, list: usize, group: u32, event: &Event) -> Option<Arc<[GroupValue]>> {
        if self.parts(list, group).all(|(values, code)| values.is_spelt_as_first(code, event)) {
            return None;
        }
        Some(self.parts(list, group).map(|(values, code)| values.spelt(code, event)).collect())
    }

    /// The fields of a list with the group's value of each.
    fn parts(&self, list: usize, group: u32) -> impl Iterator<Item = (&Values, u32)> {
        let list = self.lists.get(list);
        let fields = list.map(|list| list.fields.as_slice()).unwrap_or_default();
        let several = list.and_then(|list| list.combinations.get(group as usize));
        fields.iter().enumerate().filter_map(move |(at, field)| {
            let code = if fields.len() > 1 { several?.get(at).copied()? } else { group };
            Some((self.values.get(*field)?, code))
        })
    }
}
