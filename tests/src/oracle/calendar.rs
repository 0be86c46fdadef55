//! Local days and CRON ticks, found by walking minutes.

use chrono::{DateTime, Datelike as _, Days, LocalResult, NaiveDate, NaiveDateTime, TimeZone as _, Timelike as _};
use chrono_tz::Tz;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use super::Slip;

const MINUTE: i64 = 60_000;

/// The local date and time of an instant in ms.
#[must_use]
pub fn local(zone: Tz, at: i64) -> NaiveDateTime {
    DateTime::from_timestamp_millis(at).unwrap().with_timezone(&zone).naive_local()
}

thread_local! {
    static FIRST: RefCell<HashMap<(Tz, NaiveDate), i64>> = RefCell::default();
}

/// The first instant of a local date.
#[must_use]
pub fn first_instant(zone: Tz, date: NaiveDate) -> i64 {
    let known = FIRST.with_borrow(|known| known.get(&(zone, date)).copied());
    known.unwrap_or_else(|| {
        let mut at = date.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp_millis() - 27 * 60 * MINUTE;
        while local(zone, at).date() < date {
            at += MINUTE;
        }
        FIRST.with_borrow_mut(|known| known.insert((zone, date), at));
        at
    })
}

/// The local day that an instant lies in: the last one that has begun.
#[must_use]
pub fn day_of(zone: Tz, at: i64) -> NaiveDate {
    let near = local(zone, at).date();
    let days = (0..5).map(|ahead| near + Days::new(2) - Days::new(ahead));
    days.into_iter().find(|day| first_instant(zone, *day) <= at).unwrap()
}

/// A CRON expression in a zone.
#[derive(Debug, Clone)]
pub struct Schedule {
    zone: Tz,
    fields: Vec<Vec<u32>>,
    either_day: bool,
    slip: Option<Slip>,
    ticks: RefCell<HashMap<NaiveDate, BTreeSet<i64>>>,
}

impl Schedule {
    /// Reads a valid expression.
    #[must_use]
    pub fn read(expression: &str, zone: Tz, slip: Option<Slip>) -> Self {
        let ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
        let texts: Vec<&str> = expression.split_whitespace().collect();
        let fields = texts.iter().zip(ranges).map(|(text, (low, high))| numbers(text, low, high)).collect();
        let either_day = !texts[2].starts_with('*') && !texts[4].starts_with('*');
        Self { zone, fields, either_day, slip, ticks: RefCell::default() }
    }

    fn is_on(&self, date: NaiveDate) -> bool {
        let weekday = date.weekday().num_days_from_sunday();
        let weekday = self.fields[4].iter().any(|day| day % 7 == weekday);
        let day = self.fields[2].contains(&date.day());
        self.fields[3].contains(&date.month()) && if self.either_day { day || weekday } else { day && weekday }
    }

    /// The instants of the minutes of that local date, as the clock should show them.
    fn of(&self, date: NaiveDate) -> BTreeSet<i64> {
        if !self.is_on(date) {
            return BTreeSet::new();
        }
        if let Some(known) = self.ticks.borrow().get(&date) {
            return known.clone();
        }
        let all = (0..1_440).map(|minute| date.and_hms_opt(minute / 60, minute % 60, 0).unwrap());
        let matching = all.filter(|at| self.fields[1].contains(&at.hour()) && self.fields[0].contains(&at.minute()));
        let found: BTreeSet<i64> = matching.filter_map(|at| self.instant(at)).collect();
        self.ticks.borrow_mut().insert(date, found.clone());
        found
    }

    /// The instant of a local minute: of a repeated one the first, of a skipped one the first after the gap.
    fn instant(&self, wanted: NaiveDateTime) -> Option<i64> {
        let mut at = wanted;
        loop {
            match self.zone.from_local_datetime(&at) {
                LocalResult::Single(found) => return Some(found.timestamp_millis()),
                LocalResult::Ambiguous(_, second) if self.slip == Some(Slip::SecondOfRepeated) => {
                    return Some(second.timestamp_millis());
                }
                LocalResult::Ambiguous(first, _) => return Some(first.timestamp_millis()),
                LocalResult::None if self.slip == Some(Slip::NoTickInGap) => return None,
                LocalResult::None => at += chrono::Duration::minutes(1),
            }
        }
    }

    /// The window of ticks that holds an event at `time`: after the first of them, up to and with the second.
    #[must_use]
    pub fn around(&self, time: i64) -> (i64, i64) {
        let before = |tick: &i64| if self.slip == Some(Slip::TickOpensNext) { *tick <= time } else { *tick < time };
        let here = local(self.zone, time).date();
        // Two days more than it takes: a day's ticks may fall onto the next when midnight is skipped.
        let gather = |backward: bool| {
            let (mut found, mut spare) = (BTreeSet::new(), 2);
            for steps in 0..20_000 {
                let day = if backward {
                    here + Days::new(2) - Days::new(steps)
                } else {
                    here - Days::new(2) + Days::new(steps)
                };
                found.extend(self.of(day).into_iter().filter(|tick| before(tick) == backward));
                spare -= i32::from(!found.is_empty());
                if spare < 0 {
                    return found;
                }
            }
            panic!("no tick in twenty thousand days");
        };
        (*gather(true).last().unwrap(), *gather(false).first().unwrap())
    }
}

fn numbers(text: &str, low: u32, high: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for part in text.split(',') {
        let (range, step) = part.split_once('/').map_or((part, 1), |(range, step)| (range, step.parse().unwrap()));
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (from.parse().unwrap(), to.parse().unwrap()),
            None => (range.parse().unwrap(), range.parse().unwrap()),
        };
        found.extend((from..=to).step_by(step));
    }
    found
}
