//! One group over time: its matching events in order, and what they say.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use tocsin_model::firing::{Firing, GroupValue};
use tocsin_model::time::Timestamp;

use super::plan::{Plan, Way};
use super::runs::Runs;
use super::silence::Silences;
use super::windows::Windows;
use crate::contents::Fact;

/// Matching events, each with the row of its source.
pub(super) type Facts = BTreeMap<Arc<Fact>, i64>;

/// A candidate: a trigger held, whether or not something suppresses it.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The event that made it hold; otherwise the start of its window does.
    pub(super) event: Option<Arc<Fact>>,
    pub(super) firing: Firing,
}

impl Candidate {
    /// What makes it one and the same.
    pub(super) fn key(&self) -> String {
        match &self.event {
            Some(fact) => fact.id.clone(),
            None => self.firing.window_start.millis().to_string(),
        }
    }
}

/// What is known of a group, by what its rule is.
#[derive(Debug)]
enum Known {
    Runs(Box<Runs>),
    Windows(Windows),
    Silences(Silences),
}

/// What is kept of a group.
#[derive(Debug)]
pub(super) struct Timeline {
    shown: Vec<GroupValue>,
    facts: Facts,
    known: Known,
    /// When it was last used, as a count.
    pub(super) used: u64,
    /// The boundary that it waits for, and the one that it is known to wait for.
    pub(super) timer: Option<Timestamp>,
    pub(super) armed: Option<Timestamp>,
    /// The source of the event that came last.
    last_source: i64,
}

impl Timeline {
    pub(super) fn new(plan: &Plan, shown: Vec<GroupValue>) -> Self {
        let known = match plan.way {
            Way::Runs => Known::Runs(Box::new(Runs::new(plan, &shown))),
            Way::Windows => Known::Windows(Windows::default()),
            Way::Silences => Known::Silences(Silences::default()),
        };
        Self { shown, facts: BTreeMap::new(), known, used: 0, timer: None, armed: None, last_source: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.facts.len()
    }

    /// The time of its newest event.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.facts.last_key_value().map(|(fact, _)| fact.time)
    }

    /// Takes events in, sorted but in any order with those of before, and gives the candidates that there were not.
    pub(super) fn take(&mut self, plan: &Plan, mut new: Vec<(Arc<Fact>, i64)>, until: Timestamp) -> Vec<Candidate> {
        new.retain(|(fact, _)| !self.facts.contains_key(fact));
        new.dedup_by(|(fact, _), (before, _)| fact == before);
        self.last_source = new.last().map_or(self.last_source, |(_, source)| *source);
        let mut out = match &mut self.known {
            Known::Runs(runs) => runs.take(plan, &self.shown, &mut self.facts, new),
            Known::Windows(windows) => {
                let facts = insert(&mut self.facts, new);
                windows.take(plan, &self.shown, &facts)
            }
            Known::Silences(silences) => {
                let facts = insert(&mut self.facts, new);
                silences.take(plan, &self.shown, &self.facts, &facts)
            }
        };
        out.extend(self.feed(plan, until));
        out
    }

    /// Puts an event in without asking anything yet.
    pub(super) fn fill(&mut self, plan: &Plan, fact: Arc<Fact>, source: i64) {
        self.last_source = source;
        if self.facts.insert(Arc::clone(&fact), source).is_some() {
            return;
        }
        match &mut self.known {
            Known::Runs(_) => {}
            Known::Windows(windows) => _ = windows.put(plan, &fact),
            Known::Silences(silences) => silences.put(plan, &self.facts, &fact),
        }
    }

    /// Takes what may be taken, and decides what is over by `until`.
    pub(super) fn feed(&mut self, plan: &Plan, until: Timestamp) -> Vec<Candidate> {
        let (found, timer) = match &mut self.known {
            Known::Runs(runs) => (runs.feed(plan, &self.facts, until), runs.boundary(plan)),
            Known::Windows(windows) => (windows.decide(plan, &self.shown, until), windows.boundary()),
            Known::Silences(silences) => (silences.decide(&self.shown, until), silences.boundary()),
        };
        self.timer = timer;
        found
    }

    /// Lets go of events before `limit` that are no longer needed; gives how many.
    pub(super) fn trim(&mut self, limit: Timestamp) -> usize {
        let before = self.facts.len();
        let known = &self.known;
        let is_done = |fact: &Fact| match known {
            Known::Runs(runs) => runs.has_taken(fact),
            Known::Windows(_) | Known::Silences(_) => true,
        };
        while self.facts.first_key_value().is_some_and(|(first, _)| first.time < limit && is_done(first)) {
            self.facts.pop_first();
        }
        match &mut self.known {
            Known::Runs(runs) => runs.trim(limit),
            Known::Windows(windows) => windows.trim(limit),
            Known::Silences(silences) => silences.trim(limit),
        }
        before - self.facts.len()
    }

    /// The source of what fired: of the event that did it, of the last one in the window, or of the last one before it.
    pub(super) fn source_of(&self, candidate: &Candidate) -> i64 {
        if let Some(source) = candidate.event.as_ref().and_then(|fact| self.facts.get(fact)) {
            return *source;
        }
        let end =
            Arc::new(Fact::before(Timestamp::from_millis(candidate.firing.window_end.millis().saturating_add(1))));
        let before = self.facts.range((Bound::Unbounded, Bound::Excluded(end))).next_back();
        before.or_else(|| self.facts.first_key_value()).map_or(self.last_source, |(_, source)| *source)
    }
}

fn insert(facts: &mut Facts, new: Vec<(Arc<Fact>, i64)>) -> Vec<Arc<Fact>> {
    let kept = |(fact, source)| {
        facts.insert(Arc::clone(&fact), source);
        fact
    };
    new.into_iter().map(kept).collect()
}
