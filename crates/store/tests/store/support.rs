//! A store in a folder of its own, alerts to fill it with, and a look at its rows that goes past it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;
use tocsin_model::alert::{Content, Handling};
use tocsin_model::delivery::Delivery;
use tocsin_model::entities::Entities;
use tocsin_model::id::AlertId;
use tocsin_model::redaction::redact;
use tocsin_model::severity::Severity;
use tocsin_model::source::{SignInKind, Source, SourceKind};
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;
use tocsin_store::{NewAlert, NewSource, ReportPlace, Store, StoreError, WriteTx};

/// When the tests take place.
pub const NOW: Timestamp = Timestamp::from_millis(1_772_611_960_000);

/// A store that is gone with the test.
pub struct Fixture {
    pub store: Store,
    pub dir: TempDir,
}

impl Fixture {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { store: Store::open(dir.path()).unwrap(), dir }
    }

    /// With one source, and its row.
    pub fn with_source() -> (Self, i64) {
        let fixture = Self::new();
        let row = fixture.write(|tx| tx.add_source(&source("csa", SourceKind::SecureAccess)));
        (fixture, row)
    }

    /// Writes what has to succeed.
    pub fn write<T: Send + 'static>(
        &self,
        op: impl FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write_blocking(op).unwrap()
    }

    /// Every row of a table as text, by the database's own means.
    pub fn rows(&self, table: &str) -> Vec<BTreeMap<String, String>> {
        rows(&look_into(self.dir.path()), table)
    }
}

/// A connection of our own that only reads.
pub fn look_into(dir: &Path) -> Connection {
    Connection::open_with_flags(dir.join(Store::FILE_NAME), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

pub fn rows(connection: &Connection, table: &str) -> Vec<BTreeMap<String, String>> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1")).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let all = statement.query_map([], |row| {
        let value = |name: &String| Ok((name.clone(), format!("{:?}", row.get_ref(name.as_str())?)));
        names.iter().map(value).collect()
    });
    all.unwrap().collect::<Result<_, _>>().unwrap()
}

/// How many rows a table has for everybody, that is, after the commit.
pub fn committed(dir: &Path, table: &str) -> i64 {
    look_into(dir).query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

pub fn source(name: &str, kind: SourceKind) -> NewSource {
    NewSource {
        source: Source {
            name: name.parse().unwrap(),
            kind,
            sign_in: SignInKind::Basic,
            username: Some("tocsin".to_owned()),
            origins: Vec::new(),
            created_at: NOW,
        },
        verifier: format!("verifier of {name}"),
    }
}

pub fn content(title: &str) -> Content {
    Content {
        severity: Severity::High,
        source_severity: Some("High".to_owned()),
        source_status: Some("Active".to_owned()),
        title: title.to_owned(),
        description: None,
        category: None,
        alert_type: None,
        tactic: None,
        techniques: Vec::new(),
        time: NOW,
        entities: Entities::default(),
        rule: None,
        tags: Vec::new(),
    }
}

/// An id that no other call gives, in growing order.
pub fn fresh() -> [u8; 10] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    // The first twelve bits stand before the variant, so the counter keeps its order behind them.
    bytes
}

pub fn delivery(body: &str) -> Delivery {
    Delivery { body: redact(body.as_bytes().to_vec()), content_type: "application/json".to_owned(), received_at: NOW }
}

/// Keeps an alert with its delivery; gives its row and id.
pub fn keep(
    tx: &WriteTx<'_>,
    source_row: i64,
    identity: &str,
    content: &Content,
    received_at: Timestamp,
) -> Result<(i64, AlertId), StoreError> {
    let body = format!("{{\"id\":{identity:?}}}");
    let delivery_row = tx.add_delivery(source_row, &delivery(&body))?;
    let id = AlertId::new(received_at, fresh());
    let row = tx.add_alert(&NewAlert {
        id,
        source_row,
        identity,
        external_id: identity,
        content,
        handling: &Handling::fresh(Status::New, None),
        received_at,
        report: ReportPlace {
            key: Some(identity),
            reported_at: Some(received_at),
            delivery_row,
            payload: 0..body.len(),
        },
    })?;
    Ok((row, id))
}

/// [`keep`] in a transaction of its own, with nothing special about it.
pub fn keep_plain(fixture: &Fixture, source_row: i64, identity: &str) -> (i64, AlertId) {
    let identity = identity.to_owned();
    fixture.write(move |tx| keep(tx, source_row, &identity, &content(&identity), NOW))
}
