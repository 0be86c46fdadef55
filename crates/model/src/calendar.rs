//! Where the days of a time zone begin, and which instant its wall clock means for rules: also in the nights when it is
//! put forward or back.
//!
//! Invariant: [`Zone::instant_of`] never goes back while the wall clock goes on, so days and ticks stay in order.

use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::time::Timestamp;
use crate::zone::Zone;

/// Minutes of the wall clock since 1970-01-01T00:00, whatever the zone.
pub type WallMinute = i64;

const MINUTES_OF_DAY: i64 = 1_440;
/// No zone is further from UTC than this, in seconds.
const WIDEST: i64 = 16 * 3_600;

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The first instant of the local date `day`, counted from 1970-01-01. A date that the zone left out begins with
    /// the next one.
    #[must_use]
    pub fn day_start(self, day: i64) -> Timestamp {
        self.instant_of(day.saturating_mul(MINUTES_OF_DAY))
    }

    /// The day whose stretch, from its first instant to that of the next, holds `time`: the local date, except
    /// where a clock is put back over midnight.
    #[must_use]
    pub fn day_of(self, time: Timestamp) -> i64 {
        let mut day = self.wall_minute(time).div_euclid(MINUTES_OF_DAY) + 1;
        while self.day_start(day) > time {
            day -= 1;
        }
        day
    }

    /// The minute that the wall clock shows at `time`.
    #[must_use]
    pub fn wall_minute(self, time: Timestamp) -> WallMinute {
        let wall = self.0.from_utc_datetime(&naive(time.millis().div_euclid(1_000))).naive_local();
        wall.and_utc().timestamp().div_euclid(60)
    }

    /// The instant at which the wall clock shows this minute: the first one when it does so twice, the first instant
    /// after the gap when it never does.
    #[must_use]
    pub fn instant_of(self, minute: WallMinute) -> Timestamp {
        let wall = naive(minute.saturating_mul(60));
        let seconds = match self.0.from_local_datetime(&wall) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.timestamp(),
            LocalResult::None => self.after_gap(&wall),
        };
        Timestamp::from_millis(seconds.saturating_mul(1_000))
    }

    /// The first second at which the wall clock is past `wall`, by halving.
    fn after_gap(self, wall: &NaiveDateTime) -> i64 {
        let around = wall.and_utc().timestamp();
        let (mut before, mut after) = (around - WIDEST, around + WIDEST);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if self.0.from_utc_datetime(&naive(middle)).naive_local() < *wall {
                before = middle
            } else {
                after = middle
            }
        }
        after
    }
}

/// UTC seconds as a calendar time; stops at the ends of the calendar.
fn naive(seconds: i64) -> NaiveDateTime {
    let ends = |seconds: i64| if seconds < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_else(|| ends(seconds)).naive_utc()
}

/// The zone whose name is most like `text`, which may be a city alone.
#[must_use]
pub fn nearest_zone(text: &str) -> &'static str {
    let wanted = text.to_lowercase().replace(' ', "_");
    let is_city = |zone: &&Tz| zone.name().to_lowercase().rsplit('/').next() == Some(wanted.as_str());
    let distance = |zone: &&Tz| strsim::damerau_levenshtein(&zone.name().to_lowercase(), &wanted);
    let all = || chrono_tz::TZ_VARIANTS.iter();
    all().find(is_city).or_else(|| all().min_by_key(distance)).map_or("Europe/Berlin", |zone| zone.name())
}

/// A day of the calendar, as a schedule looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarDay {
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 (Sunday) to 6.
    pub weekday: u32,
}

/// The date that is `day` days after 1970-01-01; `None` beyond the calendar.
#[must_use]
pub fn calendar_day(day: i64) -> Option<CalendarDay> {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    let away = Days::new(day.unsigned_abs());
    let date = if day < 0 { epoch.checked_sub_days(away) } else { epoch.checked_add_days(away) }?;
    Some(CalendarDay { month: date.month(), day: date.day(), weekday: date.weekday().num_days_from_sunday() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn minute(text: &str) -> WallMinute {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap().and_utc().timestamp() / 60
    }

    #[test]
    fn a_repeated_minute_counts_once_and_a_skipped_one_after_the_gap() {
        for (name, wall, instant) in [
            ("Europe/Berlin", "2026-03-29 01:59", "2026-03-29T00:59:00Z"),
            ("Europe/Berlin", "2026-03-29 02:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-03-29 02:59", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-03-29 03:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z"),
            ("Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00Z"),
            ("America/New_York", "2026-03-08 02:30", "2026-03-08T07:00:00Z"),
            ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00Z"),
            ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00Z"),
            ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z"),
            ("America/Sao_Paulo", "2018-11-04 00:00", "2018-11-04T03:00:00Z"),
            ("America/Havana", "2026-11-01 00:00", "2026-11-01T04:00:00Z"),
            ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00Z"),
        ] {
            assert_eq!(zone(name).instant_of(minute(wall)), at(instant), "{name} {wall}");
        }
    }

    #[test]
    fn days_have_as_many_hours_as_they_have() {
        for (name, date, hours) in [
            ("Europe/Berlin", "2026-03-29", 23.0),
            ("Europe/Berlin", "2026-10-25", 25.0),
            ("America/New_York", "2026-11-01", 25.0),
            ("Australia/Lord_Howe", "2026-10-04", 23.5),
            ("Australia/Lord_Howe", "2026-04-05", 24.5),
            ("Pacific/Apia", "2011-12-30", 0.0),
            ("UTC", "2026-03-29", 24.0),
        ] {
            let day = minute(&format!("{date} 00:00")) / MINUTES_OF_DAY;
            let length = zone(name).day_start(day + 1).millis() - zone(name).day_start(day).millis();
            assert_eq!(length as f64 / 3_600_000.0, hours, "{name} {date}");
        }
    }

    #[test]
    fn every_instant_has_one_day() {
        // St. John's put its clocks back at 00:01, so that the evening before came once more.
        for (name, from) in [
            ("America/St_Johns", "2008-11-01T00:00:00Z"),
            ("Europe/Berlin", "2026-10-24T12:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-03T00:00:00Z"),
            ("Pacific/Apia", "2011-12-29T00:00:00Z"),
            ("America/Sao_Paulo", "2018-11-03T12:00:00Z"),
        ] {
            let zone = zone(name);
            let mut last = i64::MIN;
            for quarter in 0..300 {
                let time = Timestamp::from_millis(at(from).millis() + quarter * 900_000);
                let day = zone.day_of(time);
                assert!(zone.day_start(day) <= time && time < zone.day_start(day + 1), "{name} {time}");
                assert!(day >= last, "{name} {time}");
                last = day;
            }
        }
    }

    #[test]
    fn a_wrong_name_leads_to_the_nearest() {
        for (wrong, right) in
            [("europe/berlin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"), ("New York", "America/New_York")]
        {
            assert_eq!(nearest_zone(wrong), right);
        }
    }
}
