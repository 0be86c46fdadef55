//! Which events have a number that is wanted, 64 of them a step.

use super::mask::Mask;

/// As many numbers as a word has bits.
const WORD: usize = 64;

/// A bit for each number that is wanted: those of sixty thousand values fit into the processor's nearest cache.
#[derive(Debug)]
pub(super) struct Wanted(Vec<u64>);

impl Wanted {
    pub(super) fn new(wanted: &[bool]) -> Self {
        let word = |some: &[bool]| some.iter().rev().fold(0, |word, wanted| word << 1 | u64::from(*wanted));
        Self(wanted.chunks(WORD).map(word).collect())
    }

    /// 1 for a number that is wanted.
    #[inline]
    pub(super) fn has(&self, code: u32) -> u64 {
        self.0.get(code as usize / WORD).map_or(0, |word| word >> (code % WORD as u32) & 1)
    }
}

/// Adds the events of `among` whose number is wanted.
pub(super) fn mark_among<T: Copy + Into<u32>>(codes: &[T], wanted: &Wanted, among: &Mask, found: &mut Mask) {
    let words = found.words_mut().iter_mut().zip(among.words());
    for ((word, these), codes) in words.zip(codes.chunks(WORD)) {
        let mut these = *these;
        while these != 0 {
            let at = these.trailing_zeros();
            *word |= codes.get(at as usize).map_or(0, |code| wanted.has((*code).into())) << at;
            these &= these - 1;
        }
    }
}

/// 1 for each number that is wanted.
pub(super) fn fill(table: &mut [u8], wanted: &[bool]) {
    table.iter_mut().zip(wanted).for_each(|(place, wanted)| *place = u8::from(*wanted));
}

/// Adds the bits of what `of` says 1 of, 64 numbers a word.
pub(super) fn mark<T: Copy>(words: &mut [u64], codes: &[T], of: impl Fn(T) -> u8) {
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

/// [`mark`] of up to three rows of bytes at once: an event is marked when any of them has a number that is wanted. When
/// few numbers are, sixteen events at a time are compared with each of them.
pub(super) fn mark_bytes(words: &mut [u64], rows: &[&[u8]], wanted: &[bool]) {
    let those: Vec<u8> = (0..=u8::MAX).zip(wanted).filter(|(_, wanted)| **wanted).map(|(code, _)| code).collect();
    match those.as_slice() {
        [] => {}
        [one] => mark_rows(words, rows, [*one]),
        [one, rest @ ..] if rest.len() < 4 => mark_rows(words, rows, padded::<4>(*one, rest)),
        [one, rest @ ..] if rest.len() < 8 => mark_rows(words, rows, padded::<8>(*one, rest)),
        [..] => {
            let mut table = [0_u8; 1 << 8];
            fill(&mut table, wanted);
            rows.iter().for_each(|row| mark(words, row, |code| table[usize::from(code)]));
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

fn mark_rows<const COUNT: usize>(words: &mut [u64], rows: &[&[u8]], those: [u8; COUNT]) {
    match *rows {
        [one, two, three] => mark_few(words, [one, two, three], those),
        [one, two] => mark_few(words, [one, two], those),
        _ => rows.iter().for_each(|row| mark_few(words, [row], those)),
    }
}

/// Rows may be of different lengths: what only some of them have is marked row by row.
fn mark_few<const ROWS: usize, const COUNT: usize>(words: &mut [u64], rows: [&[u8]; ROWS], those: [u8; COUNT]) {
    let is_wanted = |code: u8| those.iter().fold(false, |any, one| any | (code == *one));
    let whole = rows.map(|row| row.as_chunks::<WORD>().0);
    let common = whole.iter().map(|row| row.len()).min().unwrap_or(0);
    for (at, word) in words.iter_mut().take(common).enumerate() {
        let codes = whole.map(|row| row.get(at).unwrap_or(&[0; WORD]));
        let mut found = [0_u8; WORD];
        for (event, (found, place)) in found.iter_mut().zip(PLACES).enumerate() {
            // No branches: so the compiler takes many codes at once.
            let is_any = codes.iter().fold(false, |any, codes| any | is_wanted(codes[event]));
            *found = if is_any { place } else { 0 };
        }
        *word |= packed(&found);
    }
    for row in rows {
        let rest = row.get(common * WORD..).unwrap_or_default();
        mark(words.get_mut(common..).unwrap_or_default(), rest, |code| u8::from(is_wanted(code)));
    }
}

/// A bit for each byte of a word's numbers: the first of the first eight, the second of the next eight, and so on, so
/// that laying the eights over one another takes no step of its own for each.
const PLACES: [u8; WORD] = {
    let (mut all, mut at) = ([0; WORD], 0);
    while at < WORD {
        all[at] = 1 << (at / 8);
        at += 1;
    }
    all
};

/// A bit for each of [`PLACES`] that is there, in the order of bytes.
fn packed(bytes: &[u8; WORD]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    let all = eights.iter().fold(0, |all, eight| all | u64::from_le_bytes(*eight));
    // Eight rows of eight bits, turned: what stands in a column stands in a row then.
    let swapped = |all: u64, by: u32, which: u64| {
        let differs = (all ^ all >> by) & which;
        all ^ differs ^ differs << by
    };
    let twos = swapped(all, 7, 0x00aa_00aa_00aa_00aa);
    let fours = swapped(twos, 14, 0x0000_cccc_0000_cccc);
    swapped(fours, 28, 0x0000_0000_f0f0_f0f0)
}
