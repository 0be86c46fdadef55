//! Schedules: five-field CRON and nothing more, so that a schedule means the same everywhere.
//!
//! Numbers, `*`, lists, ranges, steps (`*/n`, `a-b/n`); Sunday is 0 or 7. Deliberately absent: names, `L`, `#`, `?`,
//! seconds, years, `@daily`.

use std::fmt;
use std::str::FromStr;

use crate::calendar::{WallMinute, calendar_day};
use crate::time::{Span, Timestamp};
use crate::zone::Zone;

/// When a schedule ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both day fields are restricted, so either of them matches.
    either_day: bool,
}

/// The text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CronError(String);

const FIELDS: [(&str, u32, u32); 5] =
    [("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7)];
const LONGEST_MONTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// A 29 February that is a Sunday may be forty years away (over a century without a leap day); nothing is further.
const FARTHEST_DAYS: i64 = 366 * 41;
const MINUTES_OF_DAY: i64 = 1_440;

impl FromStr for Cron {
    type Err = CronError;

    /// As [`Cron::read`], with the first of the errors.
    fn from_str(text: &str) -> Result<Self, CronError> {
        Self::read(text).map_err(|mut errors| errors.swap_remove(0))
    }
}

/// The numbers of one field as bits; what is none of them is noted.
fn set(text: &str, field: (&str, u32, u32), errors: &mut Vec<CronError>) -> u64 {
    text.split(',').fold(0, |bits, part| match range(part, field) {
        Ok(more) => bits | more,
        Err(error) => {
            errors.push(error);
            bits
        }
    })
}

fn range(part: &str, (name, least, most): (&str, u32, u32)) -> Result<u64, CronError> {
    let shown: String = part.chars().take(32).collect();
    let wrong = || {
        CronError(format!(
            "“{shown}” is no {name}: use *, numbers from {least} to {most}, ranges a-b, lists a,b and steps */n or a-b/n"
        ))
    };
    let number = |digits: &str| {
        let is_number = (1..=4).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|_| is_number).ok_or_else(wrong)
    };
    let (span, step) = match part.split_once('/') {
        Some((span, step)) => (span, number(step)?),
        None => (part, 1),
    };
    let (first, last) = match span.split_once('-') {
        _ if span == "*" => (least, most),
        Some((first, last)) => (number(first)?, number(last)?),
        // 5/10 means different things to different programs.
        None if part.contains('/') => return Err(wrong()),
        None => (number(span)?, number(span)?),
    };
    if step == 0 || first > last || first < least || last > most {
        return Err(wrong());
    }
    Ok((first..=last).step_by(step as usize).fold(0, |bits, number| bits | 1 << number))
}

/// Sunday is 0 and 7.
const fn week(days: u64) -> u64 {
    (days | days >> 7) & 0x7f
}

const fn has(bits: u64, number: u32) -> bool {
    bits >> number & 1 == 1
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// Everything that is wrong with it, one error at least: a document names all its problems at once.
    pub fn read(text: &str) -> Result<Self, Vec<CronError>> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            let shown: String = text.chars().take(64).collect();
            return Err(vec![CronError(format!(
                "“{shown}” has {} fields, and a schedule has five: minute, hour, day of month, month, day of week, such as 0 8 * * 1-5",
                fields.len()
            ))]);
        };
        let mut errors = Vec::new();
        let mut bits = |text: &str, at: usize| set(text, FIELDS[at], &mut errors);
        let cron = Self {
            text: fields.join(" "),
            minutes: bits(minute, 0),
            hours: bits(hour, 1),
            days: bits(day, 2),
            months: bits(month, 3),
            weekdays: week(bits(weekday, 4)),
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        };
        if errors.is_empty() && !cron.is_possible() {
            errors.push(CronError(format!("“{}” never comes: no month it names has that day of the month", cron.text)));
        }
        if errors.is_empty() { Ok(cron) } else { Err(errors) }
    }

    /// The expression with single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first tick after `time`; `None` when the calendar ends before.
    #[must_use]
    pub fn next_after(&self, time: Timestamp, zone: Zone) -> Option<Timestamp> {
        let from = zone.wall_minute(time);
        self.minutes_from(from).map(|minute| zone.instant_of(minute)).find(|tick| *tick > time)
    }

    /// The last tick before `time`; `None` when the calendar begins after.
    #[must_use]
    pub fn last_before(&self, time: Timestamp, zone: Zone) -> Option<Timestamp> {
        // Where the clock was put back within the last day, minutes ahead of it have already been.
        let day_before = zone.wall_minute(Timestamp::from_millis(time.millis() - Span::DAY.millis()));
        let from = zone.wall_minute(time).max(day_before + MINUTES_OF_DAY);
        self.minutes_back_from(from).map(|minute| zone.instant_of(minute)).find(|tick| *tick < time)
    }

    fn minutes_from(&self, from: WallMinute) -> impl Iterator<Item = WallMinute> {
        let first = from.div_euclid(MINUTES_OF_DAY);
        let days = (first..first.saturating_add(FARTHEST_DAYS)).filter(|day| self.has_day(*day));
        days.flat_map(|day| (0..MINUTES_OF_DAY).map(move |minute| day * MINUTES_OF_DAY + minute))
            .filter(move |minute| *minute >= from && self.has_minute(*minute))
    }

    fn minutes_back_from(&self, from: WallMinute) -> impl Iterator<Item = WallMinute> {
        let last = from.div_euclid(MINUTES_OF_DAY);
        let days = (last.saturating_sub(FARTHEST_DAYS)..=last).rev().filter(|day| self.has_day(*day));
        days.flat_map(|day| (0..MINUTES_OF_DAY).rev().map(move |minute| day * MINUTES_OF_DAY + minute))
            .filter(move |minute| *minute <= from && self.has_minute(*minute))
    }

    fn has_minute(&self, minute: WallMinute) -> bool {
        let of_day = u32::try_from(minute.rem_euclid(MINUTES_OF_DAY)).unwrap_or(0);
        has(self.hours, of_day / 60) && has(self.minutes, of_day % 60)
    }

    fn has_day(&self, day: i64) -> bool {
        calendar_day(day).is_some_and(|date| {
            let (by_date, by_week) = (has(self.days, date.day), has(self.weekdays, date.weekday));
            has(self.months, date.month) && if self.either_day { by_date || by_week } else { by_date && by_week }
        })
    }

    fn is_possible(&self) -> bool {
        let has_date =
            |(longest, month): (&u32, u32)| has(self.months, month) && (1..=*longest).any(|day| has(self.days, day));
        self.either_day || LONGEST_MONTHS.iter().zip(1..).any(has_date)
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn ticks(cron: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let (cron, zone): (Cron, Zone) = (cron.parse().unwrap(), zone.parse().unwrap());
        let mut time = at(from);
        let mut all = Vec::new();
        for _ in 0..count {
            let next = cron.next_after(time, zone).unwrap();
            let back = cron.last_before(Timestamp::from_millis(next.millis() + 1), zone);
            assert_eq!(back, Some(next), "the last tick before just after {next}");
            all.push(next.to_string().replace(":00.000Z", "Z"));
            time = next;
        }
        all
    }

    #[test]
    fn lists_ranges_and_steps_name_minutes() {
        assert_eq!(
            ticks("0,30 8-10/2 * * 1-5", "UTC", "2026-03-06T09:00:00Z", 4),
            ["2026-03-06T10:00Z", "2026-03-06T10:30Z", "2026-03-09T08:00Z", "2026-03-09T08:30Z"]
        );
        assert_eq!(
            ticks("*/45 23 * * *", "UTC", "2026-03-06T00:00:00Z", 2),
            ["2026-03-06T23:00Z", "2026-03-06T23:45Z"]
        );
        assert_eq!(ticks("0 0 29 2 *", "UTC", "2026-03-06T00:00:00Z", 2), ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]);
        assert_eq!(ticks("0 0 29 2 */7", "UTC", "2004-02-29T00:00:00Z", 1), ["2032-02-29T00:00Z"]);
    }

    #[test]
    fn two_restricted_day_fields_are_either_and_a_star_makes_them_both() {
        let from = "2026-06-01T00:00:00Z";
        assert_eq!(
            ticks("0 0 13 * 5", "UTC", from, 3),
            ["2026-06-05T00:00Z", "2026-06-12T00:00Z", "2026-06-13T00:00Z"]
        );
        assert_eq!(ticks("0 0 */13 * 0", "UTC", from, 2), ["2026-06-14T00:00Z", "2026-09-27T00:00Z"]);
        assert_eq!(ticks("0 0 * * 7", "UTC", from, 1), ["2026-06-07T00:00Z"]);
        assert_eq!(ticks("0 0 * * 5-7", "UTC", from, 3).len(), 3);
    }

    #[test]
    fn nights_of_the_clock_change_tick_once_a_minute_of_the_wall() {
        // Skipped: at the first instant after the gap, and equal instants are one tick.
        assert_eq!(
            ticks("15,45 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 3),
            ["2026-03-29T01:00Z", "2026-03-29T01:15Z", "2026-03-29T01:45Z"]
        );
        // Repeated: at its first occurrence.
        assert_eq!(
            ticks("30 2,14 * * *", "Europe/Berlin", "2026-10-24T20:00:00Z", 3),
            ["2026-10-25T00:30Z", "2026-10-25T13:30Z", "2026-10-26T01:30Z"]
        );
        assert_eq!(
            ticks("*/15 1 * * *", "America/New_York", "2026-11-01T05:30:00Z", 2),
            ["2026-11-01T05:45Z", "2026-11-02T06:00Z"]
        );
        assert_eq!(
            ticks("10,40 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 3),
            ["2026-10-03T15:30Z", "2026-10-03T15:40Z", "2026-10-04T15:10Z"]
        );
    }

    #[test]
    fn what_is_not_five_plain_fields_is_refused() {
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "@daily",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "5-1 * * * *",
            "*/0 * * * *",
            "5/10 * * * *",
            "1,,2 * * * *",
            "-1 * * * *",
            "+1 * * * *",
            "1-2-3 * * * *",
            "* * * JAN *",
            "* * * * MON",
            "* * L * *",
            "* * ? * *",
            "* * * * 5#2",
            "0 0 30 2 *",
            "0 0 31 4,6 *",
            "0 0 31 2 */2",
            "*/* * * * *",
            "** * * * *",
            "1/2/3 * * * *",
            "١ * * * *",
        ] {
            assert!(text.parse::<Cron>().is_err(), "{text}");
        }
        for text in ["* * * * *", "05 4 * * *", "0 0 30 1,2 *", "0 0 30 2 1", " 0\t0  * * 7 ", "0-59/7 * * * *"] {
            assert!(text.parse::<Cron>().is_ok(), "{text}");
        }
        assert_eq!(" 0\t0  * * 7 ".parse::<Cron>().unwrap().as_str(), "0 0 * * 7");
    }

    #[test]
    fn every_part_that_is_wrong_is_named() {
        let errors = Cron::read("60,5,x 24 31 2 MON").unwrap_err();
        let named: Vec<String> =
            errors.iter().map(|error| error.to_string().split(':').next().unwrap_or_default().to_owned()).collect();
        assert_eq!(named, ["“60” is no minute", "“x” is no minute", "“24” is no hour", "“MON” is no day of week"]);
    }
}
