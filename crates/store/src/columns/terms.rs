//! The terms of the last queries as sets of slots, so that only a new term is tried on all alerts.
//!
//! A set is told of every change: what changed is tried again, and nothing else.

use std::sync::{Arc, Mutex};
use tocsin_model::query::{Term, Test};

use super::bitmap::Bitmap;
use super::filter::Tried;
use super::notes::lock;
use super::table::Table;

/// Sets that are kept, of an eighth of a megabyte each for a million alerts.
const KEPT: usize = 24;
/// Changes that a set is told of while nobody asks for it.
const PATIENCE: u32 = 64;

/// The sets of the last terms, those asked for last at the end.
#[derive(Debug, Default)]
pub(crate) struct Terms(Mutex<Vec<Kept>>);

#[derive(Debug)]
struct Kept {
    test: Test,
    /// The alerts for which the test holds.
    holds: Arc<Bitmap>,
    /// Changes since somebody asked.
    unasked: u32,
}

impl Terms {
    /// Takes out of `bits` what a term rules out; says whether the columns could tell.
    pub(crate) fn restrict(&self, table: &Table, tried: &Tried, term: &Term, bits: &mut Bitmap) -> bool {
        if !is_worth_keeping(&term.test) {
            return tried.restrict(table, term, bits);
        }
        let Some(holds) = self.of(table, tried, &term.test) else { return false };
        if term.negated {
            bits.and_not(&holds);
        } else {
            bits.and(&holds);
        }
        true
    }

    fn of(&self, table: &Table, tried: &Tried, test: &Test) -> Option<Arc<Bitmap>> {
        if let Some(holds) = self.known(test) {
            return Some(holds);
        }
        // Others may ask for what is known meanwhile. Two that ask for the same find out the same.
        let mut holds = table.alive.clone();
        if !tried.restrict(table, &positive(test), &mut holds) {
            return None;
        }
        let holds = Arc::new(holds);
        let mut kept = lock(&self.0);
        kept.retain(|other| other.test != *test);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Kept { test: test.clone(), holds: Arc::clone(&holds), unasked: 0 });
        Some(holds)
    }

    fn known(&self, test: &Test) -> Option<Arc<Bitmap>> {
        let mut kept = lock(&self.0);
        let place = kept.iter().position(|other| other.test == *test)?;
        let mut found = kept.remove(place);
        found.unasked = 0;
        let holds = Arc::clone(&found.holds);
        kept.push(found);
        Some(holds)
    }

    /// Tries changed slots again, new ones and removed ones among them.
    pub(crate) fn follow(&self, table: &Table, tried: &Tried, changed: &Bitmap) {
        let mut there = changed.clone();
        there.and(&table.alive);
        lock(&self.0).retain_mut(|kept| {
            kept.unasked += 1;
            let mut again = there.clone();
            if kept.unasked > PATIENCE || !tried.restrict(table, &positive(&kept.test), &mut again) {
                return false;
            }
            let holds = Arc::make_mut(&mut kept.holds);
            holds.grow(table.len());
            holds.and_not(changed);
            holds.or(&again);
            true
        });
    }

    pub(crate) fn forget_all(&self) {
        lock(&self.0).clear();
    }

    pub(crate) fn bytes(&self) -> usize {
        lock(&self.0).iter().map(|kept| kept.holds.bytes()).sum()
    }
}

fn positive(test: &Test) -> Term {
    Term { negated: false, test: test.clone() }
}

/// Whether it takes long to find out, and is likely to be asked again.
const fn is_worth_keeping(test: &Test) -> bool {
    match test {
        Test::Severity(_) | Test::Status(_) | Test::Kind(_) | Test::Address(_) | Test::Text(..) => true,
        // These are told with the present, or quick to tell, or not to be told by columns at all.
        Test::Snoozed(..) | Test::Time(..) | Test::Seen(_) | Test::Occurrences(..) | Test::Words(_) => false,
    }
}
