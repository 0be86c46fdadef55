//! Small numbers, one a slot, no wider than the largest of them needs.

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

    /// How many slots of `bits` have each number below `distinct`.
    pub(crate) fn count(&self, bits: &Bitmap, distinct: usize) -> Vec<u64> {
        let mut counts = vec![0u64; distinct];
        with!(self, list => bits.each(|slot| {
            if let Some(count) = list.get(slot).and_then(|&code| counts.get_mut(code as usize)) {
                *count += 1;
            }
        }));
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
}
