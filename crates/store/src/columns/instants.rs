//! One instant a slot. Alerts that arrive together mostly happened together, so four bytes tell them apart.

use std::ops::Range;

use super::table::BLOCK;

/// Half of what four bytes tell apart, in milliseconds: 24 days before the first instant of a block, and after it.
const REACH: i64 = 1 << 31;

/// Instants of all slots in milliseconds, and how far those of a block lie apart.
#[derive(Debug, Default)]
pub(crate) struct Instants {
    chunks: Vec<Chunk>,
    /// Least and greatest of each block. A changed slot only widens it.
    pub blocks: Vec<(i64, i64)>,
}

/// The instants of a block.
#[derive(Debug)]
pub(crate) enum Chunk {
    /// So long after the base.
    Near(i64, Vec<u32>),
    /// One of them is too far from the others.
    Far(Vec<i64>),
}

impl Instants {
    pub(crate) fn get(&self, slot: usize) -> i64 {
        self.chunks.get(slot / BLOCK).map_or(0, |chunk| chunk.get(slot % BLOCK))
    }

    /// The instants of a block; none beyond the last.
    pub(crate) fn chunk(&self, block: usize) -> Option<&Chunk> {
        self.chunks.get(block)
    }

    /// Writes an instant, making room for slots up to this one.
    pub(crate) fn set(&mut self, slot: usize, instant: i64) {
        let block = slot / BLOCK;
        while self.chunks.len() <= block {
            self.chunks.push(Chunk::Near(instant.saturating_sub(REACH), Vec::with_capacity(BLOCK)));
            self.blocks.push((i64::MAX, i64::MIN));
        }
        if let Some(chunk) = self.chunks.get_mut(block) {
            chunk.set(slot % BLOCK, instant);
        }
        if let Some((least, greatest)) = self.blocks.get_mut(block) {
            (*least, *greatest) = ((*least).min(instant), (*greatest).max(instant));
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let chunks = self.chunks.iter().map(|chunk| match chunk {
            Chunk::Near(_, offsets) => offsets.capacity() * 4,
            Chunk::Far(instants) => instants.capacity() * 8,
        });
        chunks.sum::<usize>() + self.blocks.capacity() * 16 + self.chunks.capacity() * size_of::<Chunk>()
    }
}

impl Chunk {
    /// The instant of the slot so many places from the first of the block.
    #[inline]
    pub(crate) fn get(&self, place: usize) -> i64 {
        match self {
            Self::Near(base, offsets) => *base + offsets.get(place).map_or(0, |&offset| i64::from(offset)),
            Self::Far(instants) => instants.get(place).copied().unwrap_or(0),
        }
    }

    /// Whether all of some places, those of removed alerts too, lie in `[from, to)`. May say no when in doubt.
    pub(crate) fn lies_within(&self, places: Range<usize>, from: i64, to: i64) -> bool {
        let Self::Near(base, offsets) = self else { return false };
        let end = places.end.min(offsets.len());
        let offset = |instant: i64| u32::try_from(instant.saturating_sub(*base).clamp(0, i64::from(u32::MAX)));
        let (Ok(first), Ok(end_offset)) = (offset(from), offset(to)) else { return false };
        let length = end_offset.saturating_sub(first);
        // To the end without a branch, which is sooner done than stopping at the first that does not.
        offsets.get(places.start..end).is_some_and(|offsets| {
            offsets.iter().fold(true, |all, &offset| all & (offset.wrapping_sub(first) < length))
        })
    }

    fn set(&mut self, place: usize, instant: i64) {
        match self {
            Self::Near(base, offsets) => {
                let offset = instant.checked_sub(*base).and_then(|offset| u32::try_from(offset).ok());
                // Nobody may come so near the end of time that base and offset together run over it.
                if let Some(offset) = offset.filter(|_| base.checked_add(i64::from(u32::MAX)).is_some()) {
                    return write(offsets, place, offset);
                }
                let mut far = Vec::with_capacity(BLOCK);
                far.extend(offsets.iter().map(|&offset| *base + i64::from(offset)));
                *self = Self::Far(far);
                self.set(place, instant);
            }
            Self::Far(instants) => write(instants, place, instant),
        }
    }
}

fn write<T: Copy + Default>(list: &mut Vec<T>, place: usize, value: T) {
    if list.len() <= place {
        list.resize(place + 1, T::default());
    }
    list[place] = value;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]
mod tests {
    use super::*;

    #[test]
    fn instants_keep_their_value_however_far_apart() {
        const DAY: i64 = 86_400_000;
        let (mut instants, mut expected) = (Instants::default(), Vec::new());
        let odd = [0, i64::MAX, i64::MIN, 30 * DAY, -30 * DAY, 20 * DAY, i64::MAX - 5, i64::MIN + 7];
        for slot in 0..BLOCK * 5 {
            // The first block is near, the second has one that is not, and so on up to those at the ends of time.
            let usual = 1_700_000_000_000 + i64::try_from(slot).unwrap() * 9_000;
            let instant = match slot / BLOCK {
                0 => usual,
                1 if slot % BLOCK == 77 => usual - 100 * DAY,
                1 => usual,
                2 => i64::MAX - i64::try_from(slot).unwrap(),
                3 => i64::MIN + i64::try_from(slot).unwrap(),
                _ => odd[slot % odd.len()],
            };
            instants.set(slot, instant);
            expected.push(instant);
        }
        instants.set(5, 1);
        expected[5] = 1;
        for (slot, instant) in expected.iter().enumerate() {
            assert_eq!(instants.get(slot), *instant, "{slot}");
        }
        for (block, part) in expected.chunks(BLOCK).enumerate() {
            let (least, greatest) = instants.blocks[block];
            assert!(part.iter().all(|instant| (least..=greatest).contains(instant)));
        }
        assert!(instants.bytes() < BLOCK * 5 * 8 + 4_096);
    }

    #[test]
    fn what_lies_within_is_told_by_both_ends() {
        let mut instants = Instants::default();
        (0..64).for_each(|slot| instants.set(slot, 1_000 + i64::try_from(slot).unwrap()));
        let chunk = instants.chunk(0).unwrap();
        assert!(chunk.lies_within(0..64, 1_000, 1_064) && chunk.lies_within(0..64, i64::MIN, i64::MAX));
        assert!(!chunk.lies_within(0..64, 1_001, 1_064) && !chunk.lies_within(0..64, 1_000, 1_063));
        assert!(chunk.lies_within(3..5, 1_003, 1_005) && !chunk.lies_within(3..5, 1_003, 1_003));
        assert!(!chunk.lies_within(0..64, 2_000, i64::MAX) && !chunk.lies_within(0..64, i64::MIN, 900));
    }

    #[test]
    fn instants_of_one_day_take_half_the_room() {
        let mut instants = Instants::default();
        (0..BLOCK * 4).for_each(|slot| instants.set(slot, 1_700_000_000_000 + i64::try_from(slot).unwrap()));
        assert!(instants.bytes() < BLOCK * 4 * 5, "{}", instants.bytes());
    }
}
