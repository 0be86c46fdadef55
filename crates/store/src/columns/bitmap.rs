//! A set of slots, one bit each.

/// A set of the slots below `len`. Bits beyond `len` are never set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    pub(crate) fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// The slots below `len` of these words, each of which holds 64 of them.
    pub(crate) fn of_words(mut words: Vec<u64>, len: usize) -> Self {
        words.resize(len.div_ceil(64), 0);
        Self { words, len }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// More slots, none of them in the set.
    pub(crate) fn grow(&mut self, len: usize) {
        self.len = self.len.max(len);
        self.words.resize(self.len.div_ceil(64), 0);
    }

    pub(crate) fn has(&self, slot: usize) -> bool {
        self.words.get(slot / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    /// Puts a slot in or takes it out.
    pub(crate) fn set(&mut self, slot: usize, inside: bool) {
        if let Some(word) = self.words.get_mut(slot / 64) {
            let bit = 1 << (slot % 64);
            *word = if inside { *word | bit } else { *word & !bit };
        }
    }

    pub(crate) fn and(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    pub(crate) fn and_not(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    pub(crate) fn or(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many slots are in both.
    pub(crate) fn common(&self, other: &Self) -> usize {
        self.words.iter().zip(&other.words).map(|(word, other)| (word & other).count_ones() as usize).sum()
    }

    /// Keeps the slots for which `holds`; asks only for those that are inside.
    pub(crate) fn retain(&mut self, holds: impl Fn(usize) -> bool) {
        self.retain_within(0, self.len, holds);
    }

    /// [`Self::retain`] for the slots of `len` from `first` on, which is the first of a word; the others stay.
    pub(crate) fn retain_within(&mut self, first: usize, len: usize, holds: impl Fn(usize) -> bool) {
        for (place, word) in self.words.iter_mut().enumerate().skip(first / 64).take(len.div_ceil(64)) {
            if *word == 0 {
                continue;
            }
            let (base, mut kept) = (place * 64, 0u64);
            if word.count_ones() > 16 {
                // Without branches: a full word is the usual case of a first term.
                let end = 64.min(self.len - base);
                for bit in 0..end {
                    kept |= u64::from(holds(base + bit)) << bit;
                }
            } else {
                let mut left = *word;
                while left != 0 {
                    let bit = left.trailing_zeros() as usize;
                    kept |= u64::from(holds(base + bit)) << bit;
                    left &= left - 1;
                }
            }
            *word &= kept;
        }
    }

    /// The slots in growing order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(place, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = left.checked_sub(1).map(|_| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(place * 64 + bit)
            })
        })
    }

    /// The slots before `end` in falling order.
    pub(crate) fn slots_before(&self, end: usize) -> impl Iterator<Item = usize> + '_ {
        let words = self.words.iter().take(end.div_ceil(64)).enumerate().rev();
        words.flat_map(move |(place, &word)| {
            let beyond = (place * 64 + 64).saturating_sub(end);
            let mut left = if beyond == 0 { word } else { word & (u64::MAX >> beyond) };
            std::iter::from_fn(move || {
                let bit = 63usize.checked_sub(left.leading_zeros() as usize)?;
                left &= !(1 << bit);
                Some(place * 64 + bit)
            })
        })
    }

    /// The greatest slot.
    pub(crate) fn last(&self) -> Option<usize> {
        self.slots_before(self.len).next()
    }

    /// Does something for each slot, quickest when many are inside.
    pub(crate) fn each(&self, mut visit: impl FnMut(usize)) {
        for (place, &word) in self.words.iter().enumerate() {
            let base = place * 64;
            if word == u64::MAX {
                (base..base + 64).for_each(&mut visit);
                continue;
            }
            let mut left = word;
            while left != 0 {
                visit(base + left.trailing_zeros() as usize);
                left &= left - 1;
            }
        }
    }

    /// [`Self::within`] in falling order.
    pub(crate) fn within_backwards(&self, first: usize, len: usize, mut visit: impl FnMut(usize)) {
        let words = self.words.get(first / 64..).unwrap_or_default();
        for (place, &word) in words.iter().take(len.div_ceil(64)).enumerate().rev() {
            let mut left = word;
            while left != 0 {
                let nth = 63 - left.leading_zeros() as usize;
                visit(first + place * 64 + nth);
                left &= !(1 << nth);
            }
        }
    }

    /// Does something for each of the slots of `len` from `first` on, which is the first of a word.
    pub(crate) fn within(&self, first: usize, len: usize, mut visit: impl FnMut(usize)) {
        let words = self.words.iter().enumerate().skip(first / 64).take(len.div_ceil(64));
        for (place, &word) in words {
            let mut left = word;
            while left != 0 {
                visit(place * 64 + left.trailing_zeros() as usize);
                left &= left - 1;
            }
        }
    }

    /// Takes out the slots of `len` from `first` on, which is the first of a word.
    pub(crate) fn clear_within(&mut self, first: usize, len: usize) {
        self.words.iter_mut().skip(first / 64).take(len.div_ceil(64)).for_each(|word| *word = 0);
    }

    /// The slot with `nth` others before it.
    pub(crate) fn nth(&self, nth: usize) -> Option<usize> {
        let mut before = nth;
        for (place, &word) in self.words.iter().enumerate() {
            let inside = word.count_ones() as usize;
            if before < inside {
                let left = (0..before).fold(word, |left, _| left & (left - 1));
                return Some(place * 64 + left.trailing_zeros() as usize);
            }
            before -= inside;
        }
        None
    }

    pub(crate) fn bytes(&self) -> usize {
        self.words.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bitmap_is_a_set() {
        let mut set = Bitmap::none(200);
        for slot in (0..200).filter(|slot| slot % 3 == 0) {
            set.set(slot, true);
        }
        let mut full = Bitmap::none(200);
        (0..200).for_each(|slot| full.set(slot, true));
        let (mut few, mut most) = (set.clone(), full.clone());
        few.retain(|slot| slot % 2 == 0);
        most.retain(|slot| slot % 6 == 0);
        assert_eq!(few, most);
        assert_eq!(few.slots().collect::<Vec<_>>(), (0..200).step_by(6).collect::<Vec<_>>());
        let mut visited = Vec::new();
        full.each(|slot| visited.push(slot));
        assert_eq!(visited, (0..200).collect::<Vec<_>>());
        assert_eq!([0, 33, 66, 67].map(|nth| set.nth(nth)), [Some(0), Some(99), Some(198), None]);
        assert_eq!(set.slots_before(130).collect::<Vec<_>>(), (0..130).step_by(3).rev().collect::<Vec<_>>());
        assert_eq!((set.last(), set.slots_before(64).next(), Bitmap::none(9).last()), (Some(198), Some(63), None));
        let mut visited = Vec::new();
        set.within(64, 64, |slot| visited.push(slot));
        assert_eq!(visited, (66..128).step_by(3).collect::<Vec<_>>());
        visited.clear();
        set.within_backwards(64, 64, |slot| visited.push(slot));
        assert_eq!(visited, (66..128).step_by(3).rev().collect::<Vec<_>>());
        assert_eq!((set.count(), set.common(&few), full.count()), (67, 34, 200));
        let mut part = set.clone();
        part.retain_within(64, 64, |slot| slot % 2 == 0);
        part.clear_within(128, 64);
        let left = (0..200).step_by(3).filter(|slot| *slot < 64 || *slot >= 192 || *slot < 128 && slot % 2 == 0);
        assert_eq!(part.slots().collect::<Vec<_>>(), left.collect::<Vec<_>>());
        full.and_not(&set);
        assert_eq!(full.count(), 133);
        full.or(&few);
        full.and(&set);
        assert_eq!(full, few);
        few.grow(300);
        assert!(few.has(198) && !few.has(299) && few.len() == 300);
    }
}
