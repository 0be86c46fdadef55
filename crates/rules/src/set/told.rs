//! How many different values the events of a rolling window show, one step per event however many there are.
//!
//! Each event has the number of values that it is the last one to show. Their sum is how many there are, and an event
//! that leaves takes its own with it: no value has to be looked up then. Which event showed a value last is in a table
//! that is swept when most of it is out of date.

use std::collections::VecDeque;

use super::log::{Log, Told};
use crate::table::{Kept, Table, half};

#[derive(Debug)]
struct Entry {
    number: u32,
    /// The values that no later event shows.
    last_of: u32,
}

/// Which event showed a value last.
#[derive(Debug)]
struct Last {
    hash: u32,
    /// The event, counted from the first there ever was.
    place: u32,
    /// Which of its values.
    member: u32,
}

impl Kept for Last {
    fn hash(&self) -> u32 {
        self.hash
    }
}

/// A window with its values.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    entries: VecDeque<Entry>,
    /// How many have left.
    gone: u32,
    last: Table<Last>,
    distinct: usize,
}

impl Distinct {
    pub(super) fn leave(&mut self, first: u32) {
        while self.entries.front().is_some_and(|entry| entry.number < first) {
            let Some(entry) = self.entries.pop_front() else { return };
            self.distinct -= entry.last_of as usize;
            self.gone += 1;
        }
    }

    pub(super) fn push(&mut self, number: u32, counted: usize, log: &Log) {
        let told = log.told(counted, number);
        let place = self.gone + self.entries.len() as u32;
        self.entries.push_back(Entry { number, last_of: told.len() as u32 });
        self.distinct += told.len();
        for (member, (hash, value)) in told.iter().enumerate() {
            let (half, member) = (half(*hash), member as u32);
            let (gone, entries) = (self.gone, &self.entries);
            let is_it = |last: &Last| {
                let entry = last.place.checked_sub(gone).and_then(|at| entries.get(at as usize));
                let told =
                    |entry: &Entry| -> Option<&Told> { log.told(counted, entry.number).get(last.member as usize) };
                entry.and_then(told).is_some_and(|(_, known)| known == value)
            };
            let next = Last { hash: half, place, member };
            match self.last.find_mut(*hash, is_it) {
                None => self.last.insert(next),
                Some(last) => {
                    let before = last.place - gone;
                    *last = next;
                    if let Some(entry) = self.entries.get_mut(before as usize) {
                        entry.last_of -= 1;
                        self.distinct -= 1;
                    }
                }
            }
        }
        if self.last.len() > 2 * self.distinct + 16 {
            self.sweep();
        }
    }

    /// Forgets the values that nothing in the window shows.
    fn sweep(&mut self) {
        let gone = self.gone;
        self.last.retain(|last| last.place >= gone);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) const fn distinct(&self) -> u64 {
        self.distinct as u64
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.entries.iter().map(|entry| entry.number)
    }

    /// Takes as much off every number, and counts places from zero again.
    pub(super) fn renumber(&mut self, off: u32) {
        self.sweep();
        let gone = std::mem::take(&mut self.gone);
        self.last.iter_mut().for_each(|last| last.place -= gone);
        self.entries.iter_mut().for_each(|entry| entry.number = entry.number.saturating_sub(off));
    }

    /// The bytes that it has allocated, itself among them.
    pub(super) fn bytes(&self) -> usize {
        let held = self.entries.capacity() * size_of::<Entry>() + self.last.bytes();
        size_of::<Self>() + held
    }
}
