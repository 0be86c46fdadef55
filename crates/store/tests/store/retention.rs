//! Retention: what is said to go is what goes, and nothing else.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rusqlite::Connection;
use tocsin_model::activity::Actor;
use tocsin_model::alert::Handling;
use tocsin_model::delivery::{EventReport, Position, Rejected};
use tocsin_model::field::EventKind;
use tocsin_model::id::{AlertId, ChangeId, EventId, NotificationId, QuarantineId};
use tocsin_model::notification::{Arrival, Occasion};
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::{Span, Timestamp};
use tocsin_store::{
    ChangedAlert, FeedEvent, NewActivity, NewAlert, OutboxRow, Removed, ReportPlace, RetentionRule, StoreError, WriteTx,
};

use crate::support::{Fixture, NOW, content, delivery, fresh, look_into};

fn day(ago: i64) -> Timestamp {
    NOW.minus(Span::from_millis(ago * Span::DAY.millis()))
}

/// One inbound document and what stands in it.
#[derive(Debug, Clone)]
struct Document {
    came: i64,
    /// Days ago of each alert, whether it is closed, days ago of the closing, and whether a later report moved it on.
    alerts: Vec<(i64, bool, i64, bool)>,
    unreadable: bool,
    size: usize,
    /// Events of a feed that came with it.
    events: usize,
}

fn document() -> impl Strategy<Value = Document> {
    let alert = (0..120_i64, any::<bool>(), 0..120_i64, any::<bool>());
    (0..120_i64, prop::collection::vec(alert, 0..4), prop::bool::weighted(0.2), 10..6_000_usize, 0..4_usize)
        .prop_map(|(came, alerts, unreadable, size, events)| Document { came, alerts, unreadable, size, events })
}

fn keep(tx: &WriteTx<'_>, source_row: i64, n: usize, document: &Document) -> Result<(), StoreError> {
    let came = day(document.came);
    let body = |text: &str| tocsin_model::delivery::Delivery { received_at: came, ..delivery(text) };
    let text = format!("{{\"n\":{n},\"filler\":\"{}\"}}", "x".repeat(document.size));
    let delivery_row = tx.add_delivery(source_row, &body(&text))?;
    for (at, (time, closed, handled, moved)) in document.alerts.iter().enumerate() {
        let identity = format!("{n}.{at}");
        let said = tocsin_model::alert::Content { time: day(*time), ..content(&identity) };
        let fresh_handling = Handling::fresh(Status::New, None);
        let mut report = ReportPlace { key: None, reported_at: None, delivery_row, payload: 0..2 };
        let row = tx.add_alert(&NewAlert {
            id: AlertId::new(came, fresh()),
            source_row,
            identity: &identity,
            external_id: &identity,
            content: &said,
            handling: &fresh_handling,
            received_at: came,
            report: report.clone(),
        })?;
        let id = NotificationId::new(came, fresh());
        let (occasion, arrival) = (Occasion::Raised, Arrival::Delivered);
        tx.add_outbox(&OutboxRow { id, alert_row: row, occasion, arrival, queued_at: came, not_before: came })?;
        if *moved {
            // Twice: the document in the middle is then needed by nothing.
            for _ in 0..2 {
                report.delivery_row = tx.add_delivery(source_row, &body("{\"moved\":true}"))?;
                tx.update_alert(row, &said, &fresh_handling, &report, came)?;
            }
            let (what, detail, actor) = ("updated", "", Actor::Source);
            tx.add_activity(&NewActivity { alert_row: row, at: came, actor, what, detail, report_key: None })?;
        }
        if *closed {
            let at = day(*handled);
            let after = Handling::fresh(Status::Closed, Some(CloseReason::expired()));
            let change = tx.add_change(ChangeId::new(at, fresh()), "closed", at)?;
            let changed = ChangedAlert {
                row,
                before: &fresh_handling,
                before_updated_at: came,
                before_seen: false,
                after: &after,
                detail: "",
            };
            tx.change_alert(change, "closed", &changed, at)?;
        }
    }
    for at in 0..document.events {
        add_event(tx, source_row, &format!("{n}.{at}"), came, document.size)?;
    }
    if document.unreadable {
        let position = Position { offset: 0, line: 1, column: 1 };
        let rejected = Rejected { reason: "odd.".to_owned(), position, path: None, part: 0..2 };
        tx.add_quarantined(source_row, delivery_row, QuarantineId::new(came, fresh()), &rejected)?;
    }
    Ok(())
}

/// An event of a feed that takes about `size` bytes.
fn add_event(tx: &WriteTx<'_>, source_row: i64, name: &str, came: Timestamp, size: usize) -> Result<(), StoreError> {
    let fields = format!("{{\"username\":\"{}\"}}", "u".repeat(size));
    let report = EventReport { external_id: name.to_owned(), time: came, kind: EventKind::ApiRequest, fields };
    let id = EventId::new(came, fresh());
    assert!(tx.add_feed_event(&FeedEvent { id, source_row, received_at: came, report: &report })?);
    Ok(())
}

fn numbers(database: &Connection, statement: &str) -> BTreeSet<i64> {
    let mut statement = database.prepare(statement).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn count(database: &Connection, table: &str) -> u64 {
    let found: i64 = database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    u64::try_from(found).unwrap()
}

fn apply(fixture: &Fixture, rule: &RetentionRule, chunk: u64) -> Removed {
    let plan = fixture.store.read(|reader| reader.plan_retention(rule)).unwrap();
    let mut all = Removed::default();
    loop {
        let removed = fixture.write(move |tx| tx.apply_retention(&plan, chunk));
        if removed == Removed::default() {
            return all;
        }
        all += removed;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_said_to_go_is_what_goes(
        mut documents in prop::collection::vec(document(), 1..14),
        days in prop::option::of(1..110_i64),
        kept_bytes in prop::option::of(0..400_000_u64),
        open_too in any::<bool>(),
        chunk in 1..6_u64,
    ) {
        documents.sort_by_key(|document| -document.came);
        let (fixture, source_row) = Fixture::with_source();
        let all = documents.clone();
        fixture.write(move |tx| all.iter().enumerate().try_for_each(|(n, document)| keep(tx, source_row, n, document)));
        let database = look_into(fixture.dir.path());
        let before = days.map(day);
        let rule = RetentionRule { before, bytes: kept_bytes, open_too };
        let said = fixture.store
            .read(|reader| reader.count_retention(&reader.plan_retention(&rule)?)).unwrap();
        let tables = ["alerts", "quarantine", "deliveries", "events WHERE alert_row IS NULL"];
        let counts = tables.map(|table| count(&database, table));
        let open = numbers(&database, "SELECT row FROM alerts WHERE status < 2");

        prop_assert_eq!(apply(&fixture, &rule, chunk), said.removed);

        let left = tables.map(|table| count(&database, table));
        let gone = [said.removed.alerts, said.removed.quarantined, said.removed.deliveries, said.removed.events];
        prop_assert_eq!([0, 1, 2, 3].map(|at| counts[at] - left[at]), gone);
        if !open_too {
            prop_assert_eq!(numbers(&database, "SELECT row FROM alerts WHERE status < 2"), open);
        }
        let oldest: Option<i64> = database.query_row("SELECT min(time) FROM alerts", [], |row| row.get(0)).unwrap();
        prop_assert_eq!(said.oldest_kept, oldest.map(Timestamp::from_millis));
        if let Some(before) = before {
            let old = format!("SELECT row FROM alerts WHERE (status = 2 OR {open_too}) AND time < {0} AND updated_at < {0}", before.millis());
            prop_assert!(numbers(&database, &old).is_empty());
            let old = format!("SELECT seq FROM events WHERE alert_row IS NULL AND received_at < {}", before.millis());
            prop_assert!(numbers(&database, &old).is_empty());
        }
        // All that is left hangs together, and nothing hangs on what is gone.
        prop_assert_eq!(fixture.store.check().unwrap(), Vec::<String>::new());
        for part in ["activity", "outbox", "events"] {
            let lost = format!("SELECT row FROM alerts WHERE 0 UNION SELECT alert_row FROM {part} WHERE alert_row IS NOT NULL AND alert_row NOT IN (SELECT row FROM alerts)");
            prop_assert!(numbers(&database, &lost).is_empty(), "{}", part);
        }
        prop_assert!(numbers(&database, "SELECT row FROM changes WHERE row NOT IN (SELECT change_row FROM activity WHERE change_row IS NOT NULL)").is_empty());
        let again = fixture.store.read(|reader| reader.count_retention(&reader.plan_retention(&RetentionRule { bytes: None, ..rule })?)).unwrap();
        prop_assert_eq!(again.removed, Removed::default(), "nothing more goes by age");
    }
}

#[test]
fn size_takes_the_oldest_first_and_gives_the_space_back() {
    let (fixture, source_row) = Fixture::with_source();
    let full = |n: usize| Document {
        came: 100 - (n as i64 / 10),
        alerts: vec![(100 - (n as i64 / 10), true, 0, false)],
        unreadable: false,
        size: 6_000,
        events: 0,
    };
    fixture.write(move |tx| (0..600).try_for_each(|n| keep(tx, source_row, n, &full(n))));
    let used = || fixture.store.read(|reader| reader.used_bytes()).unwrap();
    let (before, limit) = (used(), used() / 2);
    let rule = RetentionRule { before: None, bytes: Some(limit), open_too: false };
    let said = fixture.store.read(|reader| reader.count_retention(&reader.plan_retention(&rule)?)).unwrap();
    let removed = apply(&fixture, &rule, 50);
    assert_eq!(removed, said.removed);
    assert!(used() < limit + limit / 5 && used() > limit / 2, "{} of {before}, wanted {limit}", used());
    let freed = before - used();
    assert!(said.bytes > freed * 3 / 4 && said.bytes < freed * 4 / 3, "said {}, freed {freed}", said.bytes);
    let database = look_into(fixture.dir.path());
    let rows = numbers(&database, "SELECT row FROM alerts");
    assert_eq!(rows.first().copied(), Some(i64::try_from(removed.alerts).unwrap() + 1), "the oldest are gone");

    let file = || fixture.store.read(|reader| reader.file_bytes()).unwrap();
    let large = file();
    while fixture.write(|tx| tx.give_back(16)) > 0 {}
    assert!(file() < large * 2 / 3, "{} of {large}", file());
    assert_eq!(fixture.store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn nothing_goes_without_a_limit_and_an_empty_store_has_nothing_to_go() {
    let (fixture, source_row) = Fixture::with_source();
    let rule = RetentionRule { before: Some(NOW), bytes: Some(0), open_too: true };
    assert_eq!(apply(&fixture, &rule, 9), Removed::default());
    let old = Document { came: 900, alerts: vec![(900, true, 900, true)], unreadable: true, size: 10, events: 0 };
    fixture.write(move |tx| keep(tx, source_row, 1, &old));
    assert_eq!(apply(&fixture, &RetentionRule::default(), 9), Removed::default());
    let gone = apply(&fixture, &RetentionRule { before: Some(NOW), ..RetentionRule::default() }, 9);
    assert_eq!(gone, Removed { alerts: 1, quarantined: 1, deliveries: 3, events: 0 });
}

#[test]
fn a_closed_alert_that_was_touched_lately_stays() {
    let (fixture, source_row) = Fixture::with_source();
    let old = Document {
        came: 300,
        alerts: vec![(300, true, 1, false), (300, false, 0, false)],
        unreadable: false,
        size: 10,
        events: 0,
    };
    fixture.write(move |tx| keep(tx, source_row, 1, &old));
    let rule = RetentionRule { before: Some(day(30)), ..RetentionRule::default() };
    let said = fixture.store.read(|reader| reader.count_retention(&reader.plan_retention(&rule)?)).unwrap();
    assert_eq!((said.removed, said.kept_open), (Removed::default(), 1), "closed yesterday; the other is open");
}

#[test]
fn a_flood_of_events_does_not_push_newer_alerts_out() {
    let (fixture, source_row) = Fixture::with_source();
    // Closed alerts of the last days, and before them more events than the limit has room for.
    fixture.write(move |tx| (0..2_000).try_for_each(|n| add_event(tx, source_row, &format!("e{n}"), day(50), 2_000)));
    let recent =
        |ago: i64| Document { came: ago, alerts: vec![(ago, true, 0, false)], unreadable: false, size: 100, events: 1 };
    fixture.write(move |tx| (0..20).try_for_each(|n| keep(tx, source_row, n, &recent(20 - n as i64))));
    let used = || fixture.store.read(|reader| reader.used_bytes()).unwrap();
    let rule = RetentionRule { before: None, bytes: Some(used() / 2), open_too: false };
    let removed = apply(&fixture, &rule, 20);
    assert_eq!((removed.alerts, removed.deliveries, removed.quarantined), (0, 0, 0));
    // All of one moment go together.
    assert_eq!(removed.events, 2_000);
    assert!(used() < rule.bytes.unwrap());
    assert_eq!(count(&look_into(fixture.dir.path()), "events"), 20);
}
