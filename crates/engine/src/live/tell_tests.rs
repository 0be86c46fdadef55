//! What is told, held back and left out, where no desktop answers: severity and quiet hours, over a restart.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tocsin_model::settings::{NotifySettings, Settings as Wishes};
use tocsin_model::severity::Severity;
use tocsin_model::source::SourceKind;
use tocsin_model::zone::{QuietHours, Zone};
use tocsin_notify::Bus;

use super::*;
use crate::app::SourceSpec;
use crate::app::alerts::AlertListRequest;
use crate::app::ingest::IngestFile;
use crate::clock::Clock;
use crate::config::Config;
use crate::live::routes::Routes;

#[derive(Debug)]
struct Hands(Mutex<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Bench {
    shared: Shared,
    notifier: Notifier,
    clock: Arc<Hands>,
    dir: TempDir,
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn shared(dir: &TempDir, clock: &Arc<Hands>) -> (Shared, Notifier) {
    let config = Config {
        data_dir: dir.path().to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        desktop_notifications: true,
    };
    let app = Arc::new(App::open_with_clock(config, Arc::clone(clock) as Arc<dyn Clock>).unwrap());
    // Nobody is at home there, whatever desktop the tests run on.
    let nobody = Settings { bus: Bus::Address("unix:path=/nowhere/at/all".to_owned()), ..Settings::default() };
    let shared = Shared {
        routes: Arc::new(Routes::load(&app).unwrap()),
        health: Arc::new(Health::default()),
        outbox: Arc::default(),
        app,
    };
    (shared, Notifier::new(unbounded_channel().0, nobody))
}

impl Bench {
    fn new(wishes: NotifySettings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(Hands(Mutex::new(at("2026-03-04T23:00:00Z"))));
        let (shared, notifier) = shared(&dir, &clock);
        let spec = SourceSpec {
            kind: SourceKind::SecureAccess,
            name: "csa".parse().unwrap(),
            sign_in: None,
            username: None,
            secret: None,
            origins: Vec::new(),
        };
        shared.app.add_source(spec).unwrap();
        shared.app.set_settings(Wishes { notify: wishes, ..Wishes::default() }).unwrap();
        Self { shared, notifier, clock, dir }
    }

    fn set(&self, now: &str) {
        *self.clock.0.lock().unwrap() = at(now);
    }

    fn raise(&self, id: &str, severity: &str) {
        let alert = serde_json::json!({
            "alertId": id, "status": "Active", "severity": severity, "ruleName": id, "time": self.clock.now().to_string(),
        });
        let document = serde_json::json!({
            "specversion": "1.0", "type": "secureaccess.alerts.api.anomaly.v1", "id": id, "data": {"alerts": [alert]},
        });
        let file = IngestFile { name: "test".to_owned(), bytes: document.to_string().into_bytes() };
        self.shared.app.ingest("csa", file).unwrap();
    }

    fn tell(&mut self) -> Pause {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (shared, notifier) = (self.shared.clone(), &mut self.notifier);
        runtime.block_on(drain(&shared, notifier)).unwrap()
    }

    /// What the alert's history says besides its receipt.
    fn said(&self, id: &str) -> Vec<String> {
        let query = format!("external:{id}");
        let request = AlertListRequest { query, limit: 1, ..AlertListRequest::default() };
        let alert = self.shared.app.list_alerts(&request).unwrap().alerts[0].id;
        let activity = self.shared.app.show_alert(alert).unwrap().activity;
        activity[1..].iter().map(|entry| format!("{}: {}", entry.what, entry.detail)).collect()
    }

    fn due(&self, now: &str) -> Vec<(String, Option<Timestamp>)> {
        let due = self.shared.app.store.read(|reader| reader.due_notifications(at(now), 100)).unwrap();
        due.into_iter().map(|(_, one)| (one.alert.external_id, one.held_until)).collect()
    }

    fn restart(self) -> Self {
        let Self { shared: old, clock, dir, .. } = self;
        drop(old);
        let (shared, notifier) = shared(&dir, &clock);
        Self { shared, notifier, clock, dir }
    }
}

fn nights() -> NotifySettings {
    NotifySettings { from: Severity::Medium, quiet_hours: Some(QuietHours::nights(Zone::default())) }
}

#[test]
fn what_is_too_mild_is_not_told_and_says_so() {
    let mut bench = Bench::new(NotifySettings { from: Severity::High, quiet_hours: None });
    bench.raise("mild", "Medium");
    bench.raise("bad", "High");
    assert!(bench.tell().server_missing, "the other one waits for a desktop");
    assert_eq!(bench.said("mild"), ["not-notified: only high and worse is told (setting notify.from)"]);
    assert_eq!(bench.said("bad"), Vec::<String>::new());
    assert_eq!(bench.due("2026-03-04T23:00:00Z"), [("bad".to_owned(), None)]);
}

#[test]
fn a_night_is_held_back_over_a_restart_and_then_due_at_once() {
    let mut bench = Bench::new(nights());
    bench.raise("one", "High");
    bench.raise("two", "Medium");
    bench.raise("worst", "Critical");
    assert!(bench.tell().server_missing, "what is critical comes through, were there a desktop");
    let held = ["held: quiet hours until 2026-03-05T07:00:00.000Z"];
    assert_eq!(
        (bench.said("one"), bench.said("two")),
        (held.map(str::to_owned).to_vec(), held.map(str::to_owned).to_vec())
    );
    assert_eq!(bench.due("2026-03-05T06:59:59Z"), [("worst".to_owned(), None)]);
    let mut bench = bench.restart();
    bench.set("2026-03-05T07:00:00Z");
    let end = Some(at("2026-03-05T07:00:00Z"));
    let due = bench.due("2026-03-05T07:00:00Z");
    assert_eq!(due[1..], [("one".to_owned(), end), ("two".to_owned(), end)], "nothing is lost");
    // Without a desktop they go on waiting, for a day from the morning on and not from the evening.
    assert!(bench.tell().server_missing);
    bench.set("2026-03-06T06:30:00Z");
    bench.shared.app.set_setting("notify.quietHours", "none").unwrap();
    bench.tell();
    assert_eq!(bench.said("one"), held);
    bench.set("2026-03-06T07:00:00Z");
    bench.tell();
    assert_eq!(bench.said("one")[1..], ["not-notified: this desktop showed no notifications"]);
}

#[test]
fn quiet_hours_set_anew_are_decided_again() {
    let mut bench = Bench::new(nights());
    bench.raise("one", "High");
    let pause = bench.tell();
    assert!(!pause.server_missing && pause.length <= LONGEST_WAIT);
    bench.shared.app.set_setting("theme", "dark").unwrap();
    assert_eq!(bench.due("2026-03-04T23:00:00Z"), [], "another setting is no reason");
    bench.shared.app.set_setting("notify.quietHours.to", "05:30").unwrap();
    bench.tell();
    assert_eq!(bench.said("one"), ["held: quiet hours until 2026-03-05T05:30:00.000Z"]);
    bench.shared.app.set_setting("notify.quietHours", "none").unwrap();
    let waited = Some(at("2026-03-05T05:30:00Z"));
    assert_eq!(bench.due("2026-03-04T23:00:00Z"), [("one".to_owned(), waited)], "and so is no quiet at all");
}

#[test]
fn what_is_handled_in_the_night_is_not_told_in_the_morning() {
    let mut bench = Bench::new(nights());
    bench.raise("one", "High");
    bench.tell();
    bench.set("2026-03-04T23:30:00Z");
    bench.shared.app.act_on_matching("", &Action::Acknowledge).unwrap();
    bench.set("2026-03-05T07:00:00Z");
    assert!(!bench.tell().server_missing);
    let said = bench.said("one");
    assert_eq!(said[1..], ["acknowledged: ", "not-notified: somebody had taken it on before it could be told"]);
}
