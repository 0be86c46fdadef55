//! Local time: zones by their IANA names, times of day, days of the week, and the hours in which nobody is disturbed.
//!
//! Clocks are set forward and back, so a local time may never come or may come twice. A stretch of local time that
//! starts or ends in such an hour is never cut short: it begins at the first chance and ends at the last.

use chrono::{DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

use crate::time::Timestamp;

/// An IANA time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Zone(pub(crate) chrono_tz::Tz);

/// The text names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no time zone: use an IANA name such as Europe/Madrid, America/New_York or UTC")]
pub struct ZoneError(String);

/// Which of several instants a local time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    First,
    Last,
}

impl Zone {
    /// The instant at which clocks of this zone show `time` on `date`. A time that is left out is taken for the end of
    /// the gap.
    fn instant(self, date: NaiveDate, time: TimeOfDay, edge: Edge) -> Option<Timestamp> {
        /// The longest gap there was is a whole day, when a country moved across the date line.
        const LONGEST_GAP: i64 = 48 * 60;
        let wanted = date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(i64::from(time.0)))?;
        (0..LONGEST_GAP).find_map(|minutes| {
            let local = wanted.checked_add_signed(TimeDelta::minutes(minutes))?;
            let found = match (self.0.from_local_datetime(&local), edge) {
                (MappedLocalTime::Single(only), _) => only,
                (MappedLocalTime::Ambiguous(first, _), Edge::First) => first,
                (MappedLocalTime::Ambiguous(_, last), Edge::Last) => last,
                (MappedLocalTime::None, _) => return None,
            };
            Some(Timestamp::from_millis(found.timestamp_millis()))
        })
    }

    fn date(self, at: Timestamp) -> Option<NaiveDate> {
        Some(DateTime::<Utc>::from_timestamp_millis(at.millis())?.with_timezone(&self.0).date_naive())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.0.name())
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        text.trim().parse().map(Self).map_err(|_| ZoneError(text.chars().take(64).collect()))
    }
}

/// Minutes since midnight as a clock shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

/// The text is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no time of day: write hours and minutes, from 00:00 to 23:59")]
pub struct TimeOfDayError(String);

impl TimeOfDay {
    /// From minutes since midnight; whole days are left out.
    #[must_use]
    pub const fn from_minutes(minutes: u16) -> Self {
        Self(minutes % (24 * 60))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;

    fn from_str(text: &str) -> Result<Self, TimeOfDayError> {
        let part = |digits: &str, limit: u16| {
            let fits = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u16>().ok().filter(|number| fits && *number < limit)
        };
        let (hours, minutes) = text.trim().split_once(':').unwrap_or_default();
        match (part(hours, 24), part(minutes, 60)) {
            (Some(hours), Some(number)) if minutes.len() == 2 => Ok(Self(hours * 60 + number)),
            _ => Err(TimeOfDayError(text.chars().take(64).collect())),
        }
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// The whole week.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// The word that every interface uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }

    fn of(date: NaiveDate) -> Self {
        // Written out, so that the order of another library's list means nothing here.
        match date.weekday() {
            chrono::Weekday::Mon => Self::Mon,
            chrono::Weekday::Tue => Self::Tue,
            chrono::Weekday::Wed => Self::Wed,
            chrono::Weekday::Thu => Self::Thu,
            chrono::Weekday::Fri => Self::Fri,
            chrono::Weekday::Sat => Self::Sat,
            chrono::Weekday::Sun => Self::Sun,
        }
    }
}

/// A stretch of the day, on some days, in which nobody is disturbed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuietHours {
    /// When it starts.
    pub from: TimeOfDay,
    /// When it ends; not after `from` means on the next day, so the same time means 24 hours.
    pub to: TimeOfDay,
    /// The days on which it starts; at least one.
    pub days: Vec<Weekday>,
    /// Where the clock hangs.
    pub zone: Zone,
    /// Whether critical alerts are told all the same.
    #[serde(default = "yes")]
    pub critical_anyway: bool,
}

const fn yes() -> bool {
    true
}

impl QuietHours {
    /// Every night from 22:00 to 07:00.
    #[must_use]
    pub fn nights(zone: Zone) -> Self {
        let (from, to) = (TimeOfDay::from_minutes(22 * 60), TimeOfDay::from_minutes(7 * 60));
        Self { from, to, days: Weekday::ALL.to_vec(), zone, critical_anyway: true }
    }

    /// Whether it would never end.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.from == self.to && Weekday::ALL.iter().all(|day| self.days.contains(day))
    }

    /// The end of the quiet that `now` lies in; none when it lies in none. Whole days in a row are one quiet.
    #[must_use]
    pub fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        let mut end = self.end_of_stretch(now)?;
        for _ in Weekday::ALL {
            match self.end_of_stretch(end) {
                Some(later) => end = later,
                None => break,
            }
        }
        Some(end)
    }

    fn end_of_stretch(&self, now: Timestamp) -> Option<Timestamp> {
        let today = self.zone.date(now)?;
        // A stretch lasts a day at most, or two where a day was left out of the calendar.
        (0..=2)
            .filter_map(|back| today.checked_sub_days(Days::new(back)))
            .filter(|date| self.days.contains(&Weekday::of(*date)))
            .filter_map(|date| self.stretch(date))
            .filter(|(start, end)| *start <= now && now < *end)
            .map(|(_, end)| end)
            .max()
    }

    fn stretch(&self, date: NaiveDate) -> Option<(Timestamp, Timestamp)> {
        let last = if self.to > self.from { date } else { date.checked_add_days(Days::new(1))? };
        Some((self.zone.instant(date, self.from, Edge::First)?, self.zone.instant(last, self.to, Edge::Last)?))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn quiet(stretch: &str, days: &[Weekday], zone: &str) -> QuietHours {
        let (from, to) = stretch.split_once('-').unwrap();
        QuietHours {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            days: days.to_vec(),
            zone: zone.parse().unwrap(),
            critical_anyway: true,
        }
    }

    fn until(quiet: &QuietHours, now: &str) -> String {
        quiet.quiet_until(at(now)).map_or_else(|| "not quiet".to_owned(), |end| end.to_string().replace(".000Z", "Z"))
    }

    #[test]
    fn nights_go_over_midnight_in_their_own_zone() {
        // Madrid is one hour ahead of UTC in winter.
        let nights = quiet("22:00-07:00", &Weekday::ALL, "Europe/Madrid");
        for (now, end) in [
            ("2026-01-14T20:59:59.999Z", "not quiet"),
            ("2026-01-14T21:00:00Z", "2026-01-15T06:00:00Z"),
            ("2026-01-14T23:30:00Z", "2026-01-15T06:00:00Z"),
            ("2026-01-15T05:59:59.999Z", "2026-01-15T06:00:00Z"),
            ("2026-01-15T06:00:00Z", "not quiet"),
            ("2026-01-15T12:00:00Z", "not quiet"),
        ] {
            assert_eq!(until(&nights, now), end, "{now}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_it_starts_on() {
        let weeknights = quiet("22:00-07:00", &[Weekday::Mon, Weekday::Fri], "UTC");
        // 2026-01-12 is a Monday.
        assert_eq!(until(&weeknights, "2026-01-12T03:00:00Z"), "not quiet", "the night of Sunday");
        assert_eq!(until(&weeknights, "2026-01-12T23:00:00Z"), "2026-01-13T07:00:00Z");
        assert_eq!(until(&weeknights, "2026-01-13T06:00:00Z"), "2026-01-13T07:00:00Z", "still the night of Monday");
        assert_eq!(until(&weeknights, "2026-01-13T23:00:00Z"), "not quiet");
        assert_eq!(until(&weeknights, "2026-01-17T06:59:00Z"), "2026-01-17T07:00:00Z");
    }

    #[test]
    fn a_stretch_within_a_day_and_whole_days_in_a_row() {
        let lunch = quiet("12:30-13:15", &[Weekday::Wed], "Asia/Kolkata");
        assert_eq!(until(&lunch, "2026-01-14T07:00:00Z"), "2026-01-14T07:45:00Z");
        assert_eq!(until(&lunch, "2026-01-14T07:45:00Z"), "not quiet");
        assert_eq!(until(&lunch, "2026-01-15T07:00:00Z"), "not quiet");
        let weekend = quiet("00:00-00:00", &[Weekday::Sat, Weekday::Sun], "UTC");
        assert_eq!(
            until(&weekend, "2026-01-17T00:00:00Z"),
            "2026-01-19T00:00:00Z",
            "Saturday and Sunday are one quiet"
        );
        assert_eq!(until(&weekend, "2026-01-19T00:00:00Z"), "not quiet");
        assert!(!weekend.is_always());
        assert!(quiet("05:00-05:00", &Weekday::ALL, "UTC").is_always());
    }

    #[test]
    fn nights_in_which_clocks_change_are_whole() {
        let nights = quiet("22:00-07:00", &Weekday::ALL, "Europe/Madrid");
        // Forward on 2026-03-29, so that night has eight hours; back on 2026-10-25: ten.
        assert_eq!(until(&nights, "2026-03-28T21:00:00Z"), "2026-03-29T05:00:00Z");
        assert_eq!(until(&nights, "2026-10-24T20:00:00Z"), "2026-10-25T06:00:00Z");
        // 02:30 comes twice on that night: it is quiet until the second, and from the first.
        let early = quiet("23:00-02:30", &Weekday::ALL, "Europe/Madrid");
        assert_eq!(until(&early, "2026-10-25T00:45:00Z"), "2026-10-25T01:30:00Z");
        let late = quiet("02:30-06:00", &Weekday::ALL, "Europe/Madrid");
        assert_eq!(until(&late, "2026-10-25T00:30:00Z"), "2026-10-25T05:00:00Z");
        // And never on the other: then the gap's end counts.
        assert_eq!(until(&early, "2026-03-29T00:59:00Z"), "2026-03-29T01:00:00Z");
        assert_eq!(until(&late, "2026-03-29T00:59:59Z"), "not quiet");
        assert_eq!(until(&late, "2026-03-29T01:00:00Z"), "2026-03-29T04:00:00Z");
        // New York, where the clock is set at another hour.
        let city = quiet("01:15-01:45", &Weekday::ALL, "America/New_York");
        assert_eq!(until(&city, "2026-11-01T05:15:00Z"), "2026-11-01T06:45:00Z", "both of them and between");
    }

    #[test]
    fn a_day_that_was_left_out_harms_nothing() {
        // Apia had no 2011-12-30: Thursday was followed by Saturday.
        let nights = quiet("22:00-07:00", &Weekday::ALL, "Pacific/Apia");
        assert_eq!(until(&nights, "2011-12-30T08:30:00Z"), "2011-12-30T17:00:00Z");
        let evening = quiet("22:00-07:00", &[Weekday::Thu], "Pacific/Apia");
        assert!(evening.quiet_until(at("2011-12-30T08:30:00Z")).is_some());
    }

    #[test]
    fn what_is_no_time_and_no_zone_is_refused() {
        for text in ["", "7", "24:00", "12:60", "12:5", "+1:00", "1:000", "12:00:00", "noon", "-1:00", "١٢:٠٠"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
        assert_eq!("7:05".parse::<TimeOfDay>().map(|time| time.to_string()), Ok("07:05".to_owned()));
        for text in ["", "Madrid", "Europe/madrid", "UTC+1"] {
            assert!(text.parse::<Zone>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        /// Minute by minute the wall clock says the same, but for the hours in which it was set.
        #[test]
        fn it_agrees_with_the_clock_on_the_wall(
            from in 0u16..1440, to in 0u16..1440, days in proptest::collection::btree_set(0usize..7, 1..7),
            minutes in 0i64..(366 * 1440),
        ) {
            use chrono::Timelike;
            let days: Vec<Weekday> = days.into_iter().map(|day| Weekday::ALL[day]).collect();
            let zone: Zone = "Europe/Madrid".parse().unwrap();
            let (from, to) = (TimeOfDay::from_minutes(from), TimeOfDay::from_minutes(to));
            let quiet = QuietHours { from, to, days: days.clone(), zone, critical_anyway: true };
            let now = Timestamp::from_millis(at("2026-01-01T00:00:00Z").millis() + minutes * 60_000);
            let local = DateTime::<Utc>::from_timestamp_millis(now.millis()).unwrap().with_timezone(&zone.0);
            let set = ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"];
            proptest::prop_assume!(!set.contains(&local.date_naive().to_string().as_str()));
            let time = TimeOfDay::from_minutes(u16::try_from(local.hour() * 60 + local.minute()).unwrap());
            let today = days.contains(&Weekday::of(local.date_naive()));
            let yesterday = days.contains(&Weekday::of(local.date_naive().pred_opt().unwrap()));
            let expected = if to > from {
                today && from <= time && time < to
            } else {
                (today && time >= from) || (yesterday && time < to)
            };
            proptest::prop_assert_eq!(quiet.quiet_until(now).is_some(), expected);
            if let Some(end) = quiet.quiet_until(now) {
                proptest::prop_assert!(end > now && (quiet.is_always() || quiet.quiet_until(end).is_none()));
            }
        }
    }
}
