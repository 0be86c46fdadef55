//! The schema, which only grows: numbered files that are never changed once released.

use rusqlite::Connection;
use std::path::Path;
use tocsin_model::time::Timestamp;

use crate::connection::{Settings, open_writer};
use crate::error::StoreError;

refinery::embed_migrations!("migrations");

/// Makes the database file if there is none, refuses one of the future, and brings the schema up to date.
pub(crate) fn prepare(path: &Path, settings: &Settings) -> Result<(), StoreError> {
    create_private(path)?;
    refuse_newer(path)?;
    let mut connection = open_writer(path, settings)?;
    check_history(path, &connection)?;
    migrations::runner()
        .set_abort_divergent(true)
        .run(&mut connection)
        .map_err(|error| StoreError::Migration { path: path.to_owned(), cause: error.to_string() })?;
    Ok(())
}

/// The migrations' library panics at a history that it cannot read; a damaged file is said in words instead.
fn check_history(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let kept: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history')",
        [],
        |row| row.get(0),
    )?;
    if !kept {
        return Ok(());
    }
    let mut statement =
        connection.prepare("SELECT version, name, applied_on, checksum FROM refinery_schema_history")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sound = row.get::<_, i32>(0).is_ok()
            && row.get::<_, String>(1).is_ok()
            && row
                .get::<_, String>(2)
                .is_ok_and(|time| time.get(10..11) == Some("T") && Timestamp::parse(&time).is_ok())
            && row.get::<_, String>(3).is_ok_and(|checksum| checksum.parse::<u64>().is_ok());
        if !sound {
            let cause = format!("{}: the history of its schema cannot be read", path.display());
            return Err(StoreError::Damaged(cause));
        }
    }
    Ok(())
}

/// The newest schema this version knows.
fn newest() -> i64 {
    migrations::runner().get_migrations().iter().map(|migration| i64::from(migration.version())).max().unwrap_or(0)
}

/// Looks at the version without touching the file: a downgrade must leave every byte as it was.
fn refuse_newer(path: &Path) -> Result<(), StoreError> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(path, flags) else { return Ok(()) };
    let found = connection
        .query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get::<_, Option<i64>>(0))
        .ok()
        .flatten()
        .unwrap_or(0);
    let known = newest();
    if found > known { Err(StoreError::Newer { path: path.to_owned(), found, known }) } else { Ok(()) }
}

/// The file belongs to its owner alone, before the first byte is in it.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ()).map_err(|error| StoreError::Open { path: path.to_owned(), cause: error.to_string() })
}
