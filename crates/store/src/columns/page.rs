//! The first alerts of an order after a place, out of those that match.

use rusqlite::types::Value;
use std::sync::Arc;
use tocsin_model::query::TextField;

use super::bitmap::Bitmap;
use super::codes::Codes;
use super::instants::Instants;
use super::table::{BLOCK, Table};
use crate::sql::folded;
use crate::table::alert_order::{AlertSort, Cursor, SortDirection, SortKey};

/// Places of texts that are looked for at once, at the least.
const LEAST_SPAN: i64 = 512;

/// What an order goes by.
pub(super) enum Keys<'a> {
    Instants(&'a Instants),
    Numbers(&'a Codes),
    Occurrences,
    /// Equal for all: what is left is the order of arrival.
    Arrival,
    /// The place of a text by the alphabet, by its number.
    Places(&'a Codes, Arc<Vec<u32>>),
}

/// An order of the columns.
pub(crate) struct Order<'a> {
    pub(super) table: &'a Table,
    pub(super) keys: Keys<'a>,
    sort: AlertSort,
}

/// The place of an alert in an order: its key, turned round when the order is descending, and its slot likewise.
pub(crate) type Place = (i64, i64);

impl<'a> Order<'a> {
    pub(crate) fn of(table: &'a Table, sort: AlertSort) -> Self {
        let text = |field| match table.text(field) {
            Some(column) => Keys::Places(&column.numbers, column.values.ranks().places()),
            None => Keys::Arrival,
        };
        let keys = match sort.key {
            SortKey::Time => Keys::Instants(&table.time),
            SortKey::Updated => Keys::Instants(&table.updated),
            SortKey::Received => Keys::Arrival,
            SortKey::Severity => Keys::Numbers(&table.severity),
            SortKey::Status => Keys::Numbers(&table.status),
            SortKey::Occurrences => Keys::Occurrences,
            SortKey::Title => text(TextField::Title),
            SortKey::Category => text(TextField::Category),
            SortKey::AlertType => text(TextField::AlertType),
            SortKey::Source => Keys::Places(&table.source, Arc::new(source_places(table))),
        };
        Self { table, keys, sort }
    }

    /// The place that a cursor tells.
    pub(crate) fn place_of(&self, cursor: &Cursor) -> Place {
        let key = match (&cursor.value, self.sort.key) {
            (Value::Integer(_), SortKey::Received) => 0,
            (Value::Integer(number), _) => *number,
            (Value::Text(text), SortKey::Title) => self.text_place(TextField::Title, text),
            (Value::Text(text), SortKey::Category) => self.text_place(TextField::Category, text),
            (Value::Text(text), SortKey::AlertType) => self.text_place(TextField::AlertType, text),
            (Value::Text(text), _) => {
                let names = self.table.sources.iter().filter(|source| *folded(&source.name) < **text);
                // Between the names before it and the rest, where its own place is when it has one.
                let before = i64::try_from(names.count()).unwrap_or(i64::MAX);
                let there = self.table.sources.iter().any(|source| *folded(&source.name) == **text);
                before * 2 - i64::from(!there)
            }
            (Value::Null | Value::Real(_) | Value::Blob(_), _) => 0,
        };
        // The row of the cursor may be gone; what counts is what stands after it.
        let slot = self.table.slot_from(cursor.row);
        let there = self.table.slot(cursor.row).is_some();
        match self.sort.direction {
            SortDirection::Ascending => (key, as_place(slot) - i64::from(!there)),
            SortDirection::Descending => (!key, !as_place(slot)),
        }
    }

    fn text_place(&self, field: TextField, text: &str) -> i64 {
        self.table.text(field).map_or(0, |column| column.values.ranks().place_of(&column.values, text))
    }

    /// The place of a slot.
    pub(crate) fn place(&self, slot: usize) -> Place {
        let key = match &self.keys {
            Keys::Instants(instants) => instants.get(slot),
            Keys::Numbers(codes) => i64::from(codes.get(slot)),
            Keys::Occurrences => self.table.occurrences(slot),
            Keys::Arrival => 0,
            Keys::Places(codes, places) => place_of(places, codes.get(slot)),
        };
        self.turned(key, slot)
    }

    /// The key of a number of the order's column, turned round when the order is descending.
    pub(super) fn key_of(&self, number: u32) -> i64 {
        let key = match &self.keys {
            Keys::Places(_, places) => place_of(places, number),
            Keys::Numbers(_) | Keys::Instants(_) | Keys::Occurrences | Keys::Arrival => i64::from(number),
        };
        self.turned(key, 0).0
    }

    #[inline]
    fn turned(&self, key: i64, slot: usize) -> Place {
        match self.sort.direction {
            SortDirection::Ascending => (key, as_place(slot)),
            SortDirection::Descending => (!key, !as_place(slot)),
        }
    }

    /// The cursor of a slot, as the database would have written it.
    pub(crate) fn cursor(&self, slot: usize) -> Cursor {
        let text = |field| {
            let column = self.table.text(field);
            let text = column.and_then(|column| column.values.text(column.numbers.get(slot)));
            Value::Text(folded(text.unwrap_or_default()).into_owned())
        };
        let row = self.table.row(slot);
        let value = match self.sort.key {
            SortKey::Time => Value::Integer(self.table.time.get(slot)),
            SortKey::Updated => Value::Integer(self.table.updated.get(slot)),
            SortKey::Received => Value::Integer(row),
            SortKey::Severity => Value::Integer(i64::from(self.table.severity.get(slot))),
            SortKey::Status => Value::Integer(i64::from(self.table.status.get(slot))),
            SortKey::Occurrences => Value::Integer(self.table.occurrences(slot)),
            SortKey::Title => text(TextField::Title),
            SortKey::Category => text(TextField::Category),
            SortKey::AlertType => text(TextField::AlertType),
            SortKey::Source => {
                let source = self.table.sources.get(self.table.source.get(slot) as usize);
                Value::Text(source.map(|source| folded(&source.name).into_owned()).unwrap_or_default())
            }
        };
        Cursor { value, row }
    }

    /// The `wanted` slots of `bits` in order after a place, and after `skip` more.
    pub(crate) fn stretch(&self, bits: &Bitmap, after: Option<Place>, skip: usize, wanted: usize) -> Vec<usize> {
        let Some(last) = skip.checked_sub(1) else { return self.first(bits, after, wanted) };
        if after.is_none() {
            let before = self.nth(bits, last).map(|slot| self.place(slot));
            return before.map_or_else(Vec::new, |before| self.first(bits, Some(before), wanted));
        }
        let mut found = self.first(bits, after, skip.saturating_add(wanted).min(bits.len() + 1));
        found.drain(..skip.min(found.len()));
        found
    }

    /// The first `wanted` slots of `bits` after a place, in order.
    pub(crate) fn first(&self, bits: &Bitmap, after: Option<Place>, wanted: usize) -> Vec<usize> {
        let wanted = wanted.clamp(1, bits.len() + 1);
        if let Some(found) = self.first_of_groups(bits, after, wanted) {
            return found;
        }
        let mut best = Best::new(wanted, after);
        if let Keys::Places(codes, places) = &self.keys {
            self.by_place(codes, places, bits, &mut best);
        } else {
            let blocks = bits.len().div_ceil(BLOCK);
            for nth in 0..blocks {
                // Later slots are worse than earlier ones of the same key, so going by arrival leaves most blocks out.
                let block = if self.descending() { blocks - 1 - nth } else { nth };
                if self.may_hold(block, &best) {
                    self.block(block, bits, &mut best);
                }
            }
        }
        best.finish().into_iter().map(|(_, slot)| self.slot(slot)).collect()
    }

    /// Many different texts: only the few whose turn comes next are looked for, as many as will do by the look of it.
    fn by_place(&self, codes: &Codes, places: &[u32], bits: &Bitmap, best: &mut Best) {
        let greatest = places.iter().max().map_or(0, |place| i64::from(*place));
        let ends = [self.turned(0, 0).0, self.turned(greatest, 0).0];
        let last = ends[0].max(ends[1]);
        let mut from = best.after.map_or(i64::MIN, |after| after.0).max(ends[0].min(ends[1]));
        let rate = greatest.checked_div(as_place(bits.count())).unwrap_or(0).saturating_add(1);
        let mut span = rate.saturating_mul(as_place(best.wanted)).max(LEAST_SPAN);
        while from <= last && best.found.len() < best.wanted {
            let until = from.saturating_add(span);
            let mut near = Bitmap::none(places.len());
            for (number, &place) in places.iter().enumerate() {
                near.set(number, (from..until).contains(&self.turned(i64::from(place), 0).0));
            }
            codes.within(bits, (0, bits.len()), self.descending(), |slot, number| {
                if near.has(number as usize) {
                    best.offer(self.turned(place_of(places, number), slot));
                }
            });
            (from, span) = (until, span.saturating_mul(8));
        }
    }

    fn block(&self, block: usize, bits: &Bitmap, best: &mut Best) {
        let (first, backwards) = (block * BLOCK, self.descending());
        match &self.keys {
            Keys::Numbers(codes) => codes.within(bits, (first, BLOCK), backwards, |slot, number| {
                best.offer(self.turned(i64::from(number), slot));
            }),
            Keys::Instants(_) | Keys::Occurrences | Keys::Places(..) | Keys::Arrival if backwards => {
                bits.within_backwards(first, BLOCK, |slot| best.offer(self.place(slot)));
            }
            Keys::Instants(_) | Keys::Occurrences | Keys::Places(..) | Keys::Arrival => {
                bits.within(first, BLOCK, |slot| best.offer(self.place(slot)));
            }
        }
    }

    /// Whether a block can hold anything better than what is found.
    fn may_hold(&self, block: usize, best: &Best) -> bool {
        let (least, greatest) = match &self.keys {
            Keys::Instants(instants) => instants.blocks.get(block).copied().unwrap_or((i64::MIN, i64::MAX)),
            Keys::Arrival => (0, 0),
            Keys::Occurrences | Keys::Numbers(_) | Keys::Places(..) => (i64::MIN, i64::MAX),
        };
        let (least, greatest) = if self.descending() { (!greatest, !least) } else { (least, greatest) };
        let least = best.after.map_or(least, |after| least.max(after.0));
        best.after.is_none_or(|after| greatest >= after.0) && best.limit.is_none_or(|limit| least < limit.0)
    }

    pub(super) fn descending(&self) -> bool {
        self.sort.direction == SortDirection::Descending
    }

    fn slot(&self, place: i64) -> usize {
        usize::try_from(if self.descending() { !place } else { place }).unwrap_or(usize::MAX)
    }
}

fn as_place(slot: usize) -> i64 {
    i64::try_from(slot).unwrap_or(i64::MAX)
}

fn place_of(places: &[u32], number: u32) -> i64 {
    places.get(number as usize).map_or(0, |&place| i64::from(place))
}

/// Of each source the number of names before its own, twice.
fn source_places(table: &Table) -> Vec<u32> {
    let names: Vec<_> = table.sources.iter().map(|source| folded(&source.name)).collect();
    let before = |name| names.iter().filter(|other| *other < name).count();
    names.iter().map(|name| u32::try_from(before(name) * 2).unwrap_or(u32::MAX)).collect()
}

/// The best places so far.
struct Best {
    wanted: usize,
    after: Option<Place>,
    found: Vec<Place>,
    /// Nothing from here on is wanted any more.
    limit: Option<Place>,
}

impl Best {
    fn new(wanted: usize, after: Option<Place>) -> Self {
        Self { wanted, after, found: Vec::new(), limit: None }
    }

    #[inline]
    fn offer(&mut self, place: Place) {
        if self.limit.is_some_and(|limit| place >= limit) || self.after.is_some_and(|after| place <= after) {
            return;
        }
        self.found.push(place);
        if self.found.len() >= self.wanted.saturating_mul(2).max(64) {
            self.cut();
        }
    }

    /// Keeps the wanted ones, in any order; the worst of them is the limit.
    fn cut(&mut self) {
        if self.found.len() > self.wanted {
            let (_, worst, _) = self.found.select_nth_unstable(self.wanted - 1);
            self.limit = Some(*worst);
            self.found.truncate(self.wanted);
        }
    }

    fn finish(mut self) -> Vec<Place> {
        self.cut();
        self.found.sort_unstable();
        self.found
    }
}
