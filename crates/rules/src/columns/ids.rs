//! The ids of events: they order what happened at one time, and name what contributed to a firing.

use std::cmp::Ordering;

use smol_str::SmolStr;

/// Ids by the position of events.
#[derive(Debug)]
pub(super) enum Ids {
    /// Stored events have UUIDs, whose numbers are in the order of their texts.
    Uuids(Vec<u128>),
    Texts(Vec<SmolStr>),
}

impl Default for Ids {
    fn default() -> Self {
        Self::Uuids(Vec::new())
    }
}

impl Ids {
    pub(super) fn push(&mut self, id: &str) {
        if let (Self::Uuids(ids), None) = (&*self, number(id)) {
            *self = Self::Texts(ids.iter().map(|id| text(*id).into()).collect());
        }
        match self {
            Self::Uuids(ids) => ids.extend(number(id)),
            Self::Texts(ids) => ids.push(id.into()),
        }
    }

    /// A UUID in its usual form, by its bytes.
    pub(super) fn push_uuid(&mut self, bytes: [u8; 16]) {
        let id = u128::from_be_bytes(bytes);
        match self {
            Self::Uuids(ids) => ids.push(id),
            Self::Texts(ids) => ids.push(text(id).into()),
        }
    }

    /// The id as it was written.
    pub(super) fn get(&self, at: usize) -> String {
        match self {
            Self::Uuids(ids) => ids.get(at).map(|id| text(*id)).unwrap_or_default(),
            Self::Texts(ids) => ids.get(at).map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// Whether other ids have the same at a position.
    pub(super) fn same(&self, other: &Self, at: usize) -> bool {
        match (self, other) {
            (Self::Uuids(ids), Self::Uuids(others)) => ids.get(at) == others.get(at),
            (Self::Texts(ids), Self::Texts(others)) => ids.get(at) == others.get(at),
            (Self::Uuids(_), Self::Texts(_)) | (Self::Texts(_), Self::Uuids(_)) => self.get(at) == other.get(at),
        }
    }

    /// How the ids of two positions stand to one another.
    pub(super) fn compare(&self, left: usize, right: usize) -> Ordering {
        match self {
            Self::Uuids(ids) => ids.get(left).cmp(&ids.get(right)),
            Self::Texts(ids) => ids.get(left).cmp(&ids.get(right)),
        }
    }

    /// Puts what stands from `from` on into another order: the numbers of `order` are positions before.
    pub(super) fn reorder(&mut self, from: usize, order: &[u32]) {
        match self {
            Self::Uuids(ids) => reorder(ids, from, order),
            Self::Texts(ids) => reorder(ids, from, order),
        }
    }

    /// Lets go of what was set aside for more.
    pub(super) fn shrink(&mut self) {
        match self {
            Self::Uuids(ids) => ids.shrink_to_fit(),
            Self::Texts(ids) => ids.shrink_to_fit(),
        }
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Uuids(ids) => ids.capacity() * size_of::<u128>(),
            Self::Texts(ids) => {
                let long = ids.iter().filter(|id| id.is_heap_allocated()).map(|id| id.len()).sum::<usize>();
                ids.capacity() * size_of::<SmolStr>() + long
            }
        }
    }
}

/// Puts what stands from `from` on into another order.
fn reorder<T: Clone>(all: &mut Vec<T>, from: usize, order: &[u32]) {
    let tail: Vec<T> = order.iter().filter_map(|at| all.get(*at as usize).cloned()).collect();
    all.truncate(from);
    all.extend(tail);
}

/// Where hyphens stand in a UUID.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const UUID_LENGTH: usize = 36;

/// The number of a UUID in its usual form, lower case; no other text is taken, so that the text can be written again.
fn number(id: &str) -> Option<u128> {
    let bytes = id.as_bytes();
    if bytes.len() != UUID_LENGTH {
        return None;
    }
    bytes.iter().enumerate().try_fold(0, |number, (at, byte)| match byte {
        b'-' if HYPHENS.contains(&at) => Some(number),
        _ if HYPHENS.contains(&at) => None,
        b'0'..=b'9' => Some(number << 4 | u128::from(byte - b'0')),
        b'a'..=b'f' => Some(number << 4 | u128::from(byte - b'a' + 10)),
        _ => None,
    })
}

fn text(number: u128) -> String {
    let digits = format!("{number:032x}");
    let mut text = String::with_capacity(UUID_LENGTH);
    for (at, digit) in digits.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_as_written_in_the_order_of_their_texts() {
        let uuids = ["0190163d-8694-739b-aea5-966c26f8ad91", "f1a3f7b1-0000-4000-8000-00000000000a"];
        let others = ["", "9", "10", "0190163D-8694-739b-aea5-966c26f8ad91", "0190163d+8694-739b-aea5-966c26f8ad91"];
        let mut ids = Ids::default();
        uuids.iter().for_each(|id| ids.push(id));
        assert!(matches!(ids, Ids::Uuids(_)));
        let check = |ids: &Ids, all: &[&str]| {
            for (left, id) in all.iter().enumerate() {
                assert_eq!(ids.get(left), *id);
                assert!((0..all.len()).all(|right| ids.compare(left, right) == id.cmp(&all[right])), "{id}");
            }
        };
        check(&ids, &uuids);
        others.iter().for_each(|id| ids.push(id));
        check(&ids, &[uuids.as_slice(), others.as_slice()].concat());
        let mut by_bytes = (Ids::default(), ids.get(1));
        by_bytes.0.push_uuid(number(uuids[1]).unwrap_or_default().to_be_bytes());
        assert_eq!(by_bytes.0.get(0), by_bytes.1);
        ids.reorder(1, &[6, 5, 4, 3, 2, 1]);
        assert_eq!((ids.get(0).as_str(), ids.get(1).as_str(), ids.get(6).as_str()), (uuids[0], others[4], uuids[1]));
    }
}
