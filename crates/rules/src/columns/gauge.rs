//! Measures of a window whose entries come and go in order.

use std::collections::VecDeque;

use tocsin_model::firing::Exact;
use tocsin_model::value::Canonical;

use super::column::Column;
use super::mask::Mask;

/// A measure of the entries that have entered and not left; the first that entered leaves first.
pub(super) trait Gauge {
    /// What it measures: whole numbers are kept smaller.
    type Value;
    /// An entry is in the window from now on.
    fn enter(&mut self, entry: usize);
    /// The first entry is not in the window any more.
    fn leave(&mut self, entry: usize);
    /// The measure.
    fn value(&self) -> Self::Value;
}

/// How many entries there are.
#[derive(Debug, Default)]
pub(super) struct Count(u32);

impl Gauge for Count {
    type Value = u32;

    fn enter(&mut self, _: usize) {
        self.0 += 1;
    }

    fn leave(&mut self, _: usize) {
        self.0 -= 1;
    }

    fn value(&self) -> u32 {
        self.0
    }
}

/// How many different values there are.
#[derive(Debug)]
pub(super) struct Distinct<'a> {
    column: &'a Column,
    positions: &'a [u32],
    /// How often each value is there.
    counts: Vec<u32>,
    different: u32,
}

impl<'a> Distinct<'a> {
    pub(super) fn new(column: &'a Column, positions: &'a [u32]) -> Self {
        Self { column, positions, counts: vec![0; column.values().members().len() + 1], different: 0 }
    }

    fn each(&mut self, entry: usize, mut step: impl FnMut(&mut u32, &mut u32)) {
        let Some(at) = self.positions.get(entry) else { return };
        let values = self.column.values();
        self.column.each(*at as usize, |code| {
            if let Some(count) = self.counts.get_mut(values.same(code) as usize) {
                step(count, &mut self.different);
            }
        });
    }
}

impl Gauge for Distinct<'_> {
    type Value = u32;

    fn enter(&mut self, entry: usize) {
        self.each(entry, |count, different| {
            *different += u32::from(*count == 0);
            *count += 1;
        });
    }

    fn leave(&mut self, entry: usize) {
        self.each(entry, |count, different| {
            *count -= 1;
            *different -= u32::from(*count == 0);
        });
    }

    fn value(&self) -> u32 {
        self.different
    }
}

/// The numbers of entries, in thousandths.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    column: &'a Column,
    positions: &'a [u32],
    /// By the number of the value.
    of_value: Vec<Option<i128>>,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(column: &'a Column, positions: &'a [u32]) -> Self {
        let number = |canonical: &Canonical| match canonical {
            Canonical::Number(number) => Some(number.thousandths()),
            Canonical::Bool(_) | Canonical::Ip(_) | Canonical::Text(_) => None,
        };
        let members = column.values().members().iter().map(|member| number(member.canonical()));
        Self { column, positions, of_value: std::iter::once(None).chain(members).collect() }
    }

    fn of(&self, entry: usize) -> Option<i128> {
        let at = *self.positions.get(entry)? as usize;
        self.of_value.get(self.column.first(at) as usize).copied().flatten()
    }
}

/// The sum of numbers, or their mean.
#[derive(Debug)]
pub(super) struct Sum<'a> {
    numbers: Numbers<'a>,
    sum: i128,
    count: u64,
    is_mean: bool,
}

impl<'a> Sum<'a> {
    pub(super) const fn new(numbers: Numbers<'a>, is_mean: bool) -> Self {
        Self { numbers, sum: 0, count: 0, is_mean }
    }
}

impl Gauge for Sum<'_> {
    type Value = Option<Exact>;

    fn enter(&mut self, entry: usize) {
        if let Some(number) = self.numbers.of(entry) {
            self.sum += number;
            self.count += 1;
        }
    }

    fn leave(&mut self, entry: usize) {
        if let Some(number) = self.numbers.of(entry) {
            self.sum -= number;
            self.count -= 1;
        }
    }

    fn value(&self) -> Option<Exact> {
        let divisor = if self.is_mean { self.count } else { self.count.min(1) };
        Exact::fraction(self.sum, divisor)
    }
}

/// The largest number.
#[derive(Debug)]
pub(super) struct Max<'a> {
    numbers: Numbers<'a>,
    /// Entries that no later one is larger than, with their numbers: they fall.
    falling: VecDeque<(usize, i128)>,
}

impl<'a> Max<'a> {
    pub(super) const fn new(numbers: Numbers<'a>) -> Self {
        Self { numbers, falling: VecDeque::new() }
    }
}

impl Gauge for Max<'_> {
    type Value = Option<Exact>;

    fn enter(&mut self, entry: usize) {
        let Some(number) = self.numbers.of(entry) else { return };
        while self.falling.back().is_some_and(|(_, last)| *last <= number) {
            self.falling.pop_back();
        }
        self.falling.push_back((entry, number));
    }

    fn leave(&mut self, entry: usize) {
        if self.falling.front().is_some_and(|(first, _)| *first == entry) {
            self.falling.pop_front();
        }
    }

    fn value(&self) -> Option<Exact> {
        self.falling.front().and_then(|(_, number)| Exact::fraction(*number, 1))
    }
}

/// The percentage of entries that meet further conditions.
#[derive(Debug)]
pub(super) struct Share<'a> {
    inner: &'a Mask,
    positions: &'a [u32],
    minimum: u64,
    all: u64,
    meeting: u64,
}

impl<'a> Share<'a> {
    pub(super) const fn new(inner: &'a Mask, positions: &'a [u32], minimum: u64) -> Self {
        Self { inner, positions, minimum, all: 0, meeting: 0 }
    }

    fn meets(&self, entry: usize) -> u64 {
        u64::from(self.positions.get(entry).is_some_and(|at| self.inner.has(*at as usize)))
    }
}

impl Gauge for Share<'_> {
    type Value = Option<Exact>;

    fn enter(&mut self, entry: usize) {
        self.all += 1;
        self.meeting += self.meets(entry);
    }

    fn leave(&mut self, entry: usize) {
        self.all -= 1;
        self.meeting -= self.meets(entry);
    }

    fn value(&self) -> Option<Exact> {
        Exact::fraction(i128::from(self.meeting) * 100_000, self.all).filter(|_| self.all >= self.minimum)
    }
}
