//! The second phase: matching events by group, in the order of time within each.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use tocsin_model::field::Field;
use tocsin_model::firing::GroupValue;
use tocsin_model::tree::Tree;

use super::Columns;
use super::column::Column;
use super::dictionary::MISSING;
use super::mask::Mask;

/// Most fields that a rule groups by.
const FIELDS: usize = 3;

/// The values of a group by number, one of each that are compared as equal; 0 is null.
type Key = [u32; FIELDS];

/// Matching events, group by group. An event that is in several groups stands in each.
#[derive(Debug, Default)]
pub(super) struct Grouped {
    /// How many events match.
    pub(super) matched: usize,
    fields: Vec<Field>,
    keys: Vec<Key>,
    /// Where each group begins, and the end of the last.
    starts: Vec<u32>,
    /// The position of each event.
    positions: Vec<u32>,
    times: Vec<i64>,
    /// The times of all matching events, in order.
    in_order: Vec<i64>,
}

impl Grouped {
    pub(super) fn new(columns: &Columns, matching: &Mask, fields: &[Field]) -> Self {
        let matched = matching.count();
        let mut found = Self { matched, fields: fields.to_vec(), ..Self::default() };
        found.in_order.reserve(matched);
        matching.each(|at| found.in_order.push(columns.time(at)));
        match found.columns(columns).as_slice() {
            [] => found.take_all(matching),
            [column] if column.is_single() => found.by_one(column, matching),
            several => found.by_several(columns, several, matching),
        }
        found
    }

    /// The columns of the fields; every one is loaded.
    fn columns<'a>(&self, columns: &'a Columns) -> Vec<&'a Column> {
        self.fields.iter().filter_map(|field| columns.column(field)).collect()
    }

    /// Without fields all are one group.
    fn take_all(&mut self, matching: &Mask) {
        if self.matched > 0 {
            self.keys = vec![Key::default()];
            self.starts = vec![0, self.matched as u32];
            matching.each(|at| self.positions.push(at as u32));
            self.times.clone_from(&self.in_order);
        }
    }

    /// By one field that has one value at most.
    fn by_one(&mut self, column: &Column, matching: &Mask) {
        let mut all = Vec::with_capacity(self.matched);
        let mut counts = vec![0_u32; column.values().members().len() + 1];
        matching.each(|at| {
            let code = column.values().same(column.first(at));
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
            all.push((code, at as u32));
        });
        // The number of each value among the groups that are there, and where the group begins.
        let mut numbers = vec![0_u32; counts.len()];
        self.starts.push(0);
        let mut end = 0;
        for ((code, count), number) in (0..).zip(&counts).zip(&mut numbers).filter(|((_, count), _)| **count > 0) {
            *number = self.keys.len() as u32;
            self.keys.push([code, 0, 0]);
            end += count;
            self.starts.push(end);
        }
        self.place(
            all.len(),
            all.iter()
                .zip(&self.in_order.clone())
                .map(|((code, at), time)| (numbers.get(*code as usize).copied().unwrap_or(0), *at, *time)),
        );
    }

    /// By several fields, or by sets: an event is in a group for each combination of its values.
    fn by_several(&mut self, columns: &Columns, several: &[&Column], matching: &Mask) {
        let mut numbers: HashMap<Key, u32, RandomState> = HashMap::default();
        let (mut all, mut counts, mut combined) = (Vec::with_capacity(self.matched), Vec::new(), Vec::new());
        matching.each(|at| {
            combine(several, at, &mut combined);
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
                all.push((number, at as u32, columns.time(at)));
            }
        });
        let mut end = 0;
        self.starts.push(0);
        for count in counts {
            end += count;
            self.starts.push(end);
        }
        self.place(all.len(), all.into_iter());
    }

    /// Puts each event behind those of its group.
    fn place(&mut self, count: usize, all: impl Iterator<Item = (u32, u32, i64)>) {
        let mut next = self.starts.clone();
        self.positions = vec![0; count];
        self.times = vec![0; count];
        for (group, at, time) in all {
            let Some(place) = next.get_mut(group as usize) else { continue };
            if let (Some(position), Some(kept)) =
                (self.positions.get_mut(*place as usize), self.times.get_mut(*place as usize))
            {
                (*position, *kept) = (at, time);
            }
            *place += 1;
        }
    }

    /// How many groups there are.
    pub(super) const fn groups(&self) -> usize {
        self.keys.len()
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

    /// The times of all matching events, in order.
    pub(super) fn in_order(&self) -> &[i64] {
        &self.in_order
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
        keys + small + (self.times.capacity() + self.in_order.capacity()) * size_of::<i64>()
    }
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
        for key in before {
            out.extend(codes.iter().map(|code| {
                let mut key = key;
                if let Some(place) = key.get_mut(field) {
                    *place = *code;
                }
                key
            }));
        }
    }
}
