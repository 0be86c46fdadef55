//! `baseline`: whether a complete window stands out of those before it. Medians of exact fractions.

use num_rational::BigRational;
use tocsin_model::firing::Exact;
use tocsin_model::rule::{Measure, Trigger};
use tocsin_model::time::Timestamp;
use tocsin_model::value::Decimal;

/// The fixed windows that a rule has gone through, without holes, so that empty ones can be counted.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    /// Their starts.
    starts: Vec<Timestamp>,
    end: Option<Timestamp>,
}

impl Calendar {
    /// Notes the windows up to `start`; `next` gives the window that holds an instant.
    pub(crate) fn reach(
        &mut self,
        (start, end): (Timestamp, Timestamp),
        next: impl Fn(Timestamp) -> (Timestamp, Timestamp),
    ) {
        let mut at = self.end.unwrap_or(start);
        while at < start {
            self.starts.push(at);
            at = next(at).1;
        }
        self.starts.push(start);
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
