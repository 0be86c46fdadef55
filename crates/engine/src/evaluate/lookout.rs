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
    /// What each rule matches just now.
    matched: Vec<Vec<usize>>,
}

impl Lookout {
    /// Of the rules at these places, those that have begun.
    pub(super) fn new(rules: &[Active], places: impl IntoIterator<Item = usize>) -> Self {
        let of_place = |at: usize| Some((at, Arc::clone(rules.get(at)?.compiled()?)));
        let (places, compiled): (Vec<usize>, Vec<Arc<Compiled>>) = places.into_iter().filter_map(of_place).unzip();
        Self { index: Index::new(&compiled), places, matched: vec![Vec::new(); rules.len()] }
    }

    /// The rules, by their places, that match any of the events.
    pub(super) fn matching(&mut self, rules: &mut [Active], events: &[&Event]) -> Matching {
        let mut touched = Vec::new();
        for (place, event) in events.iter().enumerate() {
            let started = Instant::now();
            let looked = catch_unwind(AssertUnwindSafe(|| self.look_up(place, event, &mut touched)));
            if looked.is_err() || started.elapsed() > BUDGET {
                self.plainly(rules, place, event, &mut touched, looked.is_err());
            }
        }
        touched.sort_unstable();
        touched.dedup();
        let found = touched.into_iter().filter_map(|at| Some((at, self.matched.get_mut(at).map(std::mem::take)?)));
        found.collect()
    }

    fn look_up(&mut self, place: usize, event: &Event, touched: &mut Vec<usize>) {
        for number in self.index.matching(event) {
            let Some(at) = self.places.get(*number) else { continue };
            note(&mut self.matched, *at, place, touched);
        }
    }

    /// The same by asking every rule, each at its own risk.
    fn plainly(
        &mut self,
        rules: &mut [Active],
        place: usize,
        event: &Event,
        touched: &mut Vec<usize>,
        mut is_broken: bool,
    ) {
        for at in &self.places {
            let Some(active) = rules.get_mut(*at).filter(|active| !active.failed) else { continue };
            let matches = guarded(active, |active| {
                active.asks(1);
                Ok(active.compiled().is_some_and(|rule| rule.matches(event)))
            });
            is_broken |= active.failed;
            if matches == Some(true) {
                note(&mut self.matched, *at, place, touched);
            }
        }
        if is_broken {
            let places = std::mem::take(&mut self.places);
            let matched = std::mem::take(&mut self.matched);
            *self = Self { matched, ..Self::new(rules, places) };
        }
    }
}

/// Notes that a rule matches the event at `place`, once.
fn note(matched: &mut [Vec<usize>], at: usize, place: usize, touched: &mut Vec<usize>) {
    let Some(places) = matched.get_mut(at) else { return };
    if places.is_empty() {
        touched.push(at);
    }
    if places.last() != Some(&place) {
        places.push(place);
    }
}
