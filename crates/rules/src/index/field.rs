//! What the values of one field say to the conditions on it.
//!
//! Tests that several conditions share are kept once. A value that a test names is looked up; patterns, networks,
//! comparisons and expressions are asked once per value, and the answer is remembered. Values with the same answers
//! are one class, so that what most values say, which is nothing, is kept once.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use tocsin_model::tree::Tree;
use tocsin_model::value::{Canonical, Member, Value};

use super::{Bits, clear, has, set};
use crate::compile::Compiled;

/// Most values and most words of classes that are remembered of a field; then it begins anew.
const MOST_VALUES: usize = 1 << 16;
const MOST_WORDS: usize = 1 << 20;

/// The class of values that pass no test.
const NOTHING: usize = 0;
/// Not a class yet: a value that a test names and that has not come.
const UNSEEN: usize = usize::MAX;

/// Values with the same answers.
#[derive(Debug)]
struct Class {
    /// The tests that they pass.
    passed: Bits,
    /// The rules whose conditions on the field they meet, and those that have none.
    rules: Bits,
}

/// One use of a test by a rule.
#[derive(Debug)]
struct Use {
    rule: usize,
    test: usize,
    negated: bool,
}

/// The conditions on one field.
#[derive(Debug, Default)]
pub(super) struct FieldIndex {
    /// Each test by the first rule that has it, and the place there.
    tests: Vec<(Arc<Compiled>, usize)>,
    by_key: HashMap<String, usize>,
    uses: Vec<Use>,
    /// The tests that name a value.
    named: HashMap<Canonical, Vec<usize>, RandomState>,
    /// The tests that have to be asked.
    asked: Vec<usize>,
    /// How a value is spelt matters too.
    sees_spelling: bool,
    /// How many words hold a bit for every rule.
    words: usize,
    classes: Vec<Class>,
    by_passed: HashMap<Bits, usize>,
    /// The class of values, by what is compared or by what is written.
    by_value: HashMap<Canonical, usize, RandomState>,
    by_spelling: HashMap<String, usize, RandomState>,
}

impl FieldIndex {
    /// Takes in a condition of a rule.
    pub(super) fn add(&mut self, rule: usize, compiled: &Arc<Compiled>, place: usize) {
        let Some(matcher) = compiled.matchers().get(place) else { return };
        let next = self.tests.len();
        let test = *self.by_key.entry(matcher.test_key()).or_insert(next);
        if test == next {
            self.tests.push((Arc::clone(compiled), place));
            for value in matcher.named() {
                self.named.entry(value).or_default().push(test);
            }
            if matcher.has_to_be_asked() {
                self.asked.push(test);
            }
            self.sees_spelling |= matcher.sees_spelling();
        }
        self.uses.push(Use { rule, test, negated: matcher.is_negated() });
    }

    /// Every condition was taken in.
    pub(super) fn finish(&mut self, rules: usize) {
        self.words = rules.div_ceil(64);
        self.begin();
    }

    /// Forgets what was learnt of values.
    fn begin(&mut self) {
        self.classes.clear();
        self.by_passed.clear();
        self.by_value.clear();
        self.by_spelling.clear();
        // One look-up tells values that no test names from those that have to be learnt.
        self.by_value.extend(self.named.keys().map(|value| (value.clone(), UNSEEN)));
        self.class(vec![0; self.tests.len().div_ceil(64)]);
    }

    /// The rules that are possible when the field has this value.
    pub(super) fn possible(&mut self, value: &Value) -> &[u64] {
        let too_much = self.by_value.len() + self.by_spelling.len() > MOST_VALUES + self.named.len()
            || self.classes.len() * (self.words + self.tests.len() / 64 + 1) > MOST_WORDS;
        if too_much {
            self.begin();
        }
        let class = match value.members() {
            [member] => self.class_of(member),
            members => {
                let mut passed = vec![0; self.tests.len().div_ceil(64)];
                for member in members {
                    let class = self.class_of(member);
                    let of_member = self.classes.get(class).map(|class| class.passed.as_slice()).unwrap_or_default();
                    passed.iter_mut().zip(of_member).for_each(|(all, one)| *all |= one);
                }
                self.class(passed)
            }
        };
        self.classes.get(class).map(|class| class.rules.as_slice()).unwrap_or_default()
    }

    /// The rules that are possible when an event whose kind has the field does not: a missing field passes no test.
    pub(super) fn possible_without(&self) -> &[u64] {
        self.classes.get(NOTHING).map(|class| class.rules.as_slice()).unwrap_or_default()
    }

    fn class_of(&mut self, member: &Member) -> usize {
        let known = if self.sees_spelling {
            self.by_spelling.get(written(member))
        } else {
            self.by_value.get(&member.canonical)
        };
        match known {
            Some(class) if *class != UNSEEN => *class,
            None if self.asked.is_empty() => NOTHING,
            Some(_) | None => self.learn(member),
        }
    }

    /// Asks what is to be asked of a value, once.
    fn learn(&mut self, member: &Member) -> usize {
        let mut passed = vec![0; self.tests.len().div_ceil(64)];
        for test in self.named.get(&member.canonical).into_iter().flatten() {
            set(&mut passed, *test);
        }
        for test in &self.asked {
            let takes =
                self.tests.get(*test).and_then(|(rule, place)| Some(rule.matchers().get(*place)?.takes(member)));
            if takes == Some(true) {
                set(&mut passed, *test);
            }
        }
        let class = self.class(passed);
        if self.sees_spelling {
            self.by_spelling.insert(written(member).to_owned(), class);
        } else {
            self.by_value.insert(member.canonical.clone(), class);
        }
        class
    }

    /// The class of values that pass these tests.
    fn class(&mut self, passed: Bits) -> usize {
        if let Some(class) = self.by_passed.get(&passed) {
            return *class;
        }
        let mut rules = vec![u64::MAX; self.words];
        for one in self.uses.iter().filter(|one| has(&passed, one.test) == one.negated) {
            clear(&mut rules, one.rule);
        }
        self.by_passed.insert(passed.clone(), self.classes.len());
        self.classes.push(Class { passed, rules });
        self.classes.len() - 1
    }
}

/// The text of a value as regular expressions see it.
fn written(member: &Member) -> &str {
    match &member.spelling {
        Tree::Text(text) | Tree::Number(text) => text,
        Tree::Bool(true) => "true",
        Tree::Bool(false) => "false",
        Tree::Null | Tree::List(_) | Tree::Map(_) => "",
    }
}
