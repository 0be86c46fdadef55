//! What is drawn of a rule while somebody drags its threshold. What does not depend on the threshold is kept.

use std::collections::HashMap;

use tocsin_model::firing::{Exact, Firing, GroupValue, group_order};
use tocsin_model::rule::Trigger;
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::Canonical;

use super::curve;
use super::judged::Fired;
use super::labelled::Peaks;
use super::preview::{Found, Stage, Verdict};
use super::slices::Slices;
use crate::backtest::Bounds;
use crate::curve::CurvePoint;

/// A firing, as far as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// The last candidate that joined it.
    pub last_seen: Timestamp,
    /// The values of its group.
    pub group: Vec<GroupValue>,
    /// What its window measured.
    pub value: Exact,
}

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    peaks: Stage<(u64, Slices), Vec<Option<f64>>>,
    /// The curve without the rule's own threshold.
    curve: Stage<(u64, Span, Bounds), Vec<CurvePoint>>,
    pub(super) labelled: Stage<(u64, u64), Peaks>,
}

impl Drawn {
    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        let peaks = self.peaks.get().map_or(0, |peaks| peaks.capacity() * size_of::<Option<f64>>());
        let curve = self.curve.get().map_or(0, |curve| curve.capacity() * size_of::<CurvePoint>());
        peaks + curve + self.labelled.get().map_or(0, |peaks| peaks.capacity() * size_of::<Option<i128>>())
    }
}

impl Found<'_> {
    /// How many matching events are in each slice.
    #[must_use]
    pub fn matched_in(&self, slices: &Slices) -> Vec<u32> {
        let matching = self.preview.matching.get();
        matching.map_or_else(Vec::new, |matching| slices.matched(self.columns, &matching.events))
    }

    /// How many firings are in each slice.
    #[must_use]
    pub fn firings_in(&self, slices: &Slices) -> Vec<u32> {
        slices.count(self.each_time())
    }

    /// The greatest value that a window of any group had in each slice, at the moments at which the trigger is asked;
    /// `None` unless the trigger is `atLeast`.
    pub fn peaks_in(&mut self, slices: &Slices) -> Option<Vec<Option<f64>>> {
        let Trigger::AtLeast(_) = self.rule.rule().trigger else { return None };
        let preview = &mut *self.preview;
        let (grouped, readings) = (preview.grouped.get()?, preview.readings.get()?);
        let key = (preview.readings.runs, slices.clone());
        preview.drawn.peaks.bring(key, || slices.peaks(grouped, readings));
        preview.drawn.peaks.get().cloned()
    }

    /// What [`Self::curve`] says, kept while only the threshold changes.
    pub fn kept_curve(&mut self) -> Option<Vec<CurvePoint>> {
        let Trigger::AtLeast(own) = self.rule.rule().trigger else { return None };
        let candidates = self.candidates(own)?;
        let firings = self.summary().firings;
        let preview = &mut *self.preview;
        let (grouped, readings, steps) = (preview.grouped.get()?, preview.readings.get()?, preview.steps.get()?);
        let key = (preview.readings.runs, self.rule.rule().suppress_for, self.bounds);
        preview.drawn.curve.bring(key, || curve::without_own(grouped, readings, self.rule.rule(), steps, self.bounds));
        let mut curve = preview.drawn.curve.get()?.clone();
        if let Err(at) = curve.binary_search_by_key(&own, |point| point.threshold) {
            curve.insert(at, CurvePoint { threshold: own, candidates, firings });
        }
        Some(curve)
    }

    /// Tells each firing, those of a group one after the other in the order of time: the number of its group, when, and
    /// its candidates.
    pub fn each_firing(&self, mut tell: impl FnMut(usize, Timestamp, u64)) {
        match self.preview.verdict.get() {
            Some(Verdict::Judged(fired)) => {
                fired.iter().for_each(|one| tell(one.group, Timestamp::from_millis(one.at), one.occurrences));
            }
            Some(Verdict::Plain(firings)) => {
                by_group(firings).iter().for_each(|(group, one)| tell(*group, one.fired_at, one.occurrences));
            }
            None => {}
        }
    }

    /// How many groups fire.
    #[must_use]
    pub fn groups(&self) -> u64 {
        let (mut last, mut groups) = (None, 0);
        self.each_firing(|group, _, _| groups += u64::from(last.replace(group) != Some(group)));
        groups
    }

    /// The newest firings, the last one first; of those at one time the last in the order of groups.
    #[must_use]
    pub fn newest(&self, limit: usize) -> Vec<Mark> {
        let mut marks = match (self.preview.verdict.get(), self.preview.grouped.get(), self.preview.readings.get()) {
            (Some(Verdict::Plain(firings)), ..) => firings.iter().rev().take(limit).map(mark).collect(),
            (Some(Verdict::Judged(fired)), Some(grouped), Some(readings)) => {
                let told = |one: Fired| {
                    Some(Mark {
                        at: Timestamp::from_millis(one.at),
                        last_seen: Timestamp::from_millis(one.last_seen),
                        group: grouped.shown(self.columns, one.group),
                        value: readings.values.exact(one.reading)?,
                    })
                };
                last_of(fired, limit).into_iter().filter_map(told).collect()
            }
            (Some(Verdict::Judged(_)) | None, ..) => Vec::new(),
        };
        // Stable: a group may fire twice at one time.
        marks.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| group_order(&other.group, &one.group)));
        marks
    }
}

fn mark(firing: &Firing) -> Mark {
    let Firing { fired_at, last_seen, group, value, .. } = firing;
    Mark { at: *fired_at, last_seen: *last_seen, group: group.clone(), value: *value }
}

/// The newest of them, the last one first, without sorting them all.
fn last_of(fired: &[Fired], limit: usize) -> Vec<Fired> {
    let mut kept: Vec<Fired> = Vec::with_capacity(limit.saturating_mul(2).min(fired.len()));
    let mut oldest = i64::MIN;
    for one in fired.iter().filter(|_| limit > 0) {
        if one.at < oldest {
            continue;
        }
        kept.push(*one);
        if kept.len() >= limit.saturating_mul(2) {
            oldest = cut(&mut kept, limit);
        }
    }
    if kept.len() > limit {
        cut(&mut kept, limit);
    }
    kept.sort_unstable_by_key(|one| std::cmp::Reverse((one.at, one.reading)));
    kept
}

/// Leaves so many, the newest ones, and gives the time of the oldest of them.
fn cut(kept: &mut Vec<Fired>, limit: usize) -> i64 {
    let (_, last, _) = kept.select_nth_unstable_by_key(limit - 1, |one| std::cmp::Reverse(one.at));
    let oldest = last.at;
    kept.truncate(limit);
    oldest
}

/// Firings with the numbers of their groups, by these.
fn by_group(firings: &[Firing]) -> Vec<(usize, &Firing)> {
    let mut numbers: HashMap<Vec<Option<&Canonical>>, usize> = HashMap::new();
    let mut all: Vec<(usize, &Firing)> = Vec::with_capacity(firings.len());
    for firing in firings {
        let key = firing.group.iter().map(|value| value.canonical.as_ref()).collect();
        let next = numbers.len();
        all.push((*numbers.entry(key).or_insert(next), firing));
    }
    // Stable: those of a group stay in the order of time.
    all.sort_by_key(|(group, _)| *group);
    all
}
