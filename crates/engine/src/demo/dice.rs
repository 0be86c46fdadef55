//! Chance that comes out the same every time: equal seeds throw equal dice, on every machine and in every version.

/// A stream of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream `name` of a seed: a change to one stream leaves the others as they are.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let fold = |state: u64, byte: u8| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, fold))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` up to but not including `high`; `low` when there is none between.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        if width == 0 { low } else { low + i64::try_from(self.next() % width).unwrap_or(0) }
    }

    /// Whether something that happens `percent` times in a hundred happens.
    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.between(0, 100) < percent
    }

    /// One of some.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let last = i64::try_from(from.len()).unwrap_or(1);
        &from[usize::try_from(self.between(0, last)).unwrap_or(0)]
    }

    /// One of some, each as often as its weight says.
    pub(crate) fn weighted<'a, T>(&mut self, from: &'a [(i64, T)]) -> &'a T {
        let mut left = self.between(0, from.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in from {
            left -= weight;
            if left < 0 {
                return choice;
            }
        }
        &from[from.len() - 1].1
    }

    /// How many of what happens `rate` thousandths of a time on average.
    pub(crate) fn count(&mut self, rate: i64) -> i64 {
        let spread = rate * self.between(500, 1_500) / 1_000;
        spread / 1_000 + i64::from(self.between(0, 1_000) < spread % 1_000)
    }

    /// Hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        (0..digits)
            .map(|_| char::from(b"0123456789abcdef"[usize::try_from(self.between(0, 16)).unwrap_or(0)]))
            .collect()
    }

    /// Something that looks like a random UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (a, b, c, d, e) = (self.hex(8), self.hex(4), self.hex(3), self.hex(3), self.hex(12));
        format!("{a}-{b}-4{c}-a{d}-{e}")
    }

    /// The random part of an id.
    pub(crate) fn bytes(&mut self) -> [u8; 10] {
        std::array::from_fn(|_| self.next().to_be_bytes()[0])
    }
}
