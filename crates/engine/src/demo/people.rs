//! What people made of the alerts: who looks when, and how it ends.

use tocsin_model::alert::Action;
use tocsin_model::status::CloseReason;
use tocsin_model::time::{Span, Timestamp};

use super::calendar::{Calendar, next_morning};
use super::dice::Dice;
use super::{DemoAlert, Happening, Moment};

/// How alerts of a sort are dealt with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Habit {
    /// Closed in heaps in the morning.
    Noise,
    /// Looked at when there is time.
    Routine,
    /// Looked at soon.
    Serious,
}

const NOISE: [(i64, &str); 4] = [(68, "false-positive"), (16, "benign"), (11, "duplicate"), (5, "informational")];
const ROUTINE: [(i64, &str); 6] = [
    (34, "benign"),
    (24, "informational"),
    (20, "false-positive"),
    (9, "true-positive"),
    (9, "duplicate"),
    (4, "planned-change"),
];
const SERIOUS: [(i64, &str); 5] =
    [(28, "true-positive"), (30, "benign"), (26, "false-positive"), (12, "duplicate"), (4, "other")];

const NOTES: [(&str, &[&str]); 6] = [
    (
        "benign",
        &[
            "Load test of the shop team, announced in the calendar",
            "Penetration test, agreed until Friday",
            "New warehouse scanner, owner confirmed",
        ],
    ),
    ("false-positive", &["Our own monitoring probes", "Health check of the CDN", "Rule too wide: matches test data"]),
    (
        "true-positive",
        &[
            "Key rotated, owner told",
            "Blocked at the gateway, ticket SEC-2184",
            "Reported to the partner; access cut to read only",
        ],
    ),
    ("duplicate", &["Same as the one above", "See the first of this morning"]),
    ("informational", &["Seen, nothing to do"]),
    ("other", &["Handed over to the network team"]),
];

/// Minutes as a span.
pub(crate) fn minutes(count: i64) -> Span {
    Span::from_millis(count * Span::MINUTE.millis())
}

/// Decides what people did about an alert up to now.
pub(crate) fn handle(dice: &mut Dice, calendar: &Calendar, habit: Habit, alert: &mut DemoAlert) {
    let age = calendar.now().millis() - alert.received_at.millis();
    let days = age / Span::DAY.millis();
    // The younger, the more of them still wait.
    let closed = match (habit, days) {
        (Habit::Noise, 0) => 25,
        (Habit::Noise, 1..=3) => 74,
        (Habit::Noise, _) => 98,
        (Habit::Routine, 0) => 22,
        (Habit::Routine, 1..=3) => 64,
        (Habit::Routine, 4..=13) => 90,
        (Habit::Routine, _) => 97,
        (Habit::Serious, 0) => 30,
        (Habit::Serious, 1..=3) => 68,
        (Habit::Serious, 4..=13) => 93,
        (Habit::Serious, _) => 99,
    };
    if dice.chance(closed) {
        close(dice, habit, alert);
    } else if dice.chance(45) {
        let at = alert.received_at.plus(minutes(dice.between(4, 140)));
        act(alert, at, Action::Acknowledge);
        if dice.chance(35) {
            act(alert, at.plus(minutes(dice.between(1, 30))), note(dice));
        }
    } else if days < 2 && dice.chance(14) {
        let until = calendar.now().plus(Span::from_millis(dice.between(2, 60) * Span::HOUR.millis()));
        act(alert, alert.received_at.plus(minutes(dice.between(2, 50))), Action::Snooze { until });
    }
}

fn close(dice: &mut Dice, habit: Habit, alert: &mut DemoAlert) {
    let (reasons, at): (&[(i64, &str)], Timestamp) = match habit {
        Habit::Noise => (&NOISE, next_morning(alert.received_at).plus(minutes(dice.between(2, 9)))),
        Habit::Routine if dice.chance(40) => {
            (&ROUTINE, next_morning(alert.received_at).plus(minutes(dice.between(5, 90))))
        }
        Habit::Routine => (&ROUTINE, alert.received_at.plus(minutes(dice.between(9, 300)))),
        Habit::Serious => {
            let seen = alert.received_at.plus(minutes(dice.between(1, 35)));
            act(alert, seen, Action::Acknowledge);
            (&SERIOUS, seen.plus(minutes(dice.between(6, 420))))
        }
    };
    let reason = *dice.weighted(reasons);
    let notes = NOTES.iter().find(|(of, _)| *of == reason).map(|(_, notes)| *notes);
    let says = match habit {
        Habit::Noise => 3,
        Habit::Routine => 22,
        Habit::Serious => 60,
    };
    let note = notes.filter(|_| dice.chance(says)).map(|notes| (*dice.pick(notes)).to_owned());
    act(alert, at, Action::Close { reason: CloseReason::from_stored(reason.to_owned()), note });
}

fn note(dice: &mut Dice) -> Action {
    let texts = [
        "Asked the owner of the application",
        "Waiting for the partner's answer",
        "Looks like the release of this morning – watching",
        "Спросил команду платежей, ждём ответа",
    ];
    Action::Note { text: (*dice.pick(&texts)).to_owned() }
}

/// A person does something.
pub(crate) fn act(alert: &mut DemoAlert, at: Timestamp, action: Action) {
    alert.history.push(Moment { at, what: Happening::Person(action) });
}
