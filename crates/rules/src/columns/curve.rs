//! All thresholds at once: how many candidates each has, from one pass, and how many firings some of them have.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_model::rule::Rule;
use tocsin_model::time::Timestamp;
use tocsin_model::value::Decimal;

use super::grouped::Grouped;
use super::judged;
use super::readings::{Readings, Values};
use crate::backtest::Bounds;
use crate::curve::{CurvePoint, thin};
use crate::evaluator::once_a_window;

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

/// The curve that [`crate::backtest`] draws.
pub(super) fn curve(
    grouped: &Grouped,
    readings: &Readings,
    rule: &Rule,
    own: Decimal,
    steps: &Steps,
    bounds: Bounds,
) -> Vec<CurvePoint> {
    let mut left = asked(grouped, readings, bounds);
    let thresholds = thin(reached(readings, &left), own);
    let point = |threshold| {
        // What does not reach one threshold reaches no larger one.
        left.retain(|(_, reading)| readings.values.reaches(*reading as usize, threshold));
        let firings = judged::count(grouped, readings, rule, &left, bounds);
        CurvePoint { threshold, candidates: steps.candidates(threshold), firings }
    };
    thresholds.into_iter().map(point).collect()
}

/// The readings at which something may fire, each with its group before it.
fn asked(grouped: &Grouped, readings: &Readings, bounds: Bounds) -> Vec<(u32, u32)> {
    let mut all = Vec::new();
    for group in 0..grouped.groups() {
        let (from, to) = readings.range(grouped, group);
        let of_group = (from..to).filter(|reading| {
            let told = readings.told(grouped, *reading);
            told.is_some_and(|told| bounds.may_fire(Timestamp::from_millis(told.at)))
        });
        all.extend(of_group.map(|reading| (group as u32, reading as u32)));
    }
    all
}

/// The values that readings reached, above zero, in order.
fn reached(readings: &Readings, these: &[(u32, u32)]) -> Vec<Decimal> {
    let values = these.iter().filter_map(|(_, reading)| floor(readings, *reading as usize)).filter(|value| *value > 0);
    let mut last = 0;
    // Neighbours are often alike, and to ask the set takes longer.
    let values = values.filter(|value| std::mem::replace(&mut last, *value) != *value);
    let all: BTreeSet<i128> = values.collect();
    all.into_iter().map(Decimal::from_thousandths).collect()
}
