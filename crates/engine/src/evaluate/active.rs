//! One version of a rule that is evaluated.

use std::sync::Arc;
use std::time::Duration;

use tocsin_model::rule::Mode;
use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::{Compiled, Gaps, Live, LiveEvent, LiveOutcome, Passed, compile};
use tocsin_store::{LogPlace, RuleHealth, RuleRecord, RuleVersion, Store};

use super::raise::Found;
use super::{BUDGET, STRIKES};
use crate::app::rules_kept::read_version;
use crate::error::EngineError;

/// Events that all rules together may keep in memory: some 200 MB.
const ALL_EVENTS: usize = 1_500_000;
/// What each rule may keep at the least, and at the most: some 60 MB.
const FEWEST_EVENTS: usize = 5_000;
const MOST_EVENTS: usize = 400_000;
/// After so many events within its time a rule is as good as new.
const FORGIVEN: u32 = 10_000;
/// How long a rule keeps old events that something old needed.
const PIN: Span = Span::from_millis(10 * 60_000);

/// How many events each of so many rules may keep.
pub(crate) const fn kept_events(rules: usize) -> usize {
    let share = ALL_EVENTS / if rules == 0 { 1 } else { rules };
    if share < FEWEST_EVENTS {
        FEWEST_EVENTS
    } else if share > MOST_EVENTS {
        MOST_EVENTS
    } else {
        share
    }
}

/// A version of a rule with what it knows.
#[derive(Debug)]
pub(crate) struct Active {
    pub(super) name: String,
    rule_row: i64,
    version: RuleVersion,
    mode: Mode,
    pub(super) after: LogPlace,
    pub(super) active_at: Timestamp,
    /// None until it is loaded.
    live: Option<Live>,
    most_events: usize,
    /// Taken out, until it is changed or enabled again.
    pub(super) failed: bool,
    health: RuleHealth,
    /// How many events it was asked about just now, and how often it took too long.
    asked: u32,
    strikes: u32,
    /// Events since then for which it did not.
    good: u32,
}

impl Active {
    /// The versions of a rule that are evaluated: the one that counts, and the one that waits, in shadow.
    pub(super) fn of(record: &RuleRecord) -> Vec<Self> {
        let one = |version: &RuleVersion, mode: Mode| Self {
            name: record.name.clone(),
            rule_row: record.row,
            version: version.clone(),
            mode,
            after: version.active_after,
            active_at: version.active_at,
            live: None,
            most_events: 0,
            failed: record.error.is_some(),
            health: RuleHealth::default(),
            asked: 0,
            strikes: 0,
            good: 0,
        };
        let current = one(&record.current, record.mode);
        std::iter::once(current).chain(record.candidate.as_ref().map(|version| one(version, Mode::Shadow))).collect()
    }

    /// Whether what this one knows is what `wanted` would. One that failed gets another chance once somebody has
    /// enabled or changed it, which takes its error away.
    pub(super) fn is_same(&self, wanted: &Self) -> bool {
        (self.version.row, self.after, self.active_at) == (wanted.version.row, wanted.after, wanted.active_at)
            && self.failed == wanted.failed
    }

    pub(super) const fn was_started(&self) -> bool {
        self.version.started
    }

    /// What it knows; none until it has begun and once it has failed.
    pub(super) const fn live(&self) -> Option<&Live> {
        self.live.as_ref()
    }

    pub(super) fn compiled(&self) -> Option<&Arc<Compiled>> {
        self.live.as_ref().map(Live::rule)
    }

    pub(super) const fn start(&mut self) {
        self.version.started = true;
    }

    pub(super) const fn version_row(&self) -> i64 {
        self.version.row
    }

    pub(super) fn take_over(&mut self, known: Self) {
        self.live = known.live;
        self.version.started = known.version.started;
        self.most_events = known.most_events;
        self.health = known.health;
        (self.strikes, self.good) = (known.strikes, known.good);
    }

    /// Reads what the rule says. It knows nothing yet: it is to be filled from the time that this gives.
    pub(super) fn begin(
        &mut self,
        store: &Store,
        newest: Timestamp,
        most_events: usize,
        gaps: &Gaps,
    ) -> Result<Timestamp, EngineError> {
        let unreadable = |problems| EngineError::Rule { file: self.name.clone(), problems };
        let document = read_version(&self.version.document).ok_or_else(|| unreadable(Vec::new()))?;
        let compiled = Arc::new(compile(document.rule, &self.version.lists).map_err(unreadable)?).with_gaps(gaps);
        self.most_events = most_events;
        let floor = Live::floor_for(&compiled, newest);
        self.live = Some(self.empty(store, compiled, floor, &[])?);
        Ok(floor)
    }

    /// Begins anew with older events too, because one that came out of order reaches back to them. `found` is what was
    /// found and is not kept yet. Gives how far time has gone for it.
    pub(super) fn begin_deeper(
        &mut self,
        store: &Store,
        floor: Timestamp,
        found: &[Found],
    ) -> Result<Timestamp, EngineError> {
        let Some(live) = &self.live else { return Ok(self.active_at) };
        let clock = live.clock();
        let mut deeper = self.empty(store, Arc::clone(live.rule()), floor, found)?;
        deeper.pin(clock.plus(PIN));
        self.live = Some(deeper);
        Ok(clock)
    }

    fn empty(
        &self,
        store: &Store,
        rule: Arc<Compiled>,
        floor: Timestamp,
        found: &[Found],
    ) -> Result<Live, EngineError> {
        let since = floor.minus(rule.rule().suppress_for);
        let mut fired = store.read(|reader| reader.fired_since(self.version.row, since))?;
        let own = found.iter().filter(|one| one.version_row == self.version.row);
        fired.extend(own.filter_map(|one| match &one.outcome {
            LiveOutcome::Fired(live) => Some((live.group_key.to_string(), live.firing.fired_at)),
            LiveOutcome::Joined { .. } => None,
        }));
        Ok(Live::new(rule, floor, fired, self.most_events))
    }

    /// Takes in an event of before, which it matches.
    pub(super) fn fill(&mut self, event: LiveEvent<'_>) {
        if let Some(live) = &mut self.live {
            live.fill_matching(event);
        }
    }

    /// Takes in a delivery of before, of which it matches these events; `time` as [`Live::take`] wants it.
    pub(super) fn replay(&mut self, time: (Passed, Passed), matching: Vec<LiveEvent<'_>>) {
        if let Some(live) = &mut self.live {
            live.replay(time, matching);
        }
    }

    /// All of before was taken in.
    pub(super) fn filled(&mut self, passed: Passed) {
        if let Some(live) = &mut self.live {
            live.filled(passed);
            self.health.forgotten += live.take_forgotten();
        }
    }

    /// Takes the events of a delivery that it matches; `time` as [`Live::take`] wants it.
    pub(super) fn take(&mut self, time: (Passed, Passed), matching: Vec<LiveEvent<'_>>) -> Vec<Found> {
        self.asks(matching.len());
        let outcomes = self.live.as_mut().map(|live| live.take(time, matching)).unwrap_or_default();
        self.health.forgotten += self.live.as_mut().map_or(0, Live::take_forgotten);
        self.found(outcomes)
    }

    /// Notes of how many events it is asked: that is what its time is measured by.
    pub(super) fn asks(&mut self, events: usize) {
        self.asked = u32::try_from(events).unwrap_or(u32::MAX);
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, passed: Passed) -> Vec<Found> {
        let outcomes = self.live.as_mut().map(|live| live.pass(passed)).unwrap_or_default();
        self.found(outcomes)
    }

    fn found(&self, outcomes: Vec<LiveOutcome>) -> Vec<Found> {
        let Some(live) = &self.live else { return Vec::new() };
        let found = outcomes.into_iter().map(|outcome| Found {
            rule_row: self.rule_row,
            version_row: self.version.row,
            version: self.version.number,
            mode: self.mode,
            rule: Arc::clone(live.rule()),
            outcome,
        });
        found.collect()
    }

    /// Counts events that came too late and would have been its own.
    pub(super) const fn count_late(&mut self, late: u64) {
        self.health.late += late;
    }

    /// Notes how long it took.
    pub(super) fn spent(&mut self, time: Duration) {
        let asked = std::mem::take(&mut self.asked);
        let allowed = BUDGET.saturating_mul(asked);
        if allowed.is_zero() || time <= allowed {
            // The machine may have been busy with something else.
            self.good = self.good.saturating_add(asked);
            if self.good >= FORGIVEN {
                (self.good, self.strikes) = (0, 0);
            }
            return;
        }
        self.strikes += 1;
        if self.strikes >= STRIKES {
            self.fail("it takes more than 50 ms an event: make its conditions simpler or fewer".to_owned());
        }
    }

    pub(super) fn fail(&mut self, error: String) {
        self.failed = true;
        self.live = None;
        self.health.error = Some(error);
    }

    /// What happened to it since this was last asked.
    pub(super) fn take_health(&mut self) -> Option<(i64, RuleHealth)> {
        let health = std::mem::take(&mut self.health);
        (health != RuleHealth::default()).then_some((self.rule_row, health))
    }
}
