//! A rule that is evaluated as events come in, in whatever order they do.
//!
//! Invariants: pure, times are arguments; what it says depends on which events came and how far time had gone, not on
//! how they were cut into batches. An event in its place in time costs what it costs in a backtest; one that comes
//! behind others of its group may add firings and never takes one back. It finds its window or its silence by itself
//! (`windows`, `silence`), or makes the stretch it can touch run again (`runs`).
//! What ends a window is decided once time is past it by [`SETTLE`]. Memory is bounded: groups that were not seen for
//! longest are given up first, and counted.

mod memory;
mod passed;
mod plan;
mod runs;
mod silence;
mod timeline;
mod windows;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::firing::{Firing, GroupValue};
use tocsin_model::time::{Span, Timestamp};

use crate::compile::Compiled;
use crate::contents::Fact;
use crate::evaluator::counted;
use crate::group::counted_combinations;
pub use passed::{Concern, Passed, Watch};
use plan::{Plan, Way};
use timeline::{Candidate, Timeline};

/// How long after a window's end, a tick or a deadline it is decided.
pub const SETTLE: Span = Span::from_millis(10_000);
/// How much longer than its windows a rule remembers events, for those that come out of order.
const KEPT_LONGER: Span = Span::from_millis(10 * 60_000);

/// An event as it comes in.
#[derive(Debug, Clone, Copy)]
pub struct LiveEvent<'a> {
    /// What it says; its time is the one that counts for windows and order.
    pub event: &'a Event,
    /// The row of its source.
    pub source: i64,
    /// When it was received.
    pub received_at: Timestamp,
}

/// What an event or the time set off.
#[derive(Debug, Clone, PartialEq)]
pub enum LiveOutcome {
    /// A firing.
    Fired(LiveFiring),
    /// Another occurrence of a firing.
    Joined {
        /// The group, as [`LiveFiring::group_key`].
        group_key: Arc<str>,
        /// The firing's time.
        fired_at: Timestamp,
        /// When it occurred.
        at: Timestamp,
    },
}

/// A firing that was found live.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveFiring {
    /// The canonical values of the group as a JSON list.
    pub group_key: Arc<str>,
    /// The event that made it fire, or the start of its window in milliseconds: with group and time it is unique.
    pub candidate: String,
    /// The row of the source whose event is the last behind it.
    pub source: i64,
    /// What a backtest says of it too.
    pub firing: Firing,
}

/// A rule with all it knows of its groups.
#[derive(Debug)]
pub struct Live {
    plan: Plan,
    groups: HashMap<Arc<str>, Timeline>,
    /// When groups fired: what suppresses their candidates.
    fired: HashMap<Arc<str>, BTreeSet<Timestamp>>,
    /// The boundaries that groups wait for.
    timers: BTreeSet<(Timestamp, Arc<str>)>,
    /// The groups by when they were last used.
    by_use: BTreeMap<u64, Arc<str>>,
    uses: u64,
    /// All matching events from here on are known.
    floor: Timestamp,
    /// Until then the floor stays where it is: older events were wanted a short while ago.
    pinned: Option<Timestamp>,
    passed: Passed,
    /// The newest time of a matching event.
    newest: Option<Timestamp>,
    /// Events in all groups, and how many there may be.
    facts: usize,
    most_facts: usize,
    /// Memory was short: what is no longer known is not asked for.
    squeezed: bool,
    /// It is being filled: what it finds is known already.
    filling: bool,
    forgotten: u64,
}

/// The new events of a group, and its values.
type News = (Vec<GroupValue>, Vec<(Arc<Fact>, i64)>);

/// What a group takes besides its events, in events.
const GROUP_WEIGHT: usize = 8;

impl Live {
    /// A rule that knows nothing yet. `floor`: it will be filled with all matching events from there on. `fired`: when
    /// its groups fired so far. `most_events`: how many events it may keep.
    #[must_use]
    pub fn new(
        rule: Arc<Compiled>,
        floor: Timestamp,
        fired: impl IntoIterator<Item = (String, Timestamp)>,
        most_events: usize,
    ) -> Self {
        let mut known: HashMap<Arc<str>, BTreeSet<Timestamp>> = HashMap::new();
        for (group, at) in fired {
            known.entry(Arc::from(group)).or_default().insert(at);
        }
        Self {
            plan: Plan::new(rule),
            groups: HashMap::new(),
            fired: known,
            timers: BTreeSet::new(),
            by_use: BTreeMap::new(),
            uses: 0,
            floor,
            pinned: None,
            passed: Passed::default(),
            newest: None,
            facts: 0,
            most_facts: most_events,
            squeezed: false,
            filling: false,
            forgotten: 0,
        }
    }

    /// How far back a rule has to know events when the newest is of `newest`.
    #[must_use]
    pub fn floor_for(rule: &Arc<Compiled>, newest: Timestamp) -> Timestamp {
        Plan::new(Arc::clone(rule)).reach(newest.minus(KEPT_LONGER))
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> &Arc<Compiled> {
        &self.plan.rule
    }

    /// How many groups were given up since this was last asked.
    pub const fn take_forgotten(&mut self) -> u64 {
        std::mem::replace(&mut self.forgotten, 0)
    }

    /// How far time has gone: what [`Self::filled`] of the same rule takes.
    #[must_use]
    pub const fn clock(&self) -> Timestamp {
        self.passed.clock
    }

    /// What it was told of how time goes.
    #[must_use]
    pub const fn passed(&self) -> Passed {
        self.passed
    }

    /// The first boundary that it waits for.
    pub(crate) fn boundary(&self) -> Option<Timestamp> {
        self.timers.first().map(|(boundary, _)| *boundary)
    }

    /// How many events it keeps.
    #[must_use]
    pub const fn kept_events(&self) -> usize {
        self.facts
    }

    /// Takes an event of before in, in any order; it fires nothing. [`Self::filled`] comes after the last one.
    pub fn fill(&mut self, live: LiveEvent<'_>) {
        self.passed.saw(live);
        if self.plan.rule.matches(live.event) {
            self.fill_matching(live);
        }
    }

    /// [`Self::fill`] with an event that is known to match. Those that do not need not be told.
    pub fn fill_matching(&mut self, live: LiveEvent<'_>) {
        if live.event.time < self.floor {
            return;
        }
        self.newest = self.newest.max(Some(live.event.time));
        for (key, shown, fact) in self.facts_of(live.event) {
            let timeline = self.groups.entry(key).or_insert_with(|| Timeline::new(&self.plan, shown));
            let before = timeline.len();
            timeline.fill(&self.plan, fact, live.source);
            self.facts += timeline.len() - before;
        }
    }

    /// Whether it has to be filled by deliveries, with [`Self::replay`], because time decides it: an event that came
    /// after its window was decided says something else than one that came before. Not a baseline: it looks at all there
    /// ever was, which cannot be run again for each late event of it.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        self.plan.way != Way::Runs
    }

    /// [`Self::fill`] with a delivery of before, of which these events match; `time` as [`Self::take`] wants it.
    pub fn replay(&mut self, time: (Passed, Passed), mut matching: Vec<LiveEvent<'_>>) {
        matching.retain(|live| live.event.time >= self.floor);
        self.filling = true;
        self.take(time, matching);
        self.filling = false;
    }

    /// Ends filling: what was over by then counts as decided.
    pub fn filled(&mut self, passed: Passed) {
        self.passed = self.passed.and(passed);
        let until = self.passed.until();
        let seen = |(key, timeline): (&Arc<str>, &Timeline)| (timeline.newest(), Arc::clone(key));
        let mut keys: Vec<_> = self.groups.iter().map(seen).collect();
        // Those that were not seen for longest go first when memory is short.
        keys.sort_unstable();
        for (_, key) in keys {
            if let Some(timeline) = self.groups.get_mut(&key) {
                timeline.feed(&self.plan, until);
            }
            self.touch(&key);
        }
        self.shrink();
    }

    /// Keeps what it was filled with until then, whatever new events come.
    pub const fn pin(&mut self, until: Timestamp) {
        self.pinned = Some(until);
    }

    /// How far back events must be known to take these; none when they are.
    #[must_use]
    pub fn needs(&self, events: &[LiveEvent<'_>]) -> Option<Timestamp> {
        let matching = events.iter().filter(|live| self.plan.rule.matches(live.event));
        self.reaches_back(matching.map(|live| live.event.time).min()?)
    }

    /// [`Self::needs`] of matching events of which this is the earliest time.
    #[must_use]
    pub fn reaches_back(&self, earliest: Timestamp) -> Option<Timestamp> {
        let reach = self.plan.reach(earliest);
        (reach < self.floor && !self.squeezed).then(|| self.plan.reach(earliest.minus(KEPT_LONGER)))
    }

    /// Takes the events of one delivery in, those too that are none of this rule's: they show how time goes.
    pub fn offer(&mut self, events: &[LiveEvent<'_>]) -> Vec<LiveOutcome> {
        let Some(first) = events.first() else { return Vec::new() };
        let before = self.passed.at(first.received_at);
        let mut now = before;
        events.iter().for_each(|live| now.saw(*live));
        let matching = events.iter().copied().filter(|live| self.plan.rule.matches(live.event)).collect();
        self.take((before, now), matching)
    }

    /// [`Self::offer`] of a delivery of which these events match; `time` is how far it had gone before the delivery
    /// came, and with it, as [`Watch::delivery`] says.
    pub fn take(&mut self, time: (Passed, Passed), mut matching: Vec<LiveEvent<'_>>) -> Vec<LiveOutcome> {
        let (before, now) = time;
        let touched_at = self.uses;
        let mut out = self.pass(before);
        self.passed = self.passed.and(now);
        matching.sort_by(|left, right| (left.event.time, &left.event.id).cmp(&(right.event.time, &right.event.id)));
        let mut new: BTreeMap<Arc<str>, News> = BTreeMap::new();
        for live in matching {
            self.newest = self.newest.max(Some(live.event.time));
            for (key, shown, fact) in self.facts_of(live.event) {
                new.entry(key).or_insert_with(|| (shown, Vec::new())).1.push((fact, live.source));
            }
        }
        let until = self.passed.until();
        let mut found = Vec::new();
        for (key, (shown, facts)) in new {
            let timeline = self.groups.entry(Arc::clone(&key)).or_insert_with(|| Timeline::new(&self.plan, shown));
            let before = timeline.len();
            let candidates = timeline.take(&self.plan, facts, until);
            self.facts += timeline.len() - before;
            found.extend(candidates.into_iter().map(|candidate| (Arc::clone(&key), candidate)));
            self.touch(&key);
        }
        out.extend(self.judge(found));
        // Events may have passed what other groups wait for.
        out.extend(self.pass(now));
        self.trim(touched_at);
        self.shrink();
        out
    }

    /// Lets time pass: decides what is over.
    pub fn advance(&mut self, now: Timestamp) -> Vec<LiveOutcome> {
        self.pass(Passed::up_to(now))
    }

    /// [`Self::advance`] to where time has gone, also by events that are none of this rule's.
    pub fn pass(&mut self, passed: Passed) -> Vec<LiveOutcome> {
        self.passed = self.passed.and(passed);
        let until = self.passed.until();
        let mut found = Vec::new();
        while let Some((_, key)) = self.timers.first().filter(|(boundary, _)| *boundary <= until).cloned() {
            self.timers.pop_first();
            let Some(timeline) = self.groups.get_mut(&key) else { continue };
            timeline.armed = None;
            let candidates = timeline.feed(&self.plan, until);
            found.extend(candidates.into_iter().map(|candidate| (Arc::clone(&key), candidate)));
            self.set_timer(&key);
        }
        self.judge(found)
    }

    /// When time alone will next decide something; none when it is waiting for events.
    #[must_use]
    pub fn next_decision(&self) -> Option<Timestamp> {
        self.boundary().map(|boundary| self.passed.decides(boundary))
    }

    /// The groups of a matching event, with what the rule needs of it. Those beyond what one event may take are
    /// forgotten.
    fn facts_of(&mut self, event: &Event) -> Vec<(Arc<str>, Vec<GroupValue>, Arc<Fact>)> {
        let rule = self.plan.rule.rule();
        let fact = Arc::new(Fact::new(event, &self.plan.rule, counted(rule)));
        let (groups, beyond) = counted_combinations(event, &rule.group_by);
        self.forgotten = self.forgotten.saturating_add(beyond);
        groups.into_iter().map(|shown| (group_key(&shown), shown, Arc::clone(&fact))).collect()
    }

    /// Which candidates fire, and which join a firing of before.
    fn judge(&mut self, mut found: Vec<(Arc<str>, Candidate)>) -> Vec<LiveOutcome> {
        if self.filling {
            return Vec::new();
        }
        found.sort_by(|(left_key, left), (right_key, right)| {
            (left.firing.fired_at, left_key).cmp(&(right.firing.fired_at, right_key))
        });
        let suppress = self.plan.rule.rule().suppress_for;
        let mut out = Vec::new();
        for (group_key, candidate) in found {
            let at = candidate.firing.fired_at;
            let fired = self.fired.entry(Arc::clone(&group_key)).or_default();
            if self.plan.decides_later && fired.contains(&at) {
                // Decided before it was started anew.
                continue;
            }
            let holds_back = fired.range(..=at).next_back().copied().filter(|last| at < last.plus(suppress));
            if let Some(fired_at) = holds_back {
                out.push(LiveOutcome::Joined { group_key, fired_at, at });
                continue;
            }
            if suppress > Span::default() || self.plan.decides_later {
                fired.insert(at);
            }
            let source = self.groups.get(&group_key).map_or(0, |timeline| timeline.source_of(&candidate));
            out.push(LiveOutcome::Fired(LiveFiring {
                group_key,
                candidate: candidate.key(),
                source,
                firing: candidate.firing,
            }));
        }
        out
    }
}

/// The canonical values of a group as a JSON list, as firings are kept with.
#[must_use]
pub fn group_key(group: &[GroupValue]) -> Arc<str> {
    let text = |value: &GroupValue| match &value.canonical {
        None => "null".to_owned(),
        Some(canonical) => tocsin_model::tree::Tree::quoted(&canonical.to_string()),
    };
    Arc::from(format!("[{}]", group.iter().map(text).collect::<Vec<_>>().join(",")))
}

#[cfg(test)]
mod tests;
