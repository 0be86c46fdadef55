//! A small number for each event, in as few bytes as the largest one needs.

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
            Self::Byte(codes) => mark_bytes(words, codes.get(from..).unwrap_or_default(), wanted),
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

    /// Tells the numbers of these positions. Nothing waits for what memory answers, so that it is asked for many at once.
    pub(super) fn each_of(&self, positions: &[u32], mut tell: impl FnMut(u32, u32)) {
        match self {
            Self::Few(planes) => positions.iter().for_each(|at| tell(*at, planes.get(*at as usize))),
            Self::Byte(codes) => positions.iter().for_each(|at| tell(*at, number(codes, *at))),
            Self::Short(codes) => positions.iter().for_each(|at| tell(*at, number(codes, *at))),
            Self::Long(codes) => positions.iter().for_each(|at| tell(*at, number(codes, *at))),
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

fn fill(table: &mut [u8], wanted: &[bool]) {
    table.iter_mut().zip(wanted).for_each(|(place, wanted)| *place = u8::from(*wanted));
}

/// The number of an event; 0 beyond the last.
#[inline]
fn number<T: Copy + Into<u32>>(codes: &[T], at: u32) -> u32 {
    codes.get(at as usize).copied().map_or(0, Into::into)
}

/// As many numbers as a word has bits.
const WORD: usize = 64;

/// Adds the bits of what `of` says 1 of, 64 numbers a word.
fn mark<T: Copy>(words: &mut [u64], codes: &[T], of: impl Fn(T) -> u8) {
    let (whole, rest) = codes.as_chunks::<WORD>();
    for (word, codes) in words.iter_mut().zip(whole) {
        *word |= bits(codes, &of);
    }
    if let Some(word) = words.get_mut(whole.len()) {
        *word |= bits(rest, &of);
    }
}

#[inline]
fn bits<T: Copy>(codes: &[T], of: impl Fn(T) -> u8) -> u64 {
    codes.iter().enumerate().fold(0, |bits, (at, code)| bits | u64::from(of(*code)) << at)
}

/// [`mark`] of bytes. When few numbers are wanted, sixteen at a time are compared with each of them.
fn mark_bytes(words: &mut [u64], codes: &[u8], wanted: &[bool]) {
    let those: Vec<u8> = (0..=u8::MAX).zip(wanted).filter(|(_, wanted)| **wanted).map(|(code, _)| code).collect();
    match those.as_slice() {
        [] => {}
        [one] => mark_few(words, codes, [*one]),
        [one, rest @ ..] if rest.len() < 4 => mark_few(words, codes, padded::<4>(*one, rest)),
        [one, rest @ ..] if rest.len() < 8 => mark_few(words, codes, padded::<8>(*one, rest)),
        [..] => {
            let mut table = [0_u8; 1 << 8];
            fill(&mut table, wanted);
            mark(words, codes, |code| table[usize::from(code)]);
        }
    }
}

/// So many numbers: the first again where there are fewer.
fn padded<const COUNT: usize>(one: u8, rest: &[u8]) -> [u8; COUNT] {
    let mut all = [one; COUNT];
    all.iter_mut().zip(rest).for_each(|(place, code)| *place = *code);
    // The first has to be there as well; the caller leaves room for it.
    if let Some(last) = all.last_mut() {
        *last = one;
    }
    all
}

fn mark_few<const COUNT: usize>(words: &mut [u64], codes: &[u8], those: [u8; COUNT]) {
    let (whole, rest) = codes.as_chunks::<WORD>();
    for (word, codes) in words.iter_mut().zip(whole) {
        let mut found = [0_u8; WORD];
        for (found, code) in found.iter_mut().zip(codes) {
            // No branches: so the compiler takes many codes at once.
            let is_any = those.iter().fold(false, |any, one| any | (code == one));
            *found = if is_any { u8::MAX } else { 0 };
        }
        *word |= packed(&found);
    }
    if let Some(word) = words.get_mut(whole.len()) {
        *word |= bits(rest, |code| u8::from(those.contains(&code)));
    }
}

/// The lowest bits of bytes.
fn packed(bytes: &[u8; WORD]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    // The product has the eight bits side by side in its highest byte.
    let eight = |bytes: &[u8; 8]| {
        (u64::from_le_bytes(*bytes) & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56
    };
    eights.iter().enumerate().fold(0, |bits, (at, bytes)| bits | eight(bytes) << (at * 8))
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
