//! Copies of the database: whole while it is written to, and judged by whoever is to trust one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use tocsin_store::{BackupError, close_log, judge};

use crate::support::{Fixture, keep_plain, rows};

const TABLES: [&str; 10] =
    ["sources", "deliveries", "quarantine", "alerts", "events", "outbox", "changes", "activity", "settings", "views"];

/// A store with some alerts, and a copy of it.
fn copied() -> (Fixture, PathBuf) {
    let (fixture, source_row) = Fixture::with_source();
    for n in 0..20 {
        keep_plain(&fixture, source_row, &format!("a{n}"));
    }
    let copy = fixture.dir.path().join("copy.db");
    assert_eq!(fixture.store.copy_into(&copy).unwrap(), 20);
    (fixture, copy)
}

fn contents(path: &Path) -> Vec<String> {
    let database = Connection::open(path).unwrap();
    TABLES.iter().map(|table| format!("{table}: {:?}", rows(&database, table))).collect()
}

#[test]
fn a_copy_holds_every_row() {
    let (fixture, copy) = copied();
    assert_eq!(contents(&copy), contents(fixture.store.path()));
    assert_eq!(judge(&copy).unwrap(), 20);
}

#[test]
fn a_copy_is_of_one_moment_while_others_write() {
    let (fixture, source_row) = Fixture::with_source();
    keep_plain(&fixture, source_row, "first");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                keep_plain(&fixture, source_row, &format!("b{n}"));
                n += 1;
            }
        });
        let mut before = 0;
        for n in 0..10 {
            let copy = fixture.dir.path().join(format!("copy{n}.db"));
            let alerts = fixture.store.copy_into(&copy).unwrap();
            let database = Connection::open(&copy).unwrap();
            let count = |table: &str| rows(&database, table).len() as u64;
            assert_eq!((count("alerts"), count("deliveries")), (alerts, alerts));
            assert!(alerts >= before);
            before = alerts;
        }
        stop.store(true, Ordering::Relaxed);
    });
}

/// What is changed, and a word that the refusal has to say.
const HOSTILE: [(&str, &str); 14] = [
    ("CREATE VIEW spy AS SELECT * FROM alerts", "view “spy”"),
    ("CREATE TRIGGER t AFTER INSERT ON alerts BEGIN DELETE FROM alerts; END", "trigger “t”"),
    ("CREATE TABLE more (x)", "table “more”"),
    ("CREATE INDEX more ON alerts (title)", "index “more”"),
    ("CREATE VIRTUAL TABLE v USING fts5 (x)", "none of Tocsin"),
    ("DROP INDEX alerts_by_time", "index “alerts_by_time”"),
    ("DROP TABLE hints", "hints"),
    ("ALTER TABLE alerts ADD COLUMN more TEXT DEFAULT 'x'", "table “alerts”"),
    ("ALTER TABLE sources RENAME COLUMN name TO label", "none of Tocsin"),
    ("UPDATE sources SET kind = 'splunk'", "cannot be read"),
    ("UPDATE alerts SET id = x'00' WHERE row = 1", "cannot be read"),
    (
        "UPDATE activity SET actor = 'god'; INSERT INTO activity (alert_row, at, actor, what, detail) VALUES (1, 0, 'god', '', '')",
        "cannot be read",
    ),
    ("PRAGMA foreign_keys = OFF; UPDATE alerts SET source_row = 99 WHERE row = 3", "damaged"),
    ("DELETE FROM refinery_schema_history", "it is empty"),
];

#[test]
fn what_tocsin_would_not_have_made_is_refused_in_words_and_left_as_it_is() {
    let (_fixture, copy) = copied();
    for (statement, word) in HOSTILE {
        let hostile = copy.with_file_name("hostile.db");
        fs::copy(&copy, &hostile).unwrap();
        let database = Connection::open(&hostile).unwrap();
        database.execute_batch(statement).unwrap();
        database.close().unwrap();
        let before = fs::read(&hostile).unwrap();
        let message = judge(&hostile).expect_err(statement).to_string();
        assert!(message.contains(word), "{statement}: {message}");
        assert_eq!(fs::read(&hostile).unwrap(), before, "{statement}");
    }
}

#[test]
fn a_hostile_definition_that_the_schema_hides_is_refused() {
    let (_fixture, copy) = copied();
    let database = Connection::open(&copy).unwrap();
    database
        .execute_batch(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'at        INTEGER', \
             'at        INTEGER CHECK (length(load_extension(1)) > 0)') WHERE name = 'changes'",
        )
        .unwrap();
    drop(database);
    assert!(judge(&copy).is_err());
}

#[test]
fn files_of_others_and_of_the_future_are_refused_as_such() {
    let (_fixture, copy) = copied();
    let other = copy.with_file_name("other.db");
    for (bytes, word) in
        [(&b""[..], "no SQLite"), (b"SQLite format 2", "no SQLite"), (b"PK\x03\x04 a zip, not a database", "no SQLite")]
    {
        fs::write(&other, bytes).unwrap();
        let error = judge(&other).unwrap_err();
        assert!(matches!(error, BackupError::Foreign(_)) && error.to_string().contains(word), "{error}");
    }
    fs::remove_file(&other).unwrap();
    assert!(matches!(judge(&other), Err(BackupError::Foreign(_))));
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE notes (x)").unwrap();
    assert!(matches!(judge(&other), Err(BackupError::Foreign(_))));
    Connection::open(&copy)
        .unwrap()
        .execute("INSERT INTO refinery_schema_history SELECT 999, name, applied_on, checksum FROM refinery_schema_history LIMIT 1", [])
        .unwrap();
    assert!(matches!(judge(&copy), Err(BackupError::Newer { found: 999, .. })));
}

#[test]
fn damage_anywhere_is_found_or_harmless_and_never_a_panic() {
    let (_fixture, copy) = copied();
    let whole = fs::read(&copy).unwrap();
    let hurt = copy.with_file_name("hurt.db");
    let mut refused = 0;
    for n in 0..60 {
        let mut bytes = whole.clone();
        // Much of a small database is empty pages, where damage does no harm.
        for flip in 0..48 {
            let at = 16 + (n * 48 + flip + 1) * 2_654_435_761 % (bytes.len() - 16);
            bytes[at] ^= 0x5A;
        }
        fs::write(&hurt, &bytes).unwrap();
        refused += usize::from(judge(&hurt).is_err());
    }
    for cut in (1..60).map(|n| whole.len() * n / 60) {
        fs::write(&hurt, &whole[..cut]).unwrap();
        assert!(judge(&hurt).is_err(), "cut at {cut}");
    }
    assert!(refused > 30, "{refused} of {}", whole.len());
}

#[test]
fn closing_the_log_leaves_one_whole_file() {
    let (fixture, _copy) = copied();
    let path = fixture.store.path().to_owned();
    let dir = fixture.dir;
    drop(fixture.store);
    assert!(close_log(&path));
    assert!(!path.with_file_name("tocsin.db-wal").exists());
    assert_eq!(judge(&path).unwrap(), 20);
    fs::write(&path, b"no database at all, and long enough to be read as one").unwrap();
    assert!(!close_log(&path));
    drop(dir);
}
