//! A backtest: which firings there would have been over stored events.

use std::collections::HashMap;
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::firing::{Firing, group_order};
use tocsin_model::time::Timestamp;
use tocsin_model::value::Canonical;

use crate::compile::Compiled;
use crate::curve::{self, CurvePoint};
use crate::evaluator::{Evaluator, Outcome};
use crate::set::RuleSet;

/// The stretch whose firings are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Firings before it are not listed; the events fill windows and suppression.
    pub from: Option<Timestamp>,
    /// Nothing at or after it fires.
    pub to: Option<Timestamp>,
}

impl Bounds {
    /// Whether something at this time fires at all.
    pub(crate) fn may_fire(self, at: Timestamp) -> bool {
        self.to.is_none_or(|to| at < to)
    }

    /// Whether a firing at this time is listed.
    pub(crate) fn lists(self, at: Timestamp) -> bool {
        self.may_fire(at) && self.from.is_none_or(|from| at >= from)
    }
}

/// What a backtest found.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// Events that were looked at.
    pub events: u64,
    /// Events that meet the conditions.
    pub matched: u64,
    /// The firings by time, then group.
    pub firings: Vec<Firing>,
    /// Candidates and firings for other thresholds, when they were asked for and the trigger is `atLeast`.
    pub curve: Option<Vec<CurvePoint>>,
}

/// Runs a rule over events, which stand in the order of (time, id) with no id twice.
#[must_use]
pub fn backtest(rule: &Arc<Compiled>, events: &[Event], bounds: Bounds, with_curve: bool) -> Backtest {
    let mut ledger = Ledger::default();
    let (matched, curve) = if with_curve {
        every_reading(rule, events, bounds, &mut ledger)
    } else {
        (only_firings(rule, events, bounds, &mut ledger), None)
    };
    Backtest { events: events.len() as u64, matched, firings: ledger.firings(bounds), curve }
}

/// The curve needs the value of every window, also of those that do not fire.
fn every_reading(
    rule: &Arc<Compiled>,
    events: &[Event],
    bounds: Bounds,
    ledger: &mut Ledger,
) -> (u64, Option<Vec<CurvePoint>>) {
    let mut evaluator = Evaluator::new(Arc::clone(rule));
    evaluator.readings = Some(Vec::new());
    for event in events {
        ledger.note(evaluator.process(event), bounds);
    }
    if let Some(last) = events.last() {
        ledger.note(evaluator.finish(last.time), bounds);
    }
    let readings = evaluator.readings.take().unwrap_or_default();
    let asked: Vec<_> = readings.iter().map(|reading| reading.asked).collect();
    (evaluator.matched(), curve::curve(rule.rule(), &asked, bounds))
}

/// The quick way; gives how many events matched.
fn only_firings(rule: &Arc<Compiled>, events: &[Event], bounds: Bounds, ledger: &mut Ledger) -> u64 {
    const ONLY: usize = 0;
    /// What they set off is noted before the next ones.
    const AT_ONCE: usize = 1_024;
    let mut set = RuleSet::new(std::slice::from_ref(rule));
    let mut out = Vec::new();
    for some in events.chunks(AT_ONCE) {
        set.process_all(some, &mut out);
        ledger.note(out.drain(..).map(|(_, outcome)| outcome), bounds);
    }
    if let Some(last) = events.last() {
        ledger.note(set.finish(last.time).into_iter().map(|(_, outcome)| outcome), bounds);
    }
    set.matched(ONLY)
}

/// The firings so far, each with what joined it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    firings: Vec<Firing>,
    /// The last firing of each group.
    last: HashMap<Vec<Option<Canonical>>, usize>,
}

impl Ledger {
    pub(crate) fn note(&mut self, outcomes: impl IntoIterator<Item = Outcome>, bounds: Bounds) {
        for outcome in outcomes.into_iter().filter(|outcome| bounds.may_fire(outcome.at())) {
            let group = outcome.group().iter().map(|value| value.canonical.clone()).collect();
            match outcome {
                Outcome::Fired(firing) => {
                    self.last.insert(group, self.firings.len());
                    self.firings.push(firing);
                }
                Outcome::Joined { at, .. } => {
                    let last = self.last.get(&group).and_then(|last| self.firings.get_mut(*last));
                    if let Some(firing) = last {
                        firing.occurrences += 1;
                        firing.last_seen = at;
                    }
                }
            }
        }
    }

    pub(crate) fn firings(mut self, bounds: Bounds) -> Vec<Firing> {
        self.firings.retain(|firing| bounds.lists(firing.fired_at));
        self.firings.sort_by(|left, right| {
            left.fired_at.cmp(&right.fired_at).then_with(|| group_order(&left.group, &right.group))
        });
        self.firings
    }
}
