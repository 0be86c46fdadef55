//! Windows, and when a trigger holds: the candidates of one group.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use std::collections::BTreeMap;

use super::Slip;
use super::baseline;
use super::calendar::{day_of, first_instant};
use super::fact::Fact;
use super::measure;
use super::ratio::Ratio;
use super::rule::{Length, Measure, Rule, Trigger, Window};

/// A time at which the trigger held.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// When, in ms of UTC.
    pub at: i64,
    /// Where its window begins and ends.
    pub window: (i64, i64),
    /// The exact value.
    pub value: Ratio,
    /// The events behind it, in order.
    pub events: Vec<String>,
}

impl Candidate {
    fn new(at: i64, window: (i64, i64), value: Ratio, events: &[&Fact]) -> Self {
        Self { at, window, value, events: events.iter().map(|fact| fact.id.clone()).collect() }
    }
}

/// The candidates of a group, from its matching events in order. `last` is the time of the last event of all.
#[must_use]
pub fn candidates(rule: &Rule, events: &[&Fact], last: i64) -> Vec<Candidate> {
    match &rule.trigger {
        Trigger::AtLeast(threshold) => at_least(rule, events, *threshold),
        Trigger::Absent => absent(rule, events, last),
        Trigger::Baseline { .. } => baseline::candidates(rule, &fixed(rule, events)),
        Trigger::Unseen { field, learn, minimum } => {
            history(rule, events, field, *learn, *minimum, |shown, _| shown == 0)
        }
        Trigger::Rare { field, learn, share, minimum } => {
            let edge = rule.slip == Some(Slip::RareShare);
            history(rule, events, field, *learn, *minimum, |shown, all| {
                let (left, right) = (Ratio::whole(100 * shown), share.times(Ratio::whole(all)));
                left < right || (edge && left == right)
            })
        }
    }
}

fn reaches(rule: &Rule, value: Ratio, threshold: Ratio) -> bool {
    match rule.slip {
        Some(Slip::ThresholdStrict) => value > threshold,
        Some(Slip::ThresholdLow) => value >= threshold.plus(Ratio::thousandths(-1)),
        Some(Slip::ThresholdHigh) => value >= threshold.plus(Ratio::thousandths(1)),
        _ => value >= threshold,
    }
}

/// Every value that was asked against a threshold, as if each were its own window.
#[must_use]
pub fn readings(rule: &Rule, events: &[&Fact]) -> Vec<Candidate> {
    let measured = |at: i64, window: (i64, i64), held: &[&Fact]| {
        measure::value(rule, held).map(|value| Candidate::new(at, window, value, held))
    };
    match &rule.window {
        Window::None => {
            events.iter().filter_map(|fact| measured(fact.time, (fact.time, fact.time), &[*fact])).collect()
        }
        Window::Rolling(length) => (0..events.len())
            .filter_map(|at| {
                let now = events[at].time;
                measured(now, (now - length, now), &rolling(rule, events, at, *length))
            })
            .collect(),
        Window::Fixed(..) => {
            let ends = matches!(rule.measure, Measure::Mean(_) | Measure::Share(..));
            let whole = fixed(rule, events).into_iter().flat_map(|(window, held)| {
                let so_far = (1..=held.len()).map(|count| held[..count].to_vec());
                let asked: Vec<(i64, Vec<&Fact>)> = if ends {
                    vec![(window.1, held.clone())]
                } else {
                    so_far.map(|part| (part[part.len() - 1].time, part)).collect()
                };
                asked.into_iter().filter_map(|(at, part)| measured(at, window, &part)).collect::<Vec<_>>()
            });
            whole.collect()
        }
        Window::Schedule(schedule) => {
            let mut windows: BTreeMap<(i64, i64), Vec<&Fact>> = BTreeMap::new();
            for fact in events {
                windows.entry(schedule.around(fact.time)).or_default().push(fact);
            }
            windows.into_iter().filter_map(|(window, held)| measured(window.1, window, &held)).collect()
        }
    }
}

fn at_least(rule: &Rule, events: &[&Fact], threshold: Ratio) -> Vec<Candidate> {
    let mut found = readings(rule, events);
    found.retain(|candidate| reaches(rule, candidate.value, threshold));
    if matches!(rule.window, Window::Fixed(..)) {
        // The first event at which the window so far holds, no other in that window.
        found.dedup_by_key(|candidate| candidate.window);
    }
    found
}

/// What is at or before the event in (time, id) order and later than t - D.
fn rolling<'a>(rule: &Rule, events: &[&'a Fact], at: usize, length: i64) -> Vec<&'a Fact> {
    let (now, start) = (events[at].time, events[at].time - length);
    let held = events.iter().enumerate().filter(|(place, fact)| {
        let begun = match rule.slip {
            Some(Slip::RollingStart) => fact.time >= start,
            Some(Slip::RollingShort) => fact.time > start + 1,
            _ => fact.time > start,
        };
        let same_time = rule.slip == Some(Slip::RollingOrder) && fact.time == now;
        begun && (*place <= at || same_time)
    });
    held.map(|(_, fact)| *fact).collect()
}

/// The group's fixed windows that hold an event, in order, each with its events.
fn fixed<'a>(rule: &Rule, events: &[&'a Fact]) -> Vec<((i64, i64), Vec<&'a Fact>)> {
    let Window::Fixed(length, zone) = &rule.window else { panic!("not a fixed window") };
    let mut windows: BTreeMap<(i64, i64), Vec<&Fact>> = BTreeMap::new();
    for fact in events {
        // Where the end belongs to the window, an event at a bound is of the earlier one.
        let at = fact.time - i64::from(rule.slip == Some(Slip::FixedEnd));
        windows.entry(fixed_window(*length, *zone, at, rule.slip)).or_default().push(fact);
    }
    windows.into_iter().collect()
}

/// The fixed window that an instant lies in.
#[must_use]
pub fn fixed_window(length: Length, zone: Tz, at: i64, slip: Option<Slip>) -> (i64, i64) {
    let epoch = NaiveDate::default();
    let day = day_of(zone, at);
    match length {
        Length::Elapsed(ms) if slip == Some(Slip::FixedMidnight) => {
            let start = at.div_euclid(ms) * ms;
            (start, start + ms)
        }
        Length::Elapsed(ms) => {
            let midnight = first_instant(zone, day);
            let start = midnight + (at - midnight) / ms * ms;
            (start, (start + ms).min(first_instant(zone, day + Days::new(1))))
        }
        Length::Days(days) if slip == Some(Slip::FixedDays) => {
            let start = at.div_euclid(days * 86_400_000) * days * 86_400_000;
            (start, start + days * 86_400_000)
        }
        Length::Days(days) => {
            let number = (day - epoch).num_days().div_euclid(days) * days;
            let bound = |number: i64| first_instant(zone, epoch + Days::new(u64::try_from(number).unwrap()));
            (bound(number), bound(number + days))
        }
    }
}

/// Nothing in (last, last + D]: once until the group's next event, up to and with the last event of all.
fn absent(rule: &Rule, events: &[&Fact], last: i64) -> Vec<Candidate> {
    let Window::Rolling(length) = rule.window else { panic!("not a rolling window") };
    let mut found = Vec::new();
    for (at, fact) in events.iter().enumerate() {
        let deadline = deadline(rule, fact.time, length);
        let ended = events[at + 1..].iter().any(|next| match rule.slip {
            Some(Slip::AbsentDeadline) => next.time < deadline,
            _ => next.time <= deadline,
        });
        let told = if rule.slip == Some(Slip::AbsentLast) { deadline < last } else { deadline <= last };
        if told && !ended {
            found.push(Candidate::new(deadline, (fact.time, deadline), Ratio::whole(0), &[]));
        }
    }
    found
}

/// When nothing has come for so long, without what lies in gaps. What is added may reach into further gaps. One that is
/// reached is left out whole, since nothing in it counts.
fn deadline(rule: &Rule, time: i64, length: i64) -> i64 {
    let mut deadline = time + length;
    loop {
        let left_out = |&(from, to): &(i64, i64)| match rule.slip {
            Some(Slip::GapCounts) => 0,
            Some(Slip::GapWhole) if from < time && time < to => to - from,
            Some(Slip::GapBeginning) if from == deadline => to - from,
            _ if from < deadline => (to - from.max(time)).max(0),
            _ => 0,
        };
        let longer = time + length + rule.gaps.iter().map(left_out).sum::<i64>();
        if longer == deadline {
            return deadline;
        }
        deadline = longer;
    }
}

/// Each event with a value for which `holds(shown, all)`: the earlier events within learn that showed it, and all.
fn history(
    rule: &Rule,
    events: &[&Fact],
    field: &str,
    learn: i64,
    minimum: usize,
    holds: impl Fn(usize, usize) -> bool,
) -> Vec<Candidate> {
    let least = minimum + usize::from(rule.slip == Some(Slip::HistoryMinimum));
    let mut found = Vec::new();
    for (at, fact) in events.iter().enumerate() {
        let start = fact.time - learn - i64::from(rule.slip == Some(Slip::LearnStart));
        let known: Vec<_> = events[..at].iter().filter(|earlier| earlier.time > start).collect();
        let odd = fact.members(field).iter().any(|member| {
            let shows =
                |earlier: &&&&Fact| earlier.members(field).iter().any(|other| other.canonical == member.canonical);
            holds(known.iter().filter(shows).count(), known.len())
        });
        if odd && at >= least {
            found.push(Candidate::new(fact.time, (fact.time, fact.time), Ratio::whole(1), &[*fact]));
        }
    }
    found
}
