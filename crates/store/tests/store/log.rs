//! The log of events: a vendor's alert is an event as it came, whatever is made of it since.

use tocsin_model::alert::{Content, Handling};
use tocsin_model::severity::Severity;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::{Span, Timestamp};
use tocsin_store::{AlertEvent, ReportPlace};

use crate::support::{Fixture, NOW, content, delivery, keep};

fn events(fixture: &Fixture) -> Vec<AlertEvent> {
    fixture.store.read(|reader| reader.alert_events(0, 100)).unwrap()
}

#[test]
fn an_event_says_what_the_alert_said_first() {
    let (fixture, source_row) = Fixture::with_source();
    let said = Content { category: Some("Sign-in".to_owned()), ..content("first") };
    let (row, id) = fixture.write(move |tx| keep(tx, source_row, "a", &said, NOW));
    fixture.write(move |tx| keep(tx, source_row, "b", &content("other"), NOW).map(|_| ()));
    let before = events(&fixture);
    assert_eq!(before[0].fields, r#"{"severity":"high","status":"new","category":"Sign-in"}"#);
    assert_eq!((before[0].id, before[0].row, before[0].external_id.as_str()), (id, row, "a"));

    // A person closes it, then the source says something else, twice.
    fixture.write(move |tx| {
        tx.set_handling(row, &Handling::fresh(Status::Closed, Some(CloseReason::expired())), Some(true), NOW)?;
        for (severity, days) in [(Severity::Low, 1), (Severity::Critical, 2)] {
            let time = NOW.plus(Span::from_millis(days * Span::DAY.millis()));
            let later = Content { severity, time, ..content("later") };
            let delivery_row = tx.add_delivery(source_row, &delivery("{}"))?;
            let place = ReportPlace { key: None, reported_at: None, delivery_row, payload: 0..2 };
            tx.update_alert(row, &later, &Handling::fresh(Status::Acknowledged, None), &place, time)?;
        }
        Ok(())
    });

    assert_eq!(events(&fixture), before);
}

#[test]
fn the_log_is_read_from_a_place_on() {
    let (fixture, source_row) = Fixture::with_source();
    for name in ["a", "b", "c"] {
        fixture.write(move |tx| keep(tx, source_row, name, &content(name), NOW).map(|_| ()));
    }
    let names = |after, limit| -> Vec<String> {
        let found = fixture.store.read(|reader| reader.alert_events(after, limit)).unwrap();
        found.into_iter().map(|event| event.external_id).collect()
    };
    let rows: Vec<i64> = events(&fixture).iter().map(|event| event.row).collect();
    assert_eq!(names(rows[0], 1), ["b"]);
    assert_eq!(names(rows[1], 9), ["c"]);
    assert_eq!(fixture.store.read(|reader| reader.newest_alert_row()).unwrap(), rows[2]);
}

#[test]
fn nobody_listened_between_the_last_sign_and_the_next_start() {
    let fixture = Fixture::new();
    let at = |seconds: i64| Timestamp::from_millis(1_772_611_200_000 + seconds * 1_000);
    let least = Span::from_millis(1_000);
    let note = |now, known| fixture.store.write_blocking(move |tx| tx.note_alive(now, known, least)).unwrap();
    let gaps = || fixture.store.read(|reader| reader.gaps()).unwrap();
    assert!(!fixture.store.read(|reader| reader.was_alive()).unwrap());
    assert_eq!(note(at(10), None), None, "before the first time nothing is known");
    assert!(fixture.store.read(|reader| reader.was_alive()).unwrap());
    assert_eq!(note(at(11), None), None);
    assert_eq!(note(at(100), None), Some((at(11), at(100))));
    // What follows at once is the same one.
    assert_eq!(note(at(200), None), Some((at(100), at(200))));
    assert_eq!(gaps(), [(at(11), at(200))]);
    // It was there all the time, as the process itself knows; then it slept.
    assert_eq!(note(at(400), Some(at(400))), None);
    assert_eq!(note(at(900), Some(at(450))), Some((at(450), at(900))));
    // A clock that is set back leaves no gap.
    assert_eq!(note(at(50), None), None);
    assert_eq!(gaps(), [(at(11), at(200)), (at(450), at(900))]);
}
