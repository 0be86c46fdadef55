//! Three thresholds: quiet, balanced, sensitive.

use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::rule::{Rule, Trigger};
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::Decimal;

use super::readings::{Label, Readings};
use crate::compile::Compiled;

/// Firings a week that a quiet rule may have, unless something else is asked for: one a day.
pub const BUDGET: u64 = 7;
/// Firings in a week from which nobody reads them any more: one an hour.
pub const NOISE: u64 = 7 * 24;
/// The shortest history that anything is suggested from.
pub const LEAST_SPAN: Span = Span::from_millis(7 * Span::DAY.millis());
/// The fewest values of windows that anything is suggested from.
pub const LEAST_READINGS: u64 = 20;
/// Most thresholds that are tried.
const MOST_TRIED: usize = 256;
const WEEK: Span = Span::from_millis(7 * Span::DAY.millis());

/// The history that was looked at, also where only its matching events are handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// How many events there are.
    pub events: u64,
    /// When the first was; `None` when there is none.
    pub from: Option<Timestamp>,
    /// When the last was.
    pub to: Option<Timestamp>,
}

impl Stretch {
    /// How long it is.
    #[must_use]
    pub fn span(&self) -> Span {
        let length = |(from, to): (Timestamp, Timestamp)| Span::from_millis(to.millis() - from.millis());
        self.from.zip(self.to).map_or_else(Span::default, length)
    }

    /// Whether anything can be suggested from it.
    pub(crate) fn is_enough(&self) -> Result<(), Refusal> {
        if self.span() < LEAST_SPAN { Err(Refusal::TooShort(self.span())) } else { Ok(()) }
    }
}

/// What a threshold would have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The threshold.
    pub threshold: Decimal,
    /// How often it would have fired.
    pub firings: u64,
    /// How often in the seven days in which it would have fired most.
    pub busiest_week: u64,
    /// Alerts closed as true positives that it keeps.
    pub true_kept: u64,
    /// Alerts closed as false positives that it keeps.
    pub false_kept: u64,
}

/// What a suggestion rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The lowest threshold with no more firings in any seven days than this.
    Budget(u64),
    /// The highest threshold that keeps every alert closed as a true positive.
    Labels(u64),
    /// No alert was closed as a true positive: halfway between sensitive and quiet, among the values that were reached.
    Halfway,
    /// The lowest threshold with fewer firings than [`NOISE`] in any seven days.
    NotNoise,
}

/// A threshold to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What it rests on.
    pub basis: Basis,
    /// What it would have done.
    pub effect: Effect,
}

/// Three thresholds and what they rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestions {
    /// The history.
    pub stretch: Stretch,
    /// Events that match.
    pub matched: u64,
    /// Values of windows that were looked at.
    pub readings: u64,
    /// Alerts closed as true positives.
    pub labelled_true: u64,
    /// Alerts closed as false positives.
    pub labelled_false: u64,
    /// Of the true ones, those that the rule as it is now finds at no threshold.
    pub out_of_reach: u64,
    /// What the rule does as it is.
    pub now: Effect,
    /// The lowest threshold within the budget.
    pub quiet: Suggestion,
    /// The highest that keeps what was right.
    pub balanced: Suggestion,
    /// The lowest that is no noise.
    pub sensitive: Suggestion,
}

/// Why nothing is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The rule has no threshold: its trigger is another one.
    NoThreshold,
    /// The rule has no window, so that each event reaches one and none reaches more.
    NoWindow,
    /// The history is shorter than [`LEAST_SPAN`]: so long.
    TooShort(Span),
    /// Fewer values than [`LEAST_READINGS`]: so many.
    TooFew(u64),
}

/// Suggests thresholds for a rule. `events` stand in the order of (time, id) and hold all that match and the last one;
/// `budget` is in firings a week.
///
/// # Errors
/// Why nothing is suggested.
pub fn suggest(
    rule: &Arc<Compiled>,
    events: &[Event],
    stretch: Stretch,
    labels: &[Label],
    budget: u64,
) -> Result<Suggestions, Refusal> {
    let own = threshold(rule.rule())?;
    stretch.is_enough()?;
    suggest_from(&Readings::of(rule, events), own, rule.rule(), stretch, labels, budget)
}

/// The threshold of a rule that can have another one.
pub(crate) fn threshold(rule: &Rule) -> Result<Decimal, Refusal> {
    match rule.trigger {
        Trigger::AtLeast(_) if rule.window.is_none() => Err(Refusal::NoWindow),
        Trigger::AtLeast(own) => Ok(own),
        Trigger::Absent | Trigger::Baseline { .. } | Trigger::Unseen { .. } | Trigger::Rare { .. } => {
            Err(Refusal::NoThreshold)
        }
    }
}

/// [`suggest`] from what windows reached.
pub(crate) fn suggest_from(
    readings: &Readings,
    own: Decimal,
    rule: &Rule,
    stretch: Stretch,
    labels: &[Label],
    budget: u64,
) -> Result<Suggestions, Refusal> {
    if readings.len() < LEAST_READINGS {
        return Err(Refusal::TooFew(readings.len()));
    }
    let step = if rule.measure.is_whole() { 1_000 } else { 1 };
    let view = View::new(readings, labels);
    let tried = tried(&readings.values(), step);
    let lowest = |most: u64| {
        let found = tried.iter().map(|value| view.effect(*value)).find(|effect| effect.busiest_week <= most);
        found.unwrap_or_else(|| view.effect(own))
    };
    let (quiet, sensitive) = (lowest(budget), lowest(NOISE - 1));
    let (basis, threshold) = match view.true_peaks.iter().min() {
        Some(least) => (Basis::Labels(view.true_peaks.len() as u64), *least),
        None => (Basis::Halfway, halfway(&tried, sensitive.threshold, quiet.threshold)),
    };
    let labelled_true = labels.iter().filter(|label| label.is_true).count() as u64;
    Ok(Suggestions {
        stretch,
        matched: readings.matched,
        readings: readings.len(),
        labelled_true,
        labelled_false: labels.len() as u64 - labelled_true,
        out_of_reach: labelled_true - view.true_peaks.len() as u64,
        now: view.effect(own),
        quiet: Suggestion { basis: Basis::Budget(budget), effect: quiet },
        balanced: Suggestion { basis, effect: view.effect(threshold) },
        sensitive: Suggestion { basis: Basis::NotNoise, effect: sensitive },
    })
}

/// Readings with the highest value of each label.
struct View<'a> {
    readings: &'a Readings,
    true_peaks: Vec<Decimal>,
    false_peaks: Vec<Decimal>,
}

impl<'a> View<'a> {
    fn new(readings: &'a Readings, labels: &[Label]) -> Self {
        let peaks = |is_true: bool| {
            labels.iter().filter(|label| label.is_true == is_true).filter_map(|label| readings.peak(label)).collect()
        };
        Self { readings, true_peaks: peaks(true), false_peaks: peaks(false) }
    }

    fn effect(&self, threshold: Decimal) -> Effect {
        let times = self.readings.firings(threshold);
        let kept = |peaks: &[Decimal]| peaks.iter().filter(|peak| **peak >= threshold).count() as u64;
        Effect {
            threshold,
            firings: times.len() as u64,
            busiest_week: busiest(&times),
            true_kept: kept(&self.true_peaks),
            false_kept: kept(&self.false_peaks),
        }
    }
}

/// The thresholds to try: the values that were reached, evenly thinned, and one that nothing reached.
fn tried(values: &[Decimal], step: i128) -> Vec<Decimal> {
    let above = values.last().map_or(step, |highest| highest.thousandths() + step);
    let last = values.len().saturating_sub(1);
    let mut tried: Vec<Decimal> = if values.len() <= MOST_TRIED {
        values.to_vec()
    } else {
        (0..MOST_TRIED).filter_map(|at| values.get(at * last / (MOST_TRIED - 1)).copied()).collect()
    };
    tried.push(Decimal::from_thousandths(above));
    tried
}

fn halfway(tried: &[Decimal], one: Decimal, other: Decimal) -> Decimal {
    let place = |wanted: Decimal| tried.partition_point(|value| *value < wanted);
    tried.get(place(one).midpoint(place(other))).copied().unwrap_or(one)
}

/// How many there are in the seven days in which there are most.
fn busiest(times: &[Timestamp]) -> u64 {
    let (mut first, mut most) = (0, 0);
    for (at, time) in times.iter().enumerate() {
        while times.get(first).is_some_and(|start| start.plus(WEEK) <= *time) {
            first += 1;
        }
        most = most.max(at + 1 - first);
    }
    most as u64
}
