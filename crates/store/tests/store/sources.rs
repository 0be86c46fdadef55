//! Sources that come, go and come back, and what is counted about them.

use tocsin_model::delivery::Accepted;
use tocsin_model::source::{RefusalReason, Refused, SourceKind};
use tocsin_model::time::Timestamp;
use tocsin_store::{CounterDelta, StoreError};

use crate::support::{Fixture, NOW, keep_plain, source};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + seconds * 1_000)
}

fn count(fixture: &Fixture, source_row: i64, at: Timestamp, stored: u64) {
    let accepted = Accepted { stored, updated: 2, duplicate: 3, quarantined: 4 };
    fixture.write(move |tx| tx.count_delivery(source_row, &CounterDelta { at, accepted }));
}

#[test]
fn a_source_that_comes_back_keeps_its_history() {
    let (fixture, row) = Fixture::with_source();
    let (_, alert) = keep_plain(&fixture, row, "41");
    count(&fixture, row, at(0), 1);
    fixture.write(move |tx| tx.add_refused(row, &refused(RefusalReason::SignInWrong, 2, 0)));
    assert!(fixture.write(|tx| tx.remove_source("csa", at(1))));
    assert!(fixture.store.read(|reader| reader.source("csa")).unwrap().is_none());
    assert!(fixture.store.read(|reader| reader.alert(alert)).unwrap().is_some(), "its alerts stay");

    let mut again = source("CSA", SourceKind::SecureAccess);
    again.verifier = "a new verifier".to_owned();
    assert_eq!(fixture.write(move |tx| tx.add_source(&again)), row);
    let record = fixture.store.read(|reader| reader.source("csa")).unwrap().unwrap();
    assert_eq!((record.source.name.as_str(), record.verifier.as_str()), ("CSA", "a new verifier"));
    assert_eq!((record.activity.stored, record.activity.deliveries), (1, 1));
    assert_eq!(record.activity.refused.len(), 1);
    let known = fixture.write(move |tx| tx.existing(row, "41"));
    assert_eq!(known.map(|existing| existing.id), Some(alert), "a delivery sent again is still known");
}

#[test]
fn a_name_taken_over_by_another_kind_starts_anew() {
    let (fixture, row) = Fixture::with_source();
    let (_, alert) = keep_plain(&fixture, row, "41");
    fixture.write(|tx| tx.remove_source("csa", at(1)));
    let other = fixture.write(|tx| tx.add_source(&source("csa", SourceKind::Alertmanager)));
    assert_ne!(other, row);
    assert!(fixture.write(move |tx| tx.existing(other, "41")).is_none());
    let (_, alert) = fixture.store.read(|reader| reader.alert(alert)).unwrap().unwrap();
    assert_eq!(alert.source_kind, SourceKind::SecureAccess, "the old alert stays what it was");

    // Of several that were removed, the latest of the kind comes back.
    fixture.write(|tx| tx.remove_source("csa", at(2)));
    assert_eq!(fixture.write(|tx| tx.add_source(&source("csa", SourceKind::SecureAccess))), row);
}

#[test]
fn names_are_unique_whatever_the_case() {
    let (fixture, row) = Fixture::with_source();
    let error = fixture.store.write_blocking(|tx| tx.add_source(&source("Csa", SourceKind::CloudEvents)));
    let error = error.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)) && error.to_string().contains("“Csa”"), "{error}");
    assert_eq!(fixture.store.read(|reader| reader.source("CSA")).unwrap().unwrap().row, row);
    assert!(fixture.write(|tx| tx.set_verifier("CSA", "new")));
    assert!(!fixture.write(|tx| tx.set_verifier("other", "new")));
    assert!(!fixture.write(|tx| tx.remove_source("other", at(1))));
}

#[test]
fn counters_add_up_and_times_never_go_back() {
    let (fixture, row) = Fixture::with_source();
    count(&fixture, row, at(20), 1);
    count(&fixture, row, at(10), 5);
    count(&fixture, row, at(30), 0);
    let activity = fixture.store.read(|reader| reader.source("csa")).unwrap().unwrap().activity;
    assert_eq!((activity.deliveries, activity.stored, activity.updated, activity.duplicate), (3, 6, 6, 9));
    assert_eq!(activity.last_delivery_at, Some(at(30)));
    assert_eq!(activity.last_alert_at, Some(at(20)), "the third brought no alert");
}

fn refused(reason: RefusalReason, count: u64, seconds: i64) -> Refused {
    Refused { reason, count, last_at: at(seconds) }
}

#[test]
fn refusals_add_up_by_source_and_reason() {
    let (fixture, row) = Fixture::with_source();
    let other = fixture.write(|tx| tx.add_source(&source("other", SourceKind::CloudEvents)));
    fixture.write(move |tx| {
        tx.add_refused(row, &refused(RefusalReason::TooLarge, 2, 5))?;
        tx.add_refused(row, &refused(RefusalReason::SignInWrong, 1, 7))?;
        tx.add_refused(row, &refused(RefusalReason::TooLarge, 3, 4))?;
        tx.add_refused(other, &refused(RefusalReason::TooLarge, 10, 1))
    });
    let of = |name: &'static str| fixture.store.read(|reader| reader.source(name)).unwrap().unwrap().activity.refused;
    assert_eq!(
        of("csa"),
        [refused(RefusalReason::SignInWrong, 1, 7), refused(RefusalReason::TooLarge, 5, 5)],
        "the latest reason first"
    );
    assert_eq!(of("other"), [refused(RefusalReason::TooLarge, 10, 1)]);
}

#[test]
fn every_reason_and_kind_can_be_read_back() {
    let fixture = Fixture::new();
    for (n, kind) in SourceKind::ALL.into_iter().enumerate() {
        let new = source(&format!("s{n}"), kind);
        fixture.write(move |tx| {
            let row = tx.add_source(&new)?;
            RefusalReason::ALL.iter().try_for_each(|reason| tx.add_refused(row, &refused(*reason, 1, 0)))
        });
    }
    let sources = fixture.store.read(|reader| reader.sources()).unwrap();
    assert_eq!(sources.iter().map(|record| record.source.kind).collect::<Vec<_>>(), SourceKind::ALL);
    assert!(sources.iter().all(|record| record.activity.refused.len() == RefusalReason::ALL.len()));
}
