//! Counting what matches: in all, by value, over time.

use std::collections::BTreeMap;
use tocsin_model::query::TextField;
use tocsin_model::severity::Severity;
use tocsin_model::status::Status;
use tocsin_model::survey::{Bars, FacetValue, Histogram, SurveyField};
use tocsin_model::time::Timestamp;

use super::bitmap::Bitmap;
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
    let mut counted = vec![[0u64; 16]; bars.count];
    let (from, end) = (bars.from, bars.to());
    // Neighbours mostly fall into the same bar; a division is slow.
    let (mut place, mut start, mut stop) = (0, i64::MAX, i64::MIN);
    for block in 0..table.time.blocks.len() {
        let Some(chunk) = table.time.chunk(block) else { continue };
        let (least, greatest) = table.time.blocks[block];
        if greatest < from || least >= end {
            continue;
        }
        table.severity.within(bits, (block * BLOCK, BLOCK), false, |slot, severity| {
            let time = chunk.get(slot % BLOCK);
            if time < start || time >= stop {
                if time < from || time >= end {
                    return;
                }
                place = bars.place(time).unwrap_or(0);
                start = from + bars.step * i64::try_from(place).unwrap_or(0);
                stop = start + bars.step;
            }
            // Every other slot has a counter of its own, as in `Codes::count`.
            if let Some(count) = counted[place].get_mut(slot % 2 * 8 + severity as usize) {
                *count += 1;
            }
        });
    }
    let sum = |bar: [u64; 16]| std::array::from_fn(|severity| bar[severity] + bar[8 + severity]);
    let counted = counted.into_iter().map(sum).collect();
    let at = Timestamp::from_millis;
    Histogram { from: at(from), to: at(end), step_ms: bars.step, bars: counted }
}
