//! Pairs of a rule and a group. Nine in ten matches make a new pair, and most pairs never see a third event, so a pair
//! with two events in its window stands in sixteen bytes where it is found, and one place in memory is all it takes. What
//! holds more, or has fired, stands elsewhere.

use std::hash::BuildHasher as _;
use std::num::NonZeroU32;
use std::sync::Arc;

use foldhash::fast::RandomState;
use tocsin_model::firing::GroupValue;
use tocsin_model::time::Timestamp;

use super::window::Window;
use crate::table::{half, spread};

/// No event: numbers are smaller.
const NONE: u32 = u32::MAX;
/// Most events that a pair holds where it is found.
pub(super) const EARLY: usize = 2;
/// A table is at most so full, as one of so many parts: most look-ups are for what is not there, and end at the first
/// free place.
const PARTS: usize = 2;
/// Places of a small table.
const SMALL: usize = 1 << 15;

/// A rule and a group, where it is found.
#[derive(Debug)]
#[repr(align(16))]
struct Place {
    /// One more than the rule's number: so that a table needs no room to say that a place is free.
    rule: NonZeroU32,
    group: u32,
    /// The numbers of its events, or none and where the pair stands.
    first: u32,
    second: u32,
}

/// What holds many events or has fired.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(super) struct Pair {
    pub(super) window: Window,
    pub(super) fired: Option<Timestamp>,
    /// How the first event spelt the group, when others did otherwise before.
    pub(super) spelt: Option<Box<Arc<[GroupValue]>>>,
}

/// Where a pair was found.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// Nowhere: it was made.
    New(Early<'a>),
    /// It holds two events at most.
    Early(Early<'a>),
    /// It stands there.
    At(usize),
}

/// A pair with two events at most.
#[derive(Debug)]
pub(super) struct Early<'a>(&'a mut Place);

impl Early<'_> {
    /// Lets go of the events before `first`; gives how many are left.
    pub(super) fn leave(&mut self, first: u32) -> usize {
        let place = &mut *self.0;
        if place.first < first {
            (place.first, place.second) = (place.second, NONE);
        }
        if place.first < first {
            place.first = NONE;
        }
        usize::from(place.first != NONE) + usize::from(place.second != NONE)
    }

    /// Adds an event; there is room for two.
    pub(super) const fn push(&mut self, number: u32) {
        let place = &mut *self.0;
        if place.first == NONE { place.first = number } else { place.second = number }
    }

    /// The events that it holds, in order.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        [self.0.first, self.0.second].into_iter().filter(|number| *number != NONE)
    }

    /// The pair stands there from now on.
    pub(super) const fn stands_at(&mut self, at: usize) {
        (self.0.first, self.0.second) = (NONE, at as u32);
    }
}

impl Place {
    /// Where the pair stands, if not here. A second event without a first there is not.
    fn full(&self) -> Option<usize> {
        (self.first == NONE && self.second != NONE).then_some(self.second as usize)
    }
}

/// All pairs, by rule and group.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// None, or a power of two; what does not fit where its hash says stands behind. Nothing is ever taken out.
    places: Vec<Option<Place>>,
    len: usize,
    /// Numbers of groups are given in turn, but senders choose which of them a rule sees.
    hasher: RandomState,
}

impl Pairs {
    /// The hash of a pair, by which [`Self::find`] finds it.
    #[inline]
    pub(super) fn hash(&self, rule: u32, group: u32) -> u32 {
        self.hash_of(number(rule), group)
    }

    #[inline]
    fn hash_of(&self, rule: NonZeroU32, group: u32) -> u32 {
        half(self.hasher.hash_one(u64::from(rule.get()) << 32 | u64::from(group)))
    }

    /// Whether anything is where [`Self::find`] begins to look.
    #[inline]
    pub(super) fn peek(&self, hash: u32) -> bool {
        self.places.get(spread(hash, self.places.len())).is_some_and(Option::is_some)
    }

    /// Finds a pair; a new one is made.
    #[inline]
    pub(super) fn find(&mut self, rule: u32, group: u32, hash: u32) -> Option<Found<'_>> {
        if self.len * PARTS >= self.places.len() {
            self.grow();
        }
        let rule = number(rule);
        let mut at = spread(hash, self.places.len());
        // Some places are always free, so this ends.
        while let Some(place) = self.places.get(at)?
            && (place.rule != rule || place.group != group)
        {
            at = (at + 1) & (self.places.len() - 1);
        }
        let place = self.places.get_mut(at)?;
        Some(match place {
            Some(place) => place.full().map_or(Found::Early(Early(place)), Found::At),
            None => {
                self.len += 1;
                Found::New(Early(place.insert(Place { rule, group, first: NONE, second: NONE })))
            }
        })
    }

    #[cold]
    fn grow(&mut self) {
        // A small one goes further: nothing is waited for so often as for room that has never been used.
        let more = if self.places.len() < SMALL { 4 } else { 2 };
        let size = (self.places.len() * more).max(16);
        let more = std::iter::repeat_with(|| None).take(size).collect();
        let before = std::mem::replace(&mut self.places, more);
        for one in before.into_iter().flatten() {
            let mut at = spread(self.hash_of(one.rule, one.group), size);
            while self.places.get(at).is_some_and(Option::is_some) {
                at = (at + 1) & (size - 1);
            }
            if let Some(free) = self.places.get_mut(at) {
                *free = Some(one);
            }
        }
    }

    /// Takes as much off every number; events below are gone.
    pub(super) fn renumber(&mut self, off: u32) {
        for place in self.places.iter_mut().flatten().filter(|place| place.full().is_none()) {
            Early(place).leave(off);
            for number in [&mut place.first, &mut place.second] {
                if *number != NONE {
                    *number -= off;
                }
            }
        }
    }

    /// How many pairs there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// How many hold one event or two.
    pub(super) fn early(&self) -> usize {
        self.places.iter().flatten().filter(|place| place.first != NONE).count()
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<Option<Place>>()
    }
}

/// A rule's number and one more.
const fn number(rule: u32) -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(rule)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn find(pairs: &mut Pairs, rule: u32, group: u32) -> Option<Found<'_>> {
        pairs.find(rule, group, pairs.hash(rule, group))
    }

    fn early(found: Option<Found<'_>>, is_new: bool) -> Early<'_> {
        match found.unwrap() {
            Found::New(early) if is_new => early,
            Found::Early(early) if !is_new => early,
            found @ (Found::New(_) | Found::Early(_) | Found::At(_)) => panic!("{found:?}"),
        }
    }

    #[test]
    fn a_pair_is_found_where_it_was_made_however_many_there_are() {
        assert_eq!(size_of::<Option<Place>>(), 16);
        assert_eq!(size_of::<Pair>(), 64);
        let mut pairs = Pairs::default();
        let all = || (0..40).flat_map(|rule| (0..50).map(move |group| (rule, group)));
        for (rule, group) in all() {
            early(find(&mut pairs, rule, group), true).push(rule + group);
        }
        assert_eq!((pairs.len(), pairs.early()), (2_000, 2_000));
        for (rule, group) in all() {
            assert!(pairs.peek(pairs.hash(rule, group)));
            let mut early = early(find(&mut pairs, rule, group), false);
            assert!(early.numbers().eq([rule + group]));
            if group % 2 == 0 {
                early.stands_at(group as usize);
            }
        }
        assert!(all().all(|(rule, group)| match find(&mut pairs, rule, group).unwrap() {
            Found::At(at) => group % 2 == 0 && at == group as usize,
            Found::Early(_) => group % 2 == 1,
            Found::New(_) => false,
        }));
        assert_eq!(pairs.early(), 1_000);
        assert!(pairs.bytes() <= 2_000 * 16 * 2 * PARTS);
    }

    #[test]
    fn events_leave_in_order_and_are_numbered_anew() {
        let mut pairs = Pairs::default();
        let mut one = early(find(&mut pairs, 7, 7), true);
        one.push(5);
        one.push(9);
        assert_eq!((one.leave(5), one.leave(6)), (2, 1));
        one.push(10);
        assert!(one.numbers().eq([9, 10]));
        pairs.renumber(4);
        assert!(early(find(&mut pairs, 7, 7), false).numbers().eq([5, 6]));
        pairs.renumber(6);
        let mut one = early(find(&mut pairs, 7, 7), false);
        assert!(one.numbers().eq([0]));
        assert_eq!((one.leave(1), pairs.early(), pairs.len()), (0, 0, 1));
    }
}
