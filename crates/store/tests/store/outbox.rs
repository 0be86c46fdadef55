//! What is still to be told: in order, not before its time, once.

use tocsin_model::id::NotificationId;
use tocsin_model::notification::{Arrival, Occasion};
use tocsin_model::time::Timestamp;
use tocsin_store::OutboxRow;

use crate::support::{Fixture, NOW, fresh, keep_plain};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + seconds * 1_000)
}

fn put(fixture: &Fixture, alert_row: i64, occasion: Occasion, not_before: Timestamp) -> NotificationId {
    let id = NotificationId::new(NOW, fresh());
    let row = OutboxRow { id, alert_row, occasion, arrival: Arrival::Delivered, queued_at: NOW, not_before };
    fixture.write(move |tx| tx.add_outbox(&row));
    id
}

fn due(fixture: &Fixture, now: Timestamp, limit: u64) -> Vec<NotificationId> {
    let due = fixture.store.read(|reader| reader.due_notifications(now, limit)).unwrap();
    due.into_iter().map(|(_, notification)| notification.id).collect()
}

fn row_of(fixture: &Fixture, id: NotificationId) -> i64 {
    let due = fixture.store.read(|reader| reader.due_notifications(at(1_000_000), 1_000)).unwrap();
    due.into_iter().find(|(_, notification)| notification.id == id).unwrap().0
}

fn next(fixture: &Fixture) -> Option<Timestamp> {
    fixture.store.read(|reader| reader.next_due()).unwrap()
}

#[test]
fn the_longest_due_comes_first_and_nothing_comes_early() {
    let (fixture, source) = Fixture::with_source();
    let (alert, id) = keep_plain(&fixture, source, "1");
    assert_eq!(next(&fixture), None);
    let times = [30, 10, 20, 10, 40];
    let put: Vec<_> = times.iter().map(|&time| put(&fixture, alert, Occasion::Raised, at(time))).collect();
    assert_eq!(next(&fixture), Some(at(10)));
    assert_eq!(due(&fixture, Timestamp::from_millis(at(10).millis() - 1), 10), []);
    assert_eq!(due(&fixture, at(10), 10), [put[1], put[3]], "equal times in the order of queueing");
    assert_eq!(due(&fixture, at(40), 10), [put[1], put[3], put[2], put[0], put[4]]);
    assert_eq!(due(&fixture, at(40), 3), [put[1], put[3], put[2]]);
    let (_, first) = fixture.store.read(|reader| reader.due_notifications(at(40), 1)).unwrap().remove(0);
    assert_eq!((first.alert.id, first.attempts, first.queued_at), (id, 0, NOW));
    assert_eq!((first.occasion, first.arrival), (Occasion::Raised, Arrival::Delivered));
}

#[test]
fn what_is_told_is_not_told_again() {
    let (fixture, source) = Fixture::with_source();
    let (alert, _) = keep_plain(&fixture, source, "1");
    let id = put(&fixture, alert, Occasion::Raised, at(0));
    let row = row_of(&fixture, id);
    fixture.write(move |tx| tx.finish_outbox(row, "shown", at(1)));
    assert_eq!((due(&fixture, at(100), 10), next(&fixture)), (vec![], None));
    let before = fixture.rows("outbox");
    // A second hand that comes too late changes nothing.
    fixture.write(move |tx| tx.finish_outbox(row, "no-server", at(2)));
    fixture.write(move |tx| tx.retry_outbox(row, at(3)));
    fixture.write(move |tx| tx.cancel_reminders(alert, at(3)));
    assert_eq!(fixture.rows("outbox"), before);
}

#[test]
fn what_failed_waits_and_counts_its_tries() {
    let (fixture, source) = Fixture::with_source();
    let (alert, _) = keep_plain(&fixture, source, "1");
    let id = put(&fixture, alert, Occasion::Worsened, at(0));
    let row = row_of(&fixture, id);
    for (attempt, later) in [(1, at(5)), (2, at(60))] {
        fixture.write(move |tx| tx.retry_outbox(row, later));
        assert_eq!(due(&fixture, Timestamp::from_millis(later.millis() - 1), 10), []);
        assert_eq!(next(&fixture), Some(later));
        let (_, tried) = fixture.store.read(|reader| reader.due_notifications(later, 10)).unwrap().remove(0);
        assert_eq!((tried.id, tried.attempts), (id, attempt), "the id stays through every try");
    }
}

#[test]
fn cancelling_reminders_takes_only_the_reminders_of_that_alert() {
    let (fixture, source) = Fixture::with_source();
    let (alert, _) = keep_plain(&fixture, source, "1");
    let (other, _) = keep_plain(&fixture, source, "2");
    let raised = put(&fixture, alert, Occasion::Raised, at(0));
    put(&fixture, alert, Occasion::SnoozeEnded, at(10));
    put(&fixture, alert, Occasion::SnoozeEnded, at(20));
    let kept = put(&fixture, other, Occasion::SnoozeEnded, at(15));
    fixture.write(move |tx| tx.cancel_reminders(alert, at(1)));
    assert_eq!(due(&fixture, at(100), 10), [raised, kept]);
    let outcomes: Vec<_> = fixture.rows("outbox").into_iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.contains("Text")).count(), 2, "{outcomes:?}");
}
