//! Small numbers, one a slot, no wider than the largest of them needs.

use std::ops::Range;

use super::bitmap::Bitmap;

/// One number a slot.
#[derive(Debug, Clone)]
pub(crate) enum Codes {
    Narrow(Vec<u8>),
    Middle(Vec<u16>),
    Wide(Vec<u32>),
}

impl Default for Codes {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

/// Does the same with the numbers, whatever their width.
macro_rules! with {
    ($codes:expr, $list:ident => $body:expr) => {
        match $codes {
            Codes::Narrow($list) => $body,
            Codes::Middle($list) => $body,
            Codes::Wide($list) => $body,
        }
    };
}

impl Codes {
    #[allow(clippy::useless_conversion, reason = "one of the three widths is that of the result")]
    pub(crate) fn get(&self, slot: usize) -> u32 {
        with!(self, list => list.get(slot).map_or(0, |&code| u32::from(code)))
    }

    /// Writes a number, making room for slots up to this one.
    pub(crate) fn set(&mut self, slot: usize, code: u32) {
        match self {
            Self::Narrow(list) => match u8::try_from(code) {
                Ok(code) => return put(list, slot, code),
                Err(_) => *self = Self::Middle(list.iter().copied().map(u16::from).collect()),
            },
            Self::Middle(list) => match u16::try_from(code) {
                Ok(code) => return put(list, slot, code),
                Err(_) => *self = Self::Wide(list.iter().copied().map(u32::from).collect()),
            },
            Self::Wide(list) => return put(list, slot, code),
        }
        self.set(slot, code);
    }

    /// Takes out of `bits` what does not fit.
    #[allow(clippy::useless_conversion, reason = "one of the three widths is that of the result")]
    pub(crate) fn retain(&self, bits: &mut Bitmap, holds: impl Fn(u32) -> bool) {
        with!(self, list => bits.retain(|slot| list.get(slot).is_some_and(|&code| holds(u32::from(code)))));
    }

    /// Does something for each slot of `bits` among those of `len` from `first` on, which is the first of a word, and
    /// its number: in growing order or in falling order.
    #[allow(clippy::useless_conversion, reason = "one of the three widths is that of the result")]
    pub(crate) fn within(
        &self,
        bits: &Bitmap,
        (first, len): (usize, usize),
        backwards: bool,
        mut visit: impl FnMut(usize, u32),
    ) {
        with!(self, list => {
            let see = |slot: usize| visit(slot, list.get(slot).map_or(0, |&code| u32::from(code)));
            if backwards { bits.within_backwards(first, len, see) } else { bits.within(first, len, see) }
        });
    }

    /// How many slots of `bits` have each number below `distinct`.
    pub(crate) fn count(&self, bits: &Bitmap, distinct: usize) -> Vec<u64> {
        self.count_words(bits, 0..bits.words().len(), distinct)
    }

    /// [`Self::count`] for the slots of some words.
    pub(crate) fn count_words(&self, bits: &Bitmap, words: Range<usize>, distinct: usize) -> Vec<u64> {
        let mut counts = vec![0u64; distinct];
        match self {
            Self::Narrow(list) => {
                let lanes = tally(list.get(words.start * 64..).unwrap_or_default(), &bits.words()[words]);
                for (code, count) in counts.iter_mut().enumerate().take(lanes[0].len()) {
                    *count = lanes.iter().map(|lane| u64::from(lane[code])).sum();
                }
            }
            Self::Middle(list) => one_by_one(list, bits, words, &mut counts),
            Self::Wide(list) => one_by_one(list, bits, words, &mut counts),
        }
        counts
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Narrow(list) => list.capacity(),
            Self::Middle(list) => list.capacity() * 2,
            Self::Wide(list) => list.capacity() * 4,
        }
    }

    pub(crate) fn shrink(&mut self) {
        with!(self, list => list.shrink_to_fit());
    }
}

/// Counts bytes. Neighbours are mostly alike, and a counter that was just written is slow to write again: so every
/// fourth slot has counters of its own.
fn tally(list: &[u8], words: &[u64]) -> [[u32; 256]; 4] {
    let mut lanes = [[0u32; 256]; 4];
    for (&word, codes) in words.iter().zip(list.chunks(64)) {
        let inside = word.count_ones();
        if inside == 64 {
            for four in codes.chunks_exact(4) {
                for (lane, &code) in lanes.iter_mut().zip(four) {
                    lane[usize::from(code)] += 1;
                }
            }
        } else if inside > 16 {
            // Without branches: whether a bit is set is anybody's guess.
            for (nth, &code) in codes.iter().enumerate() {
                lanes[nth % 4][usize::from(code)] += u32::from(word >> nth & 1 == 1);
            }
        } else {
            let mut left = word;
            while left != 0 {
                let nth = left.trailing_zeros() as usize;
                if let Some(&code) = codes.get(nth) {
                    lanes[nth % 4][usize::from(code)] += 1;
                }
                left &= left - 1;
            }
        }
    }
    lanes
}

fn one_by_one<T: Copy + Into<u32>>(list: &[T], bits: &Bitmap, words: Range<usize>, counts: &mut [u64]) {
    bits.within(words.start * 64, words.len() * 64, |slot| {
        let code = list.get(slot).map(|&code| code.into() as usize);
        if let Some(count) = code.and_then(|code| counts.get_mut(code)) {
            *count += 1;
        }
    });
}

/// Writes a value, making room for slots up to this one: a little at a time, since columns are long and many.
pub(super) fn put<T: Copy + Default>(list: &mut Vec<T>, slot: usize, value: T) {
    if slot >= list.len() {
        if slot >= list.capacity() {
            list.reserve_exact(slot + 1 - list.len() + list.len() / 8 + 256);
        }
        list.resize(slot + 1, T::default());
    }
    list[slot] = value;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_value_as_the_width_grows() {
        let mut codes = Codes::default();
        let numbers = [0, 255, 256, 7, 65_535, 65_536, u32::MAX, 1];
        for (slot, number) in numbers.into_iter().enumerate() {
            codes.set(slot, number);
        }
        assert_eq!((0..8).map(|slot| codes.get(slot)).collect::<Vec<_>>(), numbers);
        let mut bits = Bitmap::none(8);
        (0..8).for_each(|slot| bits.set(slot, true));
        codes.retain(&mut bits, |code| code < 256);
        assert_eq!(bits.slots().collect::<Vec<_>>(), [0, 1, 3, 7]);
        assert_eq!(codes.count(&bits, 8), [1, 1, 0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn numbers_are_counted_however_many_of_them_are_wanted() {
        let (mut narrow, mut wide) = (Codes::default(), Codes::default());
        let number = |slot: usize| u32::try_from(slot * slot % 251).unwrap();
        (0..1_000).for_each(|slot| narrow.set(slot, number(slot)));
        (0..1_000).for_each(|slot| wide.set(slot, if slot == 999 { 70_000 } else { number(slot) }));
        for every in [1, 2, 3, 7, 64, 300] {
            let mut bits = Bitmap::none(1_000);
            (0..999).filter(|slot| slot % every == 0).for_each(|slot| bits.set(slot, true));
            let mut expected = vec![0; 251];
            bits.slots().for_each(|slot| expected[number(slot) as usize] += 1);
            assert_eq!(narrow.count(&bits, 251), expected, "{every}");
            assert_eq!(wide.count(&bits, 251), expected, "{every}");
        }
    }
}
