//! The second phase: matching events by group, in the order of time within each.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use tocsin_model::field::Field;
use tocsin_model::firing::GroupValue;
use tocsin_model::tree::Tree;

use super::Columns;
use super::column::Column;
use super::dictionary::MISSING;
use crate::group::MOST_GROUPS_OF_EVENT;

/// Most fields that a rule groups by.
const FIELDS: usize = 3;

/// The values of a group by number, one of each that are compared as equal; 0 is null.
pub(super) type Key = [u32; FIELDS];

/// Matching events, group by group. An event that is in several groups stands in each.
#[derive(Debug, Default)]
pub(super) struct Grouped {
    fields: Vec<Field>,
    keys: Vec<Key>,
    /// Where each group begins, and the end of the last.
    starts: Vec<u32>,
    /// The position of each event.
    positions: Vec<u32>,
    times: Vec<i64>,
}

impl Grouped {
    /// Of the events at these positions, which are in order.
    pub(super) fn new(columns: &Columns, matching: Vec<u32>, fields: &[Field]) -> Self {
        let mut found = Self { fields: fields.to_vec(), ..Self::default() };
        match found.columns(columns).as_slice() {
            [] => found.take_all(matching),
            [column] if column.is_single() => found.by_one(column, &matching),
            several => found.by_several(several, &matching),
        }
        // Asked for where they go: to put them there beside the positions takes longer than what memory has to answer.
        found.times = columns.times.of(&found.positions);
        found
    }

    /// The columns of the fields; every one is loaded.
    fn columns<'a>(&self, columns: &'a Columns) -> Vec<&'a Column> {
        self.fields.iter().filter_map(|field| columns.column(field)).collect()
    }

    /// Without fields all are one group.
    fn take_all(&mut self, matching: Vec<u32>) {
        if !matching.is_empty() {
            self.keys = vec![Key::default()];
            self.starts = vec![0, matching.len() as u32];
            self.positions = matching;
        }
    }

    /// By one field that has one value at most.
    fn by_one(&mut self, column: &Column, matching: &[u32]) {
        let codes = column.groups_of(matching);
        let mut counts = vec![0_u32; column.values().members().len() + 1];
        for code in &codes {
            if let Some(count) = counts.get_mut(*code as usize) {
                *count += 1;
            }
        }
        // Where the next event of each value goes.
        let mut next = counts;
        let mut end = 0;
        self.starts.push(0);
        for (code, place) in (0..).zip(&mut next).filter(|(_, count)| **count > 0) {
            self.keys.push([code, 0, 0]);
            end += std::mem::replace(place, end);
            self.starts.push(end);
        }
        self.positions = placed(matching.len(), next, codes.into_iter().zip(matching.iter().copied()));
    }

    /// By several fields, or by sets: an event is in a group for each combination of its values.
    fn by_several(&mut self, several: &[&Column], matching: &[u32]) {
        let mut numbers: HashMap<Key, u32, RandomState> = HashMap::default();
        let (mut all, mut counts, mut combined) = (Vec::with_capacity(matching.len()), Vec::new(), Vec::new());
        for at in matching {
            combine(several, *at as usize, &mut combined);
            for key in &combined {
                let next = counts.len() as u32;
                let number = *numbers.entry(*key).or_insert(next);
                if number == next {
                    self.keys.push(*key);
                    counts.push(0_u32);
                }
                if let Some(count) = counts.get_mut(number as usize) {
                    *count += 1;
                }
                all.push((number, *at));
            }
        }
        let mut end = 0;
        self.starts.push(0);
        for place in &mut counts {
            end += std::mem::replace(place, end);
            self.starts.push(end);
        }
        self.positions = placed(all.len(), counts, all.into_iter());
    }

    /// How many groups there are.
    pub(super) const fn groups(&self) -> usize {
        self.keys.len()
    }

    /// The values of each group by number.
    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Where the entries of each group begin and end, in the order of groups.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (usize, usize)> {
        self.starts.windows(2).map(|pair| match pair {
            [from, to] => (*from as usize, *to as usize),
            _ => (0, 0),
        })
    }

    /// The entries of a group.
    pub(super) fn range(&self, group: usize) -> (usize, usize) {
        let at = |group: usize| self.starts.get(group).map_or(0, |start| *start as usize);
        (at(group), at(group + 1))
    }

    /// The times of entries.
    pub(super) fn times(&self) -> &[i64] {
        &self.times
    }

    /// The positions of entries.
    pub(super) fn positions(&self) -> &[u32] {
        &self.positions
    }

    /// The values of a group, as its first event spells them.
    pub(super) fn shown(&self, columns: &Columns, group: usize) -> Vec<GroupValue> {
        let first = self.positions.get(self.range(group).0).map_or(0, |at| *at as usize);
        let key = self.keys.get(group).copied().unwrap_or_default();
        let of = |(column, wanted): (&Column, u32)| {
            let values = column.values();
            let mut spelt = None;
            column.each(first, |code| spelt = spelt.or(Some(code).filter(|code| values.same(*code) == wanted)));
            match spelt.and_then(|code| values.member(code)) {
                Some(member) => GroupValue { canonical: Some(member.canonical().clone()), spelling: member.spelling() },
                None => GroupValue { canonical: None, spelling: Tree::Null },
            }
        };
        self.columns(columns).into_iter().zip(key).map(of).collect()
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        let keys = self.keys.capacity() * size_of::<Key>();
        let small = (self.starts.capacity() + self.positions.capacity()) * size_of::<u32>();
        keys + small + self.times.capacity() * size_of::<i64>()
    }
}

/// Positions, each behind those of its group; `next` is where the next of each goes.
fn placed(count: usize, mut next: Vec<u32>, entries: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut positions = vec![0; count];
    for (group, at) in entries {
        let Some(place) = next.get_mut(group as usize) else { continue };
        if let Some(position) = positions.get_mut(*place as usize) {
            *position = at;
        }
        *place += 1;
    }
    positions
}

/// The groups of an event.
fn combine(several: &[&Column], at: usize, out: &mut Vec<Key>) {
    out.clear();
    out.push(Key::default());
    for (field, column) in several.iter().enumerate().take(FIELDS) {
        let mut codes = Vec::new();
        column.each(at, |code| codes.push(column.values().same(code)));
        if codes.is_empty() {
            codes.push(MISSING);
        }
        let before = std::mem::take(out);
        let longer = |key: Key| {
            codes.iter().map(move |code| {
                let mut key = key;
                if let Some(place) = key.get_mut(field) {
                    *place = *code;
                }
                key
            })
        };
        out.extend(before.into_iter().flat_map(longer).take(MOST_GROUPS_OF_EVENT));
    }
}
