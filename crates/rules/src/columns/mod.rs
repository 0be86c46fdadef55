//! Stored events in columns, and backtests over them that are quick enough to run while somebody drags a slider.
//!
//! Invariant: says what [`crate::backtest`] says of the same events, firing for firing. A cache and never a second
//! truth: whoever holds the store fills the columns, with the fields that are asked for, and drops them when nobody asks
//! any more. A [`Preview`] keeps what it found in three phases, so that an edit of a rule redoes only what follows from
//! it: conditions leave events (`filter`), events fall into groups (`grouped`), windows have values (`readings`); then
//! trigger and suppression decide (`judged`).

mod alike;
mod codes;
mod coincident;
mod column;
mod curve;
mod dictionary;
mod drawn;
mod filter;
mod gauge;
mod grouped;
mod ids;
mod judged;
mod labelled;
mod mark;
mod mask;
mod plain;
mod postings;
mod preview;
mod readings;
mod slices;
mod suggested;
mod times;
mod values;
mod windows;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::field::{EventKind, Field};
use tocsin_model::rule::{Measure, Trigger};
use tocsin_model::time::Timestamp;
use tocsin_model::value::Value;

use crate::compile::{Compiled, plain};
use codes::Codes;
use column::Column;
use ids::Ids;
use times::Times;

pub use alike::Alike;
pub use drawn::Mark;
pub use preview::{Busy, Found, Preview, Runs, Summary, Timeline};
pub use slices::Slices;

/// Why columns cannot say what is asked of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// The rule looks at fields that are not loaded.
    #[error("these fields are not loaded: {}; load them and ask again", names(.0))]
    NotLoaded(BTreeSet<Field>),
    /// Two sets of columns are about different events, so that neither can take fields of the other.
    #[error("the columns hold other events: read both up to the same place and join them again")]
    OtherEvents,
}

fn names(fields: &BTreeSet<Field>) -> String {
    fields.iter().map(Field::name).collect::<Vec<_>>().join(", ")
}

/// Events in the order of time and id, of each field a column. Up to four billion of them.
#[derive(Debug)]
pub struct Columns {
    times: Times,
    ids: Ids,
    kinds: Codes,
    /// The kinds that came, by number.
    known_kinds: Vec<EventKind>,
    /// 0: an event names none.
    sources: Codes,
    /// Sources as they are compared, by number less one, and the number of each as events write it.
    known_sources: Vec<String>,
    by_source: HashMap<String, u32>,
    columns: Vec<Column>,
    /// From where on the events may be out of order.
    unsorted: Option<usize>,
    /// How often the order of events that stood already was changed.
    epoch: u64,
    /// Tells these columns from others.
    identity: Arc<()>,
}

impl Columns {
    /// No events, with room for what they say of these fields.
    #[must_use]
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Self {
        let fields: BTreeSet<Field> = fields.into_iter().collect();
        Self {
            times: Times::default(),
            ids: Ids::default(),
            kinds: Codes::default(),
            known_kinds: Vec::new(),
            sources: Codes::default(),
            known_sources: Vec::new(),
            by_source: HashMap::new(),
            columns: fields.into_iter().map(Column::new).collect(),
            unsorted: None,
            epoch: 0,
            identity: Arc::new(()),
        }
    }

    /// Every field that a rule looks at.
    #[must_use]
    pub fn fields_of(rule: &Compiled) -> BTreeSet<Field> {
        let conditions = rule.matchers().iter().chain(rule.inner_matchers()).map(|matcher| matcher.field());
        let measured = match &rule.rule().measure {
            Measure::Distinct(field) | Measure::Sum(field) | Measure::Mean(field) | Measure::Max(field) => Some(field),
            Measure::Count | Measure::Share { .. } => None,
        };
        let shown = match &rule.rule().trigger {
            Trigger::Unseen { field, .. } | Trigger::Rare { field, .. } => Some(field),
            Trigger::AtLeast(_) | Trigger::Absent | Trigger::Baseline { .. } => None,
        };
        conditions.chain(&rule.rule().group_by).chain(measured).chain(shown).cloned().collect()
    }

    /// The fields that are loaded.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<Field> {
        self.columns.iter().map(|column| column.field().clone()).collect()
    }

    /// How many events there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.times.len() == 0
    }

    /// Takes an event in, at whatever time it happened. No id may come twice.
    pub fn append(&mut self, event: &Event) {
        self.ids.push(&event.id);
        self.take_in(event.source.as_deref(), event.time, event.kind, |field| event.get(field));
    }

    /// Takes an event in by what is known of it: the bytes of its UUID, and what it says of a field that its kind has.
    pub fn append_said<'a>(
        &mut self,
        id: [u8; 16],
        source: Option<&str>,
        time: Timestamp,
        kind: EventKind,
        said: impl Fn(&Field) -> Option<&'a Value>,
    ) {
        self.ids.push_uuid(id);
        self.take_in(source, time, kind, said);
    }

    fn take_in<'a>(
        &mut self,
        source: Option<&str>,
        time: Timestamp,
        kind: EventKind,
        said: impl Fn(&Field) -> Option<&'a Value>,
    ) {
        let at = self.times.len();
        self.times.push(time.millis());
        let kind = known(&mut self.known_kinds, |known| *known == kind, || kind);
        self.kinds.push(kind);
        let source = source.map_or(0, |name| self.source(name));
        self.sources.push(source);
        self.columns.iter_mut().for_each(|column| column.push(said(column.field())));
        let is_next = at == 0 || self.is_before(at - 1, at);
        if let (false, None) = (is_next, self.unsorted) {
            self.unsorted = Some(at);
        }
        // Where it belongs, among those that are in order.
        if let Some(sorted) = self.unsorted {
            self.unsorted = Some(self.times.before(sorted, time.millis()));
        }
    }

    fn source(&mut self, name: &str) -> u32 {
        if let Some(number) = self.by_source.get(name) {
            return *number;
        }
        let compared = plain(name);
        let number = 1 + known(&mut self.known_sources, |known| *known == compared, || compared.clone());
        self.by_source.insert(name.to_owned(), number);
        number
    }

    fn is_before(&self, left: usize, right: usize) -> bool {
        let times = self.times.get(left).cmp(&self.times.get(right));
        times.then_with(|| self.ids.compare(left, right)).is_lt()
    }

    /// Puts events that came late where they belong: only those after the first of them move.
    pub fn settle(&mut self) {
        let Some(from) = self.unsorted.take() else { return };
        let mut order: Vec<u32> = (from as u32..self.times.len() as u32).collect();
        order.sort_by(|left, right| {
            let (left, right) = (*left as usize, *right as usize);
            self.times.get(left).cmp(&self.times.get(right)).then_with(|| self.ids.compare(left, right))
        });
        self.times.reorder(from, &order);
        self.ids.reorder(from, &order);
        self.kinds.reorder(from, &order);
        self.sources.reorder(from, &order);
        self.columns.iter_mut().for_each(|column| column.reorder(from, &order));
        self.epoch += 1;
    }

    /// Takes the fields of other columns of the same events, read in whatever order.
    ///
    /// # Errors
    /// [`ColumnsError::OtherEvents`] when they are not the same; then nothing has changed.
    pub fn join(&mut self, mut other: Self) -> Result<(), ColumnsError> {
        self.settle();
        other.settle();
        let same = |at: usize| self.times.get(at) == other.times.get(at) && self.ids.same(&other.ids, at);
        if self.len() != other.len() || !(0..self.len()).all(same) {
            return Err(ColumnsError::OtherEvents);
        }
        let known = self.fields();
        self.columns.extend(other.columns.into_iter().filter(|column| !known.contains(column.field())));
        Ok(())
    }

    /// The bytes that the events take, those that were set aside for more among them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(Column::bytes).sum();
        self.times.bytes() + self.ids.bytes() + self.kinds.bytes() + self.sources.bytes() + columns
    }

    /// Lets go of what was set aside for more events.
    pub fn shrink(&mut self) {
        self.times.shrink();
        self.kinds.shrink();
        self.sources.shrink();
        self.ids.shrink();
        self.columns.iter_mut().for_each(Column::shrink);
    }

    fn column(&self, field: &Field) -> Option<&Column> {
        self.columns.iter().find(|column| column.field() == field)
    }

    fn time(&self, at: usize) -> i64 {
        self.times.get(at).unwrap_or_default()
    }

    /// The time of the last event.
    fn last(&self) -> Option<Timestamp> {
        self.times.get(self.len().checked_sub(1)?).map(Timestamp::from_millis)
    }
}

/// The place of what `is_it`; it is made when it is new.
fn known<T>(all: &mut Vec<T>, is_it: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> u32 {
    let found = all.iter().position(is_it).unwrap_or_else(|| {
        all.push(make());
        all.len() - 1
    });
    found as u32
}
