//! Times and durations: whole milliseconds of UTC inside, RFC 3339 at the edges.
//!
//! This module and `zone` are the only ones that touch a calendar library.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The text is not a time that Tocsin takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not an RFC 3339 time with a zone, such as 2026-03-04T08:12:40Z")]
pub struct TimeError(String);

/// The text is not a duration that Tocsin takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a duration: write a whole number and s, m, h or d, such as 90s, 5m, 1h or 7d")]
pub struct DurationError(String);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This instant and `span` more; stops at the ends of the range.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// This instant less `span`; stops at the ends of the range.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// Reads RFC 3339 with any number of fractional digits (vendors send none to nine) and cuts it to
    /// milliseconds. Years 1 to 9999.
    ///
    /// # Errors
    /// When the text is no RFC 3339 date-time with an offset.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        if let Some(time) = Self::of_utc(text.as_bytes()) {
            return Ok(time);
        }
        let fail = || TimeError(text.chars().take(64).collect());
        let time = DateTime::parse_from_rfc3339(text.trim()).map_err(|_| fail())?;
        // Rounding towards the past, so that a stamp never claims a later millisecond than it had.
        Ok(Self(time.timestamp().saturating_mul(1000) + i64::from(time.timestamp_subsec_millis().min(999))))
    }

    /// The usual form, `2026-03-04T08:12:40Z` with or without a fraction, several times as fast as the calendar library
    /// reads it. What is another form, or no time, is left to that.
    fn of_utc(text: &[u8]) -> Option<Self> {
        let (date, fraction) = text.strip_suffix(b"Z")?.split_at_checked(19)?;
        let number = |from: usize, to: usize| {
            let mut digits = date.get(from..to)?.iter();
            digits.try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
        };
        let millis = match fraction {
            [] => 0,
            [b'.', digits @ ..] if (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) => {
                let kept = digits.iter().chain(b"000").take(3);
                kept.fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
            }
            _ => return None,
        };
        let is_separated = matches!((date[4], date[7], date[10], date[13], date[16]), (b'-', b'-', b'T', b':', b':'));
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
        let days_before = |month: i64| {
            let days: i64 = *before.get(usize::try_from(month).ok()?)?;
            Some(days + i64::from(is_leap && month > 1))
        };
        let (first, next) = (days_before(month - 1)?, days_before(month)?);
        let is_time = year > 0 && day > 0 && day <= next - first && hour < 24 && minute < 60 && second < 60;
        if !is_separated || !is_time {
            return None;
        }
        // Days from 0001-01-01, and from there to 1970-01-01.
        let years = year - 1;
        let days = years * 365 + years / 4 - years / 100 + years / 400 + first + day - 1 - 719_162;
        Some(Self((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + millis))
    }

    /// Midnight UTC that starts the day `text` (`2026-11-01`).
    ///
    /// # Errors
    /// When the text is no calendar date.
    pub fn parse_date(text: &str) -> Result<Self, TimeError> {
        let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
            .ok()
            .filter(|day| (1..=9999).contains(&day.year()))
            .ok_or_else(|| TimeError(text.chars().take(64).collect()))?;
        Ok(Self(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds, as every interface prints it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::<Utc>::from_timestamp_millis(self.0) {
            Some(time) => out.write_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true)),
            None => write!(out, "{} ms", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A length of time in milliseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

impl Span {
    /// One second.
    pub const SECOND: Self = Self(1_000);
    /// One minute.
    pub const MINUTE: Self = Self(60_000);
    /// One hour.
    pub const HOUR: Self = Self(3_600_000);
    /// Twenty-four hours.
    pub const DAY: Self = Self(86_400_000);

    /// From milliseconds; a negative length is zero.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 { 0 } else { millis })
    }

    /// Its length in milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads `90s`, `5m`, `1h`, `7d`: one whole number from 1, one unit, at most 366 days.
    ///
    /// # Errors
    /// When the text is anything else; `M` is refused, since it means months to some and minutes to others.
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        let fail = || DurationError(text.chars().take(64).collect());
        let trimmed = text.trim();
        let unit = match trimmed.chars().last() {
            Some('s') => Self::SECOND,
            Some('m') => Self::MINUTE,
            Some('h') => Self::HOUR,
            Some('d') => Self::DAY,
            _ => return Err(fail()),
        };
        let digits = &trimmed[..trimmed.len() - 1];
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(fail());
        }
        let count: i64 = digits.parse().map_err(|_| fail())?;
        let millis = count.checked_mul(unit.0).ok_or_else(fail)?;
        if millis == 0 || millis > Self::DAY.0 * 366 {
            return Err(fail());
        }
        Ok(Self(millis))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn times_keep_milliseconds_and_drop_the_rest() {
        for (text, printed) in [
            ("2026-03-04T08:12:40Z", "2026-03-04T08:12:40.000Z"),
            ("2026-03-04T09:12:40.1239999+01:00", "2026-03-04T08:12:40.123Z"),
            ("2026-05-01T11:58:00.123456789Z", "2026-05-01T11:58:00.123Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
            ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::parse(text).map(|time| time.to_string()), Ok(printed.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "2026-03-04", "2026-03-04T08:12:40", "2026-02-30T00:00:00Z", "now", "1772611960000"] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_quick_way_reads_what_the_calendar_library_reads(
            date in "(000[01]|19[0-9]{2}|2000|2[0-9]{3}|9999)-(0[0-9]|1[0-4])-([0-2][0-9]|3[0-3])",
            clock in "([01][0-9]|2[0-4]):[0-6][0-9]:[0-6][0-9]",
            fraction in "(\\.[0-9]{0,10})?",
            zone in "(Z|Z|Z|z|\\+00:00| )",
        ) {
            let text = format!("{date}T{clock}{fraction}{zone}");
            if let Some(quick) = Timestamp::of_utc(text.as_bytes()) {
                let time = DateTime::parse_from_rfc3339(&text).unwrap();
                proptest::prop_assert_eq!(quick.millis(), time.timestamp_millis(), "{}", text);
            } else {
                // Leap seconds and what is rarely written are left to the library.
                let usual = DateTime::parse_from_rfc3339(&text).is_ok_and(|time| time.year() > 0)
                    && zone == "Z" && fraction.len() <= 10 && !clock.ends_with("60");
                proptest::prop_assert!(!usual, "{}", text);
            }
        }
    }

    #[test]
    fn durations_are_one_number_and_one_unit() {
        assert_eq!(Span::parse("90s"), Ok(Span::from_millis(90_000)));
        assert_eq!(Span::parse("5m"), Ok(Span::from_millis(300_000)));
        assert_eq!(Span::parse("1h"), Ok(Span::HOUR));
        assert_eq!(Span::parse("7d"), Ok(Span::from_millis(7 * 86_400_000)));
        for text in ["", "h", "0h", "-1h", "1M", "1h30m", "1.5h", "367d", "99999999999999999999s", "5 m", "١h"] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
    }
}
