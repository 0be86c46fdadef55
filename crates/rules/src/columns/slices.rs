//! A stretch of time in slices of the same length, and what events and firings are in each.

use tocsin_model::firing::Exact;
use tocsin_model::time::Timestamp;

use super::Columns;
use super::grouped::Grouped;
use super::mask::Mask;
use super::readings::{Readings, Values};

/// A stretch of time in slices of the same length. Each begins at its share of the stretch, rounded up to a whole ms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slices {
    /// Where each begins, and where the last ends; it is not in it.
    begins: Vec<i64>,
}

impl Slices {
    /// So many slices from one time to another; none when there is nothing between them.
    #[must_use]
    pub fn new(from: Timestamp, to: Timestamp, count: u32) -> Self {
        let (from, length) = (i128::from(from.millis()), i128::from(to.millis()) - i128::from(from.millis()));
        if length <= 0 || count == 0 {
            return Self { begins: Vec::new() };
        }
        let all = i128::from(count);
        let begin = |slice: i128| (from + (length * slice + all - 1) / all) as i64;
        Self { begins: (0..=all).map(begin).collect() }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.begins.len().saturating_sub(1)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// From when to when each is; the end is not in it.
    pub fn each(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.pairs().map(|(from, to)| (Timestamp::from_millis(from), Timestamp::from_millis(to)))
    }

    fn pairs(&self) -> impl Iterator<Item = (i64, i64)> {
        self.begins.iter().copied().zip(self.begins.iter().skip(1).copied())
    }

    /// The slice that a time is in.
    #[must_use]
    pub fn of(&self, at: Timestamp) -> Option<usize> {
        self.find(at.millis())
    }

    #[inline]
    fn find(&self, at: i64) -> Option<usize> {
        let (first, last) = (*self.begins.first()?, *self.begins.last()?);
        if at < first || at >= last {
            return None;
        }
        // Nearly right, and then exactly: to divide whole numbers takes longer.
        let share = (at as f64 - first as f64) / (last as f64 - first as f64);
        let mut slice = ((share * self.len() as f64) as usize).min(self.len() - 1);
        while self.begins.get(slice).is_some_and(|begin| *begin > at) {
            slice -= 1;
        }
        while self.begins.get(slice + 1).is_some_and(|end| *end <= at) {
            slice += 1;
        }
        Some(slice)
    }

    /// How many of these times are in each.
    pub(super) fn count(&self, times: impl Iterator<Item = i64>) -> Vec<u32> {
        let mut counts = vec![0; self.len()];
        for at in times {
            if let Some(count) = self.find(at).and_then(|slice| counts.get_mut(slice)) {
                *count += 1;
            }
        }
        counts
    }

    /// How many of these events are in each.
    pub(super) fn matched(&self, columns: &Columns, events: &Mask) -> Vec<u32> {
        let place = |at: i64| columns.times.before(columns.len(), at);
        let places: Vec<usize> = self.begins.iter().map(|at| place(*at)).collect();
        let pairs = places.iter().zip(places.iter().skip(1));
        pairs.map(|(from, to)| events.count_within(*from, *to) as u32).collect()
    }

    /// The greatest value that any window had in each, at the moment at which its trigger is asked.
    pub(super) fn peaks(&self, grouped: &Grouped, readings: &Readings) -> Vec<Option<f64>> {
        match &readings.values {
            Values::Whole(values) => {
                let peaks = self.greatest(grouped, readings, |at| values.get(at).copied());
                peaks.into_iter().map(|peak| peak.map(f64::from)).collect()
            }
            Values::Exact(values) => {
                let peaks = self.greatest(grouped, readings, |at| values.get(at).copied().flatten());
                peaks.into_iter().map(|peak| peak.map(Exact::nearest)).collect()
            }
        }
    }

    fn greatest<T: Copy + Ord>(
        &self,
        grouped: &Grouped,
        readings: &Readings,
        value: impl Fn(usize) -> Option<T>,
    ) -> Vec<Option<T>> {
        let mut peaks = vec![None; self.len()];
        for reading in 0..readings.len() {
            let Some(value) = value(reading) else { continue };
            let slice = readings.told(grouped, reading).and_then(|told| self.find(told.at));
            if let Some(peak) = slice.and_then(|slice| peaks.get_mut(slice))
                && peak.is_none_or(|peak| peak < value)
            {
                *peak = Some(value);
            }
        }
        peaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_in_the_slice_whose_bounds_hold_it() {
        let at = Timestamp::from_millis;
        for (from, to, count) in [(0, 1_000, 7), (-50, 3, 90), (1_700_000_000_000, 1_707_776_000_001, 400), (5, 6, 3)] {
            let slices = Slices::new(at(from), at(to), count);
            assert_eq!(slices.len(), count as usize);
            let bounds: Vec<_> = slices.each().collect();
            assert_eq!((bounds[0].0, bounds[bounds.len() - 1].1), (at(from), at(to)));
            let edges = bounds.iter().flat_map(|(from, to)| [from.millis(), to.millis()]);
            for time in edges.flat_map(|edge| [edge - 1, edge, edge + 1]) {
                let held = bounds.iter().position(|(from, to)| (*from..*to).contains(&at(time)));
                assert_eq!(slices.of(at(time)), held, "{time} of {from} to {to}");
            }
        }
        assert!(Slices::new(at(5), at(5), 3).is_empty() && Slices::new(at(5), at(9), 0).is_empty());
        assert_eq!(Slices::new(at(i64::MIN), at(i64::MAX), 3).of(at(0)), Some(1));
    }
}
