//! The times of events, four bytes each as long as neighbours are not weeks apart.

/// Events whose times are told from one base.
const SEGMENT: usize = 1 << 16;
/// How far before the first event of a segment its base lies, for events that come late: some 24 days.
const SLACK: i64 = 1 << 31;

/// Times in ms by the position of events.
#[derive(Debug)]
pub(super) enum Times {
    /// The base of each segment, and what is added to it.
    Near {
        bases: Vec<i64>,
        offsets: Vec<u32>,
    },
    Far(Vec<i64>),
}

impl Default for Times {
    fn default() -> Self {
        Self::Near { bases: Vec::new(), offsets: Vec::new() }
    }
}

impl Times {
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Near { offsets, .. } => offsets.len(),
            Self::Far(times) => times.len(),
        }
    }

    /// The time of an event.
    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<i64> {
        match self {
            Self::Near { bases, offsets } => Some(bases.get(at / SEGMENT)? + i64::from(*offsets.get(at)?)),
            Self::Far(times) => times.get(at).copied(),
        }
    }

    pub(super) fn push(&mut self, time: i64) {
        match self {
            Self::Far(times) => times.push(time),
            Self::Near { bases, offsets } => {
                if offsets.len().is_multiple_of(SEGMENT) {
                    bases.push(time.saturating_sub(SLACK));
                }
                match bases.last().and_then(|base| u32::try_from(time.checked_sub(*base)?).ok()) {
                    Some(offset) => offsets.push(offset),
                    None => {
                        let far = (0..offsets.len()).filter_map(|at| self.get(at)).chain([time]).collect();
                        *self = Self::Far(far);
                    }
                }
            }
        }
    }

    /// How many of the first `count`, which are in order, are before a time.
    pub(super) fn before(&self, count: usize, time: i64) -> usize {
        let (mut from, mut to) = (0, count);
        while from < to {
            let middle = from + (to - from) / 2;
            if self.get(middle).is_some_and(|one| one < time) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    /// The times of these positions.
    pub(super) fn of(&self, positions: &[u32]) -> Vec<i64> {
        match self {
            Self::Near { bases, offsets } => {
                let time = |at: usize| Some(bases.get(at / SEGMENT)? + i64::from(*offsets.get(at)?));
                positions.iter().map(|at| time(*at as usize).unwrap_or_default()).collect()
            }
            Self::Far(times) => {
                positions.iter().map(|at| times.get(*at as usize).copied().unwrap_or_default()).collect()
            }
        }
    }

    /// Puts what stands from `from` on into another order: the numbers of `order` are positions before.
    pub(super) fn reorder(&mut self, from: usize, order: &[u32]) {
        let tail = self.of(order);
        match self {
            Self::Near { bases, offsets } => {
                offsets.truncate(from);
                bases.truncate(from.div_ceil(SEGMENT));
            }
            Self::Far(times) => times.truncate(from),
        }
        tail.into_iter().for_each(|time| self.push(time));
    }

    /// Lets go of what was set aside for more.
    pub(super) fn shrink(&mut self) {
        match self {
            Self::Near { offsets, .. } => offsets.shrink_to_fit(),
            Self::Far(times) => times.shrink_to_fit(),
        }
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Near { bases, offsets } => {
                bases.capacity() * size_of::<i64>() + offsets.capacity() * size_of::<u32>()
            }
            Self::Far(times) => times.capacity() * size_of::<i64>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_kept_however_far_apart_they_are() {
        let near: Vec<i64> = (0..70_000).map(|at| 1_700_000_000_000 + at * 30_000).collect();
        let late = [&near[..69_000], &[near[69_000] - SLACK / 2], &near[69_001..]].concat();
        let far: Vec<i64> = near.iter().map(|time| time * 3).collect();
        for (plain, is_near) in [(near, true), (late, true), (far, false), (vec![i64::MIN, i64::MAX, 0], false)] {
            let mut times = Times::default();
            plain.iter().for_each(|time| times.push(*time));
            assert_eq!(matches!(times, Times::Near { .. }), is_near);
            let mut plain = plain;
            let from = plain.len() * 2 / 3;
            let order: Vec<u32> = (from as u32..plain.len() as u32).rev().collect();
            times.reorder(from, &order);
            plain[from..].reverse();
            let all: Vec<i64> = (0..times.len()).filter_map(|at| times.get(at)).collect();
            assert!(all == plain && times.get(plain.len()).is_none());
            assert_eq!(times.of(&[2, 0]), [plain[2], plain[0]]);
            assert_eq!(
                times.before(from, plain[from / 2]),
                plain[..from].partition_point(|time| *time < plain[from / 2])
            );
        }
    }
}
