//! Opening what is there: nothing, an older or newer store, or no store at all.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tocsin_model::source::SourceKind;
use tocsin_store::{Store, StoreError};

use crate::support::{Fixture, look_into, source};

const FILE: &str = Store::FILE_NAME;

/// The schema as it stands, with the checksum of each migration.
fn schema(dir: &Path) -> String {
    let connection = look_into(dir);
    let mut text = String::new();
    let mut statement = connection
        .prepare("SELECT version || ' ' || name || ' ' || checksum FROM refinery_schema_history ORDER BY version")
        .unwrap();
    for line in statement.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        text += &format!("-- migration {}\n", line.unwrap());
    }
    let mut statement = connection
        .prepare("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
        .unwrap();
    let objects = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
    for object in objects.unwrap() {
        let (name, sql) = object.unwrap();
        text += &format!("\n-- {name}\n{sql};\n");
    }
    text
}

/// A migration that has been released is never changed: databases out there have gone through it already. Write a new
/// one instead. `TOCSIN_BLESS=1 cargo test -p tocsin-store` keeps the schema anew after one was added.
#[test]
fn a_fresh_file_has_the_kept_schema() {
    let fixture = Fixture::new();
    let found = schema(fixture.dir.path());
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/schema.sql");
    if std::env::var_os("TOCSIN_BLESS").is_some() {
        fs::write(&kept, &found).unwrap();
    }
    let kept = fs::read_to_string(kept).unwrap();
    assert_eq!(found, kept, "the schema has changed; a released migration must not");
}

#[test]
fn opening_again_changes_nothing() {
    let Fixture { store, dir } = Fixture::new();
    drop(store);
    let before = schema(dir.path());
    drop(Store::open(dir.path()).unwrap());
    assert_eq!(schema(dir.path()), before);
}

#[test]
fn a_newer_schema_is_refused_in_words_and_left_as_it_is() {
    let Fixture { store, dir } = Fixture::new();
    store.write_blocking(|tx| tx.add_source(&source("csa", SourceKind::SecureAccess))).unwrap();
    drop(store);
    let connection = Connection::open(dir.path().join(FILE)).unwrap();
    connection
        .execute_batch(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
             VALUES (4711, 'of_the_future', '2036-01-01T00:00:00Z', '1'); CREATE TABLE of_the_future (x);",
        )
        .unwrap();
    connection.close().unwrap();
    let before = fs::read(dir.path().join(FILE)).unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 4711, known, .. } if known >= 1), "{error}");
    let words = error.to_string();
    assert!(words.contains("newer version") && words.contains("4711") && words.contains("update Tocsin"), "{words}");
    assert!(fs::read(dir.path().join(FILE)).unwrap() == before, "a byte of the file has changed");
}

/// A newer version may have crashed: what it last wrote then stands in the log beside the file.
#[test]
fn a_newer_schema_that_is_still_in_the_log_is_left_as_it_is() {
    let Fixture { store, dir } = Fixture::new();
    drop(store);
    let writer = Connection::open(dir.path().join(FILE)).unwrap();
    writer
        .execute_batch(
            "PRAGMA wal_autocheckpoint = 0; INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
             VALUES (4711, 'of_the_future', '2036-01-01T00:00:00Z', '1')",
        )
        .unwrap();
    let crashed = tempfile::tempdir().unwrap();
    let log = format!("{FILE}-wal");
    for name in [FILE, log.as_str()] {
        fs::copy(dir.path().join(name), crashed.path().join(name)).unwrap();
    }
    let read = |name: &str| fs::read(crashed.path().join(name)).unwrap();
    let before = (read(FILE), read(&log));
    assert!(!before.1.is_empty(), "the change is not in the log, so this shows nothing");
    assert!(matches!(Store::open(crashed.path()), Err(StoreError::Newer { found: 4711, .. })));
    assert!((read(FILE), read(&log)) == before, "a byte has changed");
}

#[test]
fn a_file_that_is_no_database_is_named_as_damaged_and_left_as_it_is() {
    for bytes in [b"{\"not\": \"a database\"}".repeat(400), vec![0xff; 4096], vec![0; 8192]] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), &bytes).unwrap();
        let error = Store::open(dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
        let words = error.to_string();
        assert!(words.contains(FILE) && words.contains("restore a backup"), "{words}");
        assert!(fs::read(dir.path().join(FILE)).unwrap() == bytes, "a byte of the file has changed");
    }
}

#[test]
fn a_store_opens_and_is_read_while_another_process_writes() {
    let (fixture, _) = Fixture::with_source();
    let other = Connection::open(fixture.dir.path().join(FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE sources SET created_at = created_at + 1;").unwrap();
    let store = Store::open(fixture.dir.path()).unwrap();
    assert_eq!(store.read(|reader| reader.sources()).unwrap().len(), 1);
    other.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn a_place_that_is_no_folder_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let error = Store::open(&dir.path().join("missing")).unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    assert!(error.to_string().contains("missing") && error.to_string().contains("Check that the folder exists"));
}

#[cfg(unix)]
#[test]
fn the_files_belong_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new();
    fixture.write(|tx| tx.add_source(&source("csa", SourceKind::SecureAccess)));
    let mut seen = 0;
    for entry in fs::read_dir(fixture.dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        seen += 1;
    }
    assert!(seen >= 3, "database, log and index");
}
