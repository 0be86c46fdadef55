//! What was found out about terms that the columns cannot answer: free text, descriptions, notes, ids.
//!
//! Such a term is looked up in the database, alert by alert, and what was found is remembered for as long as the
//! alert stays as it is. The index of texts rules most alerts out at once.

use std::ops::Range;
use std::sync::{Arc, Mutex};
use tocsin_model::query::{Test, TextField};

use super::bitmap::Bitmap;
use super::filter::Tried;
use super::notes::lock;
use super::table::Table;
use crate::sql::folded;
use crate::table::alert_text::Needles;
use crate::{Reader, StoreError};

/// Terms that are remembered.
const REMEMBERED: usize = 16;
/// Alerts that one step of [`Memo::learn`] looks at: one by one, or in a row, which is quicker.
const STEP: usize = 512;
const STEP_IN_A_ROW: usize = 2_048;
/// So many alerts are worth being named by the index, however few there are in all.
const WORTH: usize = 1_000;

/// What is known about one test.
#[derive(Debug)]
pub(crate) struct Memo {
    test: Test,
    known: Bitmap,
    holds: Bitmap,
    /// The index was asked.
    narrowed: bool,
    /// Alerts that may be looked at to fill a page without the index.
    plainly: usize,
    /// Alerts looked at, and those for which it held.
    looked: (usize, usize),
}

/// The memos of the last tests.
#[derive(Debug)]
pub(crate) struct Memos {
    /// The test stands beside its memo, which somebody may be busy with.
    kept: Mutex<Vec<(Test, Arc<Mutex<Memo>>)>>,
    plainly: usize,
}

impl Memos {
    /// `plainly`: alerts that are looked at before the index is asked.
    pub(crate) fn new(plainly: usize) -> Self {
        Self { kept: Mutex::default(), plainly }
    }

    /// The memo of a test, a new one when there is none.
    pub(crate) fn of(&self, test: &Test, table: &Table, tried: &Tried) -> Arc<Mutex<Memo>> {
        let mut kept = lock(&self.kept);
        let found = kept.iter().position(|(known, _)| known == test);
        let (_, memo) = found.map(|found| kept.remove(found)).unwrap_or_else(|| {
            (test.clone(), Arc::new(Mutex::new(Memo::new(test.clone(), self.plainly, table, tried))))
        });
        kept.push((test.clone(), Arc::clone(&memo)));
        if kept.len() > REMEMBERED {
            kept.remove(0);
        }
        memo
    }

    /// Forgets what was known about changed slots; new slots are unknown.
    pub(crate) fn forget(&self, slots: Range<usize>, len: usize) {
        for (_, memo) in lock(&self.kept).iter() {
            let mut memo = lock(memo);
            memo.known.grow(len);
            memo.holds.grow(len);
            for slot in slots.clone() {
                memo.known.set(slot, false);
                memo.holds.set(slot, false);
            }
        }
    }

    pub(crate) fn forget_all(&self) {
        lock(&self.kept).clear();
    }

    pub(crate) fn bytes(&self) -> usize {
        lock(&self.kept).iter().map(|(_, memo)| lock(memo).known.bytes() * 2).sum()
    }
}

impl Memo {
    fn new(test: Test, plainly: usize, table: &Table, tried: &Tried) -> Self {
        // A word in a title or a category needs no look at the alert.
        let holds = match &test {
            Test::Words(words) => tried.holding(table, &folded(words)),
            Test::Text(..)
            | Test::Severity(_)
            | Test::Status(_)
            | Test::Kind(_)
            | Test::Time(..)
            | Test::Occurrences(..)
            | Test::Address(_)
            | Test::Snoozed(..)
            | Test::Seen(_) => Bitmap::none(table.len()),
        };
        Self { test, known: holds.clone(), holds, narrowed: false, plainly, looked: (0, 0) }
    }

    /// Keeps of some slots those for which the test holds, or does not hold; gives how many it had to look at.
    pub(crate) fn retain(
        &mut self,
        reader: &Reader<'_>,
        table: &Table,
        slots: &mut Vec<usize>,
        wanted: bool,
    ) -> Result<usize, StoreError> {
        let unknown: Vec<usize> = slots.iter().copied().filter(|slot| !self.known.has(*slot)).collect();
        self.look(reader, table, &unknown)?;
        slots.retain(|slot| self.holds.has(*slot) == wanted);
        Ok(unknown.len())
    }

    /// Finds out about some more of `needed`; says whether there may be more to find out. A step takes so little that
    /// whoever writes hardly waits.
    pub(crate) fn learn(
        &mut self,
        reader: &Reader<'_>,
        table: &Table,
        tried: &Tried,
        needed: &Bitmap,
    ) -> Result<bool, StoreError> {
        let mut unknown = needed.clone();
        unknown.and_not(&self.known);
        if unknown.count() > self.plainly && !self.narrowed {
            self.narrow(reader, table, tried)?;
            return Ok(true);
        }
        // The newest first: those are on the page that waits for them.
        let Some(last) = unknown.last() else { return Ok(false) };
        let first = last.saturating_sub(STEP_IN_A_ROW - 1);
        let mut some: Vec<usize> = (first..=last).rev().filter(|slot| unknown.has(*slot)).collect();
        if some.len() > STEP_IN_A_ROW / 8 {
            self.look_in_a_row(reader, table, first..last + 1)?;
        } else {
            some.extend(unknown.slots_before(first).take(STEP - some.len()));
            self.look(reader, table, &some)?;
        }
        Ok(true)
    }

    /// The slots for which it holds, as far as they are known.
    pub(crate) const fn holds(&self) -> &Bitmap {
        &self.holds
    }

    /// Whether finding `more` alerts that fit by looking at one after the other would take too long.
    pub(crate) fn wants_index(&self, more: usize) -> bool {
        let (seen, held) = self.looked;
        !self.narrowed && seen * 16 >= self.plainly && held * self.plainly <= seen * more
    }

    /// The slots for which it is known not to hold.
    pub(crate) fn ruled_out(&self) -> Bitmap {
        let mut out = self.known.clone();
        out.and_not(&self.holds);
        out
    }

    fn look(&mut self, reader: &Reader<'_>, table: &Table, slots: &[usize]) -> Result<(), StoreError> {
        let rows: Vec<i64> = slots.iter().map(|slot| table.row(*slot)).collect();
        let found = reader.rows_that_hold(&self.test, &rows)?;
        slots.iter().for_each(|slot| self.known.set(*slot, true));
        for slot in found.iter().filter_map(|row| table.slot(*row)) {
            self.holds.set(slot, true);
        }
        self.looked = (self.looked.0 + slots.len(), self.looked.1 + found.len());
        Ok(())
    }

    fn look_in_a_row(&mut self, reader: &Reader<'_>, table: &Table, slots: Range<usize>) -> Result<(), StoreError> {
        let Some(last) = slots.clone().next_back() else { return Ok(()) };
        let found = reader.range_that_holds(&self.test, table.row(slots.start), table.row(last))?;
        slots.for_each(|slot| {
            self.known.set(slot, true);
            self.holds.set(slot, false);
        });
        for slot in found.iter().filter_map(|row| table.slot(*row)) {
            self.holds.set(slot, true);
        }
        Ok(())
    }

    /// Asks the index which alerts may hold it; the others are known then.
    pub(crate) fn narrow(&mut self, reader: &Reader<'_>, table: &Table, tried: &Tried) -> Result<(), StoreError> {
        self.narrowed = true;
        if let Test::Text(TextField::Id, patterns) = &self.test {
            let ids = patterns.iter().map(|pattern| pattern.plain().and_then(|text| text.parse().ok()));
            let Some(ids) = ids.collect::<Option<Vec<_>>>() else { return Ok(()) };
            let mut possible = Bitmap::none(table.len());
            for id in ids {
                let slot = reader.row_of(id)?.and_then(|row| table.slot(row));
                slot.into_iter().for_each(|slot| possible.set(slot, true));
            }
            self.rule_out(table, &possible, table.len());
            return Ok(());
        }
        let Some(needles) = Needles::of(&self.test) else { return Ok(()) };
        let Some(found) = reader.text_candidates(&needles, (table.len() / 8).max(WORTH))? else { return Ok(()) };
        let mut possible = Bitmap::none(table.len());
        found.rows.iter().filter_map(|row| table.slot(*row)).for_each(|slot| possible.set(slot, true));
        if let Test::Words(words) = &self.test {
            // Close reasons are not in the index.
            possible.or(&tried.holding(table, &folded(words)));
        }
        self.rule_out(table, &possible, table.slot_from(found.reaches.saturating_add(1)));
        Ok(())
    }

    /// Of the first `end` slots only the possible ones, and what is known already, can hold it.
    fn rule_out(&mut self, table: &Table, possible: &Bitmap, end: usize) {
        let mut out = table.alive.clone();
        out.and_not(possible);
        out.retain(|slot| slot < end);
        self.known.or(&out);
    }
}
