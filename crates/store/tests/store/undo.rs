//! Undo puts every column back but the revision, and leaves alone what has changed since.

use std::collections::BTreeMap;

use tocsin_model::alert::Handling;
use tocsin_model::id::{AlertId, ChangeId};
use tocsin_model::severity::Severity;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::{Span, Timestamp};
use tocsin_store::{ChangeRecord, ChangedAlert, ReportPlace, StoreError, UndoEffect, WriteTx};

use crate::support::{Fixture, NOW, fresh, keep_plain};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + seconds * 1_000)
}

fn closed(reason: &str) -> Handling {
    Handling {
        notes: Some("looked at it".to_owned()),
        ..Handling::fresh(Status::Closed, Some(CloseReason::from_person(reason).unwrap()))
    }
}

/// Every kind of handling there is, so that undo has every column to put back.
fn handlings() -> Vec<Handling> {
    let open = Handling::fresh(Status::New, None);
    vec![
        open.clone(),
        Handling { snoozed_until: Some(NOW.plus(Span::HOUR)), ..open.clone() },
        Handling { notes: Some("a\nb".to_owned()), ..Handling::fresh(Status::Acknowledged, None) },
        closed("benign"),
        Handling { notes: None, ..closed("other") },
    ]
}

/// Makes the alerts be handled so, as one change.
fn change(tx: &WriteTx<'_>, ids: &[AlertId], after: &Handling, at: Timestamp) -> Result<ChangeRecord, StoreError> {
    let id = ChangeId::new(at, fresh());
    let change_row = tx.add_change(id, "closed", at)?;
    for id in ids {
        let (row, alert) = tx.reader().alert(*id)?.unwrap();
        let changed = ChangedAlert {
            row,
            before: &alert.handling,
            before_updated_at: alert.updated_at,
            before_seen: alert.seen,
            after,
            detail: "benign",
        };
        tx.change_alert(change_row, "closed", &changed, at)?;
    }
    Ok(tx.reader().change(id)?.unwrap())
}

/// The rows of the alerts without what undo may not put back.
fn rows(fixture: &Fixture) -> Vec<BTreeMap<String, String>> {
    let mut rows = fixture.rows("alerts");
    for row in &mut rows {
        assert!(row.remove("revision").is_some());
    }
    rows
}

fn revisions(fixture: &Fixture) -> Vec<String> {
    fixture.rows("alerts").into_iter().map(|mut row| row.remove("revision").unwrap()).collect()
}

#[test]
fn undo_restores_every_column_but_the_revision() {
    let (fixture, source) = Fixture::with_source();
    let (row, id) = keep_plain(&fixture, source, "1");
    let mut seconds = 1;
    for before in handlings() {
        for after in handlings() {
            let (start, stop) = (at(seconds), at(seconds + 1));
            seconds += 2;
            let given = before.clone();
            fixture.write(move |tx| tx.set_handling(row, &given, Some(seconds % 4 == 1), start));
            let whole = rows(&fixture);
            let undone = fixture.write(move |tx| {
                let record = change(tx, &[id], &after, stop)?;
                tx.undo_change(&record, stop.plus(Span::SECOND)).map(|undone| undone.effects)
            });
            assert_eq!(undone, [UndoEffect::Restored(id)]);
            assert_eq!(rows(&fixture), whole, "back to {before:?}");
        }
    }
    let last = revisions(&fixture);
    assert_eq!(last, [format!("Integer({})", 1 + 25 * 3)], "the revision grows with every change, undo included");
}

#[test]
fn one_undo_takes_back_a_change_of_many() {
    let (fixture, source) = Fixture::with_source();
    let ids: Vec<_> = (0..200).map(|n| keep_plain(&fixture, source, &n.to_string()).1).collect();
    for (n, id) in ids.iter().enumerate() {
        let (id, handling) = (*id, handlings()[n % 4].clone());
        fixture.write(move |tx| {
            let (row, _) = tx.reader().alert(id)?.unwrap();
            tx.set_handling(row, &handling, None, at(i64::try_from(n).unwrap()))
        });
    }
    let whole = rows(&fixture);
    let all = ids.clone();
    let record = fixture.write(move |tx| change(tx, &all, &closed("duplicate"), at(500)));
    assert!(rows(&fixture).iter().all(|row| row["close_reason"].contains("Text")));
    let effects = fixture.write(move |tx| tx.undo_change(&record, at(501))).effects;
    assert_eq!(effects, ids.into_iter().map(UndoEffect::Restored).collect::<Vec<_>>());
    assert_eq!(rows(&fixture), whole);
}

#[test]
fn undo_leaves_alone_what_has_changed_since() {
    let (fixture, source) = Fixture::with_source();
    let ids: Vec<_> = (0..3).map(|n| keep_plain(&fixture, source, &n.to_string()).1).collect();
    let before = rows(&fixture);
    let all = ids.clone();
    let record = fixture.write(move |tx| change(tx, &all, &closed("benign"), at(1)));
    let second = ids[1];
    fixture.write(move |tx| change(tx, &[second], &closed("false-positive"), at(2)));
    let since = rows(&fixture);
    let undone = record.clone();
    let effects = fixture.write(move |tx| tx.undo_change(&undone, at(3))).effects;
    assert_eq!(effects, [UndoEffect::Restored(ids[0]), UndoEffect::ChangedSince(ids[1]), UndoEffect::Restored(ids[2])]);
    assert_eq!(rows(&fixture), [before[0].clone(), since[1].clone(), before[2].clone()]);

    let record = fixture.store.read(|reader| reader.change(record.id)).unwrap().unwrap();
    assert!(record.undone);
    let undone = |id| {
        let (row, _) = fixture.store.read(|reader| reader.alert(id)).unwrap().unwrap();
        let activity = fixture.store.read(|reader| reader.activity(row)).unwrap();
        activity.into_iter().map(|entry| (entry.what, entry.undone)).collect::<Vec<_>>()
    };
    let told = |what: &str, undone| (what.to_owned(), undone);
    assert_eq!(undone(ids[0]), [told("closed", true), told("undone", false)]);
    assert_eq!(undone(ids[1]), [told("closed", false), told("closed", false)], "nothing was taken back here");
}

#[test]
fn a_report_in_between_keeps_what_it_said_and_its_time() {
    let (fixture, source) = Fixture::with_source();
    let (row, id) = keep_plain(&fixture, source, "1");
    let record = fixture.write(move |tx| change(tx, &[id], &closed("benign"), at(1)));
    fixture.write(move |tx| {
        let existing = tx.existing(source, "1")?.unwrap();
        let mut content = existing.content;
        content.severity = Severity::Critical;
        let place = ReportPlace { key: None, reported_at: None, delivery_row: 1, payload: 0..1 };
        tx.update_alert(row, &content, &existing.handling, &place, at(2))
    });
    let effects = fixture.write(move |tx| tx.undo_change(&record, at(3))).effects;
    assert_eq!(effects, [UndoEffect::Restored(id)]);
    let (_, alert) = fixture.store.read(|reader| reader.alert(id)).unwrap().unwrap();
    assert_eq!(alert.handling, Handling::fresh(Status::New, None));
    assert_eq!((alert.content.severity, alert.updated_at), (Severity::Critical, at(2)));
}

#[test]
fn the_last_change_is_the_newest_that_stands() {
    let (fixture, source) = Fixture::with_source();
    let (_, id) = keep_plain(&fixture, source, "1");
    let last = || fixture.store.read(|reader| reader.last_change()).unwrap().map(|record| record.id);
    assert_eq!(last(), None);
    let first = fixture.write(move |tx| change(tx, &[id], &closed("benign"), at(1)));
    let second = fixture.write(move |tx| change(tx, &[id], &closed("other"), at(2)));
    assert_eq!(last(), Some(second.id));
    let (newest, oldest) = (second.clone(), first.clone());
    fixture.write(move |tx| tx.undo_change(&newest, at(3)));
    assert_eq!(last(), Some(first.id));
    fixture.write(move |tx| tx.undo_change(&oldest, at(4)));
    assert_eq!(last(), None);
    assert!(fixture.store.read(|reader| reader.change(second.id)).unwrap().unwrap().undone);
}
