//! All alerts in memory, field by field, so that any list, facet, count or search answers at once.
//!
//! Invariant: a cache, never a second truth. It is read from the database, follows what the writer and other
//! processes change, answers exactly what SQL would, and can be dropped at any moment. Absent on purpose: long texts,
//! which are looked up in the database ([`memo`]), and any SQL.

mod bitmap;
mod codes;
mod count;
mod dictionary;
mod filter;
mod groups;
mod instants;
mod jump;
mod lists;
mod memo;
mod moment;
pub(crate) mod notes;
mod page;
mod table;
mod terms;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};
use tocsin_model::query::{Query, Test};
use tocsin_model::survey::{FacetValue, Survey, SurveyField};

use crate::reader::ReaderPool;
use crate::survey::SurveyRequest;
use crate::table::alert_columns::{ColumnSource, ListField};
use crate::{ListPage, PageRequest, Reader, StoreError};
use bitmap::Bitmap;
use filter::Tried;
use memo::Memos;
use moment::Moment;
use notes::{Notes, Touched, lock};
use table::Table;
use terms::Terms;

/// Tries to read a moment in which nothing was just written; after that a change may be seen a moment later.
const TRIES: usize = 3;
/// Alerts that a text search may look at without the index: a common word fills a page at once.
const PLAINLY: usize = 2_000;
/// Steps of finding out what only the database knows. What is not known after so many, since the alerts change as fast
/// as they are looked at, is found out in one go.
const STEPS: usize = 5_000;

/// The columns of a store, when they are loaded.
#[derive(Debug)]
pub(crate) struct Columns {
    /// Never held while waiting for a reader: those who have one wait for this.
    state: RwLock<Option<State>>,
    /// Alerts that a text search looks at before it asks the index.
    plainly: AtomicUsize,
    /// One loads, the others wait for it.
    loading: Mutex<()>,
    /// When somebody last asked; none when nobody wants them.
    used: Mutex<Option<Instant>>,
}

impl Default for Columns {
    fn default() -> Self {
        Self {
            state: RwLock::default(),
            plainly: AtomicUsize::new(PLAINLY),
            loading: Mutex::default(),
            used: Mutex::default(),
        }
    }
}

/// What is in memory.
#[derive(Debug)]
struct State {
    table: Table,
    tried: Tried,
    terms: Terms,
    memos: Memos,
}

impl Columns {
    pub(crate) fn are_loaded(&self) -> bool {
        self.read().is_some()
    }

    pub(crate) fn are_lost(&self) -> bool {
        lock(&self.used).is_some() && !self.are_loaded()
    }

    /// Memory the columns take, in bytes; 0 when they are not loaded.
    pub(crate) fn bytes(&self) -> usize {
        self.read().as_ref().map_or(0, |state| state.table.bytes() + state.terms.bytes() + state.memos.bytes())
    }

    /// How long nobody has asked; none when they are not loaded.
    pub(crate) fn idle(&self) -> Option<Duration> {
        let used = *lock(&self.used);
        used.filter(|_| self.are_loaded()).map(|used| used.elapsed())
    }

    pub(crate) fn look_plainly(&self, alerts: usize) {
        self.plainly.store(alerts, Ordering::Relaxed);
    }

    pub(crate) fn drop_all(&self, notes: &Notes) {
        let mut state = self.write();
        notes.watch(false);
        *state = None;
        *lock(&self.used) = None;
    }

    /// Reads all alerts, unless they are in memory.
    pub(crate) fn load(&self, readers: &ReaderPool, notes: &Notes) -> Result<(), StoreError> {
        let _one = lock(&self.loading);
        if self.are_loaded() {
            return Ok(());
        }
        notes.watch(true);
        let loaded = readers.run(|reader| {
            notes.followed(reader.newest_hint()?);
            let table = Table::load(reader);
            // Pages that went by once are no use to anybody.
            reader.connection.release_memory()?;
            table
        });
        match loaded {
            Ok(table) => {
                *lock(&self.used) = Some(Instant::now());
                *self.write() = Some(State {
                    table,
                    tried: Tried::default(),
                    terms: Terms::default(),
                    memos: Memos::new(self.plainly.load(Ordering::Relaxed)),
                });
                Ok(())
            }
            Err(error) => {
                notes.watch(false);
                Err(error)
            }
        }
    }

    /// A page, when the columns are loaded.
    pub(crate) fn page(
        &self,
        readers: &ReaderPool,
        notes: &Notes,
        request: &PageRequest<'_>,
    ) -> Result<Option<ListPage>, StoreError> {
        if moment::is_far(request) {
            self.learn(readers, notes, &[], request.query)?;
        }
        for _ in 0..STEPS {
            match self.at_a_moment(readers, notes, &[], |moment| moment.page(request, moment::LOOKS))? {
                Some(None) => std::thread::yield_now(),
                Some(page) => return Ok(page),
                None => return Ok(None),
            }
        }
        Ok(self.at_a_moment(readers, notes, &[], |moment| moment.page(request, usize::MAX))?.flatten())
    }

    /// Finds out what only the database knows about a query, a little at a time: whoever writes or lists meanwhile
    /// does not wait for the whole of it.
    fn learn(&self, readers: &ReaderPool, notes: &Notes, lists: &[ListField], query: &Query) -> Result<(), StoreError> {
        for _ in 0..STEPS {
            if self.at_a_moment(readers, notes, lists, |moment| moment.learn(query))? != Some(true) {
                break;
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    /// How many alerts match, when the columns are loaded.
    pub(crate) fn count(&self, readers: &ReaderPool, notes: &Notes, query: &Query) -> Result<Option<u64>, StoreError> {
        let lists = lists_of(query, &[]);
        self.learn(readers, notes, &lists, query)?;
        self.at_a_moment(readers, notes, &lists, |moment| Ok(moment::number(moment.matching(query)?.count())))
    }

    /// A survey, when the columns are loaded.
    pub(crate) fn survey(
        &self,
        readers: &ReaderPool,
        notes: &Notes,
        request: &SurveyRequest<'_>,
    ) -> Result<Option<Survey>, StoreError> {
        let lists = lists_of(request.query, request.fields);
        self.learn(readers, notes, &lists, request.query)?;
        for field in request.fields {
            self.learn(readers, notes, &lists, &field.left_out_of(request.query))?;
        }
        self.at_a_moment(readers, notes, &lists, |moment| moment.survey(request))
    }

    /// The values of a field with how often they occur, when the columns are loaded.
    pub(crate) fn count_by(
        &self,
        readers: &ReaderPool,
        notes: &Notes,
        query: &Query,
        field: SurveyField,
    ) -> Result<Option<Vec<FacetValue>>, StoreError> {
        let lists = lists_of(query, &[field]);
        self.learn(readers, notes, &lists, query)?;
        let mut counts = self.at_a_moment(readers, notes, &lists, |moment| moment.values(query, field))?;
        if let Some(counts) = &mut counts {
            counts.sort_unstable_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
        }
        Ok(counts)
    }

    /// Runs `op` on columns that hold all that was written before; none when they are not loaded.
    fn at_a_moment<T>(
        &self,
        readers: &ReaderPool,
        notes: &Notes,
        lists: &[ListField],
        op: impl FnOnce(&Moment<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        if !self.are_loaded() {
            return Ok(None);
        }
        *lock(&self.used) = Some(Instant::now());
        let mut op = Some(op);
        for last in (0..TRIES).rev() {
            self.follow(readers, notes, lists)?;
            let done = readers.run(|reader| {
                let state = self.read();
                let Some(state) = state.as_ref() else { return Ok(Some(None)) };
                let behind = reader.newest_hint()? > notes.hint() || !notes.is_quiet();
                if behind && last > 0 {
                    return Ok(None);
                }
                let Some(op) = op.take() else { return Ok(Some(None)) };
                op(&Moment { reader, state }).map(|done| Some(Some(done)))
            })?;
            if let Some(done) = done {
                return Ok(done);
            }
        }
        Ok(None)
    }

    /// Takes in what was written since, and the lists that are needed. Columns that cannot follow are dropped.
    fn follow(&self, readers: &ReaderPool, notes: &Notes, lists: &[ListField]) -> Result<(), StoreError> {
        let followed = readers.run(|reader| {
            let lacking = |state: &State| lists.iter().any(|field| state.table.list(*field).is_none());
            let hinted = reader.newest_hint()? > notes.hint();
            if !hinted && notes.is_quiet() && !self.read().as_ref().is_some_and(lacking) {
                return Ok(true);
            }
            Ok(false)
        })?;
        if followed {
            return Ok(());
        }
        readers.run(|reader| {
            // A reader first and the columns then, as everywhere: the other way round all readers could be with those
            // who wait for the columns.
            let mut kept = self.write();
            let Some(state) = kept.as_mut() else { return Ok(()) };
            // The snapshot begins when it is first read from, which is after this.
            let settled = notes.take();
            let outcome = state.follow(reader, notes, settled, lists);
            if matches!(outcome, Ok(true)) {
                return Ok(());
            }
            // Half of a change may be in: what is read anew is whole.
            *kept = None;
            notes.watch(false);
            outcome.map(|_| ())
        })
    }

    fn read(&self) -> RwLockReadGuard<'_, Option<State>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Option<State>> {
        self.state.write().unwrap_or_else(|broken| {
            // A change was cut off in the middle.
            let mut state = broken.into_inner();
            *state = None;
            state
        })
    }
}

impl State {
    /// Reads changed alerts again; false when that is not enough.
    fn follow(
        &mut self,
        reader: &Reader<'_>,
        notes: &Notes,
        mut touched: Touched,
        lists: &[ListField],
    ) -> Result<bool, StoreError> {
        let hint = reader.newest_hint()?;
        touched.add(&notes.peek());
        if hint > notes.hint() {
            match reader.hinted_rows(notes.hint())? {
                Some(rows) => rows.into_iter().for_each(|row| touched.row(row)),
                None => touched.everything = true,
            }
            notes.followed(hint);
        }
        if touched.everything {
            return Ok(false);
        }
        if touched.sources {
            self.follow_sources(reader.column_sources()?);
        }
        let mut changed = Bitmap::none(self.table.len());
        for (first, last) in touched.in_order() {
            if !self.read_again(reader, first, last, &mut changed)? {
                return Ok(false);
            }
        }
        if changed.last().is_some() {
            self.terms.follow(&self.table, &self.tried, &changed);
        }
        for field in lists {
            self.table.load_list(reader, *field)?;
        }
        Ok(true)
    }

    fn follow_sources(&mut self, sources: Vec<ColumnSource>) {
        if sources != self.table.sources {
            self.table.sources = sources;
            // What is known may be about a source by its name.
            self.terms.forget_all();
            self.memos.forget_all();
        }
    }

    fn read_again(
        &mut self,
        reader: &Reader<'_>,
        first: i64,
        last: i64,
        changed: &mut Bitmap,
    ) -> Result<bool, StoreError> {
        let before = self.table.take_out(first, last);
        let mut in_step = true;
        reader.column_rows(first, last, |row| {
            in_step &= self.table.put(row).is_ok();
            Ok(())
        })?;
        self.table.reload_lists(reader, first, last)?;
        let after = self.table.slot_from(last.saturating_add(1)).max(before.end);
        self.memos.forget(before.start..after, self.table.len());
        changed.grow(self.table.len());
        (before.start..after).for_each(|slot| changed.set(slot, true));
        Ok(in_step)
    }
}

/// The lists that a survey of a query needs.
fn lists_of(query: &Query, fields: &[SurveyField]) -> Vec<ListField> {
    let asked = query.terms.iter().filter_map(|term| match &term.test {
        Test::Address(_) => Some(ListField::ClientIp),
        Test::Text(field, _) => ListField::of(*field),
        Test::Words(_)
        | Test::Severity(_)
        | Test::Status(_)
        | Test::Kind(_)
        | Test::Time(..)
        | Test::Occurrences(..)
        | Test::Snoozed(..)
        | Test::Seen(_) => None,
    });
    let counted = fields.iter().filter_map(|field| match field {
        SurveyField::ClientIp => Some(ListField::ClientIp),
        SurveyField::Text(field) => ListField::of(*field),
        SurveyField::Severity | SurveyField::Status | SurveyField::SourceKind => None,
    });
    asked.chain(counted).collect()
}
