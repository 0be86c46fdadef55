//! Groups by number, once for all rules that group by the same fields: a value is looked up once per event, not per rule.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::firing::GroupValue;
use tocsin_model::tree::Tree;
use tocsin_model::value::{Canonical, Member};

use super::slab::Slab;
use crate::group::MOST_GROUPS_OF_EVENT;
use crate::table::{Kept, Table, half};

/// The number of the null value of each field, and of the only group of rules without fields.
const NULL: u32 = 0;

/// A group of the event at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// Its number.
    pub(super) number: u32,
    /// Whether the event spells its values like the first one that showed them.
    pub(super) is_spelt_as_first: bool,
}

impl Group {
    /// The group of one more field; its number is not known yet.
    const fn with(self, next: Self) -> Self {
        Self { number: NULL, is_spelt_as_first: self.is_spelt_as_first && next.is_spelt_as_first }
    }
}

/// The null value of a field, and the only group of rules without fields.
pub(super) const NONE: Group = Group { number: NULL, is_spelt_as_first: true };

/// The values of a field, with the first spelling of each.
#[derive(Debug)]
struct Values {
    field: Field,
    table: Table<Numbered>,
    /// Those by number as the first event spelt them; none: null.
    first: Slab<Option<Member>>,
}

/// A value with its number.
#[derive(Debug)]
#[repr(align(32))]
struct Numbered {
    value: Canonical,
    hash: u32,
    /// Twice the number, and one more where the first event spelt it as it is compared: whoever does so too need not
    /// look how the first one did.
    code: u32,
}

impl Kept for Numbered {
    fn hash(&self) -> u32 {
        self.hash
    }
}

impl Values {
    fn new(field: Field) -> Self {
        let mut first = Slab::default();
        first.push(None);
        Self { field, table: Table::default(), first }
    }

    /// The event's values of the field, as if each were a group.
    fn of(&mut self, event: &Event, out: &mut Vec<Group>) {
        out.clear();
        match event.get(&self.field) {
            None => out.push(NONE),
            Some(value) => out.extend(value.members().iter().map(|member| self.number(member))),
        }
    }

    fn number(&mut self, member: &Member) -> Group {
        let hash = member.hash();
        let look = |known: &Numbered| known.value.is(member.canonical()).then_some(known.code);
        let Some(code) = self.table.find(hash, look) else {
            let number = self.first.len() as u32;
            let code = number << 1 | u32::from(member.is_spelt_as_compared());
            self.table.insert(Numbered { value: member.canonical().clone(), hash: half(hash), code });
            self.first.push(Some(member.clone()));
            return Group { number, is_spelt_as_first: true };
        };
        let number = code >> 1;
        let alike = || self.value(number).is_some_and(|known| known.is_spelt_like(member));
        Group { number, is_spelt_as_first: code & 1 == 1 && member.is_spelt_as_compared() || alike() }
    }

    fn value(&self, number: u32) -> Option<&Member> {
        self.first.get(number as usize)?.as_ref()
    }

    /// A value as this event spells it.
    fn spelt<'a>(&'a self, number: u32, event: &'a Event) -> Option<&'a Member> {
        let known = self.value(number)?;
        let members = event.get(&self.field).map(|value| value.members()).unwrap_or_default();
        members.iter().find(|member| member.is(known)).or(Some(known))
    }
}

/// A value of a group as it is shown.
fn shown(member: Option<&Member>) -> GroupValue {
    GroupValue {
        canonical: member.map(|member| member.canonical().clone()),
        spelling: member.map_or(Tree::Null, Member::spelling),
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
    now: Vec<Group>,
    /// Groups as they are shown, those that were.
    shown: HashMap<u32, Arc<[GroupValue]>, RandomState>,
}

impl List {
    /// The groups of several fields: every combination of their values.
    fn combine(&mut self, values: &mut [Values], event: &Event) {
        let mut all: Vec<(Vec<u32>, Group)> = vec![(Vec::new(), NONE)];
        let mut of_field = Vec::new();
        for field in &self.fields {
            if let Some(values) = values.get_mut(*field) {
                values.of(event, &mut of_field);
            }
            let longer = |(start, whole): &(Vec<u32>, Group)| {
                let (start, whole) = (start.clone(), *whole);
                of_field
                    .iter()
                    .map(move |next| ([start.as_slice(), &[next.number]].concat(), whole.with(*next)))
                    .collect::<Vec<_>>()
            };
            all = all.iter().flat_map(longer).take(MOST_GROUPS_OF_EVENT).collect();
        }
        for (combination, group) in all {
            let number = self.groups.get(combination.as_slice()).copied().unwrap_or_else(|| {
                let number = self.combinations.len() as u32;
                self.combinations.push(Box::from(combination.as_slice()));
                self.groups.insert(combination.into(), number);
                number
            });
            self.now.push(Group { number, ..group });
        }
    }
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

    /// Whether anything is where the event's first value of each field is looked for.
    pub(super) fn peek(&self, list: usize, event: &Event) -> bool {
        let fields = self.lists.get(list).map(|list| list.fields.as_slice()).unwrap_or_default();
        fields.iter().filter_map(|field| self.values.get(*field)).fold(false, |seen, values| {
            let first = event.get(&values.field).and_then(|value| value.members().first());
            seen | first.is_some_and(|member| values.table.peek(member.hash()))
        })
    }

    /// Finds the groups of the event at hand, unless that is done, and gives how many they are.
    pub(super) fn find(&mut self, list: usize, event: &Event) -> usize {
        let Some(list) = self.lists.get_mut(list) else { return 0 };
        if !list.now.is_empty() {
            return list.now.len();
        }
        match list.fields.as_slice() {
            [] => list.now.push(NONE),
            [field] => {
                if let Some(values) = self.values.get_mut(*field) {
                    values.of(event, &mut list.now);
                }
            }
            _ => list.combine(&mut self.values, event),
        }
        list.now.len()
    }

    /// One of the groups that were found, in the order of the event's values, the last field's first.
    pub(super) fn group(&self, list: usize, at: usize) -> Option<Group> {
        self.lists.get(list)?.now.get(at).copied()
    }

    /// The group as it is shown when its first event spelt it like the first of all.
    pub(super) fn shown(&mut self, list: usize, group: u32) -> Arc<[GroupValue]> {
        let known = self.lists.get(list).and_then(|list| list.shown.get(&group));
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let found: Arc<[GroupValue]> =
            self.parts(list, group).map(|(values, number)| shown(values.value(number))).collect();
        if let Some(list) = self.lists.get_mut(list) {
            list.shown.insert(group, Arc::clone(&found));
        }
        found
    }

    /// The group as this event spells it.
    pub(super) fn spelt(&self, list: usize, group: u32, event: &Event) -> Arc<[GroupValue]> {
        self.parts(list, group).map(|(values, number)| shown(values.spelt(number, event))).collect()
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
