//! What deliveries and people do to an alert, one scenario a test.

use crate::scenario::Step::{Acknowledge, At, Close, Deliver, Reopen, Snooze, Undo};
use crate::scenario::{Stand, World, check};
use crate::support::minute;

const FIRST: &[(&str, &str, &str)] = &[("41", "Active", "Medium")];
const WORSE: &[(&str, &str, &str)] = &[("41", "Active", "Critical")];
const RESOLVED: &[(&str, &str, &str)] = &[("41", "Resolved", "Medium")];
const RAISED: &[(&str, &str, i64)] = &[("41", "raised", 0)];

#[test]
fn a_new_alert_is_stored_and_told() {
    check(
        &[At(3), Deliver("e1", Some(1), &[("41", "Active", "Medium"), ("42", "Active", "High")], [2, 0, 0, 0])],
        &Stand {
            alerts: &[("41", "new", "medium"), ("42", "new", "high")],
            outbox: &[("41", "raised", 3), ("42", "raised", 3)],
        },
    );
}

#[test]
fn a_repeat_changes_nothing_at_all() {
    let mut world = World::new();
    world.step(&Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]));
    world.step(&Deliver("e2", Some(2), WORSE, [0, 1, 0, 0]));
    world.step(&Acknowledge);
    let before = world.everything();
    world.step(&At(10));
    // The same message again; the same said anew in another message; the first message, which is history.
    world.step(&Deliver("e2", Some(2), WORSE, [0, 0, 1, 0]));
    world.step(&Deliver("e3", Some(3), WORSE, [0, 0, 1, 0]));
    world.step(&Deliver("e1", Some(1), FIRST, [0, 0, 1, 0]));
    world.step(&Deliver("e4", None, &[], [0, 0, 0, 0]));
    assert_eq!(world.everything(), before);
}

#[test]
fn a_later_status_updates_the_same_alert() {
    check(
        &[Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]), At(5), Deliver("e2", Some(5), RESOLVED, [0, 1, 0, 0])],
        &Stand { alerts: &[("41", "closed, source-resolved", "medium")], outbox: RAISED },
    );
}

#[test]
fn an_older_report_never_reopens() {
    check(
        &[
            Deliver("e2", Some(5), RESOLVED, [1, 0, 0, 0]),
            Deliver("e1", Some(1), WORSE, [0, 0, 1, 0]),
            Deliver("e0", Some(4), &[("41", "Open", "High")], [0, 0, 1, 0]),
        ],
        &Stand { alerts: &[("41", "closed, source-resolved", "medium")], outbox: &[] },
    );
}

#[test]
fn a_message_is_known_by_its_envelope_even_without_a_time() {
    check(
        &[
            Deliver("e1", None, FIRST, [1, 0, 0, 0]),
            Deliver("e2", None, RESOLVED, [0, 1, 0, 0]),
            Deliver("e1", None, FIRST, [0, 0, 1, 0]),
            Deliver("e2", None, RESOLVED, [0, 0, 1, 0]),
            Deliver("e3", None, FIRST, [0, 1, 0, 0]),
            Deliver("e2", None, RESOLVED, [0, 0, 1, 0]),
        ],
        &Stand { alerts: &[("41", "new", "medium")], outbox: &[("41", "raised", 0), ("41", "raised", 0)] },
    );
}

#[test]
fn what_was_closed_on_arrival_is_not_told() {
    check(
        &[Deliver("e1", Some(1), RESOLVED, [1, 0, 0, 0])],
        &Stand { alerts: &[("41", "closed, source-resolved", "medium")], outbox: &[] },
    );
}

#[test]
fn the_vendor_reopens_what_it_closed_and_that_is_told_again() {
    check(
        &[
            Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]),
            Deliver("e2", Some(2), RESOLVED, [0, 1, 0, 0]),
            Deliver("e3", Some(3), FIRST, [0, 1, 0, 0]),
        ],
        &Stand { alerts: &[("41", "new", "medium")], outbox: &[("41", "raised", 0), ("41", "raised", 0)] },
    );
}

#[test]
fn a_persons_close_stands_against_the_vendor() {
    check(
        &[
            Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]),
            Close,
            Deliver("e2", Some(2), WORSE, [0, 1, 0, 0]),
            Deliver("e3", Some(3), RESOLVED, [0, 1, 0, 0]),
            Deliver("e4", Some(4), WORSE, [0, 1, 0, 0]),
        ],
        &Stand { alerts: &[("41", "closed, benign", "critical")], outbox: RAISED },
    );
}

#[test]
fn an_acknowledged_alert_stays_so_while_the_vendor_says_nothing_new() {
    check(
        &[Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]), Acknowledge, Deliver("e2", Some(2), WORSE, [0, 1, 0, 0])],
        &Stand { alerts: &[("41", "acknowledged", "critical")], outbox: &[("41", "raised", 0), ("41", "worsened", 0)] },
    );
}

#[test]
fn an_open_alert_that_becomes_worse_is_told_again_and_one_that_becomes_milder_is_not() {
    check(
        &[
            Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]),
            At(7),
            Deliver("e2", Some(7), WORSE, [0, 1, 0, 0]),
            At(9),
            Deliver("e3", Some(9), &[("41", "Active", "Low")], [0, 1, 0, 0]),
        ],
        &Stand { alerts: &[("41", "new", "low")], outbox: &[("41", "raised", 0), ("41", "worsened", 7)] },
    );
}

#[test]
fn the_end_of_a_snooze_waits_in_the_outbox_and_undo_takes_it_out() {
    let steps = [Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]), At(10), Snooze(60)];
    check(
        &steps,
        &Stand { alerts: &[("41", "new", "medium")], outbox: &[("41", "raised", 0), ("41", "snooze-ended", 70)] },
    );
    let mut world = World::new();
    steps.iter().for_each(|step| world.step(step));
    world.step(&Undo);
    world.stands(&Stand { alerts: &[("41", "new", "medium")], outbox: RAISED });
    assert_eq!(world.alerts()[0].handling.snoozed_until, None);
}

#[test]
fn only_the_last_snooze_reminds() {
    check(
        &[Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]), Snooze(60), At(5), Snooze(120), At(8), Snooze(10)],
        &Stand { alerts: &[("41", "new", "medium")], outbox: &[("41", "raised", 0), ("41", "snooze-ended", 18)] },
    );
}

#[test]
fn whatever_ends_a_snooze_takes_its_reminder_along() {
    for end in [Acknowledge, Close, Reopen, Deliver("e2", Some(2), RESOLVED, [0, 1, 0, 0])] {
        let mut world = World::new();
        world.step(&Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]));
        world.step(&Snooze(60));
        world.step(&end);
        assert_eq!(world.outbox(), [("41".to_owned(), "raised", minute(0))]);
        assert_eq!(world.alerts()[0].handling.snoozed_until, None);
    }
}

#[test]
fn undo_brings_a_snooze_and_its_reminder_back_while_it_lasts() {
    let before = [Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]), Snooze(60), At(10), Acknowledge];
    for (undone_at, outbox) in [
        (59, vec![("41".to_owned(), "raised", minute(0)), ("41".to_owned(), "snooze-ended", minute(60))]),
        (60, vec![("41".to_owned(), "raised", minute(0))]),
    ] {
        let mut world = World::new();
        before.iter().for_each(|step| world.step(step));
        world.step(&At(undone_at));
        world.step(&Undo);
        assert_eq!(world.outbox(), outbox, "undone at {undone_at}");
        assert_eq!(world.alerts()[0].handling.snoozed_until, Some(minute(60)));
    }
}

#[test]
fn undo_after_undo_goes_back_to_the_start() {
    let mut world = World::new();
    world.step(&Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]));
    let before = world.alerts()[0].clone();
    for (n, step) in [Acknowledge, Snooze(60), Close, Reopen].iter().enumerate() {
        world.step(&At(i64::try_from(n).unwrap() + 1));
        world.step(step);
    }
    for _ in 0..4 {
        world.step(&Undo);
    }
    let after = world.alerts()[0].clone();
    assert_eq!(after.revision, before.revision + 8);
    assert_eq!(tocsin_model::alert::Alert { revision: before.revision, ..after }, before);
    assert_eq!(world.outbox(), [("41".to_owned(), "raised", minute(0))]);
    assert!(world.app.undo(None).unwrap_err().to_string().contains("nothing to undo"));
}

#[test]
fn a_report_between_an_action_and_its_undo_is_kept() {
    check(
        &[Deliver("e1", Some(1), FIRST, [1, 0, 0, 0]), Acknowledge, Deliver("e2", Some(2), WORSE, [0, 1, 0, 0]), Undo],
        &Stand { alerts: &[("41", "new", "critical")], outbox: &[("41", "raised", 0), ("41", "worsened", 0)] },
    );
}
