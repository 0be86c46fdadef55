//! For each value of a field the events that have it, so that a test which few values pass need not look at every event.
//! Kept for sets of few different values: they take several rows to look at, and two bytes a member here.

use super::codes::Codes;
use super::dictionary::MISSING;

/// Events of a block: as many as two bytes tell apart.
const BLOCK: usize = 1 << 16;
/// Different values, at the most.
const VALUES: usize = 1 << 8;
/// Going through the events of values costs so many times what it costs to look at an event in a row.
const SINGLE: usize = 6;

/// The events of each value, block by block. Events after the last whole block are not in it.
#[derive(Debug, Default)]
pub(super) struct Postings {
    /// Where the events of each value begin, by block and number; the number after the last one is where they end.
    starts: Vec<u32>,
    /// Places within the block.
    places: Vec<u16>,
    /// How many events each value has, by number.
    counts: Vec<u32>,
}

impl Postings {
    /// Those of rows of numbers that are bytes; none where there is no whole block, or a number does not fit.
    pub(super) fn new(rows: &[Codes], len: usize) -> Option<Self> {
        let blocks = len / BLOCK;
        let fits = rows.iter().all(|row| matches!(row, Codes::Few(_) | Codes::Byte(_)));
        if blocks == 0 || !fits {
            return None;
        }
        let mut new = Self { starts: Vec::new(), places: Vec::new(), counts: vec![0; VALUES] };
        (0..blocks).for_each(|block| new.add(rows, block * BLOCK));
        new.places.shrink_to_fit();
        Some(new)
    }

    /// Adds the block that begins at an event.
    fn add(&mut self, rows: &[Codes], from: usize) {
        let each = |tell: &mut dyn FnMut(usize, u16)| {
            for row in rows {
                for (place, at) in (0..=u16::MAX).zip(from..row.len()) {
                    let code = row.get(at);
                    if code != MISSING {
                        tell(code as usize, place);
                    }
                }
            }
        };
        let mut ends = vec![0_u32; VALUES];
        each(&mut |code, _| ends.get_mut(code).into_iter().for_each(|count| *count += 1));
        self.counts.iter_mut().zip(&ends).for_each(|(all, count)| *all += count);
        let mut end = self.places.len() as u32;
        self.starts.push(end);
        for count in &mut ends {
            end += std::mem::replace(count, end);
            self.starts.push(end);
        }
        self.places.resize(end as usize, 0);
        // Where the next event of each value goes.
        let mut next = ends;
        each(&mut |code, place| {
            let Some(to) = next.get_mut(code) else { return };
            if let Some(free) = self.places.get_mut(*to as usize) {
                *free = place;
            }
            *to += 1;
        });
    }

    /// How many events are in it: the first ones.
    pub(super) fn len(&self) -> usize {
        self.starts.len() / (VALUES + 1) * BLOCK
    }

    /// Whether these values have so few events that going through them is quicker than looking at all.
    pub(super) fn are_few(&self, wanted: &[bool]) -> bool {
        let wanted = self.counts.iter().zip(wanted).filter(|(_, wanted)| **wanted);
        wanted.map(|(count, _)| *count as usize).sum::<usize>() * SINGLE <= self.len()
    }

    /// Sets the bits of the events of these values.
    pub(super) fn mark(&self, wanted: &[bool], words: &mut [u64]) {
        let those: Vec<usize> = (0..VALUES).zip(wanted).filter(|(_, wanted)| **wanted).map(|(code, _)| code).collect();
        for (starts, words) in self.starts.chunks_exact(VALUES + 1).zip(words.chunks_mut(BLOCK / 64)) {
            for code in &those {
                let Some([from, to]) = starts.get(*code..code + 2) else { continue };
                for place in self.places.get(*from as usize..*to as usize).unwrap_or_default() {
                    if let Some(word) = words.get_mut(usize::from(place / 64)) {
                        *word |= 1 << (place % 64);
                    }
                }
            }
        }
    }

    /// Forgets the blocks that hold events from `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        let blocks = len / BLOCK;
        if len >= self.len() {
            return;
        }
        // Counts only tell how many there are about: those of the blocks that go may stay.
        self.starts.truncate(blocks * (VALUES + 1));
        self.places.truncate(self.starts.last().map_or(0, |end| *end as usize));
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<u16>() + (self.starts.capacity() + self.counts.capacity()) * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of three members at most, as a column of a set has them; the second and third are shorter.
    fn rows(len: usize) -> Vec<Codes> {
        let mut rows = vec![Codes::default(), Codes::default(), Codes::default()];
        for at in 0..len {
            rows[0].push((at * 7 % 120) as u32);
            if at < len - 100 {
                rows[1].push(if at % 3 == 0 { (at % 50 + 121) as u32 } else { MISSING });
            }
            if at < BLOCK + 5 {
                rows[2].push(if at % 1_000 == 0 { 200 } else { MISSING });
            }
        }
        rows
    }

    fn plainly(rows: &[Codes], wanted: &[bool], len: usize) -> Vec<u64> {
        let mut words = vec![0_u64; len.div_ceil(64)];
        for row in rows {
            (0..row.len().min(len)).filter(|at| wanted[row.get(*at) as usize]).for_each(|at| {
                words[at / 64] |= 1 << (at % 64);
            });
        }
        words
    }

    #[test]
    fn the_events_of_values_are_those_that_a_look_at_each_finds() {
        let len = 2 * BLOCK + 1_234;
        let rows = rows(len);
        let mut postings = Postings::new(&rows, len).unwrap_or_default();
        assert_eq!(postings.len(), 2 * BLOCK);
        for those in [vec![1_usize], vec![5, 130], vec![200], vec![1, 2, 3, 4, 121, 200], vec![119, 170], vec![]] {
            let mut wanted = vec![false; 256];
            those.iter().for_each(|code| wanted[*code] = true);
            let mut words = vec![0; len.div_ceil(64)];
            postings.mark(&wanted, &mut words);
            assert_eq!(words[..2 * BLOCK / 64], plainly(&rows, &wanted, 2 * BLOCK), "{those:?}");
            assert!(words[2 * BLOCK / 64..].iter().all(|word| *word == 0));
        }
        let all = vec![true; 256];
        assert!(!postings.are_few(&all) && postings.are_few(&[false, true]));
        postings.truncate(2 * BLOCK - 1);
        assert_eq!(postings.len(), BLOCK);
        let mut words = vec![0; len.div_ceil(64)];
        let mut wanted = vec![false; 256];
        wanted[7] = true;
        postings.mark(&wanted, &mut words);
        assert_eq!(words[..BLOCK / 64], plainly(&rows, &wanted, BLOCK));
        assert!(words[BLOCK / 64..].iter().all(|word| *word == 0));
    }

    #[test]
    fn there_are_none_of_few_events_or_of_many_values() {
        assert!(Postings::new(&rows(1_000), 1_000).is_none());
        let mut wide = Codes::default();
        (0..BLOCK).for_each(|at| wide.push(at as u32 % 300));
        assert!(Postings::new(&[wide], BLOCK).is_none());
    }
}
