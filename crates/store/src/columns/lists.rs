//! Fields of several values, one list a slot.

use std::collections::HashMap;

use super::bitmap::Bitmap;
use super::dictionary::Dictionary;

/// The values of one field. Lists of later changes stand beside the rest.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub values: Dictionary,
    /// Where each slot's numbers end in `numbers`.
    ends: Vec<u32>,
    numbers: Vec<u32>,
    changed: HashMap<usize, Box<[u32]>>,
}

impl Lists {
    /// The numbers of a slot's values, none twice.
    pub(crate) fn of(&self, slot: usize) -> &[u32] {
        if !self.changed.is_empty()
            && let Some(list) = self.changed.get(&slot)
        {
            return list;
        }
        let end = |slot: usize| self.ends.get(slot).map(|&end| end as usize);
        let start = slot.checked_sub(1).map_or(Some(0), end);
        start.zip(end(slot)).and_then(|(start, end)| self.numbers.get(start..end)).unwrap_or(&[])
    }

    pub(crate) fn set(&mut self, slot: usize, values: &[String]) {
        let mut list: Vec<u32> = values.iter().map(|value| self.values.number(Some(value))).collect();
        list.sort_unstable();
        list.dedup();
        if slot < self.ends.len() {
            self.changed.insert(slot, list.into_boxed_slice());
            return;
        }
        let last = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.ends.resize(slot, last);
        self.numbers.extend(list);
        self.ends.push(u32::try_from(self.numbers.len()).unwrap_or(u32::MAX));
    }

    /// Takes out of `bits` what has no value that fits, told by the value's number; or what has one.
    pub(crate) fn retain(&self, bits: &mut Bitmap, fits: &[bool], wanted: bool) {
        let fits = |number: u32| fits.get(number as usize).copied().unwrap_or(false);
        if bits.count() < bits.len() / 4 {
            return bits.retain(|slot| self.of(slot).iter().any(|&number| fits(number)) == wanted);
        }
        // Slot after slot without a branch: whether a value fits is anybody's guess, that there is one is the usual case.
        let (mut words, mut start) = (Vec::with_capacity(bits.words().len()), 0);
        for ends in self.ends.chunks(64) {
            let mut word = 0;
            for (nth, &end) in ends.iter().enumerate() {
                let holds = match self.numbers.get(start..end as usize) {
                    Some([one]) => fits(*one),
                    Some(list) => list.iter().any(|&number| fits(number)),
                    None => false,
                };
                word |= u64::from(holds) << nth;
                start = end as usize;
            }
            words.push(word);
        }
        let mut holding = Bitmap::of_words(words, bits.len());
        for (slot, list) in &self.changed {
            holding.set(*slot, list.iter().any(|&number| fits(number)));
        }
        if wanted { bits.and(&holding) } else { bits.and_not(&holding) }
    }

    /// How many slots of `bits` have each value, by its number.
    pub(crate) fn count(&self, bits: &Bitmap) -> Vec<u64> {
        let mut counts = vec![0; self.values.len()];
        bits.each(|slot| self.of(slot).iter().for_each(|&number| counts[number as usize] += 1));
        counts
    }

    pub(crate) fn bytes(&self) -> usize {
        self.values.bytes() + (self.ends.capacity() + self.numbers.capacity()) * 4 + self.changed.len() * 48
    }

    pub(crate) fn shrink(&mut self) {
        self.values.shrink();
        self.ends.shrink_to_fit();
        self.numbers.shrink_to_fit();
    }
}
