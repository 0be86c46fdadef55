//! Alerts like one alert, what was done the last time, and what is known of an entity.

use serde_json::{Value, json};
use tocsin_engine::{AlertListRequest, App, ErrorCode};
use tocsin_model::alert::Action;
use tocsin_model::entities::EntityKind;
use tocsin_model::id::AlertId;
use tocsin_model::status::CloseReason;
use tocsin_model::time::Span;

use crate::support::{ManualClock, START, add_source, envelope, ingest, minute, open};

const DAY: i64 = 24 * 60;

/// An alert so many minutes before the start.
fn made(id: &str, title: &str, kind: Option<&str>, before: i64, more: Value) -> Value {
    let mut alert = json!({
        "alertId": id, "status": "Active", "severity": "High", "ruleName": title, "category": "API anomaly",
        "time": minute(-before).to_string(),
    });
    let fields = alert.as_object_mut().unwrap();
    fields.extend(kind.map(|kind| ("alertType".to_owned(), kind.into())));
    fields.extend(more.as_object().unwrap().clone());
    alert
}

fn filled(alerts: &[Value]) -> (App, tempfile::TempDir, std::sync::Arc<ManualClock>) {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    let app = open(&dir, &clock);
    add_source(&app, "csa");
    ingest(&app, envelope("all", Some(START), alerts)).unwrap();
    (app, dir, clock)
}

fn find(app: &App, external: &str) -> AlertId {
    let query = format!("external:{external}");
    app.list_alerts(&AlertListRequest { query, limit: 1, ..AlertListRequest::default() }).unwrap().alerts[0].id
}

fn close(app: &App, external: &str, note: Option<&str>) {
    let reason = CloseReason::from_person("false-positive").unwrap();
    let action = Action::Close { reason, note: note.map(str::to_owned) };
    app.act_on_alerts(&[find(app, external)], &action).unwrap();
}

#[test]
fn alike_is_the_same_type_the_same_shape_or_the_same_entity_around_that_time() {
    let (app, _dir, _clock) = filled(&[
        made("it", "Key 12 from 2 countries", Some("Odd \"key\" *"), 0, json!({"user": ["ana"]})),
        made("type", "Something else", Some("odd \"KEY\" *"), 3, json!({})),
        made("shape", "Key 977 from 31 countries", Some("Other"), 1, json!({})),
        made("near", "Nothing like it", None, 29 * DAY, json!({"user": ["bob", "Ana"]})),
        made("far", "Nothing like it", None, 31 * DAY, json!({"user": ["ana"]})),
        made("none", "Key of another shape", Some("Odd \"key\" and more"), 2, json!({"user": ["anna"]})),
    ]);
    let found = app.similar(find(&app, "it")).unwrap();
    let ids: Vec<_> = found.alerts.iter().map(|alert| alert.external_id.as_str()).collect();
    assert_eq!(ids, ["shape", "type", "near"], "the newest first, and not itself");
    assert!(found.last_handled.is_none());
    assert_eq!(app.similar(AlertId::new(START, [9; 10])).unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn the_last_time_is_what_a_person_did_and_did_not_take_back() {
    let alerts: Vec<_> =
        ["it", "a", "b", "c", "d"].iter().map(|id| made(id, "Same", Some("Type"), 5, json!({}))).collect();
    let (app, _dir, clock) = filled(&alerts);
    clock.set(minute(1));
    app.act_on_alerts(&[find(&app, "d")], &Action::Acknowledge).unwrap();
    let last = |app: &App| {
        let handled = app.similar(find(app, "it")).unwrap().last_handled;
        handled.map(|(alert, how)| {
            let how = how.iter().map(|entry| format!("{} {}", entry.what, entry.detail)).collect::<Vec<_>>();
            (alert.external_id, how)
        })
    };
    assert_eq!(last(&app), Some(("d".to_owned(), vec!["acknowledged ".to_owned()])));
    clock.set(minute(2));
    app.act_on_alerts(&[find(&app, "a")], &Action::Note { text: "asked ana".to_owned() }).unwrap();
    clock.set(minute(3));
    close(&app, "a", Some("her new laptop"));
    let how = ["noted asked ana", "closed false-positive: her new laptop"].map(str::to_owned).to_vec();
    assert_eq!(last(&app), Some(("a".to_owned(), how.clone())), "closing tells more than taking on");
    clock.set(minute(4));
    close(&app, "b", None);
    app.undo(None).unwrap();
    close(&app, "it", None);
    assert_eq!(last(&app), Some(("a".to_owned(), how)), "neither what was taken back nor the alert itself");
    // What the source closed, nobody handled.
    let resolved = [json!({"alertId": "c", "status": "Resolved", "severity": "High", "ruleName": "Same",
        "category": "API anomaly", "alertType": "Type", "time": minute(-5).to_string()})];
    clock.set(minute(5));
    ingest(&app, envelope("later", Some(minute(5)), &resolved)).unwrap();
    assert_eq!(last(&app).unwrap().0, "a");
}

#[test]
fn an_entity_shows_its_alerts_when_and_with_whom() {
    let mut alerts: Vec<_> = (0..40)
        .map(|n| made(&format!("a{n}"), "Busy", None, n * DAY, json!({"user": ["Ana"], "apiKeyIds": ["k1"]})))
        .collect();
    alerts.push(made("critical", "Busy", None, 1, json!({"user": ["ana", "bob"], "severity": "Critical"})));
    alerts.push(made("star", "Busy", None, 1, json!({"user": ["a*"]})));
    let (app, _dir, _clock) = filled(&alerts);
    close(&app, "a3", None);
    let ana = app.entity(EntityKind::Username, " ana ").unwrap();
    assert_eq!((ana.total, ana.open, ana.latest.len()), (41, 40, 20));
    assert_eq!((ana.first_seen, ana.last_seen), (Some(minute(-39 * DAY)), Some(minute(0))));
    assert_eq!(ana.by_severity, [0, 0, 0, 0, 40, 1]);
    assert_eq!(ana.sources, [("csa".to_owned(), 41)]);
    assert_eq!(ana.spark.iter().sum::<u64>(), 41);
    assert!((1..=30).contains(&ana.spark.len()) && ana.spark_step_ms >= Span::HOUR.millis());
    assert!(ana.spark_from <= minute(-39 * DAY));
    assert_eq!(ana.latest[1].external_id, "critical");
    assert!(ana.related.iter().all(|(kind, _, _)| *kind != EntityKind::Username));
    assert_eq!(app.entity(EntityKind::Username, "a*").unwrap().total, 1, "a star is a star");
    let short = app.entity(EntityKind::Username, "bob").unwrap();
    assert_eq!((short.total, short.spark.iter().sum::<u64>()), (1, 1));
    assert!(short.spark_step_ms >= Span::HOUR.millis(), "bars of an hour at the least");
    let nobody = app.entity(EntityKind::Hostname, "nobody").unwrap();
    assert_eq!((nobody.total, nobody.first_seen, nobody.latest.len()), (0, None, 0));
    for value in ["", " ", &"x".repeat(901)] {
        assert_eq!(app.entity(EntityKind::Endpoint, value).unwrap_err().field(), Some("value"));
    }
}

#[test]
fn an_address_is_one_however_it_is_written_and_what_is_none_is_searched_as_text() {
    let (app, _dir, _clock) = filled(&[
        made("v4", "x", None, 1, json!({"clientIps": ["192.0.2.7"]})),
        made("text", "seen from 192.0.2.7:443", None, 2, json!({})),
    ]);
    let found = app.entity(EntityKind::ClientIp, "192.0.2.7:443").unwrap();
    assert_eq!((found.total, found.latest[0].external_id.as_str()), (1, "text"));
    assert_eq!("IP".parse::<EntityKind>(), Ok(EntityKind::ClientIp));
    assert!("planet".parse::<EntityKind>().unwrap_err().to_string().contains("apiKeyId"));
}
