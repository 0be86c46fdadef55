//! What rules did, counted for all of them at once.

use std::collections::BTreeMap;

use tocsin_model::alert::Handling;
use tocsin_model::id::{AlertId, NotificationId};
use tocsin_model::notification::{Arrival, Occasion};
use tocsin_model::rule::Mode;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::{Span, Timestamp};
use tocsin_store::{
    CountsFrom, NewFiring, NewRule, NewRuleAlert, OutboxRow, RuleCounts, StoreError, VersionState, WriteTx,
};

use crate::support::{Fixture, content, fresh};

fn day(days: i64) -> Timestamp {
    Timestamp::from_millis(days * Span::DAY.millis())
}

const RULE: &str = r#"{"name": "x", "conditions": []}"#;

/// A rule with one version; their rows.
fn rule(tx: &WriteTx<'_>, name: &str) -> Result<(i64, i64), StoreError> {
    let row = tx.add_rule(&NewRule { name, folded: name, enabled: true, mode: Mode::Live }, day(0))?;
    Ok((row, tx.add_version(row, VersionState::Current, RULE, &BTreeMap::new(), day(0))?))
}

fn fires(tx: &WriteTx<'_>, version_row: i64, at: Timestamp) -> Result<(), StoreError> {
    let firing = NewFiring {
        version_row,
        group_key: "[]",
        fired_at: at,
        candidate: "e",
        mode: Mode::Live,
        decided_at: at,
        alert_row: None,
        explanation: "{}",
    };
    tx.add_firing(&firing).map(|_| ())
}

fn alert(tx: &WriteTx<'_>, source_row: i64, rule_row: i64) -> Result<i64, StoreError> {
    tx.add_rule_alert(&NewRuleAlert {
        id: AlertId::new(day(1), fresh()),
        source_row,
        rule_row,
        group_key: "[]",
        content: &content("told"),
        handling: &Handling::fresh(Status::New, None),
        at: day(1),
        fired_at: day(1),
    })
}

fn told(tx: &WriteTx<'_>, alert_row: i64, outcome: &str, at: Timestamp) -> Result<(), StoreError> {
    let id = NotificationId::new(at, fresh());
    let (occasion, arrival) = (Occasion::Raised, Arrival::Delivered);
    tx.queue(&OutboxRow { id, alert_row, occasion, arrival, queued_at: at, not_before: at })?;
    let due = tx.reader().due_notifications(at, 1_000)?;
    let row = due.iter().find(|(_, one)| one.id == id).map_or(0, |(row, _)| *row);
    tx.finish_outbox(row, outcome, at)
}

fn counts(fixture: &Fixture) -> BTreeMap<i64, RuleCounts> {
    let from = CountsFrom { firings: day(10), stretch: Span::DAY, notifications: day(33) };
    fixture.store.read(|reader| reader.rule_counts(from)).unwrap()
}

#[test]
fn firings_are_counted_by_day_for_each_rule_without_versions_that_wait() {
    let (fixture, _source) = Fixture::with_source();
    let (busy, quiet) = fixture.write(|tx| {
        let ((busy, first), (quiet, _)) = (rule(tx, "busy")?, rule(tx, "quiet")?);
        fires(tx, first, day(10).minus(Span::from_millis(1)))?;
        fires(tx, first, day(10))?;
        fires(tx, first, day(39))?;
        // Replaced, it still counts; what waits beside it does not until it is promoted.
        let second = tx.add_version(busy, VersionState::Current, RULE, &BTreeMap::new(), day(20))?;
        fires(tx, second, day(39).plus(Span::HOUR))?;
        let waiting = tx.add_version(busy, VersionState::Candidate, RULE, &BTreeMap::new(), day(20))?;
        fires(tx, waiting, day(12))?;
        Ok((busy, quiet))
    });
    let found = counts(&fixture);
    assert_eq!(found[&busy].firings, BTreeMap::from([(0, 1), (29, 2)]));
    assert!(!found.contains_key(&quiet), "what did nothing is not there");
    fixture.write(move |tx| tx.promote(busy).map(|_| ()));
    assert_eq!(counts(&fixture)[&busy].firings, BTreeMap::from([(0, 1), (2, 1), (29, 2)]));
}

#[test]
fn only_what_somebody_was_shown_is_a_notification() {
    let (fixture, source) = Fixture::with_source();
    let row = fixture.write(move |tx| {
        let (row, _) = rule(tx, "told")?;
        let alert_row = alert(tx, source, row)?;
        for (outcome, at) in [
            ("shown", day(33)),
            ("summarised", day(39)),
            ("shown", day(33).minus(Span::from_millis(1))),
            ("below-high", day(39)),
            ("already-closed", day(39)),
            ("cancelled", day(39)),
            ("no-server", day(39)),
        ] {
            told(tx, alert_row, outcome, at)?;
        }
        Ok(row)
    });
    assert_eq!(counts(&fixture)[&row].notifications, 2);
}

#[test]
fn what_people_said_is_counted_as_they_say_it_and_take_it_back() {
    let (fixture, source) = Fixture::with_source();
    let (row, alerts) = fixture.write(move |tx| {
        let (row, _) = rule(tx, "judged")?;
        let alerts = (0..3).map(|_| alert(tx, source, row)).collect::<Result<Vec<_>, _>>()?;
        Ok((row, alerts))
    });
    let say = |alert_row: i64, reason: Option<&str>| {
        let reason = reason.map(|reason| CloseReason::from_person(reason).unwrap());
        let status = if reason.is_some() { Status::Closed } else { Status::New };
        let handling = Handling::fresh(status, reason);
        fixture.write(move |tx| tx.set_handling(alert_row, &handling, None, day(2)));
    };
    let closed = || counts(&fixture).get(&row).map(|counts| counts.closed.clone()).unwrap_or_default();
    say(alerts[0], Some("false-positive"));
    say(alerts[1], Some("false-positive"));
    say(alerts[2], Some("true-positive"));
    say(alerts[2], Some("true-positive"));
    let both = BTreeMap::from([("false-positive".to_owned(), 2), ("true-positive".to_owned(), 1)]);
    assert_eq!(closed(), both);
    say(alerts[0], Some("benign"));
    say(alerts[1], None);
    assert_eq!(closed(), BTreeMap::from([("benign".to_owned(), 1), ("true-positive".to_owned(), 1)]));
}
