//! The first alerts of an order with few different keys: key after key, and those of a key by arrival.

use super::bitmap::Bitmap;
use super::codes::Codes;
use super::page::{Keys, Order, Place};

/// A code is a byte.
const CODES: usize = 256;

/// The codes of one key of the order.
struct Group {
    key: i64,
    members: [bool; CODES],
    /// Alerts that have it.
    count: usize,
}

impl Order<'_> {
    /// The first `wanted` slots of `bits` after a place, in order; none when there are too many different keys.
    pub(super) fn first_of_groups(&self, bits: &Bitmap, after: Option<Place>, wanted: usize) -> Option<Vec<usize>> {
        let (codes, list) = match &self.keys {
            Keys::Numbers(codes @ Codes::Narrow(list)) | Keys::Places(codes @ Codes::Narrow(list), _) => (codes, list),
            Keys::Numbers(_) | Keys::Places(..) | Keys::Instants(_) | Keys::Occurrences | Keys::Arrival => return None,
        };
        let (mut found, mut small, mut waiting) = (Vec::new(), [false; CODES], 0);
        for group in self.groups(&codes.count(bits, CODES)) {
            let left = wanted.saturating_sub(found.len() + waiting);
            let from = after.filter(|after| after.0 == group.key).map(|after| after.1);
            if left == 0 {
                break;
            } else if after.is_some_and(|after| group.key < after.0) {
                continue;
            } else if from.is_none() && group.count <= left {
                // Rare ones are gathered in one go.
                (0..CODES).for_each(|code| small[code] |= group.members[code]);
                waiting += group.count;
                continue;
            }
            self.gather(list, bits, &mut small, &mut waiting, &mut found);
            self.scan(list, bits, &group.members, from, left, &mut found);
        }
        self.gather(list, bits, &mut small, &mut waiting, &mut found);
        Some(found)
    }

    /// What occurs, in order.
    fn groups(&self, counts: &[u64]) -> Vec<Group> {
        let occurring = (0u32..).zip(counts).filter(|(_, count)| **count > 0);
        let mut keyed: Vec<(i64, u32, u64)> =
            occurring.map(|(code, count)| (self.key_of(code), code, *count)).collect();
        keyed.sort_unstable();
        let mut groups: Vec<Group> = Vec::new();
        for (key, code, count) in keyed {
            if groups.last().is_none_or(|last| last.key != key) {
                groups.push(Group { key, members: [false; CODES], count: 0 });
            }
            if let Some(group) = groups.last_mut() {
                group.members[code as usize % CODES] = true;
                group.count += usize::try_from(count).unwrap_or(usize::MAX);
            }
        }
        groups
    }

    /// All slots of the small groups, in order.
    fn gather(
        &self,
        list: &[u8],
        bits: &Bitmap,
        small: &mut [bool; CODES],
        waiting: &mut usize,
        found: &mut Vec<usize>,
    ) {
        if *waiting > 0 {
            let before = found.len();
            self.scan(list, bits, small, None, *waiting, found);
            found[before..].sort_unstable_by_key(|slot| self.place(*slot));
            (*small, *waiting) = ([false; CODES], 0);
        }
    }

    /// The first slots with one of some codes after a place among those of their key, by arrival.
    fn scan(
        &self,
        list: &[u8],
        bits: &Bitmap,
        members: &[bool; CODES],
        after: Option<i64>,
        wanted: usize,
        found: &mut Vec<usize>,
    ) {
        let enough = found.len().saturating_add(wanted);
        let among = |place: usize, word: u64| marked(list.get(place * 64..).unwrap_or_default(), word, members);
        if self.descending() {
            let end = after.map_or(bits.len(), |after| usize::try_from(!after).unwrap_or(0).min(bits.len()));
            for (place, &word) in bits.words().iter().enumerate().take(end.div_ceil(64)).rev() {
                let beyond = (place * 64 + 64).saturating_sub(end);
                let mut left = among(place, word & (u64::MAX >> beyond));
                while left != 0 && found.len() < enough {
                    let nth = 63 - left.leading_zeros() as usize;
                    found.push(place * 64 + nth);
                    left &= !(1 << nth);
                }
                if found.len() >= enough {
                    return;
                }
            }
            return;
        }
        let start = after.map_or(0, |after| usize::try_from(after.saturating_add(1)).unwrap_or(0));
        for (place, &word) in bits.words().iter().enumerate().skip(start / 64) {
            let before = start.saturating_sub(place * 64);
            let mut left = among(place, word & (u64::MAX << before));
            while left != 0 && found.len() < enough {
                found.push(place * 64 + left.trailing_zeros() as usize);
                left &= left - 1;
            }
            if found.len() >= enough {
                return;
            }
        }
    }
}

/// The bits of a word whose codes are among some.
fn marked(codes: &[u8], word: u64, members: &[bool; CODES]) -> u64 {
    if word.count_ones() > 8 {
        let codes = codes.iter().take(64).enumerate();
        return word & codes.fold(0, |found, (nth, &code)| found | u64::from(members[usize::from(code)]) << nth);
    }
    let (mut found, mut left) = (0, word);
    while left != 0 {
        let nth = left.trailing_zeros() as usize;
        found |= u64::from(codes.get(nth).is_some_and(|&code| members[usize::from(code)])) << nth;
        left &= left - 1;
    }
    found
}
