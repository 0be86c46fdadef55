//! The curve: what a rule with another threshold would have done over the same events.

use std::collections::BTreeSet;

use tocsin_model::rule::{Rule, Trigger};
use tocsin_model::value::Decimal;

use crate::backtest::Bounds;
use crate::evaluator::once_a_window;
use crate::judge::{Asked, Judge, Verdict};

/// Most thresholds of a curve.
pub const CURVE_POINTS: usize = 64;

/// What one threshold would have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurvePoint {
    /// The threshold.
    pub threshold: Decimal,
    /// How many candidates it has, suppressed ones too.
    pub candidates: u64,
    /// How many of them fire.
    pub firings: u64,
}

/// The curve over the values that windows reached and the rule's own threshold; `None` unless the trigger is `atLeast`.
/// What comes before the bounds counts too, since it suppresses; what nothing can fire at after them does not.
pub(crate) fn curve(rule: &Rule, readings: &[Asked], bounds: Bounds) -> Option<Vec<CurvePoint>> {
    let Trigger::AtLeast(own) = rule.trigger else { return None };
    let may_fire = readings.iter().filter(|reading| bounds.may_fire(reading.at));
    let reached: BTreeSet<Decimal> = may_fire.map(|reading| reading.value.floor()).collect();
    let thresholds = thin(reached.into_iter().filter(|value| value.thousandths() > 0).collect(), own);
    Some(thresholds.into_iter().map(|threshold| point(rule, readings, bounds, threshold)).collect())
}

/// At most [`CURVE_POINTS`] of them, evenly spread, the rule's own always among them.
pub(crate) fn thin(values: Vec<Decimal>, own: Decimal) -> BTreeSet<Decimal> {
    let wanted = CURVE_POINTS - 1;
    let mut kept: BTreeSet<Decimal> = if values.len() <= wanted {
        values.into_iter().collect()
    } else {
        (0..wanted).filter_map(|at| values.get(at * (values.len() - 1) / (wanted - 1)).copied()).collect()
    };
    kept.insert(own);
    kept
}

fn point(rule: &Rule, readings: &[Asked], bounds: Bounds, threshold: Decimal) -> CurvePoint {
    let mut judge = Judge::new(rule.suppress_for, once_a_window(rule));
    let mut point = CurvePoint { threshold, candidates: 0, firings: 0 };
    let holds = |asked: &&Asked| bounds.may_fire(asked.at) && asked.value.reaches(threshold);
    for asked in readings.iter().filter(holds) {
        let verdict = judge.judge(asked);
        if bounds.lists(asked.at) {
            point.candidates += u64::from(verdict.is_some());
            point.firings += u64::from(verdict == Some(Verdict::Fires));
        }
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_thinned_evenly_and_keeps_its_ends_and_the_rules_own_threshold() {
        let values: Vec<Decimal> = (1..=10_000).map(|whole| Decimal::from_thousandths(whole * 1_000)).collect();
        let (first, last, own) = (values[0], values[9_999], Decimal::from_thousandths(7_777_000));
        let kept = thin(values, own);
        assert_eq!(kept.len(), CURVE_POINTS);
        assert!(kept.contains(&own) && kept.first() == Some(&first) && kept.last() == Some(&last));
        assert_eq!(thin(vec![first], own).len(), 2);
    }
}
