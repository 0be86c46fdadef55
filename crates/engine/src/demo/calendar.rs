//! The made-up company's days: office hours in Berlin, with the nights on which the clocks change there.

use tocsin_model::time::{Span, Timestamp};

/// Days that the demo looks back.
pub(crate) const DAYS: i64 = 90;

/// Hours of work of the machine that gathers, in which it was asleep.
const SLEEP_HOURS: i64 = 6;

/// Where the demo stands in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    now: Timestamp,
}

impl Calendar {
    pub(crate) const fn new(now: Timestamp) -> Self {
        Self { now }
    }

    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// `hours` after the UTC midnight that lies `days` before today's.
    pub(crate) const fn days_ago(&self, days: i64, hours: i64) -> Timestamp {
        let today = self.now.millis().div_euclid(Span::DAY.millis());
        Timestamp::from_millis((today - days) * Span::DAY.millis() + hours * Span::HOUR.millis())
    }

    /// The start of each of the last ninety days' hours, oldest first.
    pub(crate) fn hours(&self) -> impl Iterator<Item = Timestamp> + use<> {
        let now = self.now;
        (1..=DAYS * 24).rev().map(move |back| now.minus(Span::from_millis(back * Span::HOUR.millis())))
    }

    /// The six hours in which the machine slept: nothing came in, and nothing is told of them.
    pub(crate) fn sleep(&self) -> (Timestamp, Timestamp) {
        let mut days = 17;
        let near_the_change = |from: Timestamp| {
            self.clock_change().is_some_and(|at| (at.millis() - from.millis()).abs() < 2 * Span::DAY.millis())
        };
        while near_the_change(self.days_ago(days, 1)) {
            days += 1;
        }
        let from = self.days_ago(days, 1);
        (from, from.plus(Span::from_millis(SLEEP_HOURS * Span::HOUR.millis())))
    }

    pub(crate) fn asleep(&self, at: Timestamp) -> bool {
        let (from, to) = self.sleep();
        from <= at && at < to
    }

    /// The last change of the clocks within the ninety days; in summer and in winter there may be none.
    pub(crate) fn clock_change(&self) -> Option<Timestamp> {
        let year = year(self.now);
        let changes = [year - 1, year].into_iter().flat_map(|year| [change(year, 3), change(year, 10)]);
        let first = self.now.minus(Span::from_millis(DAYS * Span::DAY.millis()));
        changes.flatten().filter(|at| first < *at && *at < self.now).max()
    }

    /// The nights' batch starts at 02:30 in Berlin: never on the night the clocks go forward, twice when they go
    /// back.
    pub(crate) fn batch_starts(&self) -> Vec<Timestamp> {
        let half_past = |hour: &Timestamp| {
            let since_midnight = local(*hour).millis().rem_euclid(Span::DAY.millis());
            since_midnight / Span::HOUR.millis() == 2
        };
        let aligned = |at: Timestamp| {
            let hour = at.millis().div_euclid(Span::HOUR.millis()) * Span::HOUR.millis();
            Timestamp::from_millis(hour)
        };
        let hours = self.hours().map(aligned).filter(half_past);
        hours.map(|hour| hour.plus(Span::from_millis(30 * Span::MINUTE.millis()))).filter(|at| *at < self.now).collect()
    }
}

/// How busy the hour of `at` is, in thousandths of an average one.
pub(crate) fn busy(at: Timestamp) -> i64 {
    const HOURS: [i64; 24] = [
        220, 180, 180, 170, 190, 280, 500, 850, 1450, 1950, 2050, 1850, 1350, 1700, 1950, 1850, 1550, 1100, 800, 620,
        520, 460, 400, 300,
    ];
    let local = local(at).millis();
    let hour = local.rem_euclid(Span::DAY.millis()) / Span::HOUR.millis();
    let hour = HOURS[usize::try_from(hour).unwrap_or(0)];
    if is_weekend(local) { hour * 35 / 100 } else { hour }
}

/// The same for what machines do: they keep on at night.
pub(crate) fn steady(at: Timestamp) -> i64 {
    700 + busy(at) * 3 / 10
}

/// The next working morning at nine in Berlin after `at`, when somebody goes through the list.
pub(crate) fn next_morning(at: Timestamp) -> Timestamp {
    let day = Span::DAY.millis();
    let mut morning = local(at).millis().div_euclid(day) * day + 9 * Span::HOUR.millis();
    while morning <= local(at).millis() || is_weekend(morning) {
        morning += day;
    }
    let at = Timestamp::from_millis(morning);
    at.minus(Span::from_millis(offset(at)))
}

fn is_weekend(local_millis: i64) -> bool {
    // 1 January 1970 was a Thursday.
    matches!((local_millis.div_euclid(Span::DAY.millis()) + 4).rem_euclid(7), 0 | 6)
}

fn local(at: Timestamp) -> Timestamp {
    at.plus(Span::from_millis(offset(at)))
}

/// What Berlin's clocks are ahead of UTC, in milliseconds.
fn offset(at: Timestamp) -> i64 {
    let summer = change(year(at), 3).zip(change(year(at), 10)).is_some_and(|(from, to)| from <= at && at < to);
    if summer { 2 * Span::HOUR.millis() } else { Span::HOUR.millis() }
}

fn year(at: Timestamp) -> i64 {
    at.to_string().split('-').next().and_then(|year| year.parse().ok()).unwrap_or(1970)
}

/// When the clocks change in that month (March or October): 01:00 UTC on its last Sunday.
fn change(year: i64, month: u8) -> Option<Timestamp> {
    let last = Timestamp::parse_date(&format!("{year:04}-{month:02}-31")).ok()?;
    let weekday = (last.millis().div_euclid(Span::DAY.millis()) + 4).rem_euclid(7);
    Some(last.minus(Span::from_millis(weekday * Span::DAY.millis())).plus(Span::HOUR))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn the_clocks_change_on_the_last_sundays() {
        assert_eq!(change(2026, 3), Some(at("2026-03-29T01:00:00Z")));
        assert_eq!(change(2026, 10), Some(at("2026-10-25T01:00:00Z")));
        let november = Calendar::new(at("2026-11-22T12:00:00Z"));
        assert_eq!(november.clock_change(), Some(at("2026-10-25T01:00:00Z")));
        assert_eq!(Calendar::new(at("2026-02-20T12:00:00Z")).clock_change(), None);
    }

    #[test]
    fn the_batch_runs_twice_when_the_clocks_go_back_and_not_when_they_go_forward() {
        let starts = |now: &str, day: &str| {
            let starts = Calendar::new(at(now)).batch_starts();
            starts.iter().map(ToString::to_string).filter(|start| start.starts_with(day)).count()
        };
        assert_eq!(starts("2026-11-22T12:00:00Z", "2026-10-25"), 2);
        assert_eq!(starts("2026-11-22T12:34:56Z", "2026-10-24"), 1);
        assert_eq!(starts("2026-04-22T12:00:00Z", "2026-03-29"), 0);
        assert_eq!(starts("2026-04-22T12:00:00Z", "2026-03-30"), 1);
    }

    #[test]
    fn the_next_morning_is_a_working_one() {
        assert_eq!(next_morning(at("2026-11-20T12:00:00Z")), at("2026-11-23T08:00:00Z"));
        assert_eq!(next_morning(at("2026-07-01T06:59:00Z")), at("2026-07-01T07:00:00Z"));
    }
}
