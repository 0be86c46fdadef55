//! How many notifications firings would be.

use std::collections::VecDeque;

use tocsin_model::rule::Rule;
use tocsin_model::settings::NotifySettings;
use tocsin_model::severity::Severity;
use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::Found;

use crate::evaluate::ONE_ALERT;

/// Most single pop-ups in any minute, as the notifier has it.
const SINGLES_A_MINUTE: usize = 5;

/// How many notifications the firings of a rule would be, were it live and each alert acknowledged as soon as it is told:
/// a firing within a day of the last one of an alert grows that alert, and is told when it has doubled since it was
/// told last; what is milder than wanted is not told; quiet hours end in one summary; of a storm five in a minute are
/// told singly and the rest in one; of a rule whose channels leave out the desktop nothing is told. What depends on people is left out: alerts that are closed or snoozed by then.
pub(super) fn notifications(found: &Found<'_>, rule: &Rule, wishes: &NotifySettings) -> u64 {
    if rule.severity < wishes.from || !rule.tells_desktop() {
        return 0;
    }
    let mut told = told(found);
    told.sort_unstable();
    let (quiet, rest) = hushed(told, rule.severity, wishes);
    quiet + after_storms(&rest)
}

/// The firings that are told, after alerts have taken in what they grow by.
fn told(found: &Found<'_>) -> Vec<Timestamp> {
    let mut told = Vec::new();
    let mut open: Option<Open> = None;
    found.each_firing(|group, at, occurrences| {
        match open.as_mut().filter(|open| open.group == group && at <= open.last_fired.plus(ONE_ALERT)) {
            Some(open) => {
                if open.fires(at) {
                    told.push(at);
                }
            }
            None => {
                open = Some(Open { group, last_fired: at, occurrences: 1, told_at: 1 });
                told.push(at);
            }
        }
        // What joins a firing grows its alert too.
        if let Some(open) = &mut open {
            open.occurrences += occurrences.saturating_sub(1);
        }
    });
    told
}

/// An alert that somebody has acknowledged.
struct Open {
    group: usize,
    last_fired: Timestamp,
    occurrences: u64,
    /// Occurrences when it was last told.
    told_at: u64,
}

impl Open {
    /// Whether this firing is told.
    fn fires(&mut self, at: Timestamp) -> bool {
        self.last_fired = at;
        self.occurrences += 1;
        let is_doubled = self.occurrences >= self.told_at.saturating_mul(2);
        if is_doubled {
            self.told_at = self.occurrences;
        }
        is_doubled
    }
}

/// How many summaries quiet hours end in, and what is told outside them. Times are in order.
fn hushed(times: Vec<Timestamp>, severity: Severity, wishes: &NotifySettings) -> (u64, Vec<Timestamp>) {
    let Some(hours) = &wishes.quiet_hours else { return (0, times) };
    if hours.critical_anyway && severity == Severity::Critical {
        return (0, times);
    }
    let (mut summaries, mut rest) = (0, Vec::new());
    // Quiet begins and ends at whole minutes.
    let (mut until, mut asked) = (None, None);
    for at in times {
        if until.is_some_and(|until| at < until) {
            continue;
        }
        let minute = at.millis().div_euclid(Span::MINUTE.millis());
        if asked.replace(minute) != Some(minute) {
            until = hours.quiet_until(at);
            summaries += u64::from(until.is_some());
        }
        if until.is_none_or(|until| at >= until) {
            rest.push(at);
        }
    }
    (summaries, rest)
}

/// How many pop-ups there are when a minute has room for few of them. Times are in order.
fn after_storms(times: &[Timestamp]) -> u64 {
    let mut shown = 0;
    let mut singles: VecDeque<Timestamp> = VecDeque::new();
    let mut summary: Option<Timestamp> = None;
    for at in times {
        let is_recent = |then: &Timestamp| at.millis() - then.millis() < Span::MINUTE.millis();
        while singles.front().is_some_and(|then| !is_recent(then)) {
            singles.pop_front();
        }
        if singles.len() < SINGLES_A_MINUTE {
            singles.push_back(*at);
            shown += 1;
        } else if !summary.as_ref().is_some_and(is_recent) {
            summary = Some(*at);
            shown += 1;
        }
    }
    shown
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use tocsin_model::zone::{QuietHours, Zone};

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::parse("2026-03-04T20:00:00Z").unwrap().plus(Span::from_millis(minutes * 60_000))
    }

    #[test]
    fn an_alert_that_was_acknowledged_is_told_again_when_it_has_doubled() {
        let mut open = Open { group: 0, last_fired: at(0), occurrences: 1, told_at: 1 };
        let told: Vec<bool> = (0..8).map(|minute| open.fires(at(minute))).collect();
        assert_eq!(told, [true, false, true, false, false, false, true, false], "at 2, 4 and 8 occurrences");
    }

    #[test]
    fn a_night_is_one_summary_and_what_is_critical_comes_through() {
        let mut wishes =
            NotifySettings { quiet_hours: Some(QuietHours::nights(Zone::default())), ..NotifySettings::default() };
        // Quiet from 22:00 to 07:00, two nights.
        let times: Vec<_> = [0, 119, 120, 121, 500, 659, 660, 2_000, 2_050].map(at).into();
        let (summaries, rest) = hushed(times.clone(), Severity::High, &wishes);
        assert_eq!((summaries, rest), (2, [0, 119, 660].map(at).to_vec()));
        assert_eq!(hushed(times.clone(), Severity::Critical, &wishes), (0, times.clone()));
        wishes.quiet_hours.as_mut().unwrap().critical_anyway = false;
        assert_eq!(hushed(times, Severity::Critical, &wishes).0, 2);
    }

    #[test]
    fn a_storm_is_five_pop_ups_and_one_that_grows() {
        let seconds = |all: &[i64]| -> Vec<Timestamp> {
            all.iter().map(|second| Timestamp::from_millis(second * 1_000)).collect()
        };
        assert_eq!(after_storms(&seconds(&[0, 1, 2, 3, 4])), 5);
        assert_eq!(after_storms(&seconds(&[0; 1_000])), 6);
        // At 60 s the first single is a minute old; the summary of second 5 grows until second 65.
        assert_eq!(after_storms(&seconds(&[0, 1, 2, 3, 4, 5, 59, 60, 60, 64, 65])), 9);
        assert_eq!(after_storms(&[]), 0);
    }
}
