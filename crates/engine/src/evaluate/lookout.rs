//! Which rules an event is of, by one look-up for all rules.
//!
//! Invariant: as if each rule had been asked. A look-up that fails or takes long asks each rule after all, so that the
//! one that is to blame is taken out and the others go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use tocsin_model::event::Event;
use tocsin_rules::{Compiled, Index};

use super::active::Active;
use super::{BUDGET, guarded};

/// Rules with the places of the events that each matches, both in order.
pub(super) type Matching = Vec<(usize, Vec<usize>)>;

/// Looks rules up by their places in the list that it was made of.
#[derive(Debug)]
pub(super) struct Lookout {
    index: Index,
    places: Vec<usize>,
    /// What each rule of the index matches just now.
    matched: Vec<Vec<usize>>,
}

impl Lookout {
    /// Of the rules at these places, those that have begun.
    pub(super) fn new(rules: &[Active], places: impl IntoIterator<Item = usize>) -> Self {
        let of_place = |at: usize| Some((at, Arc::clone(rules.get(at)?.compiled()?)));
        let (places, compiled): (Vec<usize>, Vec<Arc<Compiled>>) = places.into_iter().filter_map(of_place).unzip();
        Self { index: Index::new(&compiled), matched: vec![Vec::new(); places.len()], places }
    }

    /// The rules, by their places, that match any of the events.
    pub(super) fn matching(&mut self, rules: &mut [Active], events: &[&Event]) -> Matching {
        if events.is_empty() {
            return Matching::new();
        }
        let allowed = BUDGET.saturating_mul(u32::try_from(events.len()).unwrap_or(u32::MAX));
        let started = Instant::now();
        let found = catch_unwind(AssertUnwindSafe(|| self.look_up(events)));
        match found {
            Ok(found) if started.elapsed() <= allowed => found,
            Ok(_) => self.plainly(rules, events),
            Err(_) => {
                let found = self.plainly(rules, events);
                *self = Self::new(rules, std::mem::take(&mut self.places));
                found
            }
        }
    }

    fn look_up(&mut self, events: &[&Event]) -> Matching {
        let mut touched = Vec::new();
        for (place, event) in events.iter().enumerate() {
            for number in self.index.matching(event) {
                let Some(matched) = self.matched.get_mut(*number) else { continue };
                if matched.is_empty() {
                    touched.push(*number);
                }
                matched.push(place);
            }
        }
        touched.sort_unstable();
        let found = touched
            .into_iter()
            .filter_map(|number| Some((*self.places.get(number)?, self.matched.get_mut(number).map(std::mem::take)?)));
        found.collect()
    }

    /// The same by asking every rule, each at its own risk.
    fn plainly(&mut self, rules: &mut [Active], events: &[&Event]) -> Matching {
        self.matched.iter_mut().for_each(Vec::clear);
        let (mut found, mut failed) = (Vec::new(), false);
        for at in &self.places {
            let Some(active) = rules.get_mut(*at).filter(|active| !active.failed) else { continue };
            let matching = guarded(active, |active| {
                active.asks(events.len());
                let Some(rule) = active.compiled() else { return Ok(Vec::new()) };
                let matches = events.iter().enumerate().filter(|(_, event)| rule.matches(event));
                Ok(matches.map(|(place, _)| place).collect::<Vec<usize>>())
            });
            failed |= active.failed;
            found.extend(matching.filter(|places| !places.is_empty()).map(|places| (*at, places)));
        }
        if failed {
            *self = Self::new(rules, std::mem::take(&mut self.places));
        }
        found
    }
}
