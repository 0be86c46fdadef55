//! What a window of one group holds, and its measure. Exact: sums are whole thousandths, nothing is assumed to rise.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::firing::{Contribution, Exact};
use tocsin_model::rule::Measure;
use tocsin_model::time::Timestamp;
use tocsin_model::value::{Canonical, Decimal};

use crate::compile::Compiled;

/// How many contributing events a firing names.
pub(crate) const NAMED_EVENTS: usize = 100;

/// What the measure needs of a matching event.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) time: Timestamp,
    pub(crate) id: String,
    /// The values of the field whose values are counted.
    pub(crate) shown: Vec<Canonical>,
    number: Option<Decimal>,
    inner: bool,
}

impl Fact {
    /// What a rule needs of an event; `counted` is the field whose values are counted.
    pub(crate) fn new(event: &Event, rule: &Compiled, counted: Option<&Field>) -> Self {
        let number = |field: &Field| event.get(field).and_then(|value| value.number());
        let shown = counted.and_then(|field| event.get(field)).map(|value| value.members()).unwrap_or_default();
        Self {
            time: event.time,
            id: event.id.clone(),
            shown: shown.iter().map(|member| member.canonical().clone()).collect(),
            number: match &rule.rule().measure {
                Measure::Sum(field) | Measure::Mean(field) | Measure::Max(field) => number(field),
                Measure::Count | Measure::Distinct(_) | Measure::Share { .. } => None,
            },
            inner: matches!(rule.rule().measure, Measure::Share { .. }) && rule.meets_inner(event),
        }
    }

    /// Stands before every event at `time`, for searching.
    pub(crate) const fn before(time: Timestamp) -> Self {
        Self { time, id: String::new(), shown: Vec::new(), number: None, inner: false }
    }
}

impl PartialEq for Fact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fact {}

impl PartialOrd for Fact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fact {
    /// The order in which events are taken.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.time, &self.id).cmp(&(other.time, &other.id))
    }
}

/// The matching events of a window, in order, and what is known of them together.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// All of them when the window rolls, else those that a firing names.
    facts: VecDeque<Arc<Fact>>,
    total: u64,
    shown: HashMap<Canonical, u64>,
    numbers: u64,
    sum: i128,
    largest: BTreeMap<Decimal, u64>,
    inner: u64,
}

impl Contents {
    /// Takes an event in; one that will never leave alone need not be kept.
    pub(crate) fn add(&mut self, fact: &Arc<Fact>, will_leave: bool) {
        self.total += 1;
        for value in &fact.shown {
            *self.shown.entry(value.clone()).or_default() += 1;
        }
        if let Some(number) = fact.number {
            self.numbers += 1;
            self.sum += number.thousandths();
            *self.largest.entry(number).or_default() += 1;
        }
        self.inner += u64::from(fact.inner);
        // Whatever order they came in, they are named in that of time, and the first ones are.
        let is_last = self.facts.back().is_none_or(|last| last <= fact);
        let at = if is_last { self.facts.len() } else { self.facts.partition_point(|known| known <= fact) };
        if will_leave || at < NAMED_EVENTS {
            self.facts.insert(at, Arc::clone(fact));
            if !will_leave {
                self.facts.truncate(NAMED_EVENTS);
            }
        }
    }

    /// Lets go of what is at or before `limit`. Only for windows whose events were kept.
    pub(crate) fn leave_until(&mut self, limit: Timestamp) {
        while self.facts.front().is_some_and(|fact| fact.time <= limit) {
            let Some(fact) = self.facts.pop_front() else { return };
            self.total -= 1;
            for value in &fact.shown {
                take_one(&mut self.shown, value);
            }
            if let Some(number) = fact.number {
                self.numbers -= 1;
                self.sum -= number.thousandths();
                if let Some(count) = self.largest.get_mut(&number) {
                    *count -= 1;
                    if *count == 0 {
                        self.largest.remove(&number);
                    }
                }
            }
            self.inner -= u64::from(fact.inner);
        }
    }

    /// How many events there are.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// How many of them show this value.
    pub(crate) fn showing(&self, value: &Canonical) -> u64 {
        self.shown.get(value).copied().unwrap_or(0)
    }

    /// The measure; `None` when it has no value.
    pub(crate) fn value(&self, measure: &Measure) -> Option<Exact> {
        match measure {
            Measure::Count => Some(Exact::whole(self.total)),
            Measure::Distinct(_) => Some(Exact::whole(self.shown.len() as u64)),
            Measure::Sum(_) => Exact::fraction(self.sum, 1).filter(|_| self.numbers > 0),
            Measure::Mean(_) => Exact::fraction(self.sum, self.numbers),
            Measure::Max(_) => {
                self.largest.keys().next_back().and_then(|largest| Exact::fraction(largest.thousandths(), 1))
            }
            Measure::Share { minimum_events, .. } => {
                Exact::fraction(i128::from(self.inner) * 100_000, self.total).filter(|_| self.total >= *minimum_events)
            }
        }
    }

    /// The events behind the value.
    pub(crate) fn contribution(&self) -> Contribution {
        let first = self.facts.iter().take(NAMED_EVENTS).map(|fact| fact.id.clone()).collect();
        Contribution { first, total: self.total }
    }
}

/// Counts one less of a value, and forgets it at none.
fn take_one(counts: &mut HashMap<Canonical, u64>, value: &Canonical) {
    if let Some(count) = counts.get_mut(value) {
        *count -= 1;
        if *count == 0 {
            counts.remove(value);
        }
    }
}
