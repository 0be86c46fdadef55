//! Silences of one group: events after which nothing came for as long as the rule's window.
//!
//! Invariant: what waits is every event after which, of all that is known, nothing comes until its deadline, and whose
//! deadline was not decided. An event changes that for itself and for the one before it, in whatever order it comes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use tocsin_model::firing::{Contribution, Exact, Firing, GroupValue};
use tocsin_model::time::Timestamp;

use super::plan::Plan;
use super::timeline::{Candidate, Facts};
use crate::contents::Fact;

/// What is known of a group's silences.
#[derive(Debug, Default)]
pub(super) struct Silences {
    /// The times of events after which nothing came, by their deadlines.
    waiting: BTreeMap<Timestamp, Timestamp>,
    /// The last deadline that was decided.
    decided: Option<Timestamp>,
    /// The times of events whose silences were given out.
    told: BTreeSet<Timestamp>,
}

impl Silences {
    /// Takes events that stand among all that are known; gives the silences whose time is over already.
    pub(super) fn take(
        &mut self,
        plan: &Plan,
        shown: &[GroupValue],
        facts: &Facts,
        new: &[Arc<Fact>],
    ) -> Vec<Candidate> {
        new.iter().for_each(|fact| self.put(plan, facts, fact));
        self.give(shown, self.decided)
    }

    /// Takes an event that stands among all that are known; nothing is decided.
    pub(super) fn put(&mut self, plan: &Plan, facts: &Facts, fact: &Arc<Fact>) {
        // An event at the very deadline still ends a silence.
        let broken = self.waiting.range(fact.time..).next().filter(|(_, last)| **last < fact.time);
        if let Some(deadline) = broken.map(|(deadline, _)| *deadline) {
            self.waiting.remove(&deadline);
        }
        let Some(deadline) = plan.deadline(fact.time) else { return };
        let next = facts.range((Bound::Excluded(Arc::clone(fact)), Bound::Unbounded)).next();
        if next.is_none_or(|(next, _)| next.time > deadline) && !self.told.contains(&fact.time) {
            self.waiting.insert(deadline, fact.time);
        }
    }

    /// Decides the deadlines by `until`.
    pub(super) fn decide(&mut self, shown: &[GroupValue], until: Timestamp) -> Vec<Candidate> {
        self.give(shown, Some(until))
    }

    /// The first deadline that is waited for.
    pub(super) fn boundary(&self) -> Option<Timestamp> {
        self.waiting.first_key_value().map(|(deadline, _)| *deadline)
    }

    fn give(&mut self, shown: &[GroupValue], until: Option<Timestamp>) -> Vec<Candidate> {
        let mut out = Vec::new();
        while let Some(first) = self.waiting.first_entry().filter(|first| Some(*first.key()) <= until) {
            let (deadline, last) = first.remove_entry();
            self.decided = self.decided.max(Some(deadline));
            self.told.insert(last);
            let firing = Firing {
                group: shown.to_vec(),
                fired_at: deadline,
                window_start: last,
                window_end: deadline,
                value: Exact::whole(0),
                occurrences: 1,
                last_seen: deadline,
                events: Contribution::default(),
            };
            out.push(Candidate { event: None, firing });
        }
        out
    }

    /// Forgets what was given out of events before `limit`.
    pub(super) fn trim(&mut self, limit: Timestamp) {
        self.told = self.told.split_off(&limit);
    }
}
