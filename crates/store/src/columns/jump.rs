//! The alert so many places from the start of a list, found by counting instead of by sorting.

use super::bitmap::Bitmap;
use super::codes::Codes;
use super::instants::Instants;
use super::page::{Keys, Order};
use super::table::BLOCK;

/// Numbers of columns that are no texts: ranks of severity and status.
const RANKS: u32 = 256;

impl Order<'_> {
    /// The slot of `bits` with `nth` others before it; none when there are not so many.
    pub(crate) fn nth(&self, bits: &Bitmap, nth: usize) -> Option<usize> {
        let all = bits.count();
        // The one direction is the other one backwards.
        let nth = if self.descending() { all.checked_sub(nth.checked_add(1)?)? } else { nth };
        if nth >= all {
            return None;
        }
        match &self.keys {
            Keys::Arrival => bits.nth(nth),
            Keys::Instants(instants) => by_instant(instants, bits, nth),
            Keys::Numbers(codes) => by_number(codes, &(0..RANKS).collect::<Vec<_>>(), bits, nth),
            Keys::Places(codes, places) => by_number(codes, places, bits, nth),
            Keys::Occurrences => {
                let all = bits.slots().map(|slot| (self.table.occurrences(slot), slot)).collect();
                chosen(all, nth)
            }
        }
    }
}

/// By the keys of numbers, of which there are few: each is counted.
fn by_number(codes: &Codes, keys: &[u32], bits: &Bitmap, nth: usize) -> Option<usize> {
    let mut counts: Vec<usize> = Vec::new();
    for (&key, found) in keys.iter().zip(codes.count(bits, keys.len())) {
        let (key, found) = (key as usize, usize::try_from(found).unwrap_or(usize::MAX));
        counts.resize(counts.len().max(key + 1), 0);
        counts[key] += found;
    }
    let mut before = nth;
    let key = counts.into_iter().position(|found| {
        let here = before < found;
        before -= if here { 0 } else { found };
        here
    })?;
    let mut same = bits.clone();
    let fits: Vec<bool> = keys.iter().map(|&other| other as usize == key).collect();
    codes.retain(&mut same, |number| fits.get(number as usize).copied().unwrap_or(false));
    same.nth(before)
}

/// Instants mostly grow with the slots, so all but a few blocks lie before it or after it as a whole.
fn by_instant(instants: &Instants, bits: &Bitmap, nth: usize) -> Option<usize> {
    let blocks: Vec<(i64, i64, usize)> = bits
        .words()
        .chunks(BLOCK / 64)
        .zip(&instants.blocks)
        .map(|(words, &(least, greatest))| (least, greatest, words.iter().map(|word| word.count_ones() as usize).sum()))
        .collect();
    // So many are not later than `low`, or fewer; so many are not later than `high`, or more.
    let low = bound(blocks.iter().map(|block| (block.0, block.2)), nth)?;
    let high = bound(blocks.iter().map(|block| (block.1, block.2)), nth)?;
    let (mut before, mut between) = (0, Vec::new());
    for (block, (least, greatest, inside)) in blocks.into_iter().enumerate() {
        if greatest < low {
            before += inside;
        } else if least <= high {
            bits.within(block * BLOCK, BLOCK, |slot| match instants.get(slot) {
                time if time < low => before += 1,
                time if time > high => {}
                time => between.push((time, slot)),
            });
        }
    }
    chosen(between, nth.checked_sub(before)?)
}

/// The least of these instants that, with all before it, has more than `nth` alerts.
fn bound(blocks: impl Iterator<Item = (i64, usize)>, nth: usize) -> Option<i64> {
    let mut blocks: Vec<(i64, usize)> = blocks.filter(|block| block.1 > 0).collect();
    blocks.sort_unstable();
    let mut before = 0;
    blocks.into_iter().find_map(|(instant, inside)| {
        before += inside;
        (before > nth).then_some(instant)
    })
}

fn chosen(mut places: Vec<(i64, usize)>, nth: usize) -> Option<usize> {
    (nth < places.len()).then(|| places.select_nth_unstable(nth).1.1)
}
