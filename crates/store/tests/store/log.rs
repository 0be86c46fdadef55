//! The log of events: a vendor's alert is an event as it came, whatever is made of it since.

use tocsin_model::alert::{Content, Handling};
use tocsin_model::severity::Severity;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::Span;
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
