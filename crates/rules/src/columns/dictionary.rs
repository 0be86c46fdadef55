//! The different values of a field, each by number. Values that are compared as equal but spelt differently have numbers
//! of their own, since regular expressions and people see the spelling; one of them stands for all.

use std::num::NonZeroU32;

use tocsin_model::value::Member;

use crate::table::{Kept, Table, half};

/// The number of no value.
pub(super) const MISSING: u32 = 0;

#[derive(Debug)]
struct Place {
    hash: u32,
    /// From 1, so that a table needs no room to say that a place is free.
    code: NonZeroU32,
}

impl Kept for Place {
    fn hash(&self) -> u32 {
        self.hash
    }
}

/// Values by number, from 1.
#[derive(Debug)]
pub(super) struct Dictionary {
    table: Table<Place>,
    /// By number less one.
    members: Vec<Member>,
    /// For each number, 0 among them, the number of the first value that is compared as equal.
    same: Vec<u32>,
    /// Whether every value is spelt in one way, so that its number stands for itself.
    is_plain: bool,
    /// Bytes of texts that do not stand in the values themselves.
    text_bytes: usize,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self { table: Table::default(), members: Vec::new(), same: vec![MISSING], is_plain: true, text_bytes: 0 }
    }
}

impl Dictionary {
    /// The number of a value; a new one gets the next.
    pub(super) fn code(&mut self, member: &Member) -> u32 {
        let known = |place: &Place| self.members.get(place.code.get() as usize - 1);
        let exactly = |place: &Place| {
            known(place).is_some_and(|known| known.is(member) && known.is_spelt_like(member)).then_some(place.code)
        };
        if let Some(code) = self.table.find(member.hash(), exactly) {
            return code.get();
        }
        let equal = |place: &Place| known(place).is_some_and(|known| known.is(member)).then_some(place.code.get());
        let first = self.table.find(member.hash(), equal).and_then(|code| self.same.get(code as usize).copied());
        let code = NonZeroU32::MIN.saturating_add(self.members.len() as u32);
        self.members.push(member.clone());
        self.is_plain &= first.is_none();
        self.same.push(first.unwrap_or(code.get()));
        self.table.insert(Place { hash: half(member.hash()), code });
        // A text of more than 23 bytes stands elsewhere, once as compared and once as spelt when those differ.
        let copies = if member.is_spelt_as_compared() { 1 } else { 2 };
        self.text_bytes += if member.written().len() > 23 { member.written().len() * copies } else { 0 };
        code.get()
    }

    /// The value of a number.
    pub(super) fn member(&self, code: u32) -> Option<&Member> {
        self.members.get((code as usize).checked_sub(1)?)
    }

    /// The values in the order of numbers, from 1.
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Whether every number stands for itself.
    pub(super) const fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// The number that stands for all values that are compared as equal.
    #[inline]
    pub(super) fn same(&self, code: u32) -> u32 {
        if self.is_plain { code } else { self.same.get(code as usize).copied().unwrap_or(MISSING) }
    }

    /// Lets go of what was set aside for more.
    pub(super) fn shrink(&mut self) {
        self.members.shrink_to_fit();
        self.same.shrink_to_fit();
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        let members = self.members.capacity() * size_of::<Member>() + self.text_bytes;
        members + self.same.capacity() * size_of::<u32>() + self.table.bytes()
    }
}
