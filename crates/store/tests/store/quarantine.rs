//! What could not be read waits, page by page, until it can be.

use tocsin_model::delivery::{Position, Rejected};
use tocsin_model::id::QuarantineId;
use tocsin_model::source::SourceKind;

use crate::support::{Fixture, NOW, delivery, fresh, source};

fn rejected(reason: &str) -> Rejected {
    Rejected {
        reason: reason.to_owned(),
        position: Position { offset: 7, line: 1, column: 8 },
        path: Some("data.alerts[2]".to_owned()),
        part: 3..9,
    }
}

/// Puts one delivery with this many unreadable parts into quarantine; gives their ids, oldest first.
fn put(fixture: &Fixture, source_row: i64, parts: usize) -> Vec<QuarantineId> {
    fixture.write(move |tx| {
        let delivery_row = tx.add_delivery(source_row, &delivery("{\"unreadable\":"))?;
        let ids: Vec<_> = (0..parts).map(|_| QuarantineId::new(NOW, fresh())).collect();
        for id in &ids {
            tx.add_quarantined(source_row, delivery_row, *id, &rejected("no id"))?;
        }
        Ok(ids)
    })
}

fn page(fixture: &Fixture, source: Option<&str>, after: Option<QuarantineId>, limit: u64) -> Vec<QuarantineId> {
    let found = fixture.store.read(|reader| reader.quarantine(source, after, limit)).unwrap();
    found.into_iter().map(|entry| entry.id).collect()
}

fn waiting(fixture: &Fixture, name: &str) -> u64 {
    fixture.store.read(|reader| reader.source(name)).unwrap().unwrap().activity.quarantined
}

#[test]
fn an_entry_says_what_was_wrong_and_where() {
    let (fixture, row) = Fixture::with_source();
    let id = put(&fixture, row, 1)[0];
    let record = fixture.store.read(|reader| reader.quarantined(id)).unwrap().unwrap();
    assert_eq!(record.source_row, row);
    assert_eq!(record.body.as_bytes(), b"{\"unreadable\":");
    let entry = record.entry;
    assert_eq!((entry.source.as_str(), entry.source_kind), ("csa", SourceKind::SecureAccess));
    assert_eq!((entry.reason.as_str(), entry.path.as_deref()), ("no id", Some("data.alerts[2]")));
    assert_eq!((entry.position, entry.part.clone()), (Position { offset: 7, line: 1, column: 8 }, 3..9));
    assert_eq!((entry.size, entry.attempts, entry.received_at), (14, 0, NOW));
    assert_eq!(entry.content_type, "application/json");
}

#[test]
fn pages_of_any_size_add_up_to_the_whole_list_newest_first() {
    let (fixture, row) = Fixture::with_source();
    let other = fixture.write(|tx| tx.add_source(&source("other", SourceKind::CloudEvents)));
    let mut mine = Vec::new();
    let mut all = Vec::new();
    for n in 0..12 {
        let ids = put(&fixture, if n % 3 == 0 { other } else { row }, n % 4 + 1);
        if n % 3 != 0 {
            mine.extend(&ids);
        }
        all.extend(ids);
    }
    for list in [&mut mine, &mut all] {
        list.reverse();
    }
    for (source, whole) in [(None, &all), (Some("CSA"), &mine)] {
        for size in 1..=all.len() + 1 {
            let mut read = Vec::new();
            loop {
                let next = page(&fixture, source, read.last().copied(), u64::try_from(size).unwrap());
                assert!(next.len() <= size);
                if next.is_empty() {
                    break;
                }
                read.extend(next);
                assert!(read.len() <= whole.len(), "something comes twice");
            }
            assert_eq!(&read, whole, "pages of {size} of {source:?}");
        }
        assert_eq!(page(&fixture, source, None, u64::MAX), *whole);
    }
    assert_eq!(page(&fixture, Some("nobody"), None, 10), []);
}

#[test]
fn what_could_be_read_leaves_and_what_could_not_says_why_now() {
    let (fixture, row) = Fixture::with_source();
    let ids = put(&fixture, row, 3);
    assert_eq!(waiting(&fixture, "csa"), 3);
    let (kept, released) = (ids[0], ids[1]);
    fixture.write(move |tx| {
        tx.keep_quarantined(kept, &rejected("still no id"))?;
        tx.keep_quarantined(kept, &rejected("no title either"))?;
        tx.release_quarantined(released, NOW)
    });
    assert_eq!(page(&fixture, None, None, 10), [ids[2], ids[0]]);
    assert_eq!(waiting(&fixture, "csa"), 2);
    assert!(fixture.store.read(|reader| reader.quarantined(released)).unwrap().is_none());
    let entry = fixture.store.read(|reader| reader.quarantined(kept)).unwrap().unwrap().entry;
    assert_eq!((entry.reason.as_str(), entry.attempts), ("no title either", 2));
}
