//! Fixed and scheduled windows that hold a matching event.

use tocsin_model::rule::window::{Length, Unit, Window, WindowKind};
use tocsin_model::time::Timestamp;

/// Windows in order, those that hold nothing left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Windows {
    bounds: Vec<(i64, i64)>,
    /// Whether they hold their ends and not their starts, as those of schedules do.
    hold_ends: bool,
}

impl Windows {
    /// The windows of these times, which are in order.
    pub(super) fn around(window: &Window, times: &[i64]) -> Self {
        let mut found = Self { bounds: Vec::new(), hold_ends: matches!(window.kind, WindowKind::Schedule(_)) };
        let mut days = Days::default();
        for time in times {
            if found.bounds.last().is_some_and(|bounds| found.holds(*bounds, *time)) {
                continue;
            }
            let at = Timestamp::from_millis(*time);
            let bounds = match &window.kind {
                WindowKind::Fixed(length) => Some(days.fixed_around(*length, window, at)),
                WindowKind::Schedule(cron) => {
                    let tick = cron.next_after(Timestamp::from_millis(time - 1), window.zone);
                    tick.and_then(|tick| Some((cron.last_before(tick, window.zone)?, tick)))
                }
                WindowKind::Rolling(_) => None,
            };
            found.bounds.extend(bounds.map(|(start, end)| (start.millis(), end.millis())));
        }
        found
    }

    const fn holds(&self, (start, end): (i64, i64), time: i64) -> bool {
        if self.hold_ends { start < time && time <= end } else { start <= time && time < end }
    }

    /// The number of the window that holds a time, from the number of one that is not later; none: beyond the calendar.
    pub(super) fn find(&self, from: usize, time: i64) -> Option<usize> {
        let held = |at: usize| self.bounds.get(at).is_some_and(|bounds| self.holds(*bounds, time));
        if held(from) {
            return Some(from);
        }
        let is_over = |(_, end): &(i64, i64)| if self.hold_ends { *end < time } else { *end <= time };
        let at = from + self.bounds.get(from..).unwrap_or_default().partition_point(is_over);
        held(at).then_some(at)
    }

    /// The bounds of a window.
    pub(super) fn bounds(&self, at: u32) -> (i64, i64) {
        self.bounds.get(at as usize).copied().unwrap_or_default()
    }

    /// Where a window begins in times that are in order: how many of them are before what it holds.
    pub(super) fn first_in(&self, at: u32, times: &[i64]) -> usize {
        let (start, _) = self.bounds(at);
        times.partition_point(|time| if self.hold_ends { *time <= start } else { *time < start })
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        self.bounds.capacity() * size_of::<(i64, i64)>()
    }
}

/// The local day at hand: to ask the zone for it takes longer than to divide it.
#[derive(Debug, Default)]
struct Days(Option<(Timestamp, Timestamp)>);

impl Days {
    /// What [`Length::fixed_around`] says.
    fn fixed_around(&mut self, length: Length, window: &Window, at: Timestamp) -> (Timestamp, Timestamp) {
        match length.unit {
            Unit::Days => length.fixed_around(at, window.zone),
            Unit::Minutes | Unit::Hours => {
                let day = Length { count: 1, unit: Unit::Days };
                let known = self.0.filter(|(midnight, next)| *midnight <= at && at < *next);
                let (midnight, next) = known.unwrap_or_else(|| day.fixed_around(at, window.zone));
                self.0 = Some((midnight, next));
                let span = length.span().millis();
                let start = midnight.millis() + (at.millis() - midnight.millis()) / span * span;
                (Timestamp::from_millis(start), Timestamp::from_millis(start + span).min(next))
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn windows_are_those_of_the_length_on_every_night_that_clocks_change() {
        for (count, unit) in [(1, Unit::Minutes), (7, Unit::Hours), (30, Unit::Hours), (2, Unit::Days)] {
            for zone in ["UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia"] {
                let length = Length::new(count, unit).unwrap();
                let window = Window { kind: WindowKind::Fixed(length), zone: zone.parse().unwrap() };
                for day in ["2026-03-08", "2026-03-29", "2026-10-25", "2011-12-30"] {
                    let midnight = Timestamp::parse_date(day).unwrap().millis();
                    let times: Vec<i64> = (-30..60).map(|step| midnight + step * 3_100_007).collect();
                    let windows = Windows::around(&window, &times);
                    let mut from = 0;
                    for time in times {
                        let (start, end) = length.fixed_around(Timestamp::from_millis(time), window.zone);
                        from = windows.find(from, time).unwrap();
                        assert_eq!(windows.bounds(from as u32), (start.millis(), end.millis()), "{count} {zone} {day}");
                    }
                }
            }
        }
    }
}
