//! Fresh ids: growing within a process, even within one millisecond and when the clock steps back.

use std::sync::{Mutex, PoisonError};
use tocsin_model::time::Timestamp;

/// Values of the counter within one millisecond: the twelve bits after a UUIDv7's time.
const PER_MILLISECOND: u16 = 1 << 12;

/// Makes the time and the random part of UUIDv7s.
#[derive(Debug, Default)]
pub(crate) struct IdSource {
    last: Mutex<(i64, u16)>,
}

impl IdSource {
    /// What a new id is made of: hand both to its `new`.
    pub(crate) fn next(&self, now: Timestamp) -> (Timestamp, [u8; 10]) {
        let (millis, counter) = self.step(now.millis());
        let mut random: [u8; 10] = rand::random();
        random[..2].copy_from_slice(&counter.to_be_bytes());
        (Timestamp::from_millis(millis), random)
    }

    fn step(&self, now: i64) -> (i64, u16) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = match *last {
            (millis, _) if now > millis => (now, 0),
            (millis, counter) if counter + 1 < PER_MILLISECOND => (millis, counter + 1),
            // More than four thousand within a millisecond: borrow from the next.
            (millis, _) => (millis + 1, 0),
        };
        *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tocsin_model::id::AlertId;

    #[test]
    fn ids_grow_whatever_the_clock_does() {
        let ids = IdSource::default();
        let mut before = None;
        for now in (0..10_000).map(|n| 1_772_611_960_000 + (n % 3) - n / 5_000) {
            let (at, random) = ids.next(Timestamp::from_millis(now));
            let id = AlertId::new(at, random);
            assert!(before < Some(id), "{before:?} then {id}");
            before = Some(id);
        }
    }
}
