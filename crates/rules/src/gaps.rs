//! When nothing could have been heard: time that does not count towards a silence.

use std::sync::Arc;

use tocsin_model::time::{Span, Timestamp};

/// Stretches of time that do not overlap, in order. To clone them costs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gaps(Arc<[(Timestamp, Timestamp)]>);

impl Default for Gaps {
    fn default() -> Self {
        Self::new([])
    }
}

impl Gaps {
    /// Stretches from their first instant up to and without their last; in any order, and they may overlap.
    #[must_use]
    pub fn new(stretches: impl IntoIterator<Item = (Timestamp, Timestamp)>) -> Self {
        let mut sorted: Vec<_> = stretches.into_iter().filter(|(from, to)| from < to).collect();
        sorted.sort_unstable();
        let mut all: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(sorted.len());
        for (from, to) in sorted {
            match all.last_mut() {
                Some((_, end)) if from <= *end => *end = (*end).max(to),
                _ => all.push((from, to)),
            }
        }
        Self(all.into())
    }

    /// The first instant up to which so much time that counts has gone by since `time`.
    pub(crate) fn after(&self, time: Timestamp, length: Span) -> Timestamp {
        let first = self.0.partition_point(|(_, to)| *to <= time);
        let (mut at, mut left) = (time, length);
        for (from, to) in self.0.get(first..).unwrap_or_default() {
            let counts = Span::from_millis((from.millis() - at.millis()).max(0));
            if left <= counts {
                break;
            }
            left = Span::from_millis(left.millis() - counts.millis());
            at = *to;
        }
        at.plus(left)
    }

    /// How much of the time from one instant to another does not count.
    pub(crate) fn within(&self, from: Timestamp, to: Timestamp) -> Span {
        let shared = |gap: &(Timestamp, Timestamp)| (gap.1.min(to).millis() - gap.0.max(from).millis()).max(0);
        Span::from_millis(self.0.iter().map(shared).sum())
    }

    /// The last instant from which so much time that counts goes by until `time`.
    pub(crate) fn before(&self, time: Timestamp, length: Span) -> Timestamp {
        let behind = self.0.partition_point(|(from, _)| *from < time);
        let (mut at, mut left) = (time, length);
        for (from, to) in self.0.get(..behind).unwrap_or_default().iter().rev() {
            let counts = Span::from_millis((at.millis() - to.millis()).max(0));
            if left <= counts {
                break;
            }
            left = Span::from_millis(left.millis() - counts.millis());
            at = *from;
        }
        at.minus(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn time_in_gaps_does_not_count() {
        let gaps = Gaps::new([(at(100), at(200)), (at(150), at(250)), (at(300), at(301)), (at(400), at(400))]);
        let within = |from, to| gaps.within(at(from), at(to)).millis();
        assert_eq!([within(0, 100), within(0, 500), within(120, 130), within(240, 301)], [0, 151, 10, 11]);
        let after = |time, length| gaps.after(at(time), Span::from_millis(length)).millis();
        assert_eq!(after(50, 49), 99);
        assert_eq!(after(50, 50), 100, "it is over when the gap begins");
        assert_eq!(after(50, 51), 251);
        assert_eq!((after(100, 1), after(180, 1), after(250, 1)), (251, 251, 251));
        assert_eq!((after(250, 50), after(250, 51), after(0, 200)), (300, 302, 351));
    }

    proptest! {
        #[test]
        fn both_ways_count_the_same(
            stretches in prop::collection::vec((0_i64..60, 0_i64..20), 0..6), time in 0_i64..80, length in 1_i64..40
        ) {
            let gaps = Gaps::new(stretches.iter().map(|(from, long)| (at(*from), at(from + long))));
            let in_gap = |ms: &i64| stretches.iter().any(|(from, long)| (*from..from + long).contains(ms));
            let counts = |from: i64, to: i64| (from..to).filter(|ms| !in_gap(ms)).count() as i64;
            let span = Span::from_millis(length);
            let end = gaps.after(at(time), span).millis();
            prop_assert_eq!(counts(time, end), length);
            prop_assert_eq!(counts(time, end - 1), length - 1, "it is the first");
            let start = gaps.before(at(time), span).millis();
            prop_assert_eq!(counts(start, time), length);
            prop_assert_eq!(counts(start + 1, time), length - 1, "it is the last");
        }
    }
}
