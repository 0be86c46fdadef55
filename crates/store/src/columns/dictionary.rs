//! The different texts of a field, each with a number.

use hashbrown::HashTable;
use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use memchr::memmem;

use super::codes::put;

use crate::sql::{folded, holds};

/// Bytes of text that are looked through at once.
const PORTION: usize = 64 * 1024;

/// The number of “no text”.
pub(crate) const ABSENT: u32 = 0;

/// Texts and their numbers, from 1 on. Texts are never taken out: what no alert says any more costs little.
#[derive(Debug)]
pub(crate) struct Dictionary {
    text: String,
    /// Where each text ends in `text`; the first is that of [`ABSENT`].
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: RandomState,
    /// The place of each number by the alphabet, once it was asked for.
    ranks: Mutex<Option<Arc<Ranks>>>,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self {
            text: String::new(),
            ends: vec![0],
            numbers: HashTable::new(),
            hasher: RandomState::new(),
            ranks: Mutex::new(None),
        }
    }
}

impl Dictionary {
    /// The number of a text, a new one when it has none yet.
    pub(crate) fn number(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text else { return ABSENT };
        let hash = self.hasher.hash_one(text);
        let (whole, ends) = (&self.text, &self.ends);
        if let Some(&number) = self.numbers.find(hash, |&number| at(whole, ends, number) == text) {
            return number;
        }
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        if self.text.capacity() - self.text.len() < text.len() {
            // A little at a time: there are long dictionaries, and many.
            self.text.reserve_exact(text.len() + self.text.len() / 8 + 256);
        }
        self.text.push_str(text);
        put(&mut self.ends, number as usize, self.text.len());
        let (whole, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        self.numbers.insert_unique(hash, number, |&number| hasher.hash_one(at(whole, ends, number)));
        number
    }

    /// The text of a number.
    pub(crate) fn text(&self, number: u32) -> Option<&str> {
        (number != ABSENT).then(|| at(&self.text, &self.ends, number))
    }

    /// Numbers that are in use, [`ABSENT`] included.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 8 + self.numbers.capacity() * 5
    }

    /// The places of all texts by the alphabet, whatever the case; no text stands where the empty one does.
    pub(crate) fn ranks(&self) -> Arc<Ranks> {
        let mut kept = self.ranks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ranks) = kept.as_ref().filter(|ranks| ranks.places.len() == self.len()) {
            return Arc::clone(ranks);
        }
        let ranks = Arc::new(Ranks::of(self, kept.take().as_deref()));
        *kept = Some(Arc::clone(&ranks));
        ranks
    }

    /// Of each number from `from` on, whether its text holds a folded needle.
    pub(crate) fn holding(&self, needle: &str, from: usize) -> Vec<bool> {
        let mut fits = vec![false; self.len().saturating_sub(from)];
        let finder = memmem::Finder::new(needle.as_bytes());
        let mut first = from.max(1);
        while let Some(start) = first.checked_sub(1).and_then(|before| self.ends.get(before)).copied() {
            // So many texts at once that they stay in the cache, at least one.
            let next =
                self.ends.partition_point(|end| *end < start + PORTION).clamp(first + 1, self.len().max(first + 1));
            let Some(end) = self.ends.get(next - 1).copied() else { break };
            let texts = self.text.get(start..end).unwrap_or_default();
            if texts.is_ascii() && !needle.is_empty() {
                let lower = texts.to_ascii_lowercase();
                let (mut number, mut at) = (first, 0);
                while let Some(found) = lower.get(at..).and_then(|left| finder.find(left.as_bytes())) {
                    number += self.ends[number..next].partition_point(|end| *end <= start + at + found);
                    // It may begin in one text and end in the next.
                    let whole = start + at + found + needle.len() <= self.ends[number];
                    fits[number - from] |= whole;
                    at = if whole { self.ends[number] - start } else { at + found + 1 };
                }
            } else {
                for number in first..next {
                    fits[number - from] = u32::try_from(number)
                        .ok()
                        .and_then(|number| self.text(number))
                        .is_some_and(|text| holds(text, needle));
                }
            }
            first = next;
        }
        fits
    }

    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    fn folded(&self, number: u32) -> Cow<'_, str> {
        folded(self.text(number).unwrap_or_default())
    }
}

fn at<'a>(whole: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(number).and_then(|end| whole.get(start..*end)).unwrap_or_default()
}

/// Texts by the alphabet.
#[derive(Debug)]
pub(crate) struct Ranks {
    /// Of each number: odd, growing with the text, equal for texts that differ in case only.
    places: Arc<Vec<u32>>,
    /// The numbers in order.
    order: Vec<u32>,
}

impl Ranks {
    /// New texts are put between those that are in order already.
    fn of(texts: &Dictionary, before: Option<&Self>) -> Self {
        let known = before.map_or(0, |ranks| ranks.places.len());
        let mut fresh: Vec<(Cow<'_, str>, u32)> = (known..texts.len())
            .filter_map(|number| u32::try_from(number).ok())
            .map(|number| (texts.folded(number), number))
            .collect();
        fresh.sort_unstable();
        let mut order = Vec::with_capacity(texts.len());
        let mut old = before.map_or(&[][..], |ranks| &ranks.order);
        for (text, number) in fresh {
            let first = old.partition_point(|&other| texts.folded(other) < text);
            order.extend_from_slice(&old[..first]);
            order.push(number);
            old = &old[first..];
        }
        order.extend_from_slice(old);
        let (mut places, mut place, mut last) = (vec![0; texts.len()], 1u32, None::<Cow<'_, str>>);
        for &number in &order {
            let text = texts.folded(number);
            if last.as_ref().is_some_and(|last| *last != text) {
                place += 2;
            }
            places[number as usize] = place;
            last = Some(text);
        }
        Self { places: Arc::new(places), order }
    }

    /// The places of all numbers.
    pub(crate) fn places(&self) -> Arc<Vec<u32>> {
        Arc::clone(&self.places)
    }

    /// The place of a number.
    pub(crate) fn place(&self, number: u32) -> i64 {
        self.places.get(number as usize).map_or(0, |&place| i64::from(place))
    }

    /// Where a folded text stands or would stand.
    pub(crate) fn place_of(&self, texts: &Dictionary, text: &str) -> i64 {
        let first = self.order.partition_point(|&number| *texts.folded(number) < *text);
        match self.order.get(first) {
            Some(&number) if texts.folded(number) == text => self.place(number),
            Some(&number) => self.place(number) - 1,
            None => i64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needle_is_found_in_the_texts_that_hold_it_and_in_no_others() {
        let mut texts = Dictionary::default();
        for number in 0..5_000 {
            let odd = if number % 701 == 700 { "\u{212a}elvin \u{c4}rger" } else { "" };
            texts.number(Some(&format!("Alert {number} of Many {odd}x{}", number % 7)));
        }
        texts.number(Some(""));
        texts.number(Some("last"));
        for needle in ["x3al", "alert 49", "ma", "x", "kelvin \u{e4}", "\u{e4}", "k", "", "last", "lasts", "0 of many "]
        {
            let plain = |number| texts.text(number).is_some_and(|text| folded(text).contains(needle));
            let expected: Vec<bool> = (0..5_003).map(plain).collect();
            assert_eq!(texts.holding(needle, 0), expected, "{needle}");
            assert_eq!(texts.holding(needle, 2_000), expected[2_000..], "{needle}");
            assert_eq!(texts.holding(needle, 5_003), [false; 0], "{needle}");
        }
    }

    #[test]
    fn every_text_has_one_number_and_its_place() {
        let mut texts = Dictionary::default();
        let words = ["b", "", "a", "B", "ä", "c"];
        let numbers: Vec<u32> = words.iter().map(|word| texts.number(Some(word))).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
        assert_eq!(texts.number(None), ABSENT);
        assert_eq!(texts.number(Some("B")), 4);
        assert_eq!(texts.text(5), Some("ä"));
        assert_eq!(texts.text(ABSENT), None);
        let ranks = texts.ranks();
        assert_eq!([0, 2, 3, 1, 4, 6, 5].map(|number| ranks.place(number)), [1, 1, 3, 5, 5, 7, 9]);
        texts.number(Some("aa"));
        let ranks = texts.ranks();
        assert_eq!([0, 3, 7, 1, 4, 6, 5].map(|number| ranks.place(number)), [1, 3, 5, 7, 7, 9, 11]);
        assert_eq!(ranks.place_of(&texts, "b"), 7);
        assert_eq!(ranks.place_of(&texts, "ab"), 6);
        assert_eq!(ranks.place_of(&texts, "z"), 10);
        assert_eq!(ranks.place_of(&texts, "öö"), i64::MAX);
    }
}
