//! `baseline`: whether a complete window stands out of those before it. Medians of exact fractions.

use std::collections::VecDeque;

use num_rational::BigRational;
use tocsin_model::firing::Exact;
use tocsin_model::rule::{Measure, Trigger};
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::Decimal;

/// The fixed windows that a rule has gone through, as far back as it learns, without holes, so that empty ones can be
/// counted.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    /// Their starts.
    starts: VecDeque<Timestamp>,
    end: Option<Timestamp>,
}

impl Calendar {
    /// Notes the windows up to the one given; `around` gives the window that holds an instant. However long nothing
    /// came, no more windows are kept than it learns from.
    pub(crate) fn reach(
        &mut self,
        (start, end): (Timestamp, Timestamp),
        learn: Span,
        around: impl Fn(Timestamp) -> (Timestamp, Timestamp),
    ) {
        let from = start.minus(learn);
        while self.starts.front().is_some_and(|first| *first < from) {
            self.starts.pop_front();
        }
        let mut at = self.end.map_or(start, |end| if end < from { around(from).0 } else { end });
        while at < start {
            self.starts.push_back(at);
            at = around(at).1;
        }
        self.starts.push_back(start);
        self.end = Some(end);
    }

    /// How many windows start in `[from, before)`.
    fn count(&self, from: Timestamp, before: Timestamp) -> usize {
        let until = |limit: Timestamp| self.starts.partition_point(|start| *start < limit);
        until(before).saturating_sub(until(from))
    }
}

/// The windows of one group that held a matching event, in order.
#[derive(Debug, Default)]
pub(crate) struct Past(Vec<(Timestamp, Option<Exact>)>);

impl Past {
    /// Notes a complete window; `None` when its measure has no value.
    pub(crate) fn add(&mut self, start: Timestamp, value: Option<Exact>) {
        self.0.push((start, value));
    }

    /// Whether the window from `start` stands out of those before it.
    pub(crate) fn stands_out(
        &self,
        start: Timestamp,
        value: Exact,
        measure: &Measure,
        trigger: &Trigger,
        calendar: &Calendar,
    ) -> bool {
        let Trigger::Baseline { learn, deviations, minimum_windows, at_least } = trigger else { return false };
        let Some((first, _)) = self.0.first() else { return false };
        let from = start.minus(*learn);
        let held = || self.0.iter().filter(|(one, _)| *one >= from && *one < start);
        let mut values: Vec<BigRational> = held().filter_map(|(_, value)| value.map(ratio)).collect();
        if counts_empty_windows(measure) {
            let empty = calendar.count(from.max(*first), start).saturating_sub(held().count());
            values.extend(std::iter::repeat_n(ratio(Exact::whole(0)), empty));
        }
        if (values.len() as u64) < *minimum_windows || at_least.is_some_and(|least| !value.reaches(least)) {
            return false;
        }
        let Some(centre) = median(&mut values) else { return false };
        let mut distances: Vec<BigRational> = values.iter().map(|value| distance(value, &centre)).collect();
        let Some(deviation) = median(&mut distances) else { return false };
        let spread = (of(14_826, 10_000) * deviation).max(of(5, 100) * centre.clone()).max(of(1, 1));
        ratio(value) > centre + decimal(*deviations) * spread
    }
}

const fn counts_empty_windows(measure: &Measure) -> bool {
    match measure {
        Measure::Count | Measure::Distinct(_) | Measure::Sum(_) => true,
        Measure::Mean(_) | Measure::Max(_) | Measure::Share { .. } => false,
    }
}

/// The middle one, or the mean of the middle two.
fn median(values: &mut [BigRational]) -> Option<BigRational> {
    values.sort();
    let middle = values.len() / 2;
    let upper = values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper.clone());
    }
    values.get(middle.checked_sub(1)?).map(|lower| (lower + upper) / of(2, 1))
}

fn distance(left: &BigRational, right: &BigRational) -> BigRational {
    if left > right { left - right } else { right - left }
}

fn ratio(value: Exact) -> BigRational {
    let (thousandths, divisor) = value.parts();
    BigRational::new(thousandths.into(), divisor.saturating_mul(1_000).into())
}

fn decimal(number: Decimal) -> BigRational {
    of(number.thousandths(), 1_000)
}

fn of(numerator: i128, divisor: i128) -> BigRational {
    BigRational::new(numerator.into(), divisor.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * MINUTE)
    }

    fn minutes(calendar: &mut Calendar, minute: i64, learn: i64) {
        let around = |time: Timestamp| {
            let start = time.millis().div_euclid(MINUTE);
            (at(start), at(start + 1))
        };
        calendar.reach((at(minute), at(minute + 1)), Span::from_millis(learn * MINUTE), around);
    }

    #[test]
    fn empty_windows_are_counted_and_long_gaps_cost_nothing() {
        let mut calendar = Calendar::default();
        minutes(&mut calendar, 0, 100);
        minutes(&mut calendar, 5, 100);
        assert_eq!(
            (calendar.count(at(0), at(5)), calendar.count(at(1), at(5)), calendar.count(at(0), at(6))),
            (5, 4, 6)
        );
        minutes(&mut calendar, 4_000_000_000, 10);
        assert_eq!(calendar.count(at(4_000_000_000 - 10), at(4_000_000_000)), 10);
        assert_eq!(calendar.starts.len(), 11);
    }

    /// Whether a window of `value` after windows of `values`, one a minute, stands out.
    fn stands_out(values: &[u64], value: u64, deviations: i128, minimum_windows: u64) -> bool {
        let (mut calendar, mut past) = (Calendar::default(), Past::default());
        for (minute, value) in values.iter().enumerate() {
            minutes(&mut calendar, minute as i64, 1_000);
            if *value > 0 {
                past.add(at(minute as i64), Some(Exact::whole(*value)));
            }
        }
        let start = values.len() as i64;
        minutes(&mut calendar, start, 1_000);
        let deviations = Decimal::from_thousandths(deviations);
        let learn = Span::from_millis(1_000 * MINUTE);
        let trigger = Trigger::Baseline { learn, deviations, minimum_windows, at_least: None };
        past.stands_out(at(start), Exact::whole(value), &Measure::Count, &trigger, &calendar)
    }

    #[test]
    fn the_limit_is_the_median_and_spreads_above_it_strictly() {
        // Nothing varies: the spread is 1.
        assert!(!stands_out(&[10, 10, 10], 13, 3_000, 3) && stands_out(&[10, 10, 10], 14, 3_000, 3));
        // Five percent of the centre: 5.
        assert!(!stands_out(&[100, 100, 100], 115, 3_000, 3) && stands_out(&[100, 100, 100], 116, 3_000, 3));
        // Centre 15, deviations 5 and 5: 15 + 1.4826 x 5 = 22.413.
        assert!(!stands_out(&[10, 20], 22, 1_000, 2) && stands_out(&[10, 20], 23, 1_000, 2));
        // Windows without an event are zero since the first event, and not before it.
        assert!(stands_out(&[10, 0, 0], 4, 3_000, 3) && !stands_out(&[0, 0, 10], 4, 3_000, 1));
        assert!(!stands_out(&[10, 10], 99, 3_000, 3), "too few windows");
        assert!(!stands_out(&[], 99, 3_000, 1), "no window before it");
    }
}
