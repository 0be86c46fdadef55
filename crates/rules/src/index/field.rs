//! What the values of one field say to the conditions on it.
//!
//! Tests that several conditions share are kept once. A value that a test names is looked up, by the hash that it was
//! read with; patterns, networks, comparisons and expressions are asked once per value, and the answer is remembered.
//! Values with the same answers are one class, so that what most values say, which is nothing, is kept once. The rows of
//! all classes stand one behind the other.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::value::{Canonical, Member, Value};

use super::block::{FEW_WORDS, Notes, few};
use super::{Bits, clear, each_one, has, set};
use crate::compile::Compiled;
use crate::table::{Kept, Table, half};

/// Most values, bytes of their texts, and words of classes that are remembered of a field; then it begins anew.
const MOST_VALUES: usize = 1 << 16;
const MOST_BYTES: usize = 1 << 24;
const MOST_WORDS: usize = 1 << 20;

/// The class of values that pass no test.
const NOTHING: u32 = 0;
/// No class: a test names the value, and it has not come.
const UNSEEN: u32 = u32::MAX;

/// One use of a test by a rule.
#[derive(Debug)]
struct Use {
    rule: usize,
    test: usize,
    negated: bool,
}

/// A value that a test names, or that was asked about.
#[derive(Debug)]
#[repr(align(32))]
struct Known {
    value: Canonical,
    hash: u32,
    class: u32,
}

impl Kept for Known {
    fn hash(&self) -> u32 {
        self.hash
    }
}

/// The conditions on one field.
#[derive(Debug)]
pub(super) struct FieldIndex {
    field: Field,
    /// Each test by the first rule that has it, and the place there.
    tests: Vec<(Arc<Compiled>, usize)>,
    by_key: HashMap<String, usize>,
    /// In the order of rules.
    uses: Vec<Use>,
    /// The rules that use a test.
    users: Vec<Vec<usize>>,
    /// The tests that name a value.
    named: HashMap<Canonical, Vec<usize>, RandomState>,
    /// The tests that have to be asked.
    asked: Vec<usize>,
    /// How a value is spelt matters too.
    sees_spelling: bool,
    /// The rows of classes: of each the rules whose conditions on the field its values meet, or that have none.
    rules: Rows,
    /// The same of few rules.
    few: Vec<u128>,
    /// Of each the tests that its values pass.
    passed: Rows,
    by_passed: HashMap<Bits, u32, RandomState>,
    /// The class of values, by what is compared or by what is written.
    by_value: Table<Known>,
    by_spelling: HashMap<String, u32, RandomState>,
    /// Bytes of the texts that were learnt: senders choose how long they are.
    learnt_bytes: usize,
}

impl FieldIndex {
    pub(super) fn new(field: Field) -> Self {
        Self {
            field,
            tests: Vec::new(),
            by_key: HashMap::new(),
            uses: Vec::new(),
            users: Vec::new(),
            named: HashMap::default(),
            asked: Vec::new(),
            sees_spelling: false,
            rules: Rows::default(),
            few: Vec::new(),
            passed: Rows::default(),
            by_passed: HashMap::default(),
            by_value: Table::default(),
            by_spelling: HashMap::default(),
            learnt_bytes: 0,
        }
    }

    /// What it is about.
    pub(super) const fn field(&self) -> &Field {
        &self.field
    }

    /// Takes in a condition of a rule; rules come in order.
    pub(super) fn add(&mut self, rule: usize, compiled: &Arc<Compiled>, place: usize) {
        let Some(matcher) = compiled.matchers().get(place) else { return };
        let next = self.tests.len();
        let test = *self.by_key.entry(matcher.test_key()).or_insert(next);
        if test == next {
            self.tests.push((Arc::clone(compiled), place));
            self.users.push(Vec::new());
            for value in matcher.named() {
                self.named.entry(value).or_default().push(test);
            }
            if matcher.has_to_be_asked() {
                self.asked.push(test);
            }
            self.sees_spelling |= matcher.sees_spelling();
        }
        self.uses.push(Use { rule, test, negated: matcher.is_negated() });
        if let Some(users) = self.users.get_mut(test) {
            users.push(rule);
        }
    }

    /// Every condition was taken in.
    pub(super) fn finish(&mut self, rules: usize) {
        (self.rules.words, self.passed.words) = (rules.div_ceil(64), self.tests.len().div_ceil(64));
        self.begin();
    }

    /// How many rules most values leave possible.
    pub(super) fn left_by_most(&self) -> usize {
        self.possible_without().iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Forgets what was learnt of values. What the tests name is learnt at once, up to half of what may be remembered:
    /// no event has to wait for it.
    fn begin(&mut self) {
        self.rules.all.clear();
        self.few.clear();
        self.passed.all.clear();
        self.by_passed.clear();
        self.by_value.clear();
        self.by_spelling.clear();
        self.learnt_bytes = 0;
        let mut nothing = vec![u64::MAX; self.rules.words];
        self.uses.iter().filter(|one| !one.negated).for_each(|one| clear(&mut nothing, one.rule));
        self.row(&nothing);
        let none = vec![0; self.passed.words];
        self.passed.push(&none);
        self.by_passed.insert(none, NOTHING);
        let named: Vec<(Canonical, Bits)> =
            self.named.keys().map(|value| (value.clone(), self.naming(value))).collect();
        for (value, passed) in named {
            let is_certain = self.asked.is_empty() && self.words() < MOST_WORDS / 2;
            let class = if is_certain { self.class(passed) } else { UNSEEN };
            self.remember(value, class);
        }
    }

    /// Adds the row of a class.
    fn row(&mut self, row: &[u64]) -> u32 {
        if self.rules.words <= FEW_WORDS {
            self.few.push(few(row));
        }
        self.rules.push(row)
    }

    fn words(&self) -> usize {
        self.rules.all.len() + self.passed.all.len()
    }

    /// The tests that name a value.
    fn naming(&self, value: &Canonical) -> Bits {
        let mut passed = vec![0; self.passed.words];
        self.named.get(value).into_iter().flatten().for_each(|test| set(&mut passed, *test));
        passed
    }

    fn remember(&mut self, value: Canonical, class: u32) {
        let hash = value.hash_once();
        match self.by_value.find_mut(hash, |known| known.value == value) {
            Some(known) => known.class = class,
            None => self.by_value.insert(Known { value, hash: half(hash), class }),
        }
    }

    /// Lays what is possible of each event over what is left of it, of few rules.
    pub(super) fn narrow(&mut self, events: &[Event], notes: &mut Notes) {
        // A value that nothing is known of passes no test, or has to be learnt.
        let unknown = if self.asked.is_empty() && !self.sees_spelling { NOTHING } else { UNSEEN };
        let Self { field, by_value, few, .. } = &*self;
        notes.lay_over(events, |event| {
            let class = match event.get(field).map(Value::members) {
                None => NOTHING,
                Some([member]) => {
                    let look = |known: &Known| known.value.is(member.canonical()).then_some(known.class);
                    by_value.find(member.hash(), look).unwrap_or(unknown)
                }
                Some(_) => UNSEEN,
            };
            few.get(class as usize).copied()
        });
        notes.lay_late(events, |event| {
            let class = event.get(&self.field).map_or(NOTHING, |value| self.class_of_value(value));
            self.few.get(class as usize).copied().unwrap_or_default()
        });
    }

    /// The rules that are possible when the field has this value.
    #[inline(always)]
    pub(super) fn possible(&mut self, value: &Value) -> &[u64] {
        let class = self.class_of_value(value);
        self.rules.row(class)
    }

    #[inline(always)]
    fn class_of_value(&mut self, value: &Value) -> u32 {
        match value.members() {
            [member] => self.class_of(member),
            members => self.class_of_all(members),
        }
    }

    /// The rules that are possible when an event whose kind has the field does not: a missing field passes no test.
    pub(super) fn possible_without(&self) -> &[u64] {
        self.rules.row(NOTHING)
    }

    /// Of all that is done for every event this is done most often, so it is laid out where it is asked.
    #[inline(always)]
    fn class_of(&mut self, member: &Member) -> u32 {
        if self.sees_spelling {
            let known = self.by_spelling.get(member.written()).copied();
            return known.unwrap_or_else(|| self.learn(member));
        }
        let look = |known: &Known| known.value.is(member.canonical()).then_some(known.class);
        match self.by_value.find(member.hash(), look) {
            None if self.asked.is_empty() => NOTHING,
            None | Some(UNSEEN) => self.learn(member),
            Some(class) => class,
        }
    }

    /// The class of several values together: they pass what any of them passes.
    fn class_of_all(&mut self, members: &[Member]) -> u32 {
        let mut passed = vec![0; self.passed.words];
        for member in members {
            let class = self.class_of(member);
            passed.iter_mut().zip(self.passed.row(class)).for_each(|(all, one)| *all |= one);
        }
        self.begin_when_full();
        self.class(passed)
    }

    /// Asks what is to be asked of a value, once.
    #[cold]
    fn learn(&mut self, member: &Member) -> u32 {
        self.begin_when_full();
        let mut passed = self.naming(member.canonical());
        for test in &self.asked {
            let takes =
                self.tests.get(*test).and_then(|(rule, place)| Some(rule.matchers().get(*place)?.takes(member)));
            if takes == Some(true) {
                set(&mut passed, *test);
            }
        }
        let class = self.class(passed);
        self.learnt_bytes += member.written().len();
        if self.sees_spelling {
            self.by_spelling.insert(member.written().to_owned(), class);
        } else {
            self.remember(member.canonical().clone(), class);
        }
        class
    }

    fn begin_when_full(&mut self) {
        let values = self.by_value.len() + self.by_spelling.len();
        let is_full = values > MOST_VALUES + self.named.len() || self.learnt_bytes > MOST_BYTES;
        if is_full || self.words() > MOST_WORDS {
            self.begin();
        }
    }

    /// The class of values that pass these tests. Only rules that use one of them differ from those that pass none.
    fn class(&mut self, passed: Bits) -> u32 {
        if let Some(class) = self.by_passed.get(&passed) {
            return *class;
        }
        let mut row = self.rules.row(NOTHING).to_vec();
        let mut touched = Vec::new();
        each_one(&passed, |test| touched.extend(self.users.get(test).into_iter().flatten()));
        for rule in touched {
            let from = self.uses.partition_point(|one| one.rule < rule);
            let of_rule = self.uses.iter().skip(from).take_while(|one| one.rule == rule);
            let mut all = of_rule.map(|one| has(&passed, one.test) != one.negated);
            if all.all(|holds| holds) { set(&mut row, rule) } else { clear(&mut row, rule) }
        }
        let class = self.row(&row);
        self.passed.push(&passed);
        self.by_passed.insert(passed, class);
        class
    }
}

/// Rows of bits, as long as one another, without gaps.
#[derive(Debug, Default)]
struct Rows {
    words: usize,
    all: Vec<u64>,
}

impl Rows {
    /// Adds a row and gives its place.
    fn push(&mut self, row: &[u64]) -> u32 {
        let place = self.all.len() / self.words.max(1);
        self.all.extend_from_slice(row);
        place as u32
    }

    #[inline]
    fn row(&self, place: u32) -> &[u64] {
        let from = place as usize * self.words;
        self.all.get(from..from + self.words).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

    use super::*;
    use crate::{Lists, compile};
    use tocsin_model::event::event;
    use tocsin_model::rule::document::{self, Format};

    #[test]
    fn long_values_do_not_fill_the_memory() {
        let json = r#"{"name": "r", "conditions": [{"type": "path", "values": ["*z"]}],
            "trigger": {"kind": "atLeast", "value": 1}}"#;
        let rule = Arc::new(compile(document::read(json, Format::Json).document.unwrap().rule, &Lists::new()).unwrap());
        let mut field = FieldIndex::new(rule.matchers()[0].field().clone());
        field.add(0, &rule, 0);
        field.finish(1);
        let mut most = 0;
        for at in 0..1_200 {
            let end = if at % 3 == 0 { "z" } else { "y" };
            let path = format!("/{at}/{}{end}", "x".repeat(16_000));
            let line = format!(
                r#"{{"id":"{at}","time":"2026-03-04T05:06:07Z","kind":"api.request","fields":{{"path":"{path}"}}}}"#
            );
            let event = event(&line).unwrap();
            let (_, value) = event.fields.into_iter().next().expect("it has a path");
            assert_eq!(has(field.possible(value), 0), at % 3 == 0, "{at}");
            most = most.max(field.learnt_bytes);
        }
        assert!(most > MOST_BYTES / 2 && most <= MOST_BYTES + 16_100, "{most}");
    }
}
