//! Exact fractions: what a double would round is compared as it is.

use std::cmp::Ordering;

/// A fraction in lowest terms; its divisor is above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    over: i128,
    under: i128,
}

fn common(left: i128, right: i128) -> i128 {
    if right == 0 { left.abs() } else { common(right, left % right) }
}

impl Ratio {
    /// `over` / `under`, which is not zero.
    #[must_use]
    pub fn new(over: i128, under: i128) -> Self {
        let by = common(over, under) * under.signum();
        Self { over: over / by, under: under / by }
    }

    /// A whole number.
    #[must_use]
    pub fn whole(number: usize) -> Self {
        Self::new(number as i128, 1)
    }

    /// So many thousandths.
    #[must_use]
    pub fn thousandths(number: i128) -> Self {
        Self::new(number, 1_000)
    }

    /// Decimal text, exactly as it stands.
    ///
    /// # Panics
    /// When the text is no decimal.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let (whole, fine) = text.split_once('.').unwrap_or((text, ""));
        let digits: i128 = format!("{whole}{fine}").parse().unwrap();
        Self::new(digits, 10_i128.pow(u32::try_from(fine.len()).unwrap()))
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let both = self.under / common(self.under, other.under) * other.under;
        Self::new(self.over * (both / self.under) + other.over * (both / other.under), both)
    }

    /// The difference, without its sign.
    #[must_use]
    pub fn apart(self, other: Self) -> Self {
        let difference = self.plus(Self::new(-other.over, other.under));
        Self::new(difference.over.abs(), difference.under)
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let (one, two) = (common(self.over, other.under), common(other.over, self.under));
        Self::new((self.over / one) * (other.over / two), (self.under / two) * (other.under / one))
    }

    /// The largest number of thousandths that is not above it.
    #[must_use]
    pub fn floor(self) -> i128 {
        (self.over * 1_000).div_euclid(self.under)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.over * other.under).cmp(&(other.over * self.under))
    }
}

/// The middle of them: of an even count the mean of the middle two. `None` of nothing.
#[must_use]
pub fn median(values: &[Ratio]) -> Option<Ratio> {
    let mut sorted = values.to_vec();
    sorted.sort();
    let (low, high) = (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    Some(low.plus(*high).times(Ratio::new(1, 2)))
}
