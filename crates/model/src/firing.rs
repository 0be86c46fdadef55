//! A firing: a rule's trigger held for a group, and nothing suppressed it.

use std::cmp::Ordering;

use crate::time::Timestamp;
use crate::tree::Tree;
use crate::value::{Canonical, Decimal};

/// An exact value: a fraction of thousandths.
#[derive(Debug, Clone, Copy)]
pub struct Exact {
    thousandths: i128,
    /// Above zero.
    divisor: i128,
}

impl Exact {
    /// A whole number.
    #[must_use]
    pub fn whole(count: u64) -> Self {
        Self { thousandths: i128::from(count) * 1_000, divisor: 1 }
    }

    /// `thousandths` divided by 1000 and by `divisor`; `None` when that is zero.
    #[must_use]
    pub fn fraction(thousandths: i128, divisor: u64) -> Option<Self> {
        (divisor > 0).then(|| Self { thousandths, divisor: i128::from(divisor) })
    }

    /// The numerator in thousandths and the divisor, which is above zero.
    #[must_use]
    pub const fn parts(self) -> (i128, i128) {
        (self.thousandths, self.divisor)
    }

    /// Whether it is at least `threshold`, exactly.
    #[must_use]
    pub fn reaches(self, threshold: Decimal) -> bool {
        self.thousandths >= threshold.thousandths().saturating_mul(self.divisor)
    }

    /// The largest decimal that it reaches.
    #[must_use]
    pub const fn floor(self) -> Decimal {
        Decimal::from_thousandths(self.thousandths.div_euclid(self.divisor))
    }

    /// The nearest double.
    #[must_use]
    pub fn nearest(self) -> f64 {
        let divisor = self.divisor.unsigned_abs() * 1_000;
        let magnitude = nearest(self.thousandths.unsigned_abs(), divisor);
        if self.thousandths < 0 { -magnitude } else { magnitude }
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Exact {}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    /// Exact as long as numbers and counts stay within [`crate::value::NUMBER_LIMIT`].
    fn cmp(&self, other: &Self) -> Ordering {
        let left = self.thousandths.saturating_mul(other.divisor);
        left.cmp(&other.thousandths.saturating_mul(self.divisor))
    }
}

/// The double nearest to a fraction, ties to even. A double has 53 bits: with 60 of them and one that says whether
/// anything is left, the conversion rounds once and rightly.
fn nearest(numerator: u128, divisor: u128) -> f64 {
    let (mut bits, mut rest) = (numerator / divisor, numerator % divisor);
    let mut places = 0;
    while bits < 1 << 60 && rest != 0 && places < 1_000 {
        rest <<= 1;
        bits = bits << 1 | u128::from(rest >= divisor);
        rest -= if rest >= divisor { divisor } else { 0 };
        places += 1;
    }
    let rounded = (bits | u128::from(rest != 0)) as f64;
    rounded * 2_f64.powi(-places)
}

/// One value of a group: what is compared, and how the group's first event spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupValue {
    /// What is compared; `None` is the null group.
    pub canonical: Option<Canonical>,
    /// What is shown; null for the null group.
    pub spelling: Tree,
}

/// The order in which groups stand in output: by canonical text, null first.
#[must_use]
pub fn group_order(left: &[GroupValue], right: &[GroupValue]) -> Ordering {
    let text = |value: &GroupValue| value.canonical.as_ref().map(ToString::to_string);
    left.iter().map(text).cmp(right.iter().map(text))
}

/// A rule's trigger held for a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The values of the rule's `groupBy` fields, in its order.
    pub group: Vec<GroupValue>,
    /// When.
    pub fired_at: Timestamp,
    /// Where its window begins.
    pub window_start: Timestamp,
    /// Where its window ends.
    pub window_end: Timestamp,
    /// The measure over the window.
    pub value: Exact,
    /// Candidates from this one up to the group's next firing.
    pub occurrences: u64,
    /// The last of them.
    pub last_seen: Timestamp,
    /// The events that contributed.
    pub events: Contribution,
}

/// The events behind a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contribution {
    /// The ids of the first hundred, in order.
    pub first: Vec<String>,
    /// How many there are.
    pub total: u64,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_fraction_prints_as_the_nearest_double() {
        let value = |thousandths, divisor| Exact::fraction(thousandths, divisor).unwrap().nearest();
        assert_eq!(value(1_000, 3), 1.0 / 3.0);
        assert_eq!(value(-200_000, 3), -66.666_666_666_666_67);
        assert_eq!(value(0, 7), 0.0);
        assert_eq!(value(100, 1), 0.1);
        assert_eq!(value(9_007_199_254_740_993_000, 1), 9_007_199_254_740_992.0);
        assert_eq!(value(9_007_199_254_740_993_001, 1), 9_007_199_254_740_994.0);
        assert!(Exact::fraction(1, 0).is_none());
    }

    #[test]
    fn a_threshold_is_met_exactly() {
        let third = Exact::fraction(1_000, 3).unwrap();
        assert!(third.reaches(Decimal::from_thousandths(333)) && !third.reaches(Decimal::from_thousandths(334)));
        assert_eq!(third.floor(), Decimal::from_thousandths(333));
        assert_eq!(Exact::fraction(-1_000, 3).unwrap().floor(), Decimal::from_thousandths(-334));
        assert!(Exact::whole(3) > third && Exact::whole(2) == Exact::fraction(4_000, 2).unwrap());
    }

    #[test]
    fn the_null_group_is_first() {
        let value = |text: Option<&str>| {
            vec![GroupValue { canonical: text.map(|text| Canonical::Text(text.into())), spelling: Tree::Null }]
        };
        assert_eq!(group_order(&value(None), &value(Some(""))), Ordering::Less);
        assert_eq!(group_order(&value(Some("10")), &value(Some("9"))), Ordering::Less);
    }

    proptest! {
        #[test]
        fn small_fractions_divide_as_doubles_do(thousandths in -1_000_000_000_i64..1_000_000_000, divisor in 1_u64..1_000_000) {
            // Both sides of the division are exact doubles, so it rounds once.
            let expected = thousandths as f64 / (divisor * 1_000) as f64;
            prop_assert_eq!(Exact::fraction(thousandths.into(), divisor).unwrap().nearest(), expected);
        }

        #[test]
        fn decimals_print_as_they_are_read(thousandths in any::<i64>()) {
            let text = Decimal::from_thousandths(thousandths.into()).to_string();
            prop_assert_eq!(Exact::fraction(thousandths.into(), 1).unwrap().nearest(), text.parse::<f64>().unwrap());
        }
    }
}
