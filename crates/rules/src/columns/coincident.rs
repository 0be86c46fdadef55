//! Rules over the same stored events: what they did together.

use std::sync::Arc;

use super::mask::Mask;
use super::preview::Preview;
use super::{Columns, ColumnsError};
use crate::backtest::Bounds;
use crate::compile::Compiled;
use crate::overlap::Coincidence;

/// Below one event of so many that match, their places take less room than a bit for each event.
const SPARSE: usize = 32;

impl Preview {
    /// Says what [`crate::coincide`] says of the same events.
    ///
    /// # Errors
    /// [`ColumnsError::NotLoaded`] names the fields of a rule that have no column.
    pub fn coincide(
        &mut self,
        columns: &mut Columns,
        rules: &[Arc<Compiled>],
        pairs: &[(usize, usize)],
    ) -> Result<Coincidence, ColumnsError> {
        let (mut firings, mut matches) = (Vec::new(), Vec::new());
        for rule in rules {
            firings.push(self.run(columns, rule, Bounds::default())?.firings(usize::MAX));
            let found = self.matching.get();
            matches.push(found.map_or_else(Matches::default, |found| Matches::of(&found.events, found.count)));
        }
        let matched: Vec<u64> = matches.iter().map(Matches::count).collect();
        let both = |(left, right): &(usize, usize)| match (matches.get(*left), matches.get(*right)) {
            (Some(left), Some(right)) => left.shared(right),
            (None, _) | (_, None) => 0,
        };
        let shared: Vec<u64> = pairs.iter().map(both).collect();
        Ok(Coincidence::of(rules, pairs, &firings, &matched, &shared))
    }
}

/// The events that match a rule, kept while others are run.
enum Matches {
    /// Their places, rising.
    Few(Vec<u32>),
    /// A bit for each event.
    Many(Mask),
}

impl Default for Matches {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Matches {
    fn of(events: &Mask, count: usize) -> Self {
        if count >= events.len() / SPARSE {
            return Self::Many(events.clone());
        }
        Self::Few(events.positions(count))
    }

    fn count(&self) -> u64 {
        match self {
            Self::Few(places) => places.len() as u64,
            Self::Many(events) => events.count() as u64,
        }
    }

    /// How many are in both.
    fn shared(&self, other: &Self) -> u64 {
        match (self, other) {
            (Self::Few(few), Self::Many(many)) | (Self::Many(many), Self::Few(few)) => {
                few.iter().filter(|at| many.has(**at as usize)).count() as u64
            }
            (Self::Few(few), Self::Few(more)) => {
                let (few, more) = if few.len() <= more.len() { (few, more) } else { (more, few) };
                few.iter().filter(|at| more.binary_search(at).is_ok()).count() as u64
            }
            (Self::Many(one), Self::Many(other)) => {
                let both = one.words().iter().zip(other.words()).map(|(one, other)| (one & other).count_ones());
                both.map(u64::from).sum()
            }
        }
    }
}
