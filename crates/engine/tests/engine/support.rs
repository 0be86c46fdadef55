//! A data directory of its own, a clock that is moved by hand, and Secure Access's documents.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;
use tocsin_engine::{App, Clock, Config, EngineError, IngestFile, SourceSpec};
use tocsin_model::delivery::Accepted;
use tocsin_model::source::{SignInKind, SourceKind};
use tocsin_model::time::Timestamp;

/// When the tests begin.
pub const START: Timestamp = Timestamp::from_millis(1_772_611_960_000);
/// The password of every source.
pub const SECRET: &str = "correct horse battery";

/// So many minutes after the start.
pub fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_millis(START.millis() + minutes * 60_000)
}

#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(START)))
    }

    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap() = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Opens a data directory, as its engine when there is none yet.
pub fn open(dir: &TempDir, clock: &Arc<ManualClock>) -> App {
    let config = Config {
        data_dir: dir.path().to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        desktop_notifications: false,
    };
    App::open_with_clock(config, Arc::clone(clock) as Arc<dyn Clock>).unwrap()
}

pub fn add_source(app: &App, name: &str) {
    let spec = SourceSpec {
        kind: SourceKind::SecureAccess,
        name: name.parse().unwrap(),
        sign_in: Some(SignInKind::Basic),
        username: Some("sender".to_owned()),
        secret: Some(SECRET.to_owned()),
        origins: Vec::new(),
    };
    app.add_source(spec).unwrap();
}

/// One alert as Secure Access writes it.
pub fn alert(id: &str, status: &str, severity: &str) -> Value {
    json!({
        "alertId": id, "status": status, "severity": severity, "ruleName": format!("rule of {id}"),
        "category": "API anomaly", "time": START.to_string(), "user": ["ana"],
    })
}

/// An envelope around alerts; `sent` is when the vendor says it sent it.
pub fn envelope(id: &str, sent: Option<Timestamp>, alerts: &[Value]) -> Vec<u8> {
    let mut document = json!({
        "specversion": "1.0", "type": "secureaccess.alerts.api.anomaly.v1", "id": id, "data": { "alerts": alerts },
    });
    if let Some(sent) = sent {
        document["time"] = sent.to_string().into();
    }
    document.to_string().into_bytes()
}

pub fn ingest(app: &App, bytes: Vec<u8>) -> Result<Accepted, EngineError> {
    app.ingest("csa", IngestFile { name: "test".to_owned(), bytes })
}
