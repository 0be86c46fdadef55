//! All thresholds at once: how many candidates each has, from one pass, and how many firings some of them have.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use foldhash::fast::RandomState;
use tocsin_model::rule::Rule;
use tocsin_model::time::Timestamp;
use tocsin_model::value::Decimal;

use super::grouped::Grouped;
use super::readings::{Readings, Values};
use crate::backtest::Bounds;
use crate::curve::{CurvePoint, thin};
use crate::evaluator::once_a_window;
use crate::judge::{Manner, Past, Verdict};

/// How many candidates every threshold has.
#[derive(Debug)]
pub(super) struct Steps {
    /// Values in thousandths that rise, each with how many candidates reach it.
    steps: Vec<(i128, u64)>,
}

impl Steps {
    pub(super) fn new(grouped: &Grouped, readings: &Readings, rule: &Rule, bounds: Bounds) -> Self {
        let mut changes = Changes::default();
        let once = once_a_window(rule);
        for group in 0..grouped.groups() {
            let (from, to) = readings.range(grouped, group);
            // Of the window at hand: where it begins, and the most that it reached.
            let mut reached: Option<(i64, i128)> = None;
            for reading in from..to {
                let Some(told) = readings.told(grouped, reading) else { continue };
                let at = Timestamp::from_millis(told.at);
                if !bounds.may_fire(at) {
                    break;
                }
                let Some(value) = floor(readings, reading) else { continue };
                let before = reached.filter(|(start, _)| once && *start == told.start).map(|(_, before)| before);
                if before.is_some_and(|before| before >= value) {
                    continue;
                }
                reached = Some((told.start, value));
                if bounds.lists(at) {
                    // A threshold above what the window had reached before is reached here first.
                    changes.add(value, 1);
                    if let Some(before) = before {
                        changes.add(before, -1);
                    }
                }
            }
        }
        Self { steps: changes.summed() }
    }

    /// How many candidates a threshold has.
    pub(super) fn candidates(&self, threshold: Decimal) -> u64 {
        let at = self.steps.partition_point(|(value, _)| *value < threshold.thousandths());
        self.steps.get(at).map_or(0, |(_, count)| *count)
    }
}

/// By how much the number of candidates changes at each value; small whole values stand side by side.
#[derive(Debug, Default)]
struct Changes {
    small: Vec<i64>,
    others: BTreeMap<i128, i64>,
}

/// Most whole values that stand side by side.
const SMALL: i128 = 1 << 20;

impl Changes {
    fn add(&mut self, thousandths: i128, by: i64) {
        let whole = thousandths / 1_000;
        if thousandths % 1_000 != 0 || !(0..SMALL).contains(&whole) {
            *self.others.entry(thousandths).or_default() += by;
            return;
        }
        let at = whole as usize;
        if self.small.len() <= at {
            self.small.resize(at + 1, 0);
        }
        if let Some(place) = self.small.get_mut(at) {
            *place += by;
        }
    }

    fn summed(self) -> Vec<(i128, u64)> {
        let small = self.small.into_iter().zip(0_i128..).map(|(by, whole)| (whole * 1_000, by));
        let mut all: Vec<(i128, i64)> = small.filter(|(_, by)| *by != 0).chain(self.others).collect();
        all.sort_unstable_by_key(|(value, _)| *value);
        let mut sum = 0;
        let mut steps: Vec<(i128, u64)> = Vec::with_capacity(all.len());
        for (value, by) in all.into_iter().rev() {
            sum += by;
            steps.push((value, u64::try_from(sum).unwrap_or(0)));
        }
        steps.reverse();
        steps
    }
}

fn floor(readings: &Readings, at: usize) -> Option<i128> {
    match &readings.values {
        Values::Whole(values) => values.get(at).map(|value| i128::from(*value) * 1_000),
        Values::Exact(values) => values.get(at).copied().flatten().map(|value| value.floor().thousandths()),
    }
}

/// The curve of the values that were reached, which does not depend on the rule's own threshold.
pub(super) fn without_own(
    grouped: &Grouped,
    readings: &Readings,
    rule: &Rule,
    steps: &Steps,
    bounds: Bounds,
) -> Vec<CurvePoint> {
    drawn(grouped, readings, rule, None, steps, bounds)
}

/// The curve that [`crate::backtest`] draws.
pub(super) fn curve(
    grouped: &Grouped,
    readings: &Readings,
    rule: &Rule,
    own: Decimal,
    steps: &Steps,
    bounds: Bounds,
) -> Vec<CurvePoint> {
    drawn(grouped, readings, rule, Some(own), steps, bounds)
}

fn drawn(
    grouped: &Grouped,
    readings: &Readings,
    rule: &Rule,
    own: Option<Decimal>,
    steps: &Steps,
    bounds: Bounds,
) -> Vec<CurvePoint> {
    let manner = Manner::new(rule.suppress_for, once_a_window(rule));
    let moments = Moments { grouped, readings, bounds };
    // The lowest one is always drawn.
    let thresholds = |reached: Vec<Decimal>| match own.or_else(|| reached.first().copied()) {
        Some(own) => thin(reached, own),
        None => BTreeSet::new(),
    };
    let firings = match &readings.values {
        Values::Whole(values) => {
            let value = |at: usize| values.get(at).copied();
            let thresholds = thresholds(whole(moments, value));
            moments.firings(thresholds, value, |threshold| Values::least(threshold).try_into().ok(), manner)
        }
        Values::Exact(values) => {
            let value = |at: usize| values.get(at).copied().flatten().map(|value| value.floor().thousandths());
            let thresholds = thresholds(exact(moments, value));
            moments.firings(thresholds, value, |threshold| Some(threshold.thousandths()), manner)
        }
    };
    let point = |(threshold, firings)| CurvePoint { threshold, candidates: steps.candidates(threshold), firings };
    firings.into_iter().map(point).collect()
}

/// A reading at which something may fire.
#[derive(Debug, Clone, Copy)]
struct Moment<V> {
    at: Timestamp,
    group: u32,
    /// Tells its window from others of the group, where that counts.
    window: u32,
    value: V,
}

/// All of them.
#[derive(Debug, Clone, Copy)]
struct Moments<'a> {
    grouped: &'a Grouped,
    readings: &'a Readings,
    bounds: Bounds,
}

impl Moments<'_> {
    /// Tells those that have a value, in the order of groups, then of time.
    fn each<V>(self, value: impl Fn(usize) -> Option<V>, mut tell: impl FnMut(Moment<V>)) {
        for group in 0..self.grouped.groups() {
            let (from, to) = self.readings.range(self.grouped, group);
            for reading in from..to {
                let Some((at, value)) = self.readings.moment(self.grouped, reading).zip(value(reading)) else {
                    continue;
                };
                let (at, window) = (Timestamp::from_millis(at), self.readings.window(reading));
                if self.bounds.may_fire(at) {
                    tell(Moment { at, group: group as u32, window, value });
                }
            }
        }
    }

    /// How many firings each of these thresholds has, which rise. No value reaches a threshold without a least one.
    fn firings<V: Copy + Ord>(
        self,
        thresholds: BTreeSet<Decimal>,
        value: impl Fn(usize) -> Option<V>,
        least: impl Fn(Decimal) -> Option<V>,
        manner: Manner,
    ) -> Vec<(Decimal, u64)> {
        let mut thresholds = thresholds.into_iter().map(|threshold| (threshold, least(threshold))).peekable();
        let (mut all, mut left) = (Vec::new(), Vec::new());
        let beyond = |next: Option<&(Decimal, Option<V>)>| next.and_then(|(_, least)| *least);
        if let Some((lowest, least)) = thresholds.next() {
            let next = beyond(thresholds.peek());
            let mut count = Count::new(manner, self.bounds);
            // What does not reach one threshold reaches no larger one, so most are never written down.
            self.each(value, |moment| {
                if least.is_some_and(|least| moment.value >= least) {
                    count.add(&moment);
                }
                if next.is_some_and(|next| moment.value >= next) {
                    left.push(moment);
                }
            });
            all.push((lowest, count.firings));
        }
        while let Some((threshold, _)) = thresholds.next() {
            let mut count = Count::new(manner, self.bounds);
            left.iter().for_each(|moment| count.add(moment));
            all.push((threshold, count.firings));
            match beyond(thresholds.peek()) {
                Some(next) => keep(&mut left, |moment| moment.value >= next),
                None => left.clear(),
            }
        }
        all
    }
}

/// Leaves those that stay.
fn keep<T: Copy>(all: &mut Vec<T>, stays: impl Fn(&T) -> bool) {
    let mut kept = 0;
    for at in 0..all.len() {
        let Some(one) = all.get(at).copied() else { break };
        // Written whether it stays or not: which ones do cannot be guessed.
        if let Some(place) = all.get_mut(kept) {
            *place = one;
        }
        kept += usize::from(stays(&one));
    }
    all.truncate(kept);
}

/// Counts firings that are listed.
struct Count {
    manner: Manner,
    bounds: Bounds,
    group: u32,
    past: Past,
    firings: u64,
}

impl Count {
    fn new(manner: Manner, bounds: Bounds) -> Self {
        Self { manner, bounds, group: u32::MAX, past: Past::default(), firings: 0 }
    }

    #[inline]
    fn add<V>(&mut self, moment: &Moment<V>) {
        if moment.group != self.group {
            (self.past, self.group) = (Past::default(), moment.group);
        }
        // Any number that tells windows apart does for their starts.
        let window = Timestamp::from_millis(i64::from(moment.window));
        let fires = self.manner.judge(&mut self.past, moment.at, window) == Some(Verdict::Fires);
        self.firings += u64::from(fires && self.bounds.lists(moment.at));
    }
}

/// The whole values above zero, in order.
fn whole(moments: Moments<'_>, value: impl Fn(usize) -> Option<u32>) -> Vec<Decimal> {
    let mut is_there: Vec<bool> = Vec::new();
    moments.each(value, |moment| {
        let at = moment.value as usize;
        if is_there.len() <= at {
            is_there.resize(at + 1, false);
        }
        if let Some(place) = is_there.get_mut(at) {
            *place = true;
        }
    });
    let there = (0_i128..).zip(is_there).filter(|(value, is_there)| *is_there && *value > 0);
    there.map(|(value, _)| Decimal::from_thousandths(value * 1_000)).collect()
}

/// The values in thousandths above zero, in order.
fn exact(moments: Moments<'_>, value: impl Fn(usize) -> Option<i128>) -> Vec<Decimal> {
    let mut values: HashSet<i128, RandomState> = HashSet::default();
    let mut last = 0;
    moments.each(value, |moment| {
        // Neighbours are often alike.
        if moment.value > 0 && std::mem::replace(&mut last, moment.value) != moment.value {
            values.insert(moment.value);
        }
    });
    let mut values: Vec<i128> = values.into_iter().collect();
    values.sort_unstable();
    values.into_iter().map(Decimal::from_thousandths).collect()
}
