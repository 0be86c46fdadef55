//! Counting what matches: in all, by value, over time.

use std::collections::BTreeMap;
use std::ops::Range;
use tocsin_model::query::TextField;
use tocsin_model::severity::Severity;
use tocsin_model::status::Status;
use tocsin_model::survey::{Bars, FacetValue, Histogram, SurveyField};
use tocsin_model::time::Timestamp;

use super::bitmap::Bitmap;
use super::instants::Chunk;
use super::table::{BLOCK, Table};
use crate::table::alert_columns::ListField;

/// How many alerts of `bits` have each value of a field, in any order, those of none left out.
pub(crate) fn values(table: &Table, field: SurveyField, bits: &Bitmap) -> Vec<FacetValue> {
    match field {
        SurveyField::Severity => {
            words(&table.severity.count(bits, 6), |rank| Severity::from_rank(rank).map(Severity::as_str))
        }
        SurveyField::Status => words(&table.status.count(bits, 3), |rank| Status::from_rank(rank).map(Status::as_str)),
        SurveyField::SourceKind => by_source(table, bits, |source| table.sources[source].kind.as_str()),
        SurveyField::Text(TextField::Source) => by_source(table, bits, |source| table.sources[source].name.as_str()),
        SurveyField::ClientIp => list(table, ListField::ClientIp, bits),
        SurveyField::Text(field) => match ListField::of(field) {
            Some(field) => list(table, field, bits),
            None => table.text(field).map_or_else(Vec::new, |column| {
                let counts = column.numbers.count(bits, column.values.len());
                named(&counts, |number| column.values.text(number))
            }),
        },
    }
}

fn words(counts: &[u64], word: impl Fn(i64) -> Option<&'static str>) -> Vec<FacetValue> {
    named(counts, |rank| word(i64::from(rank)))
}

fn named<'a>(counts: &[u64], name: impl Fn(u32) -> Option<&'a str>) -> Vec<FacetValue> {
    let found = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let found = found.filter_map(|(number, count)| Some((name(u32::try_from(number).ok()?)?, *count)));
    found.map(|(value, count)| FacetValue { value: value.to_owned(), count }).collect()
}

/// Several sources may be of one kind, and a removed one may have the name of another.
fn by_source<'a>(table: &'a Table, bits: &Bitmap, name: impl Fn(usize) -> &'a str) -> Vec<FacetValue> {
    let mut sums = BTreeMap::new();
    for (source, count) in table.source.count(bits, table.sources.len()).into_iter().enumerate() {
        *sums.entry(name(source)).or_insert(0) += count;
    }
    let found = sums.into_iter().filter(|(_, count)| *count > 0);
    found.map(|(value, count)| FacetValue { value: value.to_owned(), count }).collect()
}

fn list(table: &Table, field: ListField, bits: &Bitmap) -> Vec<FacetValue> {
    let Some(lists) = table.list(field) else { return Vec::new() };
    named(&lists.count(bits), |number| lists.values.text(number))
}

/// The first and the last instant of `bits`.
pub(crate) fn first_and_last(table: &Table, bits: &Bitmap) -> Option<(i64, i64)> {
    let blocks = &table.time.blocks;
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    // The first ones came first, mostly, and the last ones last: few blocks can hold anything beyond those.
    for (block, &(least, _)) in blocks.iter().enumerate() {
        if least < first {
            within(table, bits, block, |time| first = first.min(time));
        }
    }
    for (block, &(_, greatest)) in blocks.iter().enumerate().rev() {
        if greatest > last {
            within(table, bits, block, |time| last = last.max(time));
        }
    }
    (bits.last().is_some()).then_some((first, last))
}

/// The times of the slots of `bits` in a block.
fn within(table: &Table, bits: &Bitmap, block: usize, mut see: impl FnMut(i64)) {
    if let Some(chunk) = table.time.chunk(block) {
        bits.within(block * BLOCK, BLOCK, |slot| see(chunk.get(slot % BLOCK)));
    }
}

/// The alerts of `bits` over time.
pub(crate) fn histogram(table: &Table, bars: Bars, bits: &Bitmap) -> Histogram {
    let mut drawn = Drawn { table, bits, bars, counted: vec![[0; 6]; bars.count], bar: None, run: 0..0 };
    for (block, &(least, greatest)) in table.time.blocks.iter().enumerate() {
        if greatest >= bars.from && least < bars.to() {
            drawn.block(block);
        }
    }
    drawn.finish_run();
    let at = Timestamp::from_millis;
    Histogram { from: at(bars.from), to: at(bars.to()), step_ms: bars.step, bars: drawn.counted }
}

/// A histogram on its way.
struct Drawn<'a> {
    table: &'a Table,
    bits: &'a Bitmap,
    bars: Bars,
    counted: Vec<[u64; 6]>,
    /// The bar of the last alert, its start and its end. Neighbours mostly fall into the same one.
    bar: Option<(usize, i64, i64)>,
    /// Words of slots that fall into it as a whole and are not counted yet: in one go they are counted soonest.
    run: Range<usize>,
}

impl Drawn<'_> {
    fn block(&mut self, block: usize) {
        let Some(chunk) = self.table.time.chunk(block) else { return };
        let first = block * BLOCK / 64;
        for place in first..self.bits.words().len().min(first + BLOCK / 64) {
            let word = self.bits.words().get(place).copied().unwrap_or(0);
            let slots = (place - first) * 64..(place - first + 1) * 64;
            if word == 0 {
                continue;
            } else if word.count_ones() > 16
                && self.bar.is_some_and(|(_, start, stop)| chunk.lies_within(slots.clone(), start, stop))
            {
                if self.run.end != place {
                    self.finish_run();
                    self.run.start = place;
                }
                self.run.end = place + 1;
            } else {
                self.finish_run();
                self.word(chunk, place, word, slots.start);
            }
        }
    }

    fn finish_run(&mut self) {
        let run = std::mem::replace(&mut self.run, 0..0);
        let bar = self.bar.and_then(|(place, ..)| self.counted.get_mut(place));
        if let Some(bar) = bar.filter(|_| !run.is_empty()) {
            let counts = self.table.severity.count_words(self.bits, run, bar.len());
            bar.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }

    /// Slot by slot.
    fn word(&mut self, chunk: &Chunk, place: usize, mut left: u64, first: usize) {
        while left != 0 {
            let nth = left.trailing_zeros() as usize;
            left &= left - 1;
            let time = chunk.get(first + nth);
            if self.bar.is_none_or(|(_, start, stop)| !(start..stop).contains(&time)) {
                // A division is slow.
                let Some(bar) = self.bars.place(time) else { continue };
                let start = self.bars.from + self.bars.step * i64::try_from(bar).unwrap_or(0);
                self.bar = Some((bar, start, start + self.bars.step));
            }
            let severity = self.table.severity.get(place * 64 + nth) as usize;
            let bar = self.bar.and_then(|(bar, ..)| self.counted.get_mut(bar));
            if let Some(count) = bar.and_then(|bar| bar.get_mut(severity)) {
                *count += 1;
            }
        }
    }
}
