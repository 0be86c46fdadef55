//! The stretches of time a rule looks at.

use std::fmt;

use super::cron::Cron;
use crate::time::{Span, Timestamp};
use crate::zone::Zone;

/// The stretch of time a measure is computed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// How it lies in time.
    pub kind: WindowKind,
    /// The time zone of days and schedules.
    pub zone: Zone,
}

/// How a window lies in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowKind {
    /// `(t - D, t]` at each event's time t.
    Rolling(Length),
    /// `[start, start + D)`, one after the other.
    Fixed(Length),
    /// From tick to tick: `(previous, tick]`.
    Schedule(Cron),
}

impl Window {
    /// When the next windows end after `time`, at most `limit` of them; none when it is rolling, which ends at each
    /// event.
    #[must_use]
    pub fn next_ends(&self, time: Timestamp, limit: usize) -> Vec<Timestamp> {
        let next = |time: &Timestamp| match &self.kind {
            WindowKind::Rolling(_) => None,
            WindowKind::Fixed(length) => Some(length.fixed_around(*time, self.zone).1),
            WindowKind::Schedule(cron) => cron.next_after(*time, self.zone),
        };
        std::iter::successors(next(&time), next).take(limit).collect()
    }
}

impl WindowKind {
    /// The word of documents.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Rolling(_) => "rolling",
            Self::Fixed(_) => "fixed",
            Self::Schedule(_) => "schedule",
        }
    }
}

/// A number of minutes, hours or days, from 1 minute to 366 days. `24h` and `1d` are alike when rolling and different
/// when fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Length {
    /// How many, from 1.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

/// A unit of a window's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// 60 seconds.
    Minutes,
    /// 60 minutes.
    Hours,
    /// 24 hours when rolling, a day of the calendar when fixed.
    Days,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 3] = [Self::Minutes, Self::Hours, Self::Days];

    /// The word of documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    /// The letter of the short form.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Minutes => 'm',
            Self::Hours => 'h',
            Self::Days => 'd',
        }
    }

    const fn span(self) -> Span {
        match self {
            Self::Minutes => Span::MINUTE,
            Self::Hours => Span::HOUR,
            Self::Days => Span::DAY,
        }
    }
}

/// Longest window.
const LONGEST: i64 = 366 * Span::DAY.millis();

impl Length {
    /// So many units; `None` outside of 1 minute to 366 days.
    #[must_use]
    pub fn new(count: u64, unit: Unit) -> Option<Self> {
        let length = Self { count: u32::try_from(count).ok()?, unit };
        (1..=LONGEST).contains(&length.span().millis()).then_some(length)
    }

    /// Its length on the clock, days of 24 hours.
    #[must_use]
    pub const fn span(self) -> Span {
        // A u32 times a day is far below the limit.
        Span::from_millis(self.count as i64 * self.unit.span().millis())
    }

    /// The fixed window `[start, end)` that holds `time`. Minutes and hours count from local midnight and restart
    /// there; days are those of the calendar, counted from 1970-01-01.
    #[must_use]
    pub fn fixed_around(self, time: Timestamp, zone: Zone) -> (Timestamp, Timestamp) {
        let day = zone.day_of(time);
        match self.unit {
            Unit::Minutes | Unit::Hours => {
                let (midnight, next) = (zone.day_start(day), zone.day_start(day + 1));
                let length = self.span().millis();
                let start = midnight.millis() + (time.millis() - midnight.millis()) / length * length;
                (Timestamp::from_millis(start), Timestamp::from_millis(start + length).min(next))
            }
            Unit::Days => {
                let count = i64::from(self.count);
                let first = day.div_euclid(count) * count;
                (zone.day_start(first), zone.day_start(first + count))
            }
        }
    }
}

impl fmt::Display for Length {
    /// `5m`, `24h`, `1d`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.count, self.unit.letter())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn around(count: u64, unit: Unit, zone: &str, time: &str) -> [String; 2] {
        let time = Timestamp::parse(time).unwrap();
        let (start, end) = Length::new(count, unit).unwrap().fixed_around(time, zone.parse().unwrap());
        assert!(start <= time && time < end);
        [start, end].map(|time| time.to_string().replace(":00.000Z", "Z"))
    }

    fn ends(kind: WindowKind, zone: &str, from: &str) -> Vec<String> {
        let window = Window { kind, zone: zone.parse().unwrap() };
        let ends = window.next_ends(Timestamp::parse(from).unwrap(), 3);
        ends.iter().map(|end| end.to_string().replace(":00.000Z", "Z")).collect()
    }

    #[test]
    fn the_next_ends_follow_the_clock_change() {
        let hours = |count| WindowKind::Fixed(Length::new(count, Unit::Hours).unwrap());
        // The last window of the day of 25 hours is an hour long.
        assert_eq!(
            ends(hours(6), "Europe/Berlin", "2026-10-25T20:00:00Z"),
            ["2026-10-25T22:00Z", "2026-10-25T23:00Z", "2026-10-26T05:00Z"]
        );
        // An end is not its own next.
        assert_eq!(
            ends(hours(1), "UTC", "2026-03-01T10:00:00Z"),
            ["2026-03-01T11:00Z", "2026-03-01T12:00Z", "2026-03-01T13:00Z"]
        );
        assert_eq!(
            ends(WindowKind::Schedule("30 2 * * *".parse().unwrap()), "Europe/Berlin", "2026-03-28T12:00:00Z"),
            ["2026-03-29T01:00Z", "2026-03-30T00:30Z", "2026-03-31T00:30Z"]
        );
        assert!(
            ends(WindowKind::Rolling(Length::new(5, Unit::Minutes).unwrap()), "UTC", "2026-03-01T10:00:00Z").is_empty()
        );
    }

    #[test]
    fn minutes_and_hours_count_from_local_midnight_and_restart_there() {
        let berlin = "Europe/Berlin";
        assert_eq!(
            around(15, Unit::Minutes, "UTC", "2026-03-01T10:29:59.999Z"),
            ["2026-03-01T10:15Z", "2026-03-01T10:30Z"]
        );
        assert_eq!(around(7, Unit::Hours, "UTC", "2026-03-01T23:00:00Z"), ["2026-03-01T21:00Z", "2026-03-02T00:00Z"]);
        // A day of 23 hours, elapsed time: the wall clock shows 00, 07, 13, 19.
        assert_eq!(around(6, Unit::Hours, berlin, "2026-03-29T05:00:00Z"), ["2026-03-29T05:00Z", "2026-03-29T11:00Z"]);
        assert_eq!(around(6, Unit::Hours, berlin, "2026-03-29T21:00:00Z"), ["2026-03-29T17:00Z", "2026-03-29T22:00Z"]);
        // One of 25 hours: the last window is an hour long.
        assert_eq!(around(6, Unit::Hours, berlin, "2026-10-25T22:30:00Z"), ["2026-10-25T22:00Z", "2026-10-25T23:00Z"]);
        assert_eq!(around(24, Unit::Hours, berlin, "2026-10-25T22:30:00Z"), ["2026-10-25T22:00Z", "2026-10-25T23:00Z"]);
        assert_eq!(around(48, Unit::Hours, "UTC", "2026-03-02T05:00:00Z"), ["2026-03-02T00:00Z", "2026-03-03T00:00Z"]);
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(
            around(1, Unit::Days, "Europe/Berlin", "2026-10-25T22:30:00Z"),
            ["2026-10-24T22:00Z", "2026-10-25T23:00Z"]
        );
        assert_eq!(around(7, Unit::Days, "UTC", "1970-01-07T23:59:59Z"), ["1970-01-01T00:00Z", "1970-01-08T00:00Z"]);
        assert_eq!(around(7, Unit::Days, "UTC", "1969-12-31T23:59:59Z"), ["1969-12-25T00:00Z", "1970-01-01T00:00Z"]);
        assert_eq!(
            around(2, Unit::Days, "Pacific/Apia", "2011-12-31T12:00:00Z"),
            ["2011-12-31T10:00Z", "2012-01-02T10:00Z"]
        );
    }

    #[test]
    fn lengths_go_from_a_minute_to_a_leap_year() {
        assert!(Length::new(0, Unit::Days).is_none());
        assert!(Length::new(366, Unit::Days).is_some() && Length::new(367, Unit::Days).is_none());
        assert!(Length::new(8_784, Unit::Hours).is_some() && Length::new(8_785, Unit::Hours).is_none());
        assert!(Length::new(u64::MAX, Unit::Minutes).is_none());
    }
}
