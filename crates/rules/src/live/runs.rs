//! A rule that is asked by running its evaluator over the events of a group.
//!
//! Invariant: the evaluator's state is that of a run over the events up to `fed`. An event that comes behind it makes
//! the stretch that it can touch run again, with it and without it; what only the run with it says is new.

use std::collections::{BTreeSet, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use tocsin_model::firing::{Firing, GroupValue};
use tocsin_model::time::Timestamp;

use super::plan::{ALWAYS, Plan};
use super::timeline::{Candidate, Facts};
use crate::contents::Fact;
use crate::evaluator::{Evaluator, Outcome};

/// An evaluator that has been fed up to an event.
#[derive(Debug)]
pub(super) struct Runs {
    evaluator: Evaluator,
    /// The last event that the evaluator has taken.
    fed: Option<Arc<Fact>>,
    /// The last boundary that was decided.
    decided: Option<Timestamp>,
    /// Candidates that were given out, by time, where one could come back.
    told: BTreeSet<(Timestamp, String)>,
}

impl Runs {
    pub(super) fn new(plan: &Plan, shown: &[GroupValue]) -> Self {
        Self { evaluator: plan.evaluator(shown), fed: None, decided: None, told: BTreeSet::new() }
    }

    /// Puts new events among those that are known; gives the candidates that those behind others make.
    pub(super) fn take(
        &mut self,
        plan: &Plan,
        shown: &[GroupValue],
        facts: &mut Facts,
        new: Vec<(Arc<Fact>, i64)>,
    ) -> Vec<Candidate> {
        let (mut behind, mut ahead) = (Vec::new(), Vec::new());
        for (fact, source) in new {
            let passed = self.fed.as_ref().is_some_and(|fed| fact < *fed);
            if passed && plan.takes_in_any_order(self.evaluator.open(), fact.time) {
                self.evaluator.take_alone(&fact);
                facts.insert(fact, source);
            } else if passed || self.is_decided(plan, fact.time) {
                behind.push((fact, source));
            } else {
                ahead.push((fact, source));
            }
        }
        let out = if behind.is_empty() { Vec::new() } else { self.again(plan, shown, facts, behind) };
        facts.extend(ahead);
        out
    }

    /// Whether it was decided already what an event at `time` would have had a say in.
    fn is_decided(&self, plan: &Plan, time: Timestamp) -> bool {
        self.decided.is_some_and(|decided| !plan.is_over(decided, time))
    }

    /// Feeds the evaluator what may be taken, and decides what is over by `until`.
    pub(super) fn feed(&mut self, plan: &Plan, facts: &Facts, until: Timestamp) -> Vec<Candidate> {
        let mut run = Run::new(&mut self.evaluator, self.fed.take(), None);
        run.over(facts, plan, until);
        let (fed, decided, found) = (run.fed, run.decided, run.found);
        self.fed = fed;
        self.decided = self.decided.max(decided);
        self.untold(plan, found)
    }

    /// The boundary that it waits for.
    pub(super) fn boundary(&self, plan: &Plan) -> Option<Timestamp> {
        if plan.decides_later { self.evaluator.boundary() } else { None }
    }

    /// Runs the stretch again that these events can touch, with what was decided decided.
    fn again(
        &mut self,
        plan: &Plan,
        shown: &[GroupValue],
        facts: &mut Facts,
        behind: Vec<(Arc<Fact>, i64)>,
    ) -> Vec<Candidate> {
        let Some(first) = behind.iter().map(|(fact, _)| fact.time).min() else { return Vec::new() };
        let start = Arc::new(Fact::before(plan.reach(first)));
        let until = self.decided.unwrap_or(ALWAYS);
        let mut without = plan.evaluator(shown);
        let mut run = Run::new(&mut without, Some(Arc::clone(&start)), None);
        run.over(facts, plan, until);
        let known: HashSet<String> = run.found.iter().map(Candidate::key).collect();
        facts.extend(behind);
        let mut with = plan.evaluator(shown);
        let mut run = Run::new(&mut with, Some(start), Some(&known));
        run.over(facts, plan, until);
        let (fed, found) = (run.fed, run.found);
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

    /// Whether the evaluator has taken this event.
    pub(super) fn has_taken(&self, fact: &Fact) -> bool {
        self.fed.as_ref().is_some_and(|fed| fact <= fed.as_ref())
    }

    /// Forgets what was given out before `limit`.
    pub(super) fn trim(&mut self, limit: Timestamp) {
        self.told = self.told.split_off(&(limit, String::new()));
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
    fn over(&mut self, facts: &Facts, plan: &Plan, until: Timestamp) {
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
