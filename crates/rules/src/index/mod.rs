//! Which rules an event matches, without asking every rule.
//!
//! Invariant: says what [`Compiled::matches`] says of each. Rules are bits of a row. Each field that conditions look at
//! has, for every value, the row of the rules that the value leaves possible; what is left when all rows are laid over
//! one another matches. So an event costs a look-up per field and a few words per field, however many rules there are.

mod block;
mod field;

use std::collections::HashMap;
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::field::{EventKind, Field};

use crate::compile::{Compiled, plain};
pub(crate) use block::{BLOCK, Hit};
use block::{Notes, few};
use field::FieldIndex;

/// Bits of rules or of tests, 64 in a word.
pub(crate) type Bits = Vec<u64>;

/// Most names of sources that are remembered; an events file may name any.
const SOURCES: usize = 1_024;

/// Many rules, ready to be asked about events.
#[derive(Debug)]
pub struct Index {
    /// For each kind of event the rules whose conditions look only at fields that it has.
    of_kind: Vec<Bits>,
    /// The same of few rules.
    few_of_kind: Vec<u128>,
    /// The rules that name sources, with the names.
    sourced: Vec<(usize, Vec<String>)>,
    /// For each name of a source, as events say it, the rules that look at it.
    by_source: HashMap<String, Bits>,
    /// The fields that say most come first: most events are done with after one or two.
    fields: Vec<FieldIndex>,
    /// Of the event at hand: what is left, and the numbers of the rules.
    left: Bits,
    matching: Vec<usize>,
    /// Of the events at hand.
    notes: Notes,
}

impl Index {
    /// Reads the conditions of the rules; a rule's number is its place among them.
    #[must_use]
    pub fn new(rules: &[Arc<Compiled>]) -> Self {
        let mut fields: Vec<FieldIndex> = Vec::new();
        let mut places: HashMap<&Field, usize> = HashMap::new();
        for (number, rule) in rules.iter().enumerate() {
            for (place, matcher) in rule.matchers().iter().enumerate() {
                let at = *places.entry(matcher.field()).or_insert_with(|| {
                    fields.push(FieldIndex::new(matcher.field().clone()));
                    fields.len() - 1
                });
                if let Some(field) = fields.get_mut(at) {
                    field.add(number, rule, place);
                }
            }
        }
        fields.iter_mut().for_each(|field| field.finish(rules.len()));
        fields.sort_by_cached_key(FieldIndex::left_by_most);
        let of_kind: Vec<Bits> = EventKind::ALL.iter().map(|kind| possible(rules, *kind)).collect();
        Self {
            few_of_kind: of_kind.iter().map(|row| few(row)).collect(),
            of_kind,
            sourced: sourced(rules),
            by_source: HashMap::new(),
            fields,
            left: vec![0; rules.len().div_ceil(64)],
            matching: Vec::new(),
            notes: Notes::default(),
        }
    }

    /// The numbers of the rules that the event matches, in order.
    pub fn matching(&mut self, event: &Event) -> &[usize] {
        self.matching.clear();
        let Some(possible) = self.of_kind.get(event.kind as usize) else { return &self.matching };
        lay(&mut self.left, possible);
        if let Some(source) = event.source.as_ref().filter(|_| !self.sourced.is_empty()) {
            let row = of_source(&self.sourced, &mut self.by_source, source, self.left.len());
            keep(&mut self.left, row);
        }
        for field in &mut self.fields {
            let row = match event.get(field.field()) {
                Some(value) => field.possible(value),
                None => field.possible_without(),
            };
            if !keep(&mut self.left, row) {
                return &self.matching;
            }
        }
        each_one(&self.left, |rule| self.matching.push(rule));
        &self.matching
    }
}

/// The rules that look at a source, in so many words.
fn of_source<'a>(
    sourced: &[(usize, Vec<String>)],
    by_source: &'a mut HashMap<String, Bits>,
    source: &str,
    words: usize,
) -> &'a [u64] {
    if !by_source.contains_key(source) {
        if by_source.len() >= SOURCES {
            by_source.clear();
        }
        let name = plain(source);
        let mut row = vec![u64::MAX; words];
        for (number, _) in sourced.iter().filter(|(_, names)| !names.contains(&name)) {
            clear(&mut row, *number);
        }
        by_source.insert(source.to_owned(), row);
    }
    by_source.get(source).map(Vec::as_slice).unwrap_or_default()
}

fn possible(rules: &[Arc<Compiled>], kind: EventKind) -> Bits {
    let mut row = vec![0; rules.len().div_ceil(64)];
    for (number, rule) in rules.iter().enumerate() {
        if rule.matchers().iter().all(|matcher| matcher.field().is_of(kind)) {
            set(&mut row, number);
        }
    }
    row
}

fn sourced(rules: &[Arc<Compiled>]) -> Vec<(usize, Vec<String>)> {
    let named = rules.iter().enumerate().filter(|(_, rule)| !rule.sources().is_empty());
    named.map(|(number, rule)| (number, rule.sources().to_vec())).collect()
}

/// Takes a row in place of another as long. Word by word: most rows are too short for a copy to pay.
fn lay(left: &mut [u64], row: &[u64]) {
    left.iter_mut().zip(row).for_each(|(left, row)| *left = *row);
}

/// Lays a row over another: what both have is left. Whether anything is.
fn keep(left: &mut [u64], row: &[u64]) -> bool {
    let mut any = 0;
    for (left, row) in left.iter_mut().zip(row) {
        *left &= row;
        any |= *left;
    }
    any != 0
}

pub(crate) fn set(row: &mut [u64], at: usize) {
    if let Some(word) = row.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

pub(crate) fn clear(row: &mut [u64], at: usize) {
    if let Some(word) = row.get_mut(at / 64) {
        *word &= !(1 << (at % 64));
    }
}

pub(crate) fn has(row: &[u64], at: usize) -> bool {
    row.get(at / 64).is_some_and(|word| word & 1 << (at % 64) != 0)
}

/// Tells the places of the bits that are set.
fn each_one(row: &[u64], mut tell: impl FnMut(usize)) {
    for (at, word) in row.iter().enumerate() {
        let mut word = *word;
        while word != 0 {
            tell(at * 64 + word.trailing_zeros() as usize);
            word &= word - 1;
        }
    }
}
