//! What events say of one field.

use std::collections::BTreeMap;

use tocsin_model::field::Field;
use tocsin_model::value::Value;

use super::codes::Codes;
use super::dictionary::{Dictionary, MISSING};
use super::mark::{Wanted, mark_bytes};
use super::mask::Mask;
use super::postings::Postings;

/// Members of a set that stand beside one another; those beyond are kept elsewhere, since few sets are larger.
const INLINE: usize = 3;

/// The values of a field by the position of events.
#[derive(Debug)]
pub(super) struct Column {
    field: Field,
    values: Dictionary,
    /// The first value of each event, then the second and third as far as any event has so many: a later one is as
    /// long as the last event that has it.
    slots: Vec<Codes>,
    /// The fourth value and those after it.
    rest: BTreeMap<u32, Box<[u32]>>,
    /// Of a set of few different values: the events of each, as far as they had come when it was made.
    postings: Option<Postings>,
    len: usize,
}

impl Column {
    pub(super) fn new(field: Field) -> Self {
        Self {
            field,
            values: Dictionary::default(),
            slots: vec![Codes::default()],
            rest: BTreeMap::new(),
            postings: None,
            len: 0,
        }
    }

    pub(super) const fn field(&self) -> &Field {
        &self.field
    }

    pub(super) const fn values(&self) -> &Dictionary {
        &self.values
    }

    /// Adds what the next event says; nothing when the field is missing.
    pub(super) fn push(&mut self, value: Option<&Value>) {
        let members = value.map(|value| value.members()).unwrap_or_default();
        if members.is_empty()
            && let Some(first) = self.slots.first_mut()
        {
            first.push(MISSING);
        }
        let mut rest = Vec::new();
        for (at, member) in members.iter().enumerate() {
            let code = self.values.code(member);
            if at >= INLINE {
                rest.push(code);
                continue;
            }
            if self.slots.len() == at {
                self.slots.push(Codes::default());
            }
            if let Some(slot) = self.slots.get_mut(at) {
                slot.fill(self.len);
                slot.push(code);
            }
        }
        if !rest.is_empty() {
            self.rest.insert(self.len as u32, rest.into());
        }
        self.len += 1;
    }

    /// Whether no event has more than one value.
    pub(super) fn is_single(&self) -> bool {
        self.slots.len() == 1
    }

    /// The number of an event's first value.
    #[inline]
    pub(super) fn first(&self, at: usize) -> u32 {
        self.slots.first().map_or(MISSING, |slot| slot.get(at))
    }

    /// Tells the number of each value of an event.
    #[inline]
    pub(super) fn each(&self, at: usize, mut tell: impl FnMut(u32)) {
        for slot in &self.slots {
            match slot.get(at) {
                MISSING => return,
                code => tell(code),
            }
        }
        if !self.rest.is_empty() {
            self.rest.get(&(at as u32)).into_iter().flatten().for_each(|code| tell(*code));
        }
    }

    /// Tells the number of every value of every event, in any order.
    pub(super) fn each_value(&self, mut tell: impl FnMut(u32)) {
        for slot in &self.slots {
            (0..slot.len()).map(|at| slot.get(at)).filter(|code| *code != MISSING).for_each(&mut tell);
        }
        self.rest.values().flatten().for_each(|code| tell(*code));
    }

    /// The number that stands for the first value of each of these positions.
    pub(super) fn groups_of(&self, positions: &[u32]) -> Vec<u32> {
        let mut codes = self.slots.first().map(|slot| slot.of(positions)).unwrap_or_default();
        if !self.values.is_plain() {
            codes.iter_mut().for_each(|code| *code = self.values.same(*code));
        }
        codes
    }

    /// Tells the number of each value of these positions, those of one position not side by side.
    pub(super) fn each_of(&self, positions: &[u32], mut tell: impl FnMut(u32, u32)) {
        for slot in &self.slots {
            slot.each_of(positions, |at, code| {
                if code != MISSING {
                    tell(at, code);
                }
            });
        }
        if !self.rest.is_empty() {
            for at in positions {
                self.rest.get(at).into_iter().flatten().for_each(|code| tell(*at, *code));
            }
        }
    }

    /// Adds to `found` the events that have a value whose number is wanted, from a position on that begins a word.
    pub(super) fn mark(&self, wanted: &[bool], from: usize, found: &mut Mask) {
        let mut left = from;
        if let Some(postings) = self.postings.as_ref().filter(|postings| from == 0 && postings.are_few(wanted)) {
            postings.mark(wanted, found.words_mut());
            left = postings.len();
        }
        // Those of bytes in one pass: memory answers several at once, and a word is made once for all of them.
        let bytes: Vec<&[u8]> = self.slots.iter().filter_map(|slot| slot.bytes_from(left)).collect();
        mark_bytes(found.words_mut().get_mut(left / 64..).unwrap_or_default(), &bytes, wanted);
        let others = self.slots.iter().filter(|slot| slot.bytes_from(left).is_none());
        others.for_each(|slot| slot.mark(wanted, left, found));
        for (at, codes) in self.rest.range(from as u32..) {
            if codes.iter().any(|code| wanted.get(*code as usize).copied().unwrap_or(false)) {
                found.set(*at as usize);
            }
        }
    }

    /// Adds to `found` the events of `among` that have a value whose number is wanted.
    pub(super) fn mark_among(&self, wanted: &[bool], among: &Mask, found: &mut Mask) {
        let bits = Wanted::new(wanted);
        self.slots.iter().for_each(|slot| slot.mark_among(&bits, among, found));
        for (at, codes) in self.rest.iter().filter(|(at, _)| among.has(**at as usize)) {
            if codes.iter().any(|code| wanted.get(*code as usize).copied().unwrap_or(false)) {
                found.set(*at as usize);
            }
        }
    }

    /// Whether looking at every event costs next to nothing.
    pub(super) fn is_cheap(&self) -> bool {
        self.slots.iter().all(Codes::is_cheap)
    }

    /// Puts what stands from `from` on into another order: the numbers of `order` are positions before.
    pub(super) fn reorder(&mut self, from: usize, order: &[u32]) {
        self.postings.iter_mut().for_each(|postings| postings.truncate(from));
        for slot in &mut self.slots {
            if slot.len() > from {
                slot.fill(self.len);
                slot.reorder(from, order);
            }
        }
        let mut before = self.rest.split_off(&(from as u32));
        if !before.is_empty() {
            let moved = (from as u32..).zip(order).filter_map(|(at, was)| Some((at, before.remove(was)?)));
            self.rest.extend(moved);
        }
    }

    /// Lets go of what was set aside for more, and finds the events of each value where that pays: most have come.
    pub(super) fn shrink(&mut self) {
        if !self.is_single() {
            self.postings = Postings::new(&self.slots, self.len);
        }
        self.slots.iter_mut().for_each(Codes::shrink);
        self.values.shrink();
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        let rest: usize = self.rest.values().map(|codes| size_of_val(&**codes) + 3 * size_of::<u64>()).sum();
        let postings = self.postings.as_ref().map_or(0, Postings::bytes);
        self.values.bytes() + postings + self.slots.iter().map(Codes::bytes).sum::<usize>() + rest
    }
}
