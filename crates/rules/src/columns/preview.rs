//! A rule that is being edited, over stored events: each phase is kept until what it was made from changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tocsin_model::field::Field;
use tocsin_model::firing::{Firing, GroupValue, group_order};
use tocsin_model::rule::window::Window;
use tocsin_model::rule::{Measure, Trigger};
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::{Canonical, Decimal};

use super::curve::{Steps, curve};
use super::drawn::Drawn;
use super::filter::{ConditionKey, Filter, of_sources};
use super::grouped::Grouped;
use super::judged::{self, Fired};
use super::mask::Mask;
use super::readings::Readings;
use super::{Columns, ColumnsError, plain};
use crate::backtest::{Backtest, Bounds};
use crate::compile::Compiled;
use crate::curve::CurvePoint;
use crate::gaps::Gaps;

/// What a rule does, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Events that were looked at.
    pub events: u64,
    /// Events that meet the conditions.
    pub matched: u64,
    /// Firings.
    pub firings: u64,
    /// Candidates that fire or join a firing.
    pub occurrences: u64,
}

/// Firings over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Where the first bucket begins.
    pub from: Timestamp,
    /// Where the last one ends; it is not in it.
    pub to: Timestamp,
    /// How many firings each of the buckets has, which are of the same length.
    pub counts: Vec<u64>,
}

/// A group and how often it fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// Its values.
    pub group: Vec<GroupValue>,
    /// Its firings.
    pub firings: u64,
}

/// How often each phase was run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Runs {
    /// Conditions were asked.
    pub filter: u64,
    /// Events were put into groups.
    pub groups: u64,
    /// Windows were measured.
    pub windows: u64,
    /// Triggers and suppression were asked.
    pub verdicts: u64,
}

/// Something that was made, with what it was made from.
#[derive(Debug)]
pub(super) struct Stage<K, V> {
    made: Option<(K, V)>,
    pub(super) runs: u64,
}

impl<K, V> Default for Stage<K, V> {
    fn default() -> Self {
        Self { made: None, runs: 0 }
    }
}

impl<K: PartialEq, V> Stage<K, V> {
    /// Makes it unless it was made from the same. The number tells it from all that were made before.
    pub(super) fn bring(&mut self, key: K, make: impl FnOnce() -> V) -> u64 {
        if self.made.as_ref().is_none_or(|(known, _)| *known != key) {
            // First let go of the old one: both at once would need twice the room.
            self.made = None;
            self.made = Some((key, make()));
            self.runs += 1;
        }
        self.runs
    }

    pub(super) fn get(&self) -> Option<&V> {
        self.made.as_ref().map(|(_, value)| value)
    }
}

/// What matching events depend on: conditions, sources, and the events themselves.
pub(super) type MatchKey = (Vec<ConditionKey>, Vec<String>, u64, usize);
/// What a verdict of the plain evaluator depends on beside the matching events.
pub(super) type PlainKey = (Vec<Field>, Measure, Vec<ConditionKey>, Option<Window>, Trigger, Gaps);

/// What a verdict is made from.
#[derive(Debug, PartialEq)]
pub(super) enum VerdictKey {
    Judged(u64, Decimal, Span, Bounds),
    Plain(u64, Box<PlainKey>, Span, Bounds),
}

#[derive(Debug)]
pub(super) enum Verdict {
    Judged(Vec<Fired>),
    Plain(Vec<Firing>),
}

/// The events that meet the conditions.
#[derive(Debug)]
pub(super) struct Matching {
    pub(super) events: Mask,
    /// How many they are.
    pub(super) count: usize,
}

/// One rule over stored events, again and again while it is edited.
#[derive(Debug, Default)]
pub struct Preview {
    of: Option<Arc<()>>,
    filter: Filter,
    pub(super) matching: Stage<MatchKey, Matching>,
    inner: Stage<(u64, Vec<ConditionKey>), Mask>,
    pub(super) grouped: Stage<(u64, Vec<Field>), Grouped>,
    pub(super) readings: Stage<(u64, u64, Measure, Option<Window>), Readings>,
    pub(super) steps: Stage<(u64, Bounds), Steps>,
    pub(super) verdict: Stage<VerdictKey, Verdict>,
    pub(super) drawn: Drawn,
}

impl Preview {
    /// Runs a rule: what does not follow from what has changed since the last time is kept.
    ///
    /// # Errors
    /// [`ColumnsError::NotLoaded`] names the fields of the rule that have no column.
    pub fn run<'a>(
        &'a mut self,
        columns: &'a mut Columns,
        rule: &'a Arc<Compiled>,
        bounds: Bounds,
    ) -> Result<Found<'a>, ColumnsError> {
        self.begin(columns, rule)?;
        self.bring(columns, rule, bounds);
        Ok(Found { preview: self, columns, rule, bounds })
    }

    /// Puts late events where they belong, and forgets what was found in other columns.
    pub(super) fn begin(&mut self, columns: &mut Columns, rule: &Compiled) -> Result<(), ColumnsError> {
        columns.settle();
        let missing: BTreeSet<Field> =
            Columns::fields_of(rule).into_iter().filter(|field| columns.column(field).is_none()).collect();
        if !missing.is_empty() {
            return Err(ColumnsError::NotLoaded(missing));
        }
        if self.of.as_ref().is_none_or(|known| !Arc::ptr_eq(known, &columns.identity)) {
            *self = Self { of: Some(Arc::clone(&columns.identity)), ..Self::default() };
        }
        Ok(())
    }

    /// Finds the events that match, and numbers what was found.
    pub(super) fn match_events(&mut self, columns: &Columns, rule: &Compiled) -> u64 {
        let keys = ConditionKey::of(rule.matchers());
        let key = (keys.clone(), rule.sources().to_vec(), columns.epoch, columns.len());
        let filter = &mut self.filter;
        self.matching.bring(key, || {
            let events = filter.meeting(columns, rule.matchers(), &keys, of_sources(columns, rule.sources()));
            Matching { count: events.count(), events }
        })
    }

    fn bring(&mut self, columns: &Columns, rule: &Arc<Compiled>, bounds: Bounds) {
        let matching = self.match_events(columns, rule);
        let Some(met) = self.matching.get() else { return };
        let found = &met.events;
        let inner_keys = ConditionKey::of(rule.inner_matchers());
        let Trigger::AtLeast(threshold) = rule.rule().trigger else {
            let key = plain_key(rule, inner_keys);
            let key = VerdictKey::Plain(matching, Box::new(key), rule.rule().suppress_for, bounds);
            self.verdict.bring(key, || Verdict::Plain(plain::firings(columns, found, rule, bounds)));
            return;
        };
        let inner = self.inner.bring((matching, inner_keys.clone()), || match inner_keys.as_slice() {
            [] => Mask::none(0),
            keys => self.filter.meeting(columns, rule.inner_matchers(), keys, found.clone()),
        });
        let group_by = rule.rule().group_by.clone();
        let groups = self
            .grouped
            .bring((matching, group_by), || Grouped::new(columns, found.positions(met.count), &rule.rule().group_by));
        let (Some(grouped), Some(meeting)) = (self.grouped.get(), self.inner.get()) else { return };
        let key = (groups, inner, rule.rule().measure.clone(), rule.rule().window.clone());
        let windows = self.readings.bring(key, || Readings::new(columns, met, grouped, rule.rule(), meeting));
        let Some(readings) = self.readings.get() else { return };
        let key = VerdictKey::Judged(windows, threshold, rule.rule().suppress_for, bounds);
        self.verdict.bring(key, || Verdict::Judged(judged::judge(grouped, readings, rule.rule(), threshold, bounds)));
    }

    /// How often each phase was run so far.
    #[must_use]
    pub const fn runs(&self) -> Runs {
        Runs {
            filter: self.matching.runs,
            groups: self.grouped.runs,
            windows: self.readings.runs,
            verdicts: self.verdict.runs,
        }
    }

    /// The bytes that are kept, firings of rules with other triggers than `atLeast` left out.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let matching = self.matching.get().map(|matching| &matching.events);
        let masks = [matching, self.inner.get()].into_iter().flatten().map(Mask::bytes);
        let fired = match self.verdict.get() {
            Some(Verdict::Judged(fired)) => fired.capacity() * size_of::<Fired>(),
            Some(Verdict::Plain(_)) | None => 0,
        };
        let grouped = self.grouped.get().map_or(0, Grouped::bytes);
        let readings = self.readings.get().map_or(0, Readings::bytes);
        self.filter.bytes() + masks.sum::<usize>() + grouped + readings + fired + self.drawn.bytes()
    }
}

fn plain_key(compiled: &Compiled, inner: Vec<ConditionKey>) -> PlainKey {
    let (rule, gaps) = (compiled.rule(), compiled.gaps().clone());
    (rule.group_by.clone(), rule.measure.clone(), inner, rule.window.clone(), rule.trigger.clone(), gaps)
}

/// What a rule does over stored events.
#[derive(Debug)]
pub struct Found<'a> {
    pub(super) preview: &'a mut Preview,
    pub(super) columns: &'a Columns,
    pub(super) rule: &'a Arc<Compiled>,
    pub(super) bounds: Bounds,
}

impl Found<'_> {
    /// The numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let (firings, occurrences) = match self.preview.verdict.get() {
            Some(Verdict::Judged(fired)) => (fired.len(), fired.iter().map(|one| one.occurrences).sum()),
            Some(Verdict::Plain(firings)) => (firings.len(), firings.iter().map(|one| one.occurrences).sum()),
            None => (0, 0),
        };
        Summary {
            events: self.columns.len() as u64,
            matched: self.preview.matching.get().map_or(0, |matching| matching.count) as u64,
            firings: firings as u64,
            occurrences,
        }
    }

    /// The first firings by time, then group, as [`crate::backtest`] says them.
    #[must_use]
    pub fn firings(&self, limit: usize) -> Vec<Firing> {
        match (self.preview.verdict.get(), self.preview.grouped.get(), self.preview.readings.get()) {
            (Some(Verdict::Plain(firings)), ..) => firings.iter().take(limit).cloned().collect(),
            (Some(Verdict::Judged(fired)), Some(grouped), Some(readings)) => {
                judged::firings(self.columns, grouped, readings, fired, limit)
            }
            (Some(Verdict::Judged(_)) | None, ..) => Vec::new(),
        }
    }

    /// How many candidates the rule would have with another threshold; `None` unless the trigger is `atLeast`.
    pub fn candidates(&mut self, threshold: Decimal) -> Option<u64> {
        self.steps().map(|steps| steps.candidates(threshold))
    }

    pub(super) fn steps(&mut self) -> Option<&Steps> {
        let Trigger::AtLeast(_) = self.rule.rule().trigger else { return None };
        let (grouped, readings) = (self.preview.grouped.get()?, self.preview.readings.get()?);
        let key = (self.preview.readings.runs, self.bounds);
        self.preview.steps.bring(key, || Steps::new(grouped, readings, self.rule.rule(), self.bounds));
        self.preview.steps.get()
    }

    /// Candidates and firings for other thresholds, as [`crate::backtest`] says them.
    pub fn curve(&mut self) -> Option<Vec<CurvePoint>> {
        let Trigger::AtLeast(own) = self.rule.rule().trigger else { return None };
        self.steps()?;
        let (grouped, readings) = (self.preview.grouped.get()?, self.preview.readings.get()?);
        let steps = self.preview.steps.get()?;
        Some(curve(grouped, readings, self.rule.rule(), own, steps, self.bounds))
    }

    /// Firings over the stretch of the events, in so many buckets; `None` when there is no event or no bucket.
    #[must_use]
    pub fn timeline(&self, buckets: usize) -> Option<Timeline> {
        let first = self.columns.times.get(0)?;
        let from = self.bounds.from.map_or(first, |from| from.millis().max(first));
        // Schedules may fire after the last event.
        let latest = self.each_time().max().max(self.columns.last().map(Timestamp::millis))?.max(from);
        let to = self.bounds.to.map_or(latest + 1, |to| to.millis().min(latest + 1)).max(from + 1);
        let mut counts = vec![0; buckets];
        let length = i128::from(to - from);
        for at in self.each_time() {
            let bucket = i128::from(at - from) * buckets as i128 / length;
            if let Some(count) = usize::try_from(bucket).ok().and_then(|bucket| counts.get_mut(bucket)) {
                *count += 1;
            }
        }
        (buckets > 0).then(|| Timeline { from: Timestamp::from_millis(from), to: Timestamp::from_millis(to), counts })
    }

    /// When firings fired, in any order.
    pub(super) fn each_time(&self) -> impl Iterator<Item = i64> {
        let (judged, plain) = match self.preview.verdict.get() {
            Some(Verdict::Judged(fired)) => (fired.as_slice(), [].as_slice()),
            Some(Verdict::Plain(firings)) => ([].as_slice(), firings.as_slice()),
            None => ([].as_slice(), [].as_slice()),
        };
        judged.iter().map(|fired| fired.at).chain(plain.iter().map(|firing| firing.fired_at.millis()))
    }

    /// The groups with most firings, at most so many; of those with as many the first in the order of groups.
    #[must_use]
    pub fn busiest(&self, limit: usize) -> Vec<Busy> {
        let mut all: Vec<Busy> = match (self.preview.verdict.get(), self.preview.grouped.get()) {
            (Some(Verdict::Judged(fired)), Some(grouped)) => self.busy_groups(fired, grouped, limit),
            (Some(Verdict::Plain(firings)), _) => busy(firings),
            (Some(Verdict::Judged(_)) | None, _) => Vec::new(),
        };
        let order = |one: &Busy, other: &Busy| {
            other.firings.cmp(&one.firings).then_with(|| group_order(&one.group, &other.group))
        };
        all.sort_by(order);
        all.truncate(limit);
        all
    }

    /// The groups that fire as often as the last that is wanted, or more often.
    fn busy_groups(&self, fired: &[Fired], grouped: &Grouped, limit: usize) -> Vec<Busy> {
        let mut counts: Vec<(usize, u64)> = Vec::new();
        for one in fired {
            match counts.last_mut() {
                Some((group, count)) if *group == one.group => *count += 1,
                _ => counts.push((one.group, 1)),
            }
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let least = counts.get(limit.saturating_sub(1)).map_or(0, |(_, count)| *count);
        let kept = counts.into_iter().take_while(|(_, count)| *count >= least);
        kept.map(|(group, firings)| Busy { group: grouped.shown(self.columns, group), firings }).collect()
    }

    /// All of it at once, as [`crate::backtest`] says it.
    pub fn backtest(&mut self, with_curve: bool) -> Backtest {
        let summary = self.summary();
        Backtest {
            events: summary.events,
            matched: summary.matched,
            firings: self.firings(usize::MAX),
            curve: if with_curve { self.curve() } else { None },
        }
    }
}

fn busy(firings: &[Firing]) -> Vec<Busy> {
    let key = |firing: &Firing| firing.group.iter().map(|value| value.canonical.clone()).collect();
    let mut places: HashMap<Vec<Option<Canonical>>, usize> = HashMap::new();
    let mut all: Vec<Busy> = Vec::new();
    for firing in firings {
        let at = *places.entry(key(firing)).or_insert_with(|| {
            all.push(Busy { group: firing.group.clone(), firings: 0 });
            all.len() - 1
        });
        if let Some(busy) = all.get_mut(at) {
            busy.firings += 1;
        }
    }
    all
}
