//! Demo data: the same every time, a year's worth of odd nights in it, silent outside, and gone without a trace.

use std::collections::BTreeMap;

use tocsin_engine::{AlertListRequest, App, EngineError, ErrorCode, IngestFile, SourceSpec};
use tocsin_model::alert::{Action, Alert};
use tocsin_model::redaction::redact;
use tocsin_model::source::SourceKind;
use tocsin_model::status::Status;
use tocsin_model::time::{Span, Timestamp};
use tocsin_store::Store;

use crate::support::{ManualClock, START, add_source, alert, envelope, ingest, open};

/// Late enough in the year that the clocks have just gone back.
const NOVEMBER: &str = "2026-11-22T13:20:00Z";

fn november() -> Timestamp {
    Timestamp::parse(NOVEMBER).unwrap()
}

struct Desk {
    dir: tempfile::TempDir,
    clock: std::sync::Arc<ManualClock>,
    app: App,
}

fn desk() -> Desk {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    clock.set(november());
    let app = open(&dir, &clock);
    Desk { dir, clock, app }
}

impl Desk {
    fn loaded() -> Self {
        let desk = desk();
        desk.app.load_demo().unwrap();
        desk
    }

    fn alerts(&self, query: &str) -> Vec<Alert> {
        let request = AlertListRequest { query: query.to_owned(), limit: 100_000, ..AlertListRequest::default() };
        self.app.list_alerts(&request).unwrap().alerts
    }

    /// Every alert with its document and its history.
    fn everything(&self) -> Vec<String> {
        let details = self.alerts("").into_iter().map(|alert| self.app.show_alert(alert.id).unwrap());
        details.map(|details| format!("{details:?}")).collect()
    }

    /// Whether anything waits to be told, now or later.
    fn something_waits(&self) -> bool {
        let store = Store::open(self.dir.path()).unwrap();
        store.read(|reader| reader.next_due()).unwrap().is_some()
    }
}

#[test]
fn equal_times_give_equal_rows_and_other_times_give_others() {
    let (one, other) = (Desk::loaded(), Desk::loaded());
    assert_eq!(one.everything(), other.everything());
    let later = desk();
    later.app.load_demo_as_of(november().plus(Span::DAY)).unwrap();
    assert_ne!(one.everything(), later.everything());
}

#[test]
fn it_fills_ninety_days_of_five_systems() {
    let desk = desk();
    let loaded = desk.app.load_demo().unwrap();
    assert!((4_000..=6_000).contains(&loaded), "{loaded}");
    let alerts = desk.alerts("");
    let kinds: BTreeMap<SourceKind, usize> = alerts.iter().fold(BTreeMap::new(), |mut kinds, alert| {
        *kinds.entry(alert.source_kind).or_default() += 1;
        kinds
    });
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    assert!(kinds.values().all(|count| *count > 250), "{kinds:?}");
    let oldest = alerts.last().unwrap().content.time;
    assert!((89..=90).contains(&((november().millis() - oldest.millis()) / Span::DAY.millis())), "{oldest}");
    assert!(alerts.iter().all(|alert| alert.content.time < november() && alert.received_at <= november()));
    assert!(alerts.iter().all(|alert| alert.updated_at >= alert.received_at && alert.updated_at <= november()));
    assert!(alerts.iter().any(|alert| !alert.content.title.is_ascii()));
    let open = alerts.iter().filter(|alert| alert.handling.status != Status::Closed).count();
    assert!((60..=500).contains(&open), "{open} are open");
    for status in ["new", "acknowledged", "closed"] {
        assert!(!desk.alerts(&format!("status:{status}")).is_empty(), "{status}");
    }
    assert!(!desk.alerts("snoozed:true").is_empty());
}

#[test]
fn every_reason_is_a_word_that_people_and_sources_use() {
    let desk = Desk::loaded();
    let reasons: BTreeMap<String, usize> =
        desk.alerts("status:closed").iter().fold(BTreeMap::new(), |mut all, alert| {
            *all.entry(alert.handling.close_reason.as_ref().unwrap().to_string()).or_default() += 1;
            all
        });
    for reason in ["true-positive", "false-positive", "benign", "duplicate", "source-resolved", "expired"] {
        assert!(reasons.get(reason).is_some_and(|count| *count > 5), "{reason} in {reasons:?}");
    }
}

#[test]
fn documents_keep_their_alert_in_its_place() {
    let desk = Desk::loaded();
    for alert in desk.alerts("").iter().step_by(17) {
        let payload = desk.app.show_alert(alert.id).unwrap().payload.unwrap();
        let read: serde_json::Value = serde_json::from_str(&payload).expect(&payload);
        assert!(read.is_object(), "{payload}");
        // Nothing in it looks like a secret, so nothing was cut and every place fits.
        assert_eq!(redact(payload.clone().into_bytes()).as_bytes(), payload.as_bytes());
        assert!(payload.contains(&alert.external_id) || alert.source_kind == SourceKind::Axway, "{payload}");
    }
}

#[test]
fn the_incident_is_a_story_across_systems_that_people_handled() {
    let desk = Desk::loaded();
    let story = desk.alerts("note:*SEC-2291*");
    let systems: std::collections::BTreeSet<_> = story.iter().map(|alert| alert.source_kind).collect();
    assert_eq!(systems.len(), 5, "{systems:?}");
    assert!((9..=14).contains(&story.len()), "{}", story.len());
    assert!(desk.alerts("ip:203.0.113.47").len() >= 5);
    assert!(story.iter().any(|alert| alert.handling.status == Status::Acknowledged), "something is still to be done");
    let worst = story.iter().find(|alert| alert.content.title.starts_with("Customer records")).unwrap();
    let history = desk.app.show_alert(worst.id).unwrap().activity;
    let words: Vec<&str> = history.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!(words, ["received", "acknowledged", "noted", "closed"]);
    assert!(history.is_sorted_by_key(|entry| entry.at));
    let days = (november().millis() - worst.content.time.millis()) / Span::DAY.millis();
    assert!((3..=6).contains(&days), "{days}");
}

#[test]
fn one_source_is_noisy_one_flaps_and_one_night_sleeps() {
    let desk = Desk::loaded();
    let all = desk.alerts("");
    let noisy = desk.alerts("rule:\"E-mail addresses in support tickets\"");
    assert!(noisy.len() * 100 / all.len() > 25, "{} of {}", noisy.len(), all.len());
    let flapped = desk.alerts("source:demo-branch-tunnels").iter().filter(|alert| alert.revision >= 4).count();
    assert!(flapped > 60, "{flapped}");
    let mut times: Vec<i64> = all.iter().map(|alert| alert.content.time.millis()).collect();
    times.sort_unstable();
    let gaps = times.windows(2).filter(|pair| pair[1] - pair[0] >= 6 * Span::HOUR.millis() - 60_000).count();
    assert_eq!(gaps, 1, "nothing happened for six hours once");
    let night = "source:demo-axway \"started at 02:30\" time:2026-10-25..2026-10-25";
    assert_eq!(desk.alerts(night).len(), 2, "the clocks went back and the batch ran twice");
}

#[test]
fn nothing_of_it_is_told_outside_whatever_is_done_to_it() {
    let desk = Desk::loaded();
    assert!(!desk.something_waits());
    let open: Vec<_> = desk.alerts("-status:closed").iter().map(|alert| alert.id).collect();
    desk.app.act_on_alerts(&open, &Action::Reopen).unwrap();
    let until = november().plus(Span::HOUR);
    assert_eq!(desk.app.act_on_alerts(&open, &Action::Snooze { until }).unwrap().changed.len(), open.len());
    assert!(!desk.something_waits(), "a snooze of a real alert waits there");
    desk.app.undo(None).unwrap();
    assert!(!desk.something_waits());
}

#[test]
fn wiping_leaves_what_is_real_exactly_as_it_was() {
    let desk = desk();
    add_source(&desk.app, "csa");
    let real = [alert("a", "Active", "High"), alert("b", "Resolved", "Low")];
    ingest(&desk.app, envelope("e1", Some(START), &real)).unwrap();
    ingest(&desk.app, b"{broken".to_vec()).unwrap();
    let id = desk.alerts("rule:*a")[0].id;
    desk.app.act_on_alerts(&[id], &Action::Snooze { until: november().plus(Span::DAY) }).unwrap();
    assert!(desk.something_waits());
    let before = (desk.everything(), desk.app.quarantine(None, None, 9).unwrap(), shown(&desk.app));

    let loaded = desk.app.load_demo().unwrap();
    assert!(desk.app.has_demo().unwrap());
    assert_eq!(desk.app.quarantine(None, None, 9).unwrap().len(), 2);
    desk.app.wipe_demo().unwrap();
    assert!(!desk.app.has_demo().unwrap());
    assert_eq!((desk.everything(), desk.app.quarantine(None, None, 9).unwrap(), shown(&desk.app)), before);
    assert!(desk.something_waits(), "the real reminder is still there");
    assert_eq!(desk.app.load_demo().unwrap(), loaded, "and it can be loaded again");
    assert_eq!(desk.app.sources().unwrap().len(), 7);
    assert_eq!(desk.app.wipe_demo().unwrap(), loaded);
    assert_eq!(desk.app.wipe_demo().unwrap(), 0);
}

fn shown(app: &App) -> Vec<String> {
    app.sources().unwrap().iter().map(|status| format!("{:?}", status.record)).collect()
}

#[test]
fn a_change_on_real_and_made_up_alerts_is_taken_back_on_the_real_ones() {
    let desk = Desk::loaded();
    add_source(&desk.app, "csa");
    ingest(&desk.app, envelope("e1", Some(START), &[alert("a", "Active", "High")])).unwrap();
    let both: Vec<_> = desk.alerts("-status:closed").iter().map(|alert| alert.id).collect();
    let change = desk.app.act_on_alerts(&both, &Action::Note { text: "on both".into() }).unwrap().change;
    desk.app.wipe_demo().unwrap();
    let real = desk.alerts("");
    assert_eq!(real.len(), 1);
    assert_eq!(real[0].handling.notes.as_deref(), Some("on both"));
    assert_eq!(desk.app.undo(change).unwrap().1.changed.len(), 1);
    assert_eq!(desk.alerts("")[0].handling.notes, None);
}

#[test]
fn demo_sources_take_nothing_and_stay_as_they_are() {
    let desk = Desk::loaded();
    let conflict = |error: EngineError| (error.code(), error.to_string());
    let (code, message) = conflict(desk.app.load_demo().unwrap_err());
    assert!(code == ErrorCode::Conflict && message.contains("wipe it first"), "{message}");
    let file = IngestFile { name: "x".into(), bytes: b"{}".to_vec() };
    for error in [
        desk.app.ingest("demo-secure-access", file).map(|_| ()).unwrap_err(),
        desk.app.remove_source("demo-axway").unwrap_err(),
        desk.app.set_source_secret("demo-shield", None).map(|_| ()).unwrap_err(),
    ] {
        let (code, message) = conflict(error);
        assert!(code == ErrorCode::Conflict && message.contains("wipe the demo data"), "{message}");
    }
    let spec = |kind, name: &str| SourceSpec {
        kind,
        name: name.parse().unwrap(),
        sign_in: None,
        username: None,
        secret: None,
        origins: Vec::new(),
    };
    let error = desk.app.add_source(spec(SourceKind::Shield, "dlp")).unwrap_err();
    assert_eq!((error.code(), error.field()), (ErrorCode::Invalid, Some("kind")));
    assert!(error.to_string().contains("secure-access, alertmanager, cloudevents"), "{error}");
    let error = desk.app.add_source(spec(SourceKind::SecureAccess, "demo-axway")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    desk.app.wipe_demo().unwrap();
    assert!(desk.app.add_source(spec(SourceKind::SecureAccess, "demo-secure-access")).is_ok());
    assert!(!desk.app.source("demo-secure-access").unwrap().record.demo, "a real one of that name is real");
    let message = desk.app.load_demo().unwrap_err().to_string();
    assert!(message.contains("demo-secure-access"), "{message}");
    assert!(!desk.app.has_demo().unwrap() && desk.alerts("").is_empty(), "all or nothing");
    desk.clock.set(november());
}
