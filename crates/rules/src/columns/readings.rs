//! The third phase: the value of each window that a trigger is asked of.

use tocsin_model::firing::Exact;
use tocsin_model::rule::window::WindowKind;
use tocsin_model::rule::{Measure, Rule};
use tocsin_model::time::Span;
use tocsin_model::value::Decimal;

use super::Columns;
use super::gauge::{Count, Distinct, Gauge, Max, Numbers, Share, Sum};
use super::grouped::Grouped;
use super::mask::Mask;
use super::preview::Matching;
use super::windows::Windows;
use crate::evaluator::once_a_window;

/// Values in the order of groups, then of time.
#[derive(Debug)]
pub(super) struct Readings {
    pub(super) values: Values,
    spans: Spans,
}

/// What windows measured; whole numbers of events or values are kept small.
#[derive(Debug)]
pub(super) enum Values {
    Whole(Vec<u32>),
    /// None: the measure has no value.
    Exact(Vec<Option<Exact>>),
}

/// Which window each value is of.
#[derive(Debug)]
enum Spans {
    /// One for each entry, that entry alone.
    Moments,
    /// One for each entry, up to it.
    Rolling(Span),
    /// One for each entry, with the number of its window.
    SoFar(Windows, Vec<Option<u32>>),
    /// One for each window that a group has an entry in.
    Whole(Windows, Vec<Whole>, Vec<u32>),
}

/// A window of a group: its number, and the entries from the first to the last, which is not in it.
#[derive(Debug, Clone, Copy)]
struct Whole {
    window: u32,
    from: u32,
    to: u32,
}

/// A window as a firing tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) at: i64,
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Values {
    /// The value of a reading.
    pub(super) fn exact(&self, at: usize) -> Option<Exact> {
        match self {
            Self::Whole(values) => values.get(at).map(|value| Exact::whole(u64::from(*value))),
            Self::Exact(values) => values.get(at).copied().flatten(),
        }
    }

    /// The least whole number that reaches a threshold.
    pub(super) fn least(threshold: Decimal) -> u64 {
        let whole =
            threshold.thousandths().div_euclid(1_000) + i128::from(threshold.thousandths().rem_euclid(1_000) > 0);
        u64::try_from(whole.max(0)).unwrap_or(u64::MAX)
    }
}

impl Readings {
    /// The values of a rule with an `atLeast` trigger, over events that match it; `inner` are those that meet the
    /// conditions of a share too.
    pub(super) fn new(columns: &Columns, matching: &Matching, grouped: &Grouped, rule: &Rule, inner: &Mask) -> Self {
        let positions = grouped.positions();
        let windows = windows(columns, matching, rule);
        let column = |field| columns.column(field);
        match &rule.measure {
            Measure::Count => Self::whole(grouped, windows, rule, Some(Count::default())),
            Measure::Distinct(field) => {
                Self::whole(grouped, windows, rule, column(field).map(|column| Distinct::new(column, positions)))
            }
            Measure::Sum(field) | Measure::Mean(field) => {
                let is_mean = matches!(rule.measure, Measure::Mean(_));
                let numbers = column(field).map(|column| Numbers::new(column, positions));
                Self::exact(grouped, windows, rule, numbers.map(|numbers| Sum::new(numbers, is_mean)))
            }
            Measure::Max(field) => Self::exact(
                grouped,
                windows,
                rule,
                column(field).map(|column| Max::new(Numbers::new(column, positions))),
            ),
            Measure::Share { minimum_events, .. } => {
                Self::exact(grouped, windows, rule, Some(Share::new(inner, positions, *minimum_events)))
            }
        }
    }

    fn whole(grouped: &Grouped, windows: Option<Windows>, rule: &Rule, gauge: Option<impl Gauge<Value = u32>>) -> Self {
        let (values, spans) = measured(grouped, windows, rule, gauge, 1);
        Self { values: Values::Whole(values), spans }
    }

    fn exact(
        grouped: &Grouped,
        windows: Option<Windows>,
        rule: &Rule,
        gauge: Option<impl Gauge<Value = Option<Exact>>>,
    ) -> Self {
        let (values, spans) = measured(grouped, windows, rule, gauge, Some(Exact::whole(1)));
        Self { values: Values::Exact(values), spans }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match &self.values {
            Values::Whole(values) => values.len(),
            Values::Exact(values) => values.len(),
        }
    }

    /// Where the readings of a group begin and end.
    pub(super) fn range(&self, grouped: &Grouped, group: usize) -> (usize, usize) {
        match &self.spans {
            Spans::Moments | Spans::Rolling(_) | Spans::SoFar(..) => grouped.range(group),
            Spans::Whole(_, _, starts) => {
                let at = |group: usize| starts.get(group).map_or(0, |start| *start as usize);
                (at(group), at(group + 1))
            }
        }
    }

    /// The window of a reading; none when it has no window.
    pub(super) fn told(&self, grouped: &Grouped, at: usize) -> Option<Told> {
        let time = grouped.times().get(at).copied();
        match &self.spans {
            Spans::Moments => time.map(|at| Told { at, start: at, end: at }),
            Spans::Rolling(length) => time.map(|at| Told { at, start: at.saturating_sub(length.millis()), end: at }),
            Spans::SoFar(windows, of) => {
                let (start, end) = windows.bounds(of.get(at).copied().flatten()?);
                time.map(|at| Told { at, start, end })
            }
            Spans::Whole(windows, wholes, _) => {
                let (start, end) = windows.bounds(wholes.get(at)?.window);
                Some(Told { at: end, start, end })
            }
        }
    }

    /// When the trigger is asked of a reading; none when it has no window.
    #[inline]
    pub(super) fn moment(&self, grouped: &Grouped, at: usize) -> Option<i64> {
        match &self.spans {
            Spans::Moments | Spans::Rolling(_) => grouped.times().get(at).copied(),
            Spans::SoFar(..) | Spans::Whole(..) => self.told(grouped, at).map(|told| told.at),
        }
    }

    /// Tells the window of a reading from those of others of its group that are asked several times; else 0.
    #[inline]
    pub(super) fn window(&self, at: usize) -> u32 {
        match &self.spans {
            Spans::SoFar(_, of) => of.get(at).copied().flatten().unwrap_or(0),
            Spans::Moments | Spans::Rolling(_) | Spans::Whole(..) => 0,
        }
    }

    /// The entries behind the value of a reading of a group: the first, and the one after the last.
    pub(super) fn entries(&self, grouped: &Grouped, group: usize, at: usize) -> (usize, usize) {
        let (from, _) = grouped.range(group);
        let before = grouped.times().get(from..=at).unwrap_or_default();
        match &self.spans {
            Spans::Moments => (at, at + 1),
            Spans::Rolling(length) => {
                let start = before.last().map_or(0, |last| last.saturating_sub(length.millis()));
                (from + before.partition_point(|time| *time <= start), at + 1)
            }
            Spans::SoFar(windows, of) => {
                let window = of.get(at).copied().flatten();
                (window.map_or(at, |window| from + windows.first_in(window, before)), at + 1)
            }
            Spans::Whole(_, wholes, _) => {
                wholes.get(at).map_or((0, 0), |whole| (whole.from as usize, whole.to as usize))
            }
        }
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        let values = match &self.values {
            Values::Whole(values) => values.capacity() * size_of::<u32>(),
            Values::Exact(values) => values.capacity() * size_of::<Option<Exact>>(),
        };
        values
            + match &self.spans {
                Spans::Moments | Spans::Rolling(_) => 0,
                Spans::SoFar(windows, of) => windows.bytes() + of.capacity() * size_of::<Option<u32>>(),
                Spans::Whole(windows, wholes, starts) => {
                    windows.bytes() + wholes.capacity() * size_of::<Whole>() + starts.capacity() * size_of::<u32>()
                }
            }
    }
}

/// The fixed or scheduled windows that matching events are in.
fn windows(columns: &Columns, matching: &Matching, rule: &Rule) -> Option<Windows> {
    let window = rule.window.as_ref()?;
    match &window.kind {
        WindowKind::Rolling(_) => None,
        WindowKind::Fixed(_) | WindowKind::Schedule(_) => {
            let in_order = columns.times.of(&matching.events.positions(matching.count));
            Some(Windows::around(window, &in_order))
        }
    }
}

/// The values of the windows that a rule asks of, and which windows those are. Without a window each entry is worth `one`.
fn measured<V: Clone>(
    grouped: &Grouped,
    windows: Option<Windows>,
    rule: &Rule,
    gauge: Option<impl Gauge<Value = V>>,
    one: V,
) -> (Vec<V>, Spans) {
    let Some((window, mut gauge)) = rule.window.as_ref().zip(gauge) else {
        return (vec![one; grouped.times().len()], Spans::Moments);
    };
    match (&window.kind, windows) {
        (WindowKind::Rolling(length), _) => {
            (rolling(grouped, length.span(), &mut gauge), Spans::Rolling(length.span()))
        }
        (WindowKind::Fixed(_) | WindowKind::Schedule(_), windows) => {
            let windows = windows.unwrap_or_default();
            if once_a_window(rule) {
                let (values, of) = so_far(grouped, &windows, &mut gauge);
                (values, Spans::SoFar(windows, of))
            } else {
                let (values, wholes, starts) = at_the_end(grouped, &windows, &mut gauge);
                (values, Spans::Whole(windows, wholes, starts))
            }
        }
    }
}

/// At each entry what the last stretch up to it measures.
fn rolling<G: Gauge>(grouped: &Grouped, length: Span, gauge: &mut G) -> Vec<G::Value> {
    let mut values = Vec::with_capacity(grouped.times().len());
    for (from, to) in grouped.ranges() {
        let times = grouped.times().get(from..to).unwrap_or_default();
        // The entries that have not left, and the first of them.
        let (mut inside, mut first) = (times.iter(), from);
        values.extend((from..).zip(times).map(|(entry, time)| {
            let start = time.saturating_sub(length.millis());
            while inside.as_slice().first().is_some_and(|time| *time <= start) {
                inside.next();
                gauge.leave(first);
                first += 1;
            }
            gauge.enter(entry);
            gauge.value()
        }));
        (first..to).for_each(|entry| gauge.leave(entry));
    }
    values
}

/// At each entry what its window measures so far.
fn so_far<G: Gauge>(grouped: &Grouped, windows: &Windows, gauge: &mut G) -> (Vec<G::Value>, Vec<Option<u32>>) {
    let times = grouped.times();
    let (mut values, mut of) = (Vec::with_capacity(times.len()), Vec::with_capacity(times.len()));
    for (from, to) in grouped.ranges() {
        let (mut first, mut open) = (from, None);
        for (entry, time) in times.iter().enumerate().take(to).skip(from) {
            let window = windows.find(open.unwrap_or(0), *time);
            if window != open {
                (first..entry).for_each(|entry| gauge.leave(entry));
                (first, open) = (entry, window);
            }
            gauge.enter(entry);
            values.push(gauge.value());
            of.push(window.map(|window| window as u32));
        }
        (first..to).for_each(|entry| gauge.leave(entry));
    }
    (values, of)
}

/// What each window measures that a group has an entry in, the windows, and where those of each group begin.
fn at_the_end<G: Gauge>(grouped: &Grouped, windows: &Windows, gauge: &mut G) -> (Vec<G::Value>, Vec<Whole>, Vec<u32>) {
    let times = grouped.times();
    let (mut values, mut wholes, mut starts) = (Vec::new(), Vec::new(), vec![0]);
    for (from, to) in grouped.ranges() {
        let (mut entry, mut last) = (from, 0);
        while let Some(time) = times.get(entry).filter(|_| entry < to) {
            let Some(window) = windows.find(last, *time) else {
                entry += 1;
                continue;
            };
            let first = entry;
            while entry < to && times.get(entry).is_some_and(|time| windows.find(window, *time) == Some(window)) {
                gauge.enter(entry);
                entry += 1;
            }
            values.push(gauge.value());
            (first..entry).for_each(|entry| gauge.leave(entry));
            wholes.push(Whole { window: window as u32, from: first as u32, to: entry as u32 });
            last = window;
        }
        starts.push(values.len() as u32);
    }
    (values, wholes, starts)
}
