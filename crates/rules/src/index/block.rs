//! Which rules many events match, field by field instead of event by event.
//!
//! Invariant: says of each event what [`Index::matching`] says. With few rules, which is what most people have, a row is
//! one number and laying it over another costs next to nothing; what costs is to wait, for memory and after wrong
//! guesses of what comes next. So a field is looked up for one event after the other, none of which depends on the one
//! before, and the processor does several at a time. Which events are done with is noted without a branch.

use tocsin_model::event::Event;

use super::{Index, of_source};

/// So many events at most: what is noted of them stays in the processor's cache.
pub(crate) const BLOCK: usize = 64;
/// Words of the rows of few rules.
pub(super) const FEW_WORDS: usize = 2;

/// An event matches a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The place of the event in its block.
    pub(crate) event: u32,
    /// The rule's number.
    pub(crate) rule: u32,
}

/// What is noted of the events of a block; kept, so that it need not be allocated again.
#[derive(Debug)]
pub(super) struct Notes {
    /// What is left of each event.
    left: Vec<u128>,
    /// The places of those of which anything is, in order; behind so many there is nothing to be read.
    open: [u32; BLOCK],
    count: usize,
    /// The places of those that have to wait for their row.
    late: [u32; BLOCK],
    waiting: usize,
}

impl Default for Notes {
    fn default() -> Self {
        Self { left: Vec::new(), open: [0; BLOCK], count: 0, late: [0; BLOCK], waiting: 0 }
    }
}

impl Notes {
    /// Begins with what is left of each event; there are no more than [`BLOCK`].
    fn begin(&mut self, left: impl Iterator<Item = u128>) {
        self.left.clear();
        self.left.extend(left);
        self.count = self.left.len().min(BLOCK);
        self.open.iter_mut().zip(0..).for_each(|(place, at)| *place = at);
    }

    /// Lays a row over what is left of each event that is not done with. Those whose row is not known yet wait for
    /// [`Self::lay_late`]: here nothing is learnt, so that the processor need not look twice at what stays as it is.
    #[inline(always)]
    pub(super) fn lay_over(&mut self, events: &[Event], row: impl Fn(&Event) -> Option<u128>) {
        let (mut count, mut waiting) = (0, 0);
        for at in 0..self.count.min(BLOCK) {
            let Some(place) = self.open.get(at).copied() else { return };
            let (Some(event), Some(left)) = (events.get(place as usize), self.left.get_mut(place as usize)) else {
                return;
            };
            let row = row(event);
            *left &= row.unwrap_or(u128::MAX);
            // Without a branch: where nothing is left, or nothing has to wait, the next one takes the place.
            if let Some(next) = self.open.get_mut(count) {
                *next = place;
            }
            if let Some(next) = self.late.get_mut(waiting) {
                *next = place;
            }
            count += usize::from(*left != 0);
            waiting += usize::from(row.is_none());
        }
        (self.count, self.waiting) = (count, waiting);
    }

    /// Lays the rows of those that had to wait.
    pub(super) fn lay_late(&mut self, events: &[Event], mut row: impl FnMut(&Event) -> u128) {
        if self.waiting == 0 {
            return;
        }
        for place in self.late.iter().take(self.waiting).map(|place| *place as usize) {
            if let (Some(event), Some(left)) = (events.get(place), self.left.get_mut(place)) {
                *left &= row(event);
            }
        }
        let mut count = 0;
        for at in 0..self.count {
            let Some(place) = self.open.get(at).copied() else { return };
            if let Some(next) = self.open.get_mut(count) {
                *next = place;
            }
            count += usize::from(self.left.get(place as usize).is_some_and(|left| *left != 0));
        }
        self.count = count;
    }
}

impl Index {
    /// Adds the rules that each of these events matches, in the order of events, then rules. There are no more than
    /// [`BLOCK`].
    pub(crate) fn hits(&mut self, events: &[Event], hits: &mut Vec<Hit>) {
        if self.left.len() <= FEW_WORDS {
            self.hits_of_few(events, hits);
            return;
        }
        for (at, event) in (0..).zip(events) {
            hits.extend(self.matching(event).iter().map(|rule| Hit { event: at, rule: *rule as u32 }));
        }
    }

    fn hits_of_few(&mut self, events: &[Event], hits: &mut Vec<Hit>) {
        let Self { notes, fields, .. } = self;
        let of_kind = |event: &Event| self.few_of_kind.get(event.kind as usize).copied().unwrap_or_default();
        notes.begin(events.iter().map(of_kind));
        if !self.sourced.is_empty() {
            let (sourced, words) = (&self.sourced, self.left.len());
            notes.lay_over(events, |event| event.source.is_none().then_some(u128::MAX));
            notes.lay_late(events, |event| {
                let source = event.source.as_ref();
                source.map_or(u128::MAX, |source| few(of_source(sourced, &mut self.by_source, source, words)))
            });
        }
        fields.iter_mut().for_each(|field| field.narrow(events, notes));
        for event in notes.open.iter().take(notes.count).copied() {
            let mut left = notes.left.get(event as usize).copied().unwrap_or_default();
            while left != 0 {
                hits.push(Hit { event, rule: left.trailing_zeros() });
                left &= left - 1;
            }
        }
    }
}

/// A row of few rules as one number.
pub(super) fn few(row: &[u64]) -> u128 {
    row.iter().take(FEW_WORDS).rev().fold(0, |all, word| all << 64 | u128::from(*word))
}
