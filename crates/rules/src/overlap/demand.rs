//! What conditions on one field leave of the sets of values that an event can show there.

use std::collections::BTreeSet;

/// The conditions on a field: each positive one is a bit that some value has to have, the negated ones together are bits
/// that no value may have.
#[derive(Debug, Clone, Default)]
pub(super) struct Demand {
    pub wanted: Vec<u64>,
    pub unwanted: u64,
}

/// How many values an event can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// None or one.
    One,
    /// None, one or more: a set, or any field of a vendor's alert, which may name several users.
    Many,
}

impl Demand {
    /// Adds a condition.
    pub(super) fn add(&mut self, bit: u64, negated: bool) {
        if negated {
            self.unwanted |= bit;
        } else {
            self.wanted.push(bit);
        }
    }

    /// Both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let wanted = self.wanted.iter().chain(&other.wanted).copied().collect();
        Self { wanted, unwanted: self.unwanted | other.unwanted }
    }

    /// Whether some values, or none at all, meet it.
    pub(super) fn possible(&self, cells: &BTreeSet<u64>, holds: Holds) -> bool {
        let allowed = || cells.iter().filter(|cell| *cell & self.unwanted == 0);
        match holds {
            Holds::One => self.wanted.is_empty() || allowed().any(|cell| self.has_all(*cell)),
            Holds::Many => self.wanted.iter().all(|bit| allowed().any(|cell| cell & bit != 0)),
        }
    }

    /// Whether whatever meets it meets the condition too. It is possible.
    pub(super) fn implies(&self, bit: u64, negated: bool, cells: &BTreeSet<u64>, holds: Holds) -> bool {
        let allowed = || cells.iter().filter(|cell| *cell & self.unwanted == 0);
        match (holds, negated) {
            // Showing nothing meets the negation.
            (Holds::One, true) => allowed().filter(|cell| self.has_all(**cell)).all(|cell| cell & bit == 0),
            // An event may show any value that is not forbidden beside those that it has to.
            (Holds::Many, true) => allowed().all(|cell| cell & bit == 0),
            (Holds::One, false) => {
                !self.wanted.is_empty() && allowed().filter(|cell| self.has_all(**cell)).all(|cell| cell & bit != 0)
            }
            // For each wanted bit an event may show the value it likes best; one of them has to pass whatever it is.
            (Holds::Many, false) => self
                .wanted
                .iter()
                .any(|wanted| allowed().filter(|cell| *cell & wanted != 0).all(|cell| cell & bit != 0)),
        }
    }

    fn has_all(&self, cell: u64) -> bool {
        self.wanted.iter().all(|bit| cell & bit != 0)
    }
}
