//! One group over time: its matching events in order, and an evaluator that has been fed up to one of them.
//!
//! Invariant: the evaluator's state is that of a run over the events up to `fed`. An event that comes behind it makes
//! the stretch that it can touch run again, with it and without it; what only the run with it says is new.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use tocsin_model::firing::{Firing, GroupValue};
use tocsin_model::time::Timestamp;

use super::plan::{ALWAYS, Plan};
use crate::contents::Fact;
use crate::evaluator::{Evaluator, Outcome};

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

/// What is kept of a group.
#[derive(Debug)]
pub(super) struct Timeline {
    shown: Vec<GroupValue>,
    /// Matching events, each with the row of its source.
    facts: BTreeMap<Arc<Fact>, i64>,
    evaluator: Evaluator,
    /// The last event that the evaluator has taken.
    fed: Option<Arc<Fact>>,
    /// The last boundary that was decided.
    decided: Option<Timestamp>,
    /// Candidates that were given out, by time, where one could come back.
    told: BTreeSet<(Timestamp, String)>,
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
        let evaluator = plan.evaluator(&shown);
        Self {
            shown,
            facts: BTreeMap::new(),
            evaluator,
            fed: None,
            decided: None,
            told: BTreeSet::new(),
            used: 0,
            timer: None,
            armed: None,
            last_source: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.facts.len()
    }

    /// The time of its newest event.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.facts.last_key_value().map(|(fact, _)| fact.time)
    }

    /// Takes events in, in any order, and gives the candidates that there were not before.
    pub(super) fn take(&mut self, plan: &Plan, new: Vec<(Arc<Fact>, i64)>, until: Timestamp) -> Vec<Candidate> {
        let (mut behind, mut ahead) = (Vec::new(), Vec::new());
        for (fact, source) in new {
            if self.facts.contains_key(&fact) {
                continue;
            }
            self.last_source = source;
            let passed = self.fed.as_ref().is_some_and(|fed| fact < *fed);
            if passed && plan.takes_in_any_order(self.evaluator.open(), fact.time) {
                self.evaluator.take_alone(&fact);
                self.facts.insert(fact, source);
            } else if passed || self.is_decided(plan, fact.time) {
                behind.push((fact, source));
            } else {
                ahead.push((fact, source));
            }
        }
        let mut out = if behind.is_empty() { Vec::new() } else { self.again(plan, behind) };
        self.facts.extend(ahead);
        out.extend(self.feed(plan, until));
        out
    }

    /// Whether it was decided already what an event at `time` would have had a say in.
    fn is_decided(&self, plan: &Plan, time: Timestamp) -> bool {
        self.decided.is_some_and(|decided| !plan.is_over(decided, time))
    }

    /// Puts an event in without asking anything yet.
    pub(super) fn fill(&mut self, fact: Arc<Fact>, source: i64) {
        self.last_source = source;
        self.facts.insert(fact, source);
    }

    /// Feeds the evaluator what may be taken, and decides what is over by `until`.
    pub(super) fn feed(&mut self, plan: &Plan, until: Timestamp) -> Vec<Candidate> {
        let mut run = Run::new(&mut self.evaluator, self.fed.take(), None);
        run.over(&self.facts, plan, until);
        let (fed, decided, found) = (run.fed, run.decided, run.found);
        self.fed = fed;
        self.decided = self.decided.max(decided);
        self.timer = if plan.decides_later { self.evaluator.boundary() } else { None };
        self.untold(plan, found)
    }

    /// Runs the stretch again that these events can touch, with what was decided decided.
    fn again(&mut self, plan: &Plan, behind: Vec<(Arc<Fact>, i64)>) -> Vec<Candidate> {
        let Some(first) = behind.iter().map(|(fact, _)| fact.time).min() else { return Vec::new() };
        let start = Arc::new(Fact::before(plan.reach(first)));
        let until = self.decided.unwrap_or(ALWAYS);
        let mut without = plan.evaluator(&self.shown);
        let mut run = Run::new(&mut without, Some(Arc::clone(&start)), None);
        run.over(&self.facts, plan, until);
        let known: HashSet<String> = run.found.iter().map(Candidate::key).collect();
        self.facts.extend(behind);
        let mut with = plan.evaluator(&self.shown);
        let mut run = Run::new(&mut with, Some(start), Some(&known));
        run.over(&self.facts, plan, until);
        let (fed, found) = (run.fed, run.found);
        // A silence that the event has broken may have to be waited for again.
        self.fed = fed;
        self.evaluator = with;
        self.untold(plan, found)
    }

    /// Those that were not given out before.
    fn untold(&mut self, plan: &Plan, mut found: Vec<Candidate>) -> Vec<Candidate> {
        if plan.wavers {
            let place = |firing: &Firing| if plan.by_window { firing.window_end } else { firing.fired_at };
            found.retain(|candidate| self.told.insert((place(&candidate.firing), candidate.key())));
        }
        found
    }

    /// Lets go of events before `limit` that the evaluator has taken; gives how many.
    pub(super) fn trim(&mut self, limit: Timestamp) -> usize {
        let before = self.facts.len();
        let Some(fed) = &self.fed else { return 0 };
        while let Some((first, _)) = self.facts.first_key_value() {
            if first.time >= limit || first > fed {
                break;
            }
            self.facts.pop_first();
        }
        self.told = self.told.split_off(&(limit, String::new()));
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

/// A run of an evaluator over events.
struct Run<'a> {
    evaluator: &'a mut Evaluator,
    /// The last event it took.
    fed: Option<Arc<Fact>>,
    /// The last boundary it decided.
    decided: Option<Timestamp>,
    /// Candidates that are not wanted.
    known: Option<&'a HashSet<String>>,
    found: Vec<Candidate>,
}

impl<'a> Run<'a> {
    const fn new(evaluator: &'a mut Evaluator, fed: Option<Arc<Fact>>, known: Option<&'a HashSet<String>>) -> Self {
        Self { evaluator, fed, decided: None, known, found: Vec::new() }
    }

    /// Takes the events after `fed`, each once what is over before it may be decided.
    fn over(&mut self, facts: &BTreeMap<Arc<Fact>, i64>, plan: &Plan, until: Timestamp) {
        let from = self.fed.clone().map_or(Bound::Unbounded, Bound::Excluded);
        for (fact, _) in facts.range((from, Bound::Unbounded)) {
            if plan.decides_later && !self.decide(plan, until, Some(fact.time)) {
                return;
            }
            let outcomes = self.evaluator.take_alone(fact);
            self.fed = Some(Arc::clone(fact));
            let event = (!plan.by_window).then(|| Arc::clone(fact));
            self.note(plan, outcomes, event.as_ref());
        }
        if plan.decides_later {
            self.decide(plan, until, None);
        }
    }

    /// Decides the boundaries before an event at `next`, or all that may be; false when one of them may not be yet.
    fn decide(&mut self, plan: &Plan, until: Timestamp, next: Option<Timestamp>) -> bool {
        while let Some(boundary) = self.evaluator.boundary() {
            if next.is_some_and(|next| !plan.is_over(boundary, next)) {
                return true;
            }
            if boundary > until {
                return false;
            }
            let outcomes = self.evaluator.decide_at(boundary);
            self.decided = self.decided.max(Some(boundary));
            self.note(plan, outcomes, None);
        }
        true
    }

    fn note(&mut self, plan: &Plan, outcomes: Vec<Outcome>, event: Option<&Arc<Fact>>) {
        for outcome in outcomes {
            // Every candidate of an evaluator of one group fires.
            let Outcome::Fired(firing) = outcome else { continue };
            let mut candidate = Candidate { event: event.cloned(), firing };
            if self.known.is_some_and(|known| known.contains(&candidate.key())) {
                continue;
            }
            if !plan.decides_later {
                candidate.firing.events = self.evaluator.contribution_alone();
            }
            self.found.push(candidate);
        }
    }
}
