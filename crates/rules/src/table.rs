//! Finds things by hash.
//!
//! What is looked up is seldom in the processor's cache: hundreds of thousands of values of groups, of which an event
//! needs one or two. So a look-up touches one place in memory here, where most tables touch two: things lie in a
//! row, each with half of its hash, and the next place is tried when one is taken. Nothing is taken out but by making
//! the table anew. The hashes have to be keyed by chance.

/// Most of a table that is full, in quarters: of a small one, where room costs nothing and a second look is time lost, and
/// of a large one.
const SPARSE: usize = 1;
const DENSE: usize = 2;
/// Places of a small one.
const SMALL: usize = 2_048;

/// What lies in a table: small, and of a size that does not lie across what the processor fetches at once.
pub(crate) trait Kept {
    /// Half of its hash, by [`half`].
    fn hash(&self) -> u32;
}

/// Things by hash.
#[derive(Debug)]
pub(crate) struct Table<T> {
    /// None, or a power of two.
    places: Vec<Option<T>>,
    len: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { places: Vec::new(), len: 0 }
    }
}

impl<T: Kept> Table<T> {
    /// What `look` gives for the first thing with that hash for which it gives anything.
    #[inline(always)]
    pub(crate) fn find<R>(&self, hash: u64, look: impl Fn(&T) -> Option<R>) -> Option<R> {
        let (half, mask) = (half(hash), self.places.len().wrapping_sub(1));
        let mut at = spread(half, self.places.len());
        loop {
            // Some places are always free, so this ends.
            let kept = self.places.get(at & mask)?.as_ref()?;
            if kept.hash() == half
                && let found @ Some(_) = look(kept)
            {
                return found;
            }
            at += 1;
        }
    }

    /// The thing with that hash that `is_it`, to be changed; its hash must stay.
    pub(crate) fn find_mut(&mut self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<&mut T> {
        let (half, mask) = (half(hash), self.places.len().wrapping_sub(1));
        let is_it = |kept: &T| kept.hash() == half && is_it(kept);
        let mut at = spread(half, self.places.len());
        while !is_it(self.places.get(at & mask)?.as_ref()?) {
            at += 1;
        }
        self.places.get_mut(at & mask)?.as_mut()
    }

    /// Whether anything is where [`Self::find`] begins to look.
    #[inline]
    pub(crate) fn peek(&self, hash: u64) -> bool {
        self.places.get(spread(half(hash), self.places.len())).is_some_and(Option::is_some)
    }

    /// Adds a thing that is not there yet.
    pub(crate) fn insert(&mut self, one: T) {
        let full = if self.places.len() <= SMALL { SPARSE } else { DENSE };
        if self.len * 4 >= self.places.len() * full {
            let size = (self.places.len() * 2).max(8);
            let more = std::iter::repeat_with(|| None).take(size).collect();
            let before = std::mem::replace(&mut self.places, more);
            before.into_iter().flatten().for_each(|one| self.put(one));
        }
        self.put(one);
        self.len += 1;
    }

    fn put(&mut self, one: T) {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = spread(one.hash(), self.places.len());
        while self.places.get(at & mask).is_some_and(Option::is_some) {
            at += 1;
        }
        if let Some(free) = self.places.get_mut(at & mask) {
            *free = Some(one);
        }
    }

    /// How many things there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Keeps those that `stays`, in a table of the size they need.
    pub(crate) fn retain(&mut self, stays: impl Fn(&T) -> bool) {
        let before = std::mem::take(self);
        before.places.into_iter().flatten().filter(stays).for_each(|one| self.insert(one));
    }

    /// Those that are there, to be changed; their hashes must stay.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.places.iter_mut().flatten()
    }

    /// Takes all out.
    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.len = 0;
    }

    /// The bytes that it has allocated.
    pub(crate) fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<Option<T>>()
    }
}

/// The half of a hash that is kept.
#[inline]
pub(crate) const fn half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// Where a thing begins to be looked for in a table of so many places. By the size of the hash: what lies in a row in a
/// table lies in a row in the next larger one too, so that it is filled from one end to the other.
#[inline]
pub(crate) const fn spread(half: u32, places: usize) -> usize {
    ((half as u64 * places as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct One {
        hash: u32,
        number: u32,
    }

    impl Kept for One {
        fn hash(&self) -> u32 {
            self.hash
        }
    }

    #[test]
    fn things_are_found_however_alike_their_hashes_are() {
        let ways: [fn(u32) -> u64; 4] = [
            |_| 7 << 32,
            |number| u64::from(number % 5) << 32,
            |number| u64::from(number) << 32,
            |number| u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        ];
        for way in ways {
            let one = |number| One { hash: half(way(number)), number };
            let look = |number| move |one: &One| (one.number == number).then_some(number * 2);
            let mut table = Table::default();
            for number in 0..700 {
                assert_eq!(table.find(way(number), look(number)), None);
                table.insert(one(number));
                assert_eq!(table.find(way(number), look(number)), Some(number * 2));
                assert_eq!(table.len(), number as usize + 1);
            }
            assert!((0..700).all(|number| table.find(way(number), look(number)) == Some(number * 2)));
            assert_eq!(table.find_mut(way(3), |one| one.number == 3), Some(&mut one(3)));
            assert!(table.peek(way(7)) && table.places.len() <= 2 * SMALL);
            table.retain(|one| one.number % 7 == 3);
            assert_eq!(table.len(), 100);
            assert!((0..700).all(|number| table.find(way(number), look(number)).is_some() == (number % 7 == 3)));
            table.iter_mut().for_each(|one| one.number += 1_000);
            assert_eq!(table.find(way(3), look(1_003)), Some(2_006));
            table.clear();
            assert_eq!((table.find(way(1), look(1)), table.len()), (None, 0));
            table.insert(one(1));
            assert!(table.peek(way(1)));
        }
    }
}
