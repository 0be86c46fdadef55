//! A bit for each event.

/// Bits by the position of events, 64 in a word. Those beyond the last event are never set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mask {
    words: Vec<u64>,
    len: usize,
}

impl Mask {
    /// No event.
    pub(super) fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// Every event.
    pub(super) fn all(len: usize) -> Self {
        let mut all = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        all.trim();
        all
    }

    /// How many events it is about.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Is about so many events from now on; the new ones are not in it.
    pub(super) fn grow(&mut self, len: usize) {
        self.words.resize(len.div_ceil(64), 0);
        self.len = len;
    }

    fn trim(&mut self) {
        if let (Some(last), left @ 1..) = (self.words.last_mut(), self.len % 64) {
            *last &= (1 << left) - 1;
        }
    }

    /// The words, to be set by whoever knows that nothing is set beyond the last event.
    pub(super) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// The words.
    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Leaves those that are in `other` too; of a `negated` one those that are not.
    pub(super) fn keep(&mut self, other: &Self, negated: bool) {
        let flip = if negated { u64::MAX } else { 0 };
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other ^ flip);
    }

    /// Adds those of `other`.
    pub(super) fn add(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    /// Adds one.
    pub(super) fn set(&mut self, at: usize) {
        if let Some(word) = self.words.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    /// Whether one is in it.
    pub(super) fn has(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// How many are in it.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many are in it from one position to another, which is not counted.
    pub(super) fn count_within(&self, from: usize, to: usize) -> usize {
        let to = to.min(self.len);
        if from >= to {
            return 0;
        }
        let words = self.words.get(from / 64..to.div_ceil(64)).unwrap_or_default();
        let all: usize = words.iter().map(|word| word.count_ones() as usize).sum();
        let beside = |word: Option<&u64>, mask: u64| word.map_or(0, |word| (word & mask).count_ones() as usize);
        let before = beside(words.first(), (1 << (from % 64)) - 1);
        let after = if to.is_multiple_of(64) { 0 } else { beside(words.last(), u64::MAX << (to % 64)) };
        all - before - after
    }

    /// The position of each of the first `count`, in order.
    pub(super) fn positions(&self, count: usize) -> Vec<u32> {
        // One place more, for what a word without any writes.
        let mut all = vec![0; count + 1];
        let (mut at, mut next) = (0, 0);
        let mut word = self.words.first().copied().unwrap_or(0);
        // One loop over all bits: how many of them a word has cannot be guessed, and a wrong guess takes longest.
        while at < self.words.len() {
            let base = at as u32 * 64;
            if word == u64::MAX {
                let places = all.get_mut(next..next + 64).into_iter().flatten();
                places.zip(base..).for_each(|(place, position)| *place = position);
                next += 64;
                word = 0;
            } else {
                if let Some(place) = all.get_mut(next) {
                    *place = base + word.trailing_zeros();
                }
                next += usize::from(word != 0);
                word &= word.wrapping_sub(1);
            }
            let is_over = word == 0;
            let following = self.words.get(at + 1).copied().unwrap_or(0);
            word = if is_over { following } else { word };
            at += usize::from(is_over);
        }
        all.truncate(count);
        all
    }

    /// Tells the position of each, in order.
    pub(super) fn each(&self, mut tell: impl FnMut(usize)) {
        for (at, word) in self.words.iter().enumerate() {
            let mut word = *word;
            while word != 0 {
                tell(at * 64 + word.trailing_zeros() as usize);
                word &= word - 1;
            }
        }
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_counted_wherever_it_begins_and_ends() {
        let mut mask = Mask::none(200);
        (0..200).filter(|at| at % 3 == 0).for_each(|at| mask.set(at));
        for (from, to) in
            [(0, 200), (0, 0), (1, 2), (3, 4), (63, 65), (64, 128), (5, 190), (60, 61), (130, 900), (9, 2)]
        {
            let expected = (from..to.min(200)).filter(|at| at % 3 == 0).count();
            assert_eq!(mask.count_within(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn nothing_is_set_beyond_the_last_event() {
        for len in [0, 1, 63, 64, 65, 130] {
            let mut mask = Mask::all(len);
            assert_eq!(mask.count(), len);
            mask.keep(&Mask::none(len), true);
            assert_eq!((mask.count(), mask.len()), (len, len));
            mask.grow(len + 70);
            assert_eq!((mask.count(), mask.has(len)), (len, false));
            mask.set(len + 69);
            let mut told = Vec::new();
            mask.each(|at| told.push(at));
            assert_eq!(told, (0..len).chain([len + 69]).collect::<Vec<_>>());
            assert!(mask.positions(mask.count()).into_iter().map(|at| at as usize).eq(told));
            let holed = (0..len + 70).filter(|at| at % 67 != 3 && !(70..75).contains(at));
            let mut mask = Mask::none(len + 70);
            holed.clone().for_each(|at| mask.set(at));
            assert!(mask.positions(mask.count()).into_iter().map(|at| at as usize).eq(holed), "{len}");
        }
    }
}
