//! What trigger and suppression make of readings: firings, small enough to be counted a hundred times a second.

use tocsin_model::firing::{Contribution, Firing, GroupValue, group_order};
use tocsin_model::rule::Rule;
use tocsin_model::time::Timestamp;
use tocsin_model::value::Decimal;

use super::Columns;
use super::grouped::Grouped;
use super::readings::{Readings, Values};
use crate::backtest::Bounds;
use crate::contents::NAMED_EVENTS;
use crate::evaluator::once_a_window;
use crate::judge::{Manner, Past, Verdict};

/// A firing by numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fired {
    pub(super) group: usize,
    pub(super) reading: usize,
    pub(super) at: i64,
    pub(super) occurrences: u64,
    pub(super) last_seen: i64,
}

/// The firings that are listed, group by group.
pub(super) fn judge(grouped: &Grouped, readings: &Readings, rule: &Rule, least: Decimal, bounds: Bounds) -> Vec<Fired> {
    match &readings.values {
        Values::Whole(values) => {
            let least = Values::least(least);
            judge_those(grouped, readings, rule, bounds, |at| {
                values.get(at).is_some_and(|value| u64::from(*value) >= least)
            })
        }
        Values::Exact(values) => judge_those(grouped, readings, rule, bounds, |at| {
            values.get(at).copied().flatten().is_some_and(|value| value.reaches(least))
        }),
    }
}

fn judge_those(
    grouped: &Grouped,
    readings: &Readings,
    rule: &Rule,
    bounds: Bounds,
    holds: impl Fn(usize) -> bool,
) -> Vec<Fired> {
    let manner = Manner::new(rule.suppress_for, once_a_window(rule));
    let mut all = Vec::new();
    for group in 0..grouped.groups() {
        let (from, to) = readings.range(grouped, group);
        let mut past = Past::default();
        // Of a group that has not fired yet.
        let mut last: Option<Fired> = None;
        for reading in (from..to).filter(|reading| holds(*reading)) {
            let Some(told) = readings.told(grouped, reading) else { continue };
            let at = Timestamp::from_millis(told.at);
            if !bounds.may_fire(at) {
                break;
            }
            match manner.judge(&mut past, at, Timestamp::from_millis(told.start)) {
                None => {}
                Some(Verdict::Joins) => {
                    if let Some(fired) = &mut last {
                        fired.occurrences += 1;
                        fired.last_seen = told.at;
                    }
                }
                Some(Verdict::Fires) => {
                    let fired = Fired { group, reading, at: told.at, occurrences: 1, last_seen: told.at };
                    all.extend(last.replace(fired));
                }
            }
        }
        all.extend(last);
    }
    if bounds.from.is_some() {
        all.retain(|fired| bounds.lists(Timestamp::from_millis(fired.at)));
    }
    all
}

/// Firings as they are told: by time, then group. No more than `limit`.
pub(super) fn firings(
    columns: &Columns,
    grouped: &Grouped,
    readings: &Readings,
    fired: &[Fired],
    limit: usize,
) -> Vec<Firing> {
    let mut order: Vec<&Fired> = fired.iter().collect();
    order.sort_by_key(|fired| fired.at);
    let mut all: Vec<(i64, Vec<GroupValue>, &Fired)> = Vec::new();
    // Those of one time stand in the order of their groups, so they are only cut off together.
    for one in order {
        if all.len() >= limit && all.last().is_some_and(|(at, ..)| *at < one.at) {
            break;
        }
        all.push((one.at, grouped.shown(columns, one.group), one));
    }
    all.sort_by(|left, right| left.0.cmp(&right.0).then_with(|| group_order(&left.1, &right.1)));
    all.truncate(limit);
    all.into_iter().filter_map(|(_, group, one)| told(columns, grouped, readings, group, one)).collect()
}

fn told(
    columns: &Columns,
    grouped: &Grouped,
    readings: &Readings,
    group: Vec<GroupValue>,
    fired: &Fired,
) -> Option<Firing> {
    let told = readings.told(grouped, fired.reading)?;
    let (first, end) = readings.entries(grouped, fired.group, fired.reading);
    let named = grouped.positions().get(first..end).unwrap_or_default().iter().take(NAMED_EVENTS);
    Some(Firing {
        group,
        fired_at: Timestamp::from_millis(told.at),
        window_start: Timestamp::from_millis(told.start),
        window_end: Timestamp::from_millis(told.end),
        value: readings.values.exact(fired.reading)?,
        occurrences: fired.occurrences,
        last_seen: Timestamp::from_millis(fired.last_seen),
        events: Contribution {
            first: named.map(|at| columns.ids.get(*at as usize)).collect(),
            total: (end - first) as u64,
        },
    })
}
