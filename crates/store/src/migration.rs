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
    // A table that is built anew is dropped first, and what points to it must not go with it.
    connection.pragma_update(None, "foreign_keys", false)?;
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
pub(crate) fn newest() -> i64 {
    migrations::runner().get_migrations().iter().map(|migration| i64::from(migration.version())).max().unwrap_or(0)
}

/// An empty database of the schema that `version` had.
pub(crate) fn in_memory(version: i64) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    let version = i32::try_from(version).unwrap_or(0);
    migrations::runner()
        .set_target(refinery::Target::Version(version))
        .run(&mut connection)
        .map_err(|error| StoreError::Statement(error.to_string()))?;
    Ok(connection)
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use refinery::Target;

    #[test]
    fn alerts_of_the_first_schema_are_all_there_and_known_by_their_identity() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tocsin.db");
        let mut connection = open_writer(&path, &Settings::default()).unwrap();
        migrations::runner().set_target(Target::Version(1)).run(&mut connection).unwrap();
        connection
            .execute_batch(
                "INSERT INTO sources (row, name, kind, sign_in, verifier, origins, created_at) \
                 VALUES (1, 'csa', 'secure-access', 'basic', 'v', '[]', 1); \
                 INSERT INTO deliveries (row, source_row, received_at, content_type, body) VALUES (1, 1, 1, 'x', x'7b7d'); \
                 INSERT INTO alerts (row, id, source_row, identity, external_id, origin, severity, title, time, status, \
                 close_reason, received_at, updated_at, delivery_row, notes) \
                 VALUES (7, x'01', 1, 'b', 'b', 'vendor', 4, 'first', 1, 2, 'benign', 1, 2, 1, 'a note'), \
                 (9, x'02', 1, 'a', 'a', 'vendor', 3, 'second', 2, 0, NULL, 2, 2, 1, NULL); \
                 INSERT INTO events (id, source_row, external_id, kind, time, received_at, alert_row, fields) \
                 VALUES (x'03', 1, 'b', 'alert', 1, 1, 7, '{\"status\":\"acknowledged\"}'), \
                 (x'04', 1, 'a', 'alert', 2, 2, 9, '{\"severity\":\"low\"}'); \
                 UPDATE alerts SET revision = 2 WHERE row = 9; \
                 INSERT INTO outbox (id, alert_row, occasion, arrival, queued_at, not_before) \
                 VALUES (x'05', 9, 'raised', 'delivered', 2, 2);",
            )
            .unwrap();
        let columns = "row, hex(id), identity, title, status, close_reason, notes, delivery_row, revision";
        let all = |connection: &Connection| -> Vec<String> {
            let mut statement =
                connection.prepare(&format!("SELECT concat_ws('|', {columns}) FROM alerts ORDER BY row")).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        let before = all(&connection);
        drop(connection);
        prepare(&path, &Settings::default()).unwrap();
        let connection = open_writer(&path, &Settings::default()).unwrap();
        assert_eq!(all(&connection), before);
        assert_eq!(crate::sql::integrity(&connection).unwrap(), Vec::<String>::new());
        let known: String = connection
            .query_row("SELECT group_concat(identity || alert_row, ' ') FROM identities", [], |row| row.get(0))
            .unwrap();
        assert_eq!(known, "a9 b7");
        let seen: i64 = connection.query_row("SELECT seen FROM alerts WHERE row = 7", [], |row| row.get(0)).unwrap();
        assert_eq!(seen, 1);
        // Of the alert that changed since, the first report is kept; the other one still says what it said.
        let events: String =
            connection.query_row("SELECT group_concat(alert_row || fields) FROM events", [], |row| row.get(0)).unwrap();
        assert_eq!(events, "9{\"severity\":\"low\"}");
        let arrived: i64 =
            connection.query_row("SELECT arrived_status FROM alerts WHERE row = 7", [], |row| row.get(0)).unwrap();
        assert_eq!(arrived, 1);
        connection.execute("DELETE FROM alerts WHERE row = 9", []).unwrap_err();
    }
}
