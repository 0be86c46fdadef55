//! What a person does not want to hear, and when: too mild alerts are left out, and quiet hours end in one summary.

use tocsin_model::notification::{Occasion, SkipReason};
use tocsin_model::severity::Severity;
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::zone::QuietHours;

use crate::plan::{Matter, Plan, Running, Telling, is_within};

/// The summary of quiet hours that was shown last.
#[derive(Debug, Default)]
pub(crate) struct Quiet {
    last: Option<Running>,
}

impl Quiet {
    /// Remembers what stands on the screen now.
    pub(crate) fn shown(&mut self, running: Running) {
        self.last = Some(running);
    }
}

impl Plan {
    /// Takes out what is milder than `floor`. Whoever snoozed an alert asked to hear of it again, however mild.
    pub(crate) fn skip_milder(mut self, floor: Severity) -> Self {
        for row in std::mem::take(&mut self.undecided) {
            let asked_for = row.notification.occasion == Occasion::SnoozeEnded;
            if asked_for || row.notification.alert.content.severity >= floor {
                self.undecided.push(row);
            } else {
                self.skips.extend(row.places.into_iter().map(|place| (place, SkipReason::Below(floor))));
            }
        }
        self
    }

    /// Holds back what comes in quiet hours.
    pub(crate) fn hold_quiet(mut self, hours: Option<&QuietHours>, now: Timestamp) -> Self {
        let Some((hours, end)) = hours.and_then(|hours| Some((hours, hours.quiet_until(now)?))) else { return self };
        for row in std::mem::take(&mut self.undecided) {
            if hours.critical_anyway && row.notification.alert.content.severity == Severity::Critical {
                self.undecided.push(row);
            } else {
                self.held.extend(row.places.into_iter().map(|place| (place, end)));
            }
        }
        self
    }

    /// Folds what was held back into one summary. A long night comes in several batches, which follow each other
    /// closely and so grow one pop-up.
    pub(crate) fn fold_quiet(mut self, quiet: &Quiet, now: Timestamp) -> Self {
        let (held, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.undecided).into_iter().partition(|row| row.notification.held_until.is_some());
        self.undecided = rest;
        if !held.is_empty() {
            let before = quiet.last.as_ref().filter(|running| is_within(running.touched, Span::MINUTE, now));
            let matter = Matter::Quiet(Running::with(before, &held, now));
            self.tellings.push(Telling { places: held.into_iter().flat_map(|row| row.places).collect(), matter });
        }
        self
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use tocsin_model::notification::Notification;
    use tocsin_model::zone::Zone;

    use super::*;
    use crate::samples::{NOW, delivered};

    fn hours(critical_anyway: bool) -> QuietHours {
        // NOW is 08:12:40 on a Wednesday.
        let (from, to) = ("08:00".parse().unwrap(), "09:00".parse().unwrap());
        QuietHours { from, to, critical_anyway, ..QuietHours::nights(Zone::default()) }
    }

    fn end() -> Timestamp {
        Timestamp::parse("2026-03-04T09:00:00Z").unwrap()
    }

    #[test]
    fn what_is_milder_than_wanted_is_left_out_by_name() {
        for floor in Severity::ALL {
            let batch = Severity::ALL.iter().zip(0..).map(|(severity, number)| delivered(number, *severity, NOW));
            let plan = Plan::of(batch.collect()).skip_milder(floor);
            let told: Vec<_> = plan.undecided.iter().map(|row| row.notification.alert.content.severity).collect();
            let expected: Vec<_> = Severity::ALL.into_iter().filter(|severity| *severity >= floor).collect();
            assert_eq!(told, expected, "{floor}");
            assert!(plan.skips.iter().all(|(_, reason)| *reason == SkipReason::Below(floor)));
            assert_eq!(plan.skips.len() + told.len(), 6);
        }
    }

    #[test]
    fn a_snooze_that_ends_was_asked_for() {
        let snoozed = Notification { occasion: Occasion::SnoozeEnded, ..delivered(1, Severity::Low, NOW) };
        assert_eq!(Plan::of(vec![snoozed]).skip_milder(Severity::Critical).undecided.len(), 1);
    }

    #[test]
    fn quiet_hours_hold_back_all_but_what_may_come_through() {
        for (anyway, held) in [(true, vec![0, 2]), (false, vec![0, 1, 2])] {
            let severities = [Severity::High, Severity::Critical, Severity::Medium];
            let batch = severities.into_iter().zip(0..).map(|(severity, number)| delivered(number, severity, NOW));
            let plan = Plan::of(batch.collect()).hold_quiet(Some(&hours(anyway)), NOW);
            assert_eq!(plan.held, held.into_iter().map(|place| (place, end())).collect::<Vec<_>>());
            assert_eq!(plan.undecided.len() + plan.held.len(), 3);
        }
        let after = Plan::of(vec![delivered(1, Severity::High, end())]).hold_quiet(Some(&hours(true)), end());
        assert_eq!((after.undecided.len(), after.held.len()), (1, 0));
        assert_eq!(Plan::of(vec![delivered(1, Severity::High, NOW)]).hold_quiet(None, NOW).undecided.len(), 1);
    }

    #[test]
    fn what_was_held_back_is_one_summary() {
        let held = |number| Notification { held_until: Some(end()), ..delivered(number, Severity::High, NOW) };
        let batch = vec![held(1), delivered(2, Severity::High, end()), held(3)];
        let plan = Plan::of(batch).fold_quiet(&Quiet::default(), end());
        assert_eq!((plan.undecided.len(), plan.tellings.len()), (1, 1));
        assert_eq!(plan.tellings[0].places, [0, 2]);
        let Matter::Quiet(running) = &plan.tellings[0].matter else { panic!("a summary of quiet hours") };
        assert_eq!((running.tally.total(), running.grows), (2, false));
        let mut quiet = Quiet::default();
        quiet.shown(running.clone());
        let next = Plan::of(vec![held(4)]).fold_quiet(&quiet, end().plus(Span::SECOND));
        let Matter::Quiet(running) = &next.tellings[0].matter else { panic!("a summary of quiet hours") };
        assert_eq!((running.tally.total(), running.grows), (3, true), "the next batch grows the same pop-up");
    }
}
