//! Opening a connection with the settings that durability and distrust ask for.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

use crate::error::StoreError;

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The write-ahead log is cut to this size when it starts anew, in bytes.
const LOG_SIZE_LIMIT: i64 = 64 * 1024 * 1024;
/// Pages of 8 KiB: alert rows of about a kilobyte stay together.
const PAGE_SIZE: i64 = 8192;
/// Page cache of a connection, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

/// Settings of a connection. Only a test that proves itself changes them.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// `FULL` in the product; `OFF` in the run that shows that the power-loss test bites.
    pub synchronous: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        // The one switch that may not be a test-only build: the power-loss model runs the real binary.
        let unsafe_for_test = std::env::var_os("TOCSIN_TEST_SYNCHRONOUS_OFF").is_some_and(|value| value == "1");
        if unsafe_for_test {
            tracing::error!("TOCSIN_TEST_SYNCHRONOUS_OFF is set: what is acknowledged does not survive a power cut");
        }
        Self { synchronous: if unsafe_for_test { "OFF" } else { "FULL" } }
    }
}

/// Opens the connection that writes.
pub(crate) fn open_writer(path: &Path, settings: &Settings) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags)?;
    (|| {
        // Later they would change nothing, and still wait for whoever writes at the time.
        if connection.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))? == 0 {
            connection.pragma_update(None, "page_size", PAGE_SIZE)?;
            // Before the first table: what retention frees goes back to the disk a few pages at a time.
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", settings.synchronous)?;
        connection.pragma_update(None, "journal_size_limit", LOG_SIZE_LIMIT)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        common(&connection)
    })()
    .map_err(|error: rusqlite::Error| open_error(path, &error))?;
    Ok(connection)
}

/// Opens a connection that cannot write.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    // Read-write on the file system because a reader of a write-ahead log keeps its index; `query_only` forbids the rest.
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    (|| {
        common(&connection)?;
        connection.pragma_update(None, "query_only", true)
    })()
    .map_err(|error: rusqlite::Error| open_error(path, &error))?;
    crate::sql::register(&connection)?;
    Ok(connection)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags).map_err(|error| open_error(path, &error))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// What a connection to any database gets, whoever made that.
pub(crate) fn distrust(connection: &Connection) -> rusqlite::Result<()> {
    common(connection)
}

fn common(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Without it a partial index of a table makes SQLite compile every statement with parameters anew, each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")
}

fn open_error(path: &Path, error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            StoreError::Damaged(format!("{}: {error}", path.display()))
        }
        Some(rusqlite::ErrorCode::DiskFull) => StoreError::Full,
        _ => StoreError::Open { path: path.to_owned(), cause: error.to_string() },
    }
}
