//! Which alerts were written, told by the writer to the columns.
//!
//! Told twice: before the commit, because a reader may see the change at once when it is committed, and after it.
//! Whoever takes what is settled before its snapshot begins, and looks at the rest after, misses nothing.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Stretches of rows beyond which it is quicker to read all alerts again.
const MANY: usize = 50_000;

/// Rows of alerts that were added, changed or removed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Touched {
    /// First and last rows of stretches.
    stretches: Vec<(i64, i64)>,
    /// Sources came or were renamed.
    pub sources: bool,
    /// It is not known which.
    pub everything: bool,
    /// Those of the rows that were removed, if only to be written anew.
    removed: Vec<i64>,
}

/// What the transaction that is open has touched.
pub(crate) type SharedTouched = Arc<Mutex<Touched>>;

impl Touched {
    pub(crate) fn row(&mut self, row: i64) {
        if let Some(last) = self.stretches.last_mut()
            && (last.0..=last.1.saturating_add(1)).contains(&row)
        {
            last.1 = last.1.max(row);
            return;
        }
        self.stretches.push((row, row));
        if self.stretches.len() > MANY {
            self.stretches.clear();
            self.everything = true;
        }
    }

    pub(crate) fn removed(&mut self, row: i64) {
        self.row(row);
        self.removed.push(row);
    }

    pub(crate) fn take_removed(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.removed)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.stretches.is_empty() && !self.sources && !self.everything
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for &(first, last) in &other.stretches {
            self.row(first);
            if let Some(stretch) = self.stretches.last_mut() {
                stretch.1 = stretch.1.max(last);
            }
        }
        self.sources |= other.sources;
        self.everything |= other.everything;
    }

    /// The stretches in order, none of them twice.
    pub(crate) fn in_order(mut self) -> Vec<(i64, i64)> {
        self.stretches.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::with_capacity(self.stretches.len());
        for (first, last) in self.stretches {
            match merged.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                Some(_) | None => merged.push((first, last)),
            }
        }
        merged
    }
}

/// What was written since the columns last looked. Nothing is kept while there are no columns.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    watching: AtomicBool,
    /// The newest hint of another process that the columns followed.
    hint: AtomicI64,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    settled: Touched,
    /// Of the transaction that is being committed.
    under_way: Option<Touched>,
}

impl Notes {
    /// From now on everything is kept, or nothing.
    pub(crate) fn watch(&self, watching: bool) {
        self.watching.store(watching, Ordering::SeqCst);
        if !watching {
            *self.kept() = Kept::default();
        }
    }

    /// Before the commit.
    pub(crate) fn announce(&self, touched: &Touched) {
        if self.watching.load(Ordering::SeqCst) && !touched.is_empty() {
            self.kept().under_way = Some(touched.clone());
        }
    }

    /// After the commit, or after it failed: then looking again does no harm.
    pub(crate) fn settle(&self, touched: &Touched) {
        if self.watching.load(Ordering::SeqCst) && !touched.is_empty() {
            let mut kept = self.kept();
            kept.under_way = None;
            kept.settled.add(touched);
        }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        let kept = self.kept();
        kept.settled.is_empty() && kept.under_way.is_none()
    }

    /// What is settled; it is given once.
    pub(crate) fn take(&self) -> Touched {
        std::mem::take(&mut self.kept().settled)
    }

    /// What came after [`Self::take`], for a snapshot that may hold it; it is given again.
    pub(crate) fn peek(&self) -> Touched {
        let kept = self.kept();
        let mut touched = kept.settled.clone();
        touched.add(&kept.under_way.clone().unwrap_or_default());
        touched
    }

    pub(crate) fn hint(&self) -> i64 {
        self.hint.load(Ordering::SeqCst)
    }

    pub(crate) fn followed(&self, hint: i64) {
        self.hint.store(hint, Ordering::SeqCst);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while holding one leaves lists of rows, which are sound, or less known, never something wrong.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_kept_as_stretches() {
        let mut touched = Touched::default();
        for row in [5, 6, 7, 2, 3, 7, 20, 6] {
            touched.row(row);
        }
        let mut other = Touched::default();
        [8, 9, 100].into_iter().for_each(|row| other.row(row));
        touched.add(&other);
        assert_eq!(touched.in_order(), [(2, 3), (5, 9), (20, 20), (100, 100)]);
    }

    #[test]
    fn nothing_that_a_snapshot_may_hold_is_missed() {
        let (notes, mut touched) = (Notes::default(), Touched::default());
        touched.row(1);
        notes.settle(&touched);
        assert!(notes.is_quiet(), "nobody watches");
        notes.watch(true);
        notes.announce(&touched);
        assert!(!notes.is_quiet() && notes.take().is_empty());
        assert_eq!(notes.peek().in_order(), [(1, 1)]);
        notes.settle(&touched);
        assert_eq!(notes.peek().in_order(), [(1, 1)]);
        assert_eq!(notes.take().in_order(), [(1, 1)]);
        assert!(notes.is_quiet());
    }
}
