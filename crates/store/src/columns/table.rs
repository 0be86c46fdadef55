//! All alerts, field by field. A slot is an alert's place; slots go by row, so by arrival.

use std::collections::HashMap;
use tocsin_model::query::TextField;
use tocsin_model::source::SourceKind;

use super::bitmap::Bitmap;
use super::codes::{Codes, put};
use super::dictionary::Dictionary;
use super::instants::Instants;
use super::lists::Lists;
use crate::table::alert_columns::{ColumnRow, ColumnSource, ListField, TEXTS};
use crate::{Reader, StoreError};

/// Slots of a block, whose least and greatest instants are known.
pub(crate) const BLOCK: usize = 4_096;

/// A text field of one value.
#[derive(Debug, Default)]
pub(crate) struct TextColumn {
    pub values: Dictionary,
    pub numbers: Codes,
}

/// The columns.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<u32>,
    /// Alerts that are there; a removed one leaves its slot behind.
    pub alive: Bitmap,
    pub unseen: Bitmap,
    pub time: Instants,
    pub updated: Instants,
    pub received: Instants,
    pub severity: Codes,
    pub status: Codes,
    occurrences: Codes,
    /// Numbers of occurrences that a column of 32 bits cannot hold.
    many: HashMap<usize, i64>,
    pub snoozed: HashMap<usize, i64>,
    pub source: Codes,
    pub sources: Vec<ColumnSource>,
    texts: [TextColumn; TEXTS.len()],
    lists: [Option<Lists>; ListField::COUNT],
}

/// The columns cannot follow this change: they have to be read anew.
#[derive(Debug)]
pub(crate) struct OutOfStep;

impl Table {
    /// Reads everything but the lists.
    pub(crate) fn load(reader: &Reader<'_>) -> Result<Self, StoreError> {
        let mut table = Self { sources: reader.column_sources()?, ..Self::default() };
        reader.column_rows(0, i64::from(u32::MAX), |row| {
            table.put(row).map(|_| ()).map_err(|OutOfStep| StoreError::Statement("alerts are not in order".to_owned()))
        })?;
        table.shrink();
        Ok(table)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row of a slot.
    pub(crate) fn row(&self, slot: usize) -> i64 {
        self.rows.get(slot).map_or(0, |&row| i64::from(row))
    }

    pub(crate) fn slot(&self, row: i64) -> Option<usize> {
        self.rows.binary_search(&u32::try_from(row).ok()?).ok()
    }

    /// The first slot whose row is `row` or greater.
    pub(crate) fn slot_from(&self, row: i64) -> usize {
        self.rows.partition_point(|&other| i64::from(other) < row)
    }

    /// Writes an alert down, a new one or a changed one.
    pub(crate) fn put(&mut self, row: &ColumnRow<'_>) -> Result<usize, OutOfStep> {
        let slot = self.slot_for(row.row)?;
        let source = self.sources.iter().position(|source| source.row == row.source_row).ok_or(OutOfStep)?;
        self.alive.set(slot, true);
        self.unseen.set(slot, !row.seen);
        self.time.set(slot, row.time);
        self.updated.set(slot, row.updated_at);
        self.received.set(slot, row.received_at);
        self.severity.set(slot, u32::from(row.severity));
        self.status.set(slot, u32::from(row.status));
        self.source.set(slot, u32::try_from(source).map_err(|_| OutOfStep)?);
        let occurrences = u32::try_from(row.occurrences);
        self.occurrences.set(slot, *occurrences.as_ref().unwrap_or(&0));
        match occurrences {
            Ok(_) => self.many.remove(&slot),
            Err(_) => self.many.insert(slot, row.occurrences),
        };
        match row.snoozed_until {
            None => self.snoozed.remove(&slot),
            Some(until) => self.snoozed.insert(slot, until),
        };
        for (column, text) in self.texts.iter_mut().zip(row.texts) {
            let number = column.values.number(text);
            column.numbers.set(slot, number);
        }
        Ok(slot)
    }

    fn slot_for(&mut self, row: i64) -> Result<usize, OutOfStep> {
        let row = u32::try_from(row).map_err(|_| OutOfStep)?;
        if self.rows.last().is_some_and(|&last| row <= last) {
            return self.rows.binary_search(&row).map_err(|_| OutOfStep);
        }
        let last = self.rows.len();
        put(&mut self.rows, last, row);
        self.alive.grow(self.rows.len());
        self.unseen.grow(self.rows.len());
        Ok(self.rows.len() - 1)
    }

    /// Takes out the alerts of rows `first` to `last`, which are put back if they are still there.
    pub(crate) fn take_out(&mut self, first: i64, last: i64) -> std::ops::Range<usize> {
        let slots = self.slot_from(first)..self.slot_from(last.saturating_add(1));
        for slot in slots.clone() {
            self.alive.set(slot, false);
        }
        slots
    }

    pub(crate) fn occurrences(&self, slot: usize) -> i64 {
        let small = i64::from(self.occurrences.get(slot));
        if self.many.is_empty() { small } else { self.many.get(&slot).copied().unwrap_or(small) }
    }

    /// The column of a text field of one value, when there is one.
    pub(crate) fn text(&self, field: TextField) -> Option<&TextColumn> {
        TEXTS.iter().position(|known| *known == field).and_then(|place| self.texts.get(place))
    }

    pub(crate) fn text_columns(&self) -> &[TextColumn] {
        &self.texts
    }

    pub(crate) fn source_kind(&self, number: u32) -> Option<SourceKind> {
        self.sources.get(number as usize).map(|source| source.kind)
    }

    pub(crate) fn list(&self, field: ListField) -> Option<&Lists> {
        self.lists.get(field as usize).and_then(Option::as_ref)
    }

    /// Reads the lists of a field, unless they are there.
    pub(crate) fn load_list(&mut self, reader: &Reader<'_>, field: ListField) -> Result<(), StoreError> {
        if self.list(field).is_some() {
            return Ok(());
        }
        let mut lists = Lists::default();
        reader.column_lists(field, 0, i64::from(u32::MAX), |row, values| {
            // An alert that came in since is read with the next change.
            if let Some(slot) = self.slot(row) {
                lists.set(slot, values);
            }
        })?;
        lists.shrink();
        self.lists[field as usize] = Some(lists);
        Ok(())
    }

    /// Reads the lists of slots again, for the fields that are loaded.
    pub(crate) fn reload_lists(&mut self, reader: &Reader<'_>, first: i64, last: i64) -> Result<(), StoreError> {
        const ALL: [ListField; ListField::COUNT] = [
            ListField::ClientIp,
            ListField::Username,
            ListField::ApiKeyId,
            ListField::Endpoint,
            ListField::Hostname,
            ListField::Techniques,
            ListField::Tags,
        ];
        let slots = self.slot_from(first)..self.slot_from(last.saturating_add(1));
        for field in ALL {
            let Some(mut lists) = self.lists[field as usize].take() else { continue };
            let mut next = slots.start;
            let read = reader.column_lists(field, first, last, |row, values| {
                let Some(slot) = self.slot(row) else { return };
                (next..slot).for_each(|empty| lists.set(empty, &[]));
                lists.set(slot, values);
                next = slot + 1;
            });
            (next..slots.end).for_each(|empty| lists.set(empty, &[]));
            self.lists[field as usize] = Some(lists);
            read?;
        }
        Ok(())
    }

    /// Memory it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let texts: usize = self.texts.iter().map(|column| column.values.bytes() + column.numbers.bytes()).sum();
        let lists: usize = self.lists.iter().flatten().map(Lists::bytes).sum();
        self.rows.capacity() * 4
            + self.alive.bytes()
            + self.unseen.bytes()
            + [&self.time, &self.updated, &self.received].into_iter().map(Instants::bytes).sum::<usize>()
            + self.severity.bytes()
            + self.status.bytes()
            + self.source.bytes()
            + self.occurrences.bytes()
            + (self.snoozed.len() + self.many.len()) * 24
            + texts
            + lists
    }

    fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        let codes = [&mut self.severity, &mut self.status, &mut self.source, &mut self.occurrences];
        codes.into_iter().for_each(Codes::shrink);
        for column in &mut self.texts {
            column.numbers.shrink();
            column.values.shrink();
        }
    }
}
