//! Copies of the whole database: making one while deliveries come in, and judging one that somebody brings.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::path::Path;

use crate::error::StoreError;
use crate::{Store, migration};

/// What every SQLite database begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Why a file cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It is something else.
    #[error("this is no backup of Tocsin ({0}): choose a file that “tocsin backup” made")]
    Foreign(String),
    /// A newer version made it.
    #[error(
        "a newer version of Tocsin made this backup (schema {found}, this version knows {known}): update Tocsin first"
    )]
    Newer {
        /// The schema in the file.
        found: i64,
        /// The newest schema this version knows.
        known: i64,
    },
    /// It is damaged.
    #[error("this backup is damaged ({0}): choose an older one")]
    Damaged(String),
}

impl Store {
    /// Copies the database as it is now into an empty file; gives the number of alerts in the copy. Deliveries are
    /// taken meanwhile.
    ///
    /// # Errors
    /// When the database cannot be read, or the copy not be written or not be read back.
    pub fn copy_into(&self, target: &Path) -> Result<u64, StoreError> {
        let copy = |error: rusqlite::Error| StoreError::Io(format!("the copy could not be made: {error}"));
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(self.path(), flags)?;
        crate::connection::distrust(&connection)?;
        let place = target.to_str().ok_or_else(|| StoreError::Io("the name of the file is not text".to_owned()))?;
        connection.execute("VACUUM INTO ?1", [place]).map_err(copy)?;
        drop(connection);
        match judge(target) {
            Ok(alerts) => Ok(alerts),
            Err(error) => Err(StoreError::Io(format!("the copy is not sound: {error}"))),
        }
    }
}

/// Judges a file that is to become the database; gives the number of its alerts. The file stays as it is. It may come
/// from anybody: nothing in it is run, and only what this version itself would have made is taken.
///
/// # Errors
/// Why it cannot be restored.
pub fn judge(file: &Path) -> Result<u64, BackupError> {
    let damaged = |error: &dyn std::fmt::Display| BackupError::Damaged(error.to_string());
    refuse_other_files(file)?;
    // Not read-only: the copy of a database that kept a log could then not be opened.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(|error| damaged(&error))?;
    crate::connection::distrust(&connection)
        .and_then(|()| connection.pragma_update(None, "query_only", true))
        .map_err(|error| damaged(&error))?;
    let version = version(&connection)?;
    compare_schema(&connection, version)?;
    crate::sql::register(&connection).map_err(|error| damaged(&error))?;
    let complaints = crate::sql::integrity(&connection).map_err(|error| damaged(&error))?;
    if let Some(first) = complaints.first() {
        return Err(BackupError::Damaged(first.clone()));
    }
    refuse_unreadable_rows(&connection, version)?;
    let alerts: i64 =
        connection.query_row("SELECT count(*) FROM alerts", [], |row| row.get(0)).map_err(|error| damaged(&error))?;
    Ok(u64::try_from(alerts).unwrap_or(0))
}

fn refuse_other_files(file: &Path) -> Result<(), BackupError> {
    use std::io::Read;
    let mut start = [0; 16];
    let read = std::fs::File::open(file).and_then(|mut opened| opened.read_exact(&mut start));
    if read.is_ok() && &start == MAGIC {
        Ok(())
    } else {
        Err(BackupError::Foreign("it is no SQLite database".to_owned()))
    }
}

fn version(connection: &Connection) -> Result<i64, BackupError> {
    let is_table = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'refinery_schema_history'",
            [],
            |row| row.get::<_, i64>(0),
        )
        .map_err(|error| BackupError::Damaged(error.to_string()))?;
    if is_table == 0 {
        return Err(BackupError::Foreign("it has other tables".to_owned()));
    }
    let found: Option<i64> = connection
        .query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0))
        .map_err(|_| BackupError::Foreign("its history cannot be read".to_owned()))?;
    let known = migration::newest();
    match found {
        None => Err(BackupError::Foreign("it is empty".to_owned())),
        Some(found) if found > known => Err(BackupError::Newer { found, known }),
        Some(found) => Ok(found),
    }
}

/// Type, name and definition of everything in a database but what SQLite itself adds.
fn objects(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String, String)>> {
    let mut statement = connection.prepare(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT IN ('sqlite_stat1', 'sqlite_stat4')",
    )?;
    let objects = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    objects.collect()
}

/// Everything in it is as this version made it at that step, so no view, trigger or table of others is there to run.
fn compare_schema(connection: &Connection, version: i64) -> Result<(), BackupError> {
    let found = objects(connection).map_err(|error| BackupError::Damaged(error.to_string()))?;
    let own = migration::in_memory(version).and_then(|own| Ok(objects(&own)?));
    let own = own.map_err(|error| BackupError::Foreign(error.to_string()))?;
    let name = |(kind, name, _): &(String, String, String)| {
        let name: String = name.chars().take(64).collect();
        format!("{kind} “{name}”")
    };
    if let Some(strange) = found.difference(&own).next() {
        return Err(BackupError::Foreign(format!("its {} is none of Tocsin's", name(strange))));
    }
    match own.difference(&found).next() {
        Some(missing) => Err(BackupError::Foreign(format!("its {} is missing", name(missing)))),
        None => Ok(()),
    }
}

/// Values that the tables allow but no version ever writes: a list with one of them could not be read.
fn refuse_unreadable_rows(connection: &Connection, version: i64) -> Result<(), BackupError> {
    use tocsin_model::activity::Actor;
    use tocsin_model::source::{SignInKind, SourceKind};
    let words = |words: &[&str]| words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    let kinds = words(&SourceKind::ALL.map(SourceKind::as_str));
    let sign_ins = words(&SignInKind::ALL.map(SignInKind::as_str));
    let actors = words(&[Actor::Person, Actor::Source, Actor::System].map(Actor::as_str));
    let mut tests = vec![
        format!("SELECT 1 FROM sources WHERE kind NOT IN ({kinds}) OR sign_in NOT IN ({sign_ins})"),
        format!("SELECT 1 FROM activity WHERE actor NOT IN ({actors})"),
        "SELECT 1 FROM alerts WHERE length(id) <> 16 OR origin NOT IN ('vendor', 'rule')".to_owned(),
        "SELECT 1 FROM quarantine WHERE length(id) <> 16".to_owned(),
        "SELECT 1 FROM changes WHERE length(id) <> 16".to_owned(),
        "SELECT 1 FROM outbox WHERE length(id) <> 16 AND done_at IS NULL".to_owned(),
    ];
    if version >= 2 {
        tests.push("SELECT 1 FROM settings WHERE NOT json_valid(document)".to_owned());
    }
    for test in tests {
        let found: i64 = connection
            .query_row(&format!("SELECT EXISTS ({test})"), [], |row| row.get(0))
            .map_err(|error| BackupError::Damaged(error.to_string()))?;
        if found == 1 {
            return Err(BackupError::Damaged("a value in it cannot be read".to_owned()));
        }
    }
    Ok(())
}

/// Writes what is still in the log into the database at `path` and closes it, so that the file alone is all of it.
/// Says whether it could: a damaged one cannot.
#[must_use]
pub fn close_log(path: &Path) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(path, flags) else { return false };
    let done = connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)
        .and_then(|_| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)));
    matches!(done, Ok(0)) && connection.close().is_ok()
}
