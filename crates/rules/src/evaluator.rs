//! The evaluator of one rule. Events go in in the order of (time, id); firings, and what joins them, come out.
//!
//! Invariant: what an event sets off depends only on the events before it, so live evaluation and a backtest of the
//! same events agree.

use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::firing::{Contribution, Exact, Firing, GroupValue};
use tocsin_model::rule::window::{Window, WindowKind};
use tocsin_model::rule::{Measure, Rule, Trigger};
use tocsin_model::time::{Span, Timestamp};

use crate::baseline::{self, Calendar};
use crate::compile::Compiled;
use crate::contents::{Contents, Fact};
use crate::group::{GroupId, Groups};
use crate::history::History;
use crate::judge::{Asked, Judge, Verdict};

/// What a candidate became.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A firing.
    Fired(Firing),
    /// Another occurrence of the group's last firing.
    Joined {
        /// The group.
        group: Arc<[GroupValue]>,
        /// When.
        at: Timestamp,
    },
}

impl Outcome {
    /// When the candidate came.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Fired(firing) => firing.fired_at,
            Self::Joined { at, .. } => *at,
        }
    }

    /// Its group.
    #[must_use]
    pub fn group(&self) -> &[GroupValue] {
        match self {
            Self::Fired(firing) => &firing.group,
            Self::Joined { group, .. } => group,
        }
    }
}

/// A window that was asked, and what came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) asked: Asked,
    /// None: the trigger did not hold. Some of none: it had held in this window before.
    pub(crate) verdict: Option<Option<Verdict>>,
}

/// What is kept of a group.
#[derive(Debug, Default)]
struct Group {
    contents: Contents,
    /// For `absent`: its last matching event, until the absence has fired.
    last: Option<Timestamp>,
    history: History,
    windows: baseline::Past,
}

/// Evaluates one rule over events in order.
#[derive(Debug)]
pub struct Evaluator {
    rule: Arc<Compiled>,
    pub(crate) groups: Groups,
    states: Vec<Group>,
    /// The fixed or scheduled window that is open, and the groups with an event in it.
    open: Option<(Timestamp, Timestamp)>,
    held: BTreeSet<GroupId>,
    /// For `absent`: when each group will have been silent for long enough.
    deadlines: BTreeSet<(Timestamp, GroupId)>,
    calendar: Calendar,
    judge: Judge,
    matched: u64,
    /// Every reading, kept for the curve and for explanations when they are asked for.
    pub(crate) readings: Option<Vec<Reading>>,
    /// Firings do not name their events: whoever wants them asks at once.
    lean: bool,
}

impl Evaluator {
    /// An evaluator that has seen nothing.
    #[must_use]
    pub fn new(rule: Arc<Compiled>) -> Self {
        let judge = Judge::new(rule.rule().suppress_for, once_a_window(rule.rule()));
        Self {
            rule,
            groups: Groups::default(),
            states: Vec::new(),
            open: None,
            held: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            calendar: Calendar::default(),
            judge,
            matched: 0,
            readings: None,
            lean: false,
        }
    }

    /// The values of a group, as its first event spells them.
    pub(crate) fn shown(&self, group: GroupId) -> &[GroupValue] {
        self.groups.shown(group)
    }

    /// One that knows a single group, whatever events say of it, and lets every candidate fire. A `lean` one leaves the
    /// contributing events out of firings.
    pub(crate) fn alone(rule: Arc<Compiled>, group: Vec<GroupValue>, lean: bool) -> Self {
        let mut one = Self::new(rule);
        one.judge = Judge::new(Span::default(), once_a_window(one.rule.rule()));
        one.groups.id(group);
        one.states.push(Group::default());
        one.lean = lean;
        one
    }

    /// Takes the next event of the only group.
    pub(crate) fn take_alone(&mut self, fact: &Arc<Fact>) -> Vec<Outcome> {
        let (rule, mut out) = (Arc::clone(&self.rule), Vec::new());
        self.pass(fact.time, &mut out);
        self.take_in_group(rule.rule(), 0, fact, &mut out);
        out
    }

    /// The bounds of the window that is open.
    pub(crate) const fn open(&self) -> Option<(Timestamp, Timestamp)> {
        self.open
    }

    /// When the open window ends, or the next absence is over.
    pub(crate) fn boundary(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(deadline, _)| *deadline).or(self.open.map(|(_, end)| end))
    }

    /// Decides what is over at a boundary.
    pub(crate) fn decide_at(&mut self, boundary: Timestamp) -> Vec<Outcome> {
        let mut out = Vec::new();
        if self.open.is_some_and(|(_, end)| end <= boundary) {
            self.close(&mut out);
        }
        self.absences(|deadline| deadline <= boundary, &mut out);
        out
    }

    /// The events behind the value of the only group as it is now.
    pub(crate) fn contribution_alone(&self) -> Contribution {
        self.contribution(0)
    }

    /// How many events met the conditions.
    #[must_use]
    pub const fn matched(&self) -> u64 {
        self.matched
    }

    /// Takes the next event: first what ended before it is decided, then the event itself.
    pub fn process(&mut self, event: &Event) -> Vec<Outcome> {
        if self.rule.matches(event) {
            return self.process_matching(event);
        }
        let mut out = Vec::new();
        self.pass(event.time, &mut out);
        out
    }

    /// [`Self::process`] of an event that is known to match. Those between may be left out: what ended before it is
    /// decided now.
    pub(crate) fn process_matching(&mut self, event: &Event) -> Vec<Outcome> {
        let mut out = Vec::new();
        self.pass(event.time, &mut out);
        self.matched += 1;
        self.take(event, &mut out);
        out
    }

    /// Decides what is still open after the last event, whose time this is: absences up to it, inclusive, and the open
    /// fixed or scheduled window at its own end.
    pub fn finish(&mut self, last: Timestamp) -> Vec<Outcome> {
        let mut out = Vec::new();
        self.close(&mut out);
        self.absences(|deadline| deadline <= last, &mut out);
        out
    }

    /// Decides what ended before an event at `time`. A fixed window does not hold its end, a schedule's does, and an
    /// event at the very deadline still ends an absence.
    fn pass(&mut self, time: Timestamp, out: &mut Vec<Outcome>) {
        let rule = Arc::clone(&self.rule);
        let over = match (kind_of(rule.rule()), self.open) {
            (Some(WindowKind::Fixed(_)), Some((_, end))) => end <= time,
            (Some(WindowKind::Schedule(_)), Some((_, tick))) => tick < time,
            (Some(_) | None, _) => false,
        };
        if over {
            self.close(out);
        }
        self.absences(|deadline| deadline < time, out);
    }

    fn take(&mut self, event: &Event, out: &mut Vec<Outcome>) {
        let rule = Arc::clone(&self.rule);
        let fact = Arc::new(Fact::new(event, &rule, counted(rule.rule())));
        for group in self.groups.of(event, &rule.rule().group_by) {
            if self.states.len() <= group {
                self.states.resize_with(group + 1, Group::default);
            }
            self.take_in_group(rule.rule(), group, &fact, out);
        }
    }

    fn take_in_group(&mut self, rule: &Rule, group: GroupId, fact: &Arc<Fact>, out: &mut Vec<Outcome>) {
        match (&rule.window, &rule.trigger) {
            (_, Trigger::Unseen { .. } | Trigger::Rare { .. }) | (None, _) => self.single(rule, group, fact, out),
            (Some(Window { kind: WindowKind::Rolling(length), .. }), Trigger::Absent) => {
                self.expect(group, fact.time, length.span());
            }
            (Some(Window { kind: WindowKind::Rolling(length), .. }), _) => {
                let start = fact.time.minus(length.span());
                let Some(state) = self.states.get_mut(group) else { return };
                state.contents.leave_until(start);
                state.contents.add(fact, true);
                let value = state.contents.value(&rule.measure);
                self.ask(rule, group, fact.time, (start, fact.time), value, out);
            }
            (Some(window), _) => {
                let Some(bounds) = self.enter(rule, window, fact.time) else { return };
                self.held.insert(group);
                let Some(state) = self.states.get_mut(group) else { return };
                state.contents.add(fact, false);
                if once_a_window(rule) {
                    let value = state.contents.value(&rule.measure);
                    self.ask(rule, group, fact.time, bounds, value, out);
                }
            }
        }
    }

    /// Without a window each event is one of its own.
    fn single(&mut self, rule: &Rule, group: GroupId, fact: &Arc<Fact>, out: &mut Vec<Outcome>) {
        let Some(state) = self.states.get_mut(group) else { return };
        let holds = match rule.trigger {
            Trigger::Unseen { .. } | Trigger::Rare { .. } => {
                let holds = state.history.holds(fact, &rule.trigger);
                state.history.add(fact);
                holds
            }
            Trigger::AtLeast(_) | Trigger::Absent | Trigger::Baseline { .. } => true,
        };
        state.contents = Contents::default();
        state.contents.add(fact, false);
        if holds {
            self.ask(rule, group, fact.time, (fact.time, fact.time), Some(Exact::whole(1)), out);
        }
    }

    /// The group's next event is due within `length`, without the time of gaps.
    fn expect(&mut self, group: GroupId, time: Timestamp, length: Span) {
        let Some(state) = self.states.get_mut(group) else { return };
        let gaps = self.rule.gaps();
        if let Some(last) = state.last.replace(time) {
            self.deadlines.remove(&(gaps.after(last, length), group));
        }
        self.deadlines.insert((gaps.after(time, length), group));
    }

    /// Fires the absences whose deadline is over, each once.
    fn absences(&mut self, over: impl Fn(Timestamp) -> bool, out: &mut Vec<Outcome>) {
        while let Some((deadline, group)) = self.deadlines.first().copied().filter(|(deadline, _)| over(*deadline)) {
            self.deadlines.pop_first();
            let Some(last) = self.states.get_mut(group).and_then(|state| state.last.take()) else { continue };
            let asked = Asked { group, at: deadline, start: last, end: deadline, value: Exact::whole(0) };
            self.decide(&asked, true, out);
        }
    }

    /// The bounds of the fixed or scheduled window that holds `time`; it is opened when it is new.
    fn enter(&mut self, rule: &Rule, window: &Window, time: Timestamp) -> Option<(Timestamp, Timestamp)> {
        if self.open.is_none() {
            let bounds = match &window.kind {
                WindowKind::Fixed(length) => length.fixed_around(time, window.zone),
                WindowKind::Schedule(cron) => {
                    let tick = cron.next_after(Timestamp::from_millis(time.millis() - 1), window.zone)?;
                    (cron.last_before(tick, window.zone)?, tick)
                }
                WindowKind::Rolling(_) => return None,
            };
            self.open = Some(bounds);
            if let (WindowKind::Fixed(length), Trigger::Baseline { learn, .. }) = (&window.kind, &rule.trigger) {
                self.calendar.reach(bounds, *learn, |at| length.fixed_around(at, window.zone));
            }
        }
        self.open
    }

    /// Closes the open window of every group that has an event in it.
    fn close(&mut self, out: &mut Vec<Outcome>) {
        let Some((start, end)) = self.open.take() else { return };
        let rule = Arc::clone(&self.rule);
        for group in mem::take(&mut self.held) {
            let Some(state) = self.states.get(group) else { continue };
            let value = state.contents.value(&rule.rule().measure);
            if !once_a_window(rule.rule()) {
                self.ask(rule.rule(), group, end, (start, end), value, out);
            }
            if let Some(state) = self.states.get_mut(group) {
                state.contents = Contents::default();
                if matches!(rule.rule().trigger, Trigger::Baseline { .. }) {
                    state.windows.add(start, value);
                }
            }
        }
    }

    /// Asks the trigger of a window with this value.
    fn ask(
        &mut self,
        rule: &Rule,
        group: GroupId,
        at: Timestamp,
        (start, end): (Timestamp, Timestamp),
        value: Option<Exact>,
        out: &mut Vec<Outcome>,
    ) {
        let Some(value) = value else { return };
        let holds = match &rule.trigger {
            Trigger::AtLeast(threshold) => value.reaches(*threshold),
            Trigger::Baseline { .. } => self.states.get(group).is_some_and(|state| {
                state.windows.stands_out(start, value, &rule.measure, &rule.trigger, &self.calendar)
            }),
            Trigger::Absent | Trigger::Unseen { .. } | Trigger::Rare { .. } => true,
        };
        self.decide(&Asked { group, at, start, end, value }, holds, out);
    }

    fn decide(&mut self, asked: &Asked, holds: bool, out: &mut Vec<Outcome>) {
        let verdict = holds.then(|| self.judge.judge(asked));
        if let Some(readings) = &mut self.readings {
            readings.push(Reading { asked: *asked, verdict });
        }
        let group = || self.groups.shown(asked.group).to_vec();
        out.extend(match verdict.flatten() {
            None => None,
            Some(Verdict::Joins) => Some(Outcome::Joined { group: group().into(), at: asked.at }),
            Some(Verdict::Fires) => Some(Outcome::Fired(Firing {
                group: group(),
                fired_at: asked.at,
                window_start: asked.start,
                window_end: asked.end,
                value: asked.value,
                occurrences: 1,
                last_seen: asked.at,
                events: if self.lean { Contribution::default() } else { self.contribution(asked.group) },
            })),
        });
    }

    fn contribution(&self, group: GroupId) -> Contribution {
        self.states.get(group).map(|state| state.contents.contribution()).unwrap_or_default()
    }
}

fn kind_of(rule: &Rule) -> Option<&WindowKind> {
    rule.window.as_ref().map(|window| &window.kind)
}

/// Whether the window is asked at each event until it holds; otherwise at each event, or at its end alone.
pub(crate) fn once_a_window(rule: &Rule) -> bool {
    let decides_at_the_end = rule.measure.waits_for_the_end() || matches!(rule.trigger, Trigger::Baseline { .. });
    matches!(kind_of(rule), Some(WindowKind::Fixed(_))) && !decides_at_the_end
}

/// The field whose values are counted.
pub(crate) fn counted(rule: &Rule) -> Option<&Field> {
    match (&rule.trigger, &rule.measure) {
        (Trigger::Unseen { field, .. } | Trigger::Rare { field, .. }, _) | (_, Measure::Distinct(field)) => Some(field),
        (
            Trigger::AtLeast(_) | Trigger::Absent | Trigger::Baseline { .. },
            Measure::Count | Measure::Sum(_) | Measure::Mean(_) | Measure::Max(_) | Measure::Share { .. },
        ) => None,
    }
}
