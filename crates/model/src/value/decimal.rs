//! Exact decimals: a sum of a million readings must not depend on the order they came in.

use std::fmt;

/// So many digits and three more fit into 64 bits, which are quicker to reckon with.
const FEW_DIGITS: usize = 15;

/// A number kept to thousandths; what is finer is rounded half to even. Up to about 1.7 × 10³⁵ either way.
///
/// In two halves, the higher one first, which are ordered like the whole: a whole one would have to stand at a sixteenth
/// byte, and make every value of an event larger by that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i64, u64);

impl Decimal {
    /// From thousandths: 1500 is 1.5.
    #[must_use]
    pub const fn from_thousandths(thousandths: i128) -> Self {
        Self((thousandths >> 64) as i64, thousandths as u64)
    }

    /// Its value in thousandths.
    #[must_use]
    pub const fn thousandths(self) -> i128 {
        (self.0 as i128) << 64 | self.1 as i128
    }

    /// Reads decimal text: an optional sign, digits, and optionally a point and digits. `None` for anything else
    /// (exponents, spaces, digits of other scripts) and for what is too large to keep.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let (kept, finer) = fraction.split_at(fraction.len().min(3));
        let padded = kept.bytes().chain(std::iter::repeat(b'0')).take(3);
        let mut digits = whole.bytes().chain(padded);
        let magnitude = if whole.len() <= FEW_DIGITS {
            i128::from(digits.fold(0u64, |magnitude, digit| magnitude * 10 + u64::from(digit - b'0')))
        } else {
            digits
                .try_fold(0i128, |magnitude, digit| magnitude.checked_mul(10)?.checked_add(i128::from(digit - b'0')))?
        };
        let magnitude = magnitude.checked_add(i128::from(rounds_up(finer, magnitude % 2 != 0)))?;
        Some(Self::from_thousandths(if negative { -magnitude } else { magnitude }))
    }
}

/// Whether the digits that are too fine add one to the last digit kept: more than half does, half does when that digit
/// is odd.
fn rounds_up(finer: &str, odd: bool) -> bool {
    let mut digits = finer.bytes();
    match digits.next() {
        None | Some(b'0'..=b'4') => false,
        Some(b'5') => odd || digits.any(|digit| digit != b'0'),
        Some(_) => true,
    }
}

impl fmt::Display for Decimal {
    /// The shortest decimal text of it: no exponent, no needless zero, no minus before zero.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.thousandths().unsigned_abs();
        let (whole, thousandths) = (magnitude / 1_000, magnitude % 1_000);
        let mut digits = whole.to_string();
        if thousandths != 0 {
            digits.push_str(format!(".{thousandths:03}").trim_end_matches('0'));
        }
        out.pad_integral(self.thousandths() >= 0, "", &digits)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimal_text_is_read_and_printed_shortest() {
        for (text, printed) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0004", "0"),
            ("+7", "7"),
            ("007.50", "7.5"),
            ("-12.125", "-12.125"),
            ("0.001", "0.001"),
            ("100", "100"),
            ("170141183460469231731687303715884105.727", "170141183460469231731687303715884105.727"),
        ] {
            assert_eq!(Decimal::parse(text).map(|number| number.to_string()).as_deref(), Some(printed), "{text}");
        }
    }

    #[test]
    fn what_is_finer_is_rounded_half_to_even() {
        for (text, thousandths) in [
            ("1.0005", 1_000),
            ("1.0015", 1_002),
            ("1.0025", 1_002),
            ("1.00250000000000000000000000001", 1_003),
            ("1.00249999999999999999999999999", 1_002),
            ("-1.0015", -1_002),
            ("-1.0025", -1_002),
            ("0.9995", 1_000),
            ("0.0005", 0),
            ("0.0006", 1),
        ] {
            assert_eq!(Decimal::parse(text), Some(Decimal::from_thousandths(thousandths)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_number() {
        let large = "9".repeat(36);
        for text in [
            "",
            "-",
            "+",
            ".",
            ".5",
            "5.",
            "1e3",
            "0x10",
            " 1",
            "1 ",
            "1,5",
            "1.2.3",
            "--1",
            "+-1",
            "١",
            "½",
            "NaN",
            "inf",
            "170141183460469231731687303715884105.728",
            &large,
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(thousandths in any::<i64>()) {
            let number = Decimal::from_thousandths(thousandths.into());
            prop_assert_eq!(Decimal::parse(&number.to_string()), Some(number));
        }

        #[test]
        fn the_nearest_thousandth_is_kept(whole in 0i128..1_000, fine in 0i128..1_000_000) {
            let number = Decimal::parse(&format!("{whole}.{fine:06}")).unwrap().thousandths();
            let twice_off = (number * 1_000 - (whole * 1_000_000 + fine)).abs() * 2;
            prop_assert!(twice_off < 1_000 || (twice_off == 1_000 && number % 2 == 0), "{whole}.{fine:06} is {number}");
        }

        #[test]
        fn the_order_is_that_of_the_numbers(left in -1_000_000i64..1_000_000, right in -1_000_000i64..1_000_000) {
            let read = |number: i64| Decimal::parse(&format!("{:.3}", number as f64 / 1_000.0)).unwrap();
            prop_assert_eq!(read(left).cmp(&read(right)), left.cmp(&right));
        }

        #[test]
        fn no_text_panics(text in "[-+0-9.eE ٣]{0,60}") {
            let _ = Decimal::parse(&text);
        }
    }
}
