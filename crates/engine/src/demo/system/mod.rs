//! One file a system: what it reports on ordinary days.

pub(super) mod axway;
pub(super) mod defender;
pub(super) mod secure_access;
pub(super) mod shield;
pub(super) mod threat_alerts;
pub(super) mod tunnels;

use tocsin_model::time::{Span, Timestamp};

use super::calendar::{Calendar, busy, steady};
use super::dice::Dice;

/// Times over ninety days: about `a_day` each day, as people work or as machines run.
fn times(dice: &mut Dice, calendar: &Calendar, a_day: i64, by_people: bool) -> Vec<Timestamp> {
    let mut times = Vec::new();
    for hour in calendar.hours() {
        let weight = if by_people { busy(hour) } else { steady(hour) };
        for _ in 0..dice.count(a_day * weight / 24) {
            times.push(hour.plus(Span::from_millis(dice.between(0, Span::HOUR.millis()))));
        }
    }
    times
}
