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

    /// The position of each, in order.
    pub(super) fn positions(&self) -> Vec<u32> {
        let mut all = Vec::with_capacity(self.count());
        self.each(|at| all.push(at as u32));
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
        }
    }
}
