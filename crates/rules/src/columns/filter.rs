//! The first phase: which events meet the conditions. A test is asked once per different value, and what it found is
//! kept, so that an edit of one condition asks that one alone.

use tocsin_model::field::{EventKind, Field};

use super::Columns;
use super::column::Column;
use super::dictionary::MISSING;
use super::mask::Mask;
use crate::condition::Matcher;

/// Tests that are remembered, so that going back and forth between two costs nothing.
const REMEMBERED: usize = 24;
/// Asking single events costs so many times what it costs to ask them in a row.
const SINGLE: usize = 8;

/// What a test asks, whichever condition has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TestKey {
    field: Field,
    test: String,
}

/// What a condition asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConditionKey {
    test: TestKey,
    negated: bool,
}

impl ConditionKey {
    pub(super) fn of(matchers: &[Matcher]) -> Vec<Self> {
        let test = |matcher: &Matcher| TestKey { field: matcher.field().clone(), test: matcher.test_key() };
        matchers.iter().map(|matcher| Self { test: test(matcher), negated: matcher.is_negated() }).collect()
    }
}

/// What a test has found so far.
#[derive(Debug)]
struct Known {
    key: TestKey,
    /// For each number of the field's values whether it passes, as far as it was asked.
    passing: Vec<bool>,
    /// Whether it was asked.
    is_asked: Vec<bool>,
    /// The events with a value that passes, as far as they were asked.
    found: Mask,
    /// Those that were asked; none: all of the first `found.len()`.
    asked: Option<Mask>,
    /// When it was last of use.
    used: u64,
}

/// What tests have found.
#[derive(Debug, Default)]
pub(super) struct Filter {
    known: Vec<Known>,
    epoch: u64,
    round: u64,
}

impl Filter {
    /// The events among `all` that meet every condition.
    pub(super) fn meeting(
        &mut self,
        columns: &Columns,
        matchers: &[Matcher],
        keys: &[ConditionKey],
        all: Mask,
    ) -> Mask {
        if self.epoch != columns.epoch {
            // Events have changed places.
            self.known.clear();
            self.epoch = columns.epoch;
        }
        self.round += 1;
        let mut left = all;
        matchers.iter().for_each(|matcher| of_kinds(columns, matcher.field(), &mut left));
        let is_cheap = |matcher: &Matcher| columns.column(matcher.field()).is_none_or(Column::is_cheap);
        let all = || matchers.iter().zip(keys);
        // What costs little is asked of every event; the rest only of those that this leaves.
        for (matcher, key) in all().filter(|(matcher, _)| is_cheap(matcher)) {
            self.keep(columns, matcher, key, &mut left, None);
        }
        for (matcher, key) in all().filter(|(matcher, _)| !is_cheap(matcher)) {
            let count = left.count();
            let among = (count * SINGLE <= columns.len()).then_some(count);
            self.keep(columns, matcher, key, &mut left, among);
        }
        self.forget();
        left
    }

    /// Leaves the events that meet a condition. It is asked of every event, or of those that are left, with their count.
    fn keep(
        &mut self,
        columns: &Columns,
        matcher: &Matcher,
        key: &ConditionKey,
        left: &mut Mask,
        among: Option<usize>,
    ) {
        let Some(column) = columns.column(matcher.field()) else { return };
        let at = self.known.iter().position(|known| known.key == key.test).unwrap_or_else(|| {
            self.known.push(Known::new(key.test.clone()));
            self.known.len() - 1
        });
        let Some(known) = self.known.get_mut(at) else { return };
        known.used = self.round;
        match among {
            None => known.ask_every(column, matcher, columns.len()),
            Some(count) => known.ask(column, matcher, left, count),
        }
        left.keep(&known.found, key.negated);
    }

    fn forget(&mut self) {
        while self.known.len() > REMEMBERED {
            let oldest = self.known.iter().enumerate().min_by_key(|(_, known)| known.used).map(|(at, _)| at);
            let Some(oldest) = oldest.filter(|at| self.known.get(*at).is_some_and(|one| one.used < self.round)) else {
                return;
            };
            self.known.swap_remove(oldest);
        }
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        let masks = |known: &Known| known.found.bytes() + known.asked.as_ref().map_or(0, Mask::bytes);
        self.known.iter().map(|known| known.passing.capacity() + known.is_asked.capacity() + masks(known)).sum()
    }
}

impl Known {
    fn new(key: TestKey) -> Self {
        Self { key, passing: Vec::new(), is_asked: Vec::new(), found: Mask::none(0), asked: None, used: 0 }
    }

    /// Makes room for the values that are new.
    fn grow(&mut self, column: &Column) {
        let count = column.values().members().len() + 1;
        self.passing.resize(count, false);
        self.is_asked.resize(count, false);
        if let Some(missing) = self.is_asked.get_mut(MISSING as usize) {
            // A missing field passes no test.
            *missing = true;
        }
    }

    /// Whether the value of that number passes; it is asked once.
    fn passes(&mut self, column: &Column, matcher: &Matcher, code: u32) -> bool {
        let at = code as usize;
        let (Some(passes), Some(is_asked)) = (self.passing.get_mut(at), self.is_asked.get_mut(at)) else {
            return false;
        };
        if !*is_asked {
            *is_asked = true;
            *passes = column.values().member(code).is_some_and(|member| matcher.takes(member));
        }
        *passes
    }

    /// Asks every value that was not asked.
    fn learn(&mut self, column: &Column, matcher: &Matcher) {
        self.grow(column);
        let known = self.passing.iter_mut().zip(&mut self.is_asked).skip(1);
        for ((passes, is_asked), member) in known.zip(column.values().members()) {
            if !std::mem::replace(is_asked, true) {
                *passes = matcher.takes(member);
            }
        }
    }

    /// Asks every event that was not asked.
    fn ask_every(&mut self, column: &Column, matcher: &Matcher, len: usize) {
        self.learn(column, matcher);
        // Where only some were asked, none counts: asking in a row is quicker than telling them apart.
        let from = if self.asked.take().is_some() { 0 } else { self.found.len() };
        self.found.grow(len);
        if from < len {
            column.mark(&self.passing, from - from % 64, &mut self.found);
        }
    }

    /// Asks these events, which are so many, as far as they were not asked.
    fn ask(&mut self, column: &Column, matcher: &Matcher, these: &Mask, count: usize) {
        let before = self.found.len();
        if self.asked.is_none() && before == these.len() {
            return;
        }
        self.grow(column);
        self.found.grow(these.len());
        let mut new = these.clone();
        match &mut self.asked {
            Some(asked) => {
                asked.grow(these.len());
                new.keep(asked, true);
                asked.add(&new);
            }
            None if before == 0 => {}
            None => {
                let mut asked = Mask::all(before);
                asked.grow(these.len());
                new.keep(&asked, true);
                asked.add(&new);
                self.asked = Some(asked);
            }
        }
        let count = if before == 0 { count } else { new.count() };
        if count > column.values().members().len() / 4 {
            // Most values will come: one after the other memory has them ready.
            self.learn(column, matcher);
            column.mark_among(&self.passing, &new, &mut self.found);
        } else {
            let mut passing = Vec::new();
            column.each_of(&new.positions(count), |at, code| {
                if self.passes(column, matcher, code) {
                    passing.push(at);
                }
            });
            passing.into_iter().for_each(|at| self.found.set(at as usize));
        }
        self.asked.get_or_insert(new);
    }
}

/// Leaves the events whose kind has the field.
fn of_kinds(columns: &Columns, field: &Field, left: &mut Mask) {
    let has: Vec<bool> = columns.known_kinds.iter().map(|kind: &EventKind| field.is_of(*kind)).collect();
    if has.iter().all(|has| *has) {
        return;
    }
    let mut found = Mask::none(columns.len());
    columns.kinds.mark(&has, 0, &mut found);
    left.keep(&found, false);
}

/// The events of these sources; no names: all. An event that names no source is of any.
pub(super) fn of_sources(columns: &Columns, names: &[String]) -> Mask {
    if names.is_empty() {
        return Mask::all(columns.len());
    }
    let known = columns.known_sources.iter().map(|name| names.contains(name));
    let wanted: Vec<bool> = std::iter::once(true).chain(known).collect();
    let mut found = Mask::none(columns.len());
    columns.sources.mark(&wanted, 0, &mut found);
    found
}
