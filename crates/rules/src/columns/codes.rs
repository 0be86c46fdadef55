//! A small number for each event, in as few bytes as the largest one needs.

use super::mark::{Wanted, fill, mark, mark_among, mark_bytes};
use super::mask::Mask;

/// Most numbers that two bits tell apart.
const FEW: u32 = 4;

/// Numbers by the position of events.
#[derive(Debug)]
pub(super) enum Codes {
    /// Below four: two rows of bits, so that a test costs a few steps for 64 events.
    Few(Planes),
    Byte(Vec<u8>),
    Short(Vec<u16>),
    Long(Vec<u32>),
}

/// The lower and the higher bit of each number.
#[derive(Debug, Default)]
pub(super) struct Planes {
    low: Vec<u64>,
    high: Vec<u64>,
    len: usize,
}

impl Default for Codes {
    fn default() -> Self {
        Self::Few(Planes::default())
    }
}

impl Planes {
    fn push(&mut self, code: u32) {
        if self.len.is_multiple_of(64) {
            self.low.push(0);
            self.high.push(0);
        }
        let at = self.len % 64;
        if let (Some(low), Some(high)) = (self.low.last_mut(), self.high.last_mut()) {
            *low |= u64::from(code & 1) << at;
            *high |= u64::from(code >> 1 & 1) << at;
        }
        self.len += 1;
    }

    fn get(&self, at: usize) -> u32 {
        let bit = |plane: &[u64]| plane.get(at / 64).map_or(0, |word| (word >> (at % 64) & 1) as u32);
        bit(&self.low) | bit(&self.high) << 1
    }

    fn truncate(&mut self, len: usize) {
        let kept: Vec<u32> = (len - len % 64..len).map(|at| self.get(at)).collect();
        self.low.truncate(len / 64);
        self.high.truncate(len / 64);
        self.len = len - len % 64;
        kept.into_iter().for_each(|code| self.push(code));
    }
}

impl Codes {
    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Few(planes) => planes.len,
            Self::Byte(codes) => codes.len(),
            Self::Short(codes) => codes.len(),
            Self::Long(codes) => codes.len(),
        }
    }

    /// The number of an event; 0 beyond the last.
    #[inline]
    pub(super) fn get(&self, at: usize) -> u32 {
        match self {
            Self::Few(planes) => planes.get(at),
            Self::Byte(codes) => codes.get(at).copied().map_or(0, u32::from),
            Self::Short(codes) => codes.get(at).copied().map_or(0, u32::from),
            Self::Long(codes) => codes.get(at).copied().unwrap_or(0),
        }
    }

    /// Adds the number of the next event; all get wider when it is too large for them.
    pub(super) fn push(&mut self, code: u32) {
        match self {
            Self::Few(planes) if code < FEW => return planes.push(code),
            Self::Byte(codes) => {
                if let Ok(code) = u8::try_from(code) {
                    return codes.push(code);
                }
            }
            Self::Short(codes) => {
                if let Ok(code) = u16::try_from(code) {
                    return codes.push(code);
                }
            }
            Self::Long(codes) => return codes.push(code),
            Self::Few(_) => {}
        }
        self.widen();
        self.push(code);
    }

    fn widen(&mut self) {
        let len = self.len();
        // Never larger than the width before, so they fit.
        *self = match self {
            Self::Few(planes) => Self::Byte((0..len).map(|at| planes.get(at) as u8).collect()),
            Self::Byte(codes) => Self::Short(codes.iter().copied().map(u16::from).collect()),
            Self::Short(codes) => Self::Long(codes.iter().copied().map(u32::from).collect()),
            Self::Long(codes) => Self::Long(std::mem::take(codes)),
        };
    }

    /// Adds zeros until there are so many.
    pub(super) fn fill(&mut self, len: usize) {
        while self.len() < len {
            self.push(0);
        }
    }

    /// Puts what stands from `from` on into another order: the numbers of `order` are positions before.
    pub(super) fn reorder(&mut self, from: usize, order: &[u32]) {
        let tail: Vec<u32> = order.iter().map(|at| self.get(*at as usize)).collect();
        match self {
            Self::Few(planes) => planes.truncate(from),
            Self::Byte(codes) => codes.truncate(from),
            Self::Short(codes) => codes.truncate(from),
            Self::Long(codes) => codes.truncate(from),
        }
        tail.into_iter().for_each(|code| self.push(code));
    }

    /// Adds to `found` the events whose number is wanted, from a position on that begins a word.
    pub(super) fn mark(&self, wanted: &[bool], from: usize, found: &mut Mask) {
        let Some(words) = found.words_mut().get_mut(from / 64..) else { return };
        match self {
            Self::Few(planes) => {
                let lows = planes.low.get(from / 64..).unwrap_or_default();
                let highs = planes.high.get(from / 64..).unwrap_or_default();
                let flips =
                    |code: u32| (if code & 1 == 0 { u64::MAX } else { 0 }, if code & 2 == 0 { u64::MAX } else { 0 });
                let left = planes.len % 64;
                let last = if left == 0 { u64::MAX } else { (1 << left) - 1 };
                let count = lows.len();
                for (code, _) in (0..FEW).zip(wanted).filter(|(_, wanted)| **wanted) {
                    let (low_flip, high_flip) = flips(code);
                    let planes = lows.iter().zip(highs);
                    for (at, (word, (low, high))) in words.iter_mut().zip(planes).enumerate() {
                        let inside = if at + 1 == count { last } else { u64::MAX };
                        *word |= (low ^ low_flip) & (high ^ high_flip) & inside;
                    }
                }
            }
            Self::Byte(codes) => mark_bytes(words, &[codes.get(from..).unwrap_or_default()], wanted),
            Self::Short(codes) => {
                let mut table = vec![0_u8; 1 << 16];
                fill(&mut table, wanted);
                let of = |code: u16| table.get(usize::from(code)).copied().unwrap_or(0);
                mark(words, codes.get(from..).unwrap_or_default(), of);
            }
            Self::Long(codes) => {
                let of = |code: u32| wanted.get(code as usize).copied().map_or(0, u8::from);
                mark(words, codes.get(from..).unwrap_or_default(), of);
            }
        }
    }

    /// The numbers from a position on where each is a byte, to be looked at beside others.
    pub(super) fn bytes_from(&self, from: usize) -> Option<&[u8]> {
        match self {
            Self::Byte(codes) => Some(codes.get(from..).unwrap_or_default()),
            Self::Few(_) | Self::Short(_) | Self::Long(_) => None,
        }
    }

    /// Adds to `found` the events of `among` whose number is wanted.
    pub(super) fn mark_among(&self, wanted: &Wanted, among: &Mask, found: &mut Mask) {
        match self {
            Self::Few(planes) => {
                among.each(|at| {
                    if wanted.has(planes.get(at)) == 1 && at < planes.len {
                        found.set(at);
                    }
                });
            }
            Self::Byte(codes) => mark_among(codes, wanted, among, found),
            Self::Short(codes) => mark_among(codes, wanted, among, found),
            Self::Long(codes) => mark_among(codes, wanted, among, found),
        }
    }

    /// Tells the numbers of these positions. Nothing waits for what memory answers, so that it is asked for many at once.
    pub(super) fn each_of(&self, positions: &[u32], mut tell: impl FnMut(u32, u32)) {
        match self {
            Self::Few(planes) => positions.iter().for_each(|at| tell(*at, planes.get(*at as usize))),
            Self::Byte(codes) => positions.iter().for_each(|at| tell(*at, number(codes, *at))),
            Self::Short(codes) => positions.iter().for_each(|at| tell(*at, number(codes, *at))),
            Self::Long(codes) => positions.iter().for_each(|at| tell(*at, number(codes, *at))),
        }
    }

    /// The numbers of these positions.
    pub(super) fn of(&self, positions: &[u32]) -> Vec<u32> {
        match self {
            Self::Few(planes) => positions.iter().map(|at| planes.get(*at as usize)).collect(),
            Self::Byte(codes) => positions.iter().map(|at| number(codes, *at)).collect(),
            Self::Short(codes) => positions.iter().map(|at| number(codes, *at)).collect(),
            Self::Long(codes) => positions.iter().map(|at| number(codes, *at)).collect(),
        }
    }

    /// Whether looking at every number costs next to nothing.
    pub(super) const fn is_cheap(&self) -> bool {
        matches!(self, Self::Few(_) | Self::Byte(_))
    }

    /// Lets go of what was set aside for more.
    pub(super) fn shrink(&mut self) {
        match self {
            Self::Few(planes) => {
                planes.low.shrink_to_fit();
                planes.high.shrink_to_fit();
            }
            Self::Byte(codes) => codes.shrink_to_fit(),
            Self::Short(codes) => codes.shrink_to_fit(),
            Self::Long(codes) => codes.shrink_to_fit(),
        }
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Few(planes) => (planes.low.capacity() + planes.high.capacity()) * size_of::<u64>(),
            Self::Byte(codes) => codes.capacity(),
            Self::Short(codes) => codes.capacity() * size_of::<u16>(),
            Self::Long(codes) => codes.capacity() * size_of::<u32>(),
        }
    }
}

/// The number of an event; 0 beyond the last.
#[inline]
fn number<T: Copy + Into<u32>>(codes: &[T], at: u32) -> u32 {
    codes.get(at as usize).copied().map_or(0, Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers below `below`, as they would be kept.
    fn drawn(below: u32, count: u32) -> (Vec<u32>, Codes) {
        let plain: Vec<u32> = (0..count).map(|at| at.wrapping_mul(2_654_435_761) >> 7).map(|at| at % below).collect();
        let mut codes = Codes::default();
        plain.iter().for_each(|code| codes.push(*code));
        (plain, codes)
    }

    #[test]
    fn every_width_keeps_finds_and_reorders_its_numbers() {
        let sizes = [(2, 700), (4, 700), (200, 700), (200, 640), (4_000, 9_000), (100_000, 9_000)];
        // Of 200 numbers 67 are wanted, then 8, 7, 4, 3 and 1.
        for ((below, count), step) in
            sizes.into_iter().flat_map(|size| [3, 27, 31, 50, 90, 999].map(|step| (size, step)))
        {
            let (plain, mut codes) = drawn(below, count);
            let wanted: Vec<bool> = (0..below).map(|code| code % step == 0).collect();
            let check = |plain: &[u32], codes: &Codes| {
                assert_eq!(codes.len(), plain.len());
                assert!(plain.iter().enumerate().all(|(at, code)| codes.get(at) == *code), "below {below}");
                for from in [0, 128] {
                    let mut found = Mask::none(plain.len());
                    codes.mark(&wanted, from, &mut found);
                    let mut told = Vec::new();
                    found.each(|at| told.push(at));
                    let expected = (from..plain.len()).filter(|at| plain[*at].is_multiple_of(step));
                    assert_eq!(told, expected.collect::<Vec<_>>(), "below {below} from {from}");
                }
                let positions = [3, 0, plain.len() as u32, 77];
                let mut told = Vec::new();
                codes.each_of(&positions, |at, code| told.push((at, code)));
                let mut among = Mask::none(plain.len());
                (0..plain.len()).filter(|at| at % 3 != 1).for_each(|at| among.set(at));
                let mut found = Mask::none(plain.len());
                codes.mark_among(&Wanted::new(&wanted), &among, &mut found);
                let is_found = |at: &u32| at % 3 != 1 && plain[*at as usize].is_multiple_of(step);
                assert_eq!(
                    found.positions(found.count()),
                    (0..plain.len() as u32).filter(is_found).collect::<Vec<_>>()
                );
                let expected = positions.map(|at| plain.get(at as usize).copied().unwrap_or(0));
                assert_eq!(codes.of(&positions), expected);
                let expected = positions.map(|at| (at, plain.get(at as usize).copied().unwrap_or(0)));
                assert_eq!(told, expected);
            };
            check(&plain, &codes);
            let from = 77;
            let order: Vec<u32> = (from..count).rev().collect();
            codes.reorder(from as usize, &order);
            let mut plain = plain;
            plain[from as usize..].reverse();
            check(&plain, &codes);
            codes.fill(plain.len() + 3);
            plain.extend([0; 3]);
            check(&plain, &codes);
        }
    }
}
