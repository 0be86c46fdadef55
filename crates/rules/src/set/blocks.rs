//! A queue that grows without moving: what came in stays where it is, and what is let go of makes room for what comes.
//!
//! A queue in one piece moves to twice the room whenever it is full. With a day of events that is a hundred megabytes,
//! touched for the first time once more: a fifth of what an event costs.

use std::collections::VecDeque;

/// Things of a block.
const BLOCK: usize = 512;
/// How far from where it is expected a thing is looked for first.
const NEAR: usize = 8;

#[derive(Debug)]
pub(super) struct Blocks<T> {
    /// All full but the last one.
    blocks: VecDeque<Vec<T>>,
    /// Things of the first block that have left; they go with it.
    gone: usize,
    len: usize,
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { blocks: VecDeque::new(), gone: 0, len: 0 }
    }
}

impl<T> Blocks<T> {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<&T> {
        let place = self.gone + at;
        self.blocks.get(place / BLOCK)?.get(place % BLOCK)
    }

    pub(super) fn front(&self) -> Option<&T> {
        self.get(0)
    }

    pub(super) fn back(&self) -> Option<&T> {
        self.blocks.back()?.last()
    }

    pub(super) fn push_back(&mut self, thing: T) {
        self.len += 1;
        if let Some(last) = self.blocks.back_mut().filter(|last| last.len() < BLOCK) {
            last.push(thing);
            return;
        }
        let mut block = Vec::with_capacity(BLOCK);
        block.push(thing);
        self.blocks.push_back(block);
    }

    /// Lets go of the first one, if there is one.
    pub(super) fn pop_front(&mut self) {
        if self.len == 0 {
            return;
        }
        self.len -= 1;
        self.gone += 1;
        if self.gone == BLOCK || self.len == 0 {
            self.blocks.pop_front();
            self.gone = 0;
        }
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.blocks.iter_mut().flatten().skip(self.gone)
    }

    /// The thing of this key; keys go up. They mostly do so evenly, so it is looked for around where it would stand then,
    /// and further off each time that it is not there.
    pub(super) fn find(&self, key: u32, of: impl Fn(&T) -> u32) -> Option<&T> {
        let (first, last) = (of(self.front()?), of(self.back()?));
        let (from, range) = (key.checked_sub(first)?, last.checked_sub(key).map(|_| last - first)?);
        let guess =
            (u64::from(from) * (self.len as u64 - 1)).checked_div(u64::from(range)).unwrap_or_default() as usize;
        let (mut low, mut high, mut step) = (guess, guess + 1, NEAR);
        while low > 0 && of(self.get(low)?) > key {
            (low, high) = (low.saturating_sub(step), low);
            step *= 2;
        }
        while high < self.len && of(self.get(high)?) <= key {
            (low, high) = (high, (high + step).min(self.len));
            step *= 2;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if of(self.get(middle)?) < key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.get(low).filter(|thing| of(thing) == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_what_a_queue_in_one_piece_does() {
        let (mut blocks, mut plain) = (Blocks::default(), VecDeque::new());
        for round in 0..6_000u32 {
            let grows = (round / 1_700) % 2 == 0;
            if grows || round % 5 == 0 {
                blocks.push_back(round * 2);
                plain.push_back(round * 2);
            } else {
                blocks.pop_front();
                plain.pop_front();
            }
            assert_eq!((blocks.len(), blocks.front(), blocks.back()), (plain.len(), plain.front(), plain.back()));
            assert_eq!(blocks.get(plain.len()), None);
            let at = round as usize * 7 % (plain.len() + 1);
            assert_eq!(blocks.get(at), plain.get(at));
            if round % 61 == 0 {
                let wanted = round - round % 3;
                assert_eq!(blocks.find(wanted, |kept| *kept).is_some(), plain.binary_search(&wanted).is_ok());
                assert!(blocks.iter_mut().map(|kept| *kept).eq(plain.iter().copied()));
            }
        }
        while blocks.len() > 0 {
            blocks.pop_front();
        }
        blocks.pop_front();
        assert_eq!((blocks.front(), blocks.back()), (None, None));
    }
}
