//! Reading: a few connections that cannot write, handed out one at a time.

use rusqlite::Connection;
use std::cell::Cell;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::connection::{Settings, open_reader};
use crate::error::StoreError;

/// Connections kept open for reading.
const READERS: usize = 3;

/// Read access to the tables, on one snapshot.
#[derive(Debug)]
pub struct Reader<'a> {
    pub(crate) connection: &'a Connection,
}

impl Reader<'_> {
    /// Looks through the whole database for damage.
    pub(crate) fn check(&self) -> Result<Vec<String>, StoreError> {
        crate::sql::integrity(self.connection)
    }
}

/// The connections that are free.
#[derive(Debug)]
pub(crate) struct ReaderPool {
    free: Mutex<Vec<Connection>>,
    returned: Condvar,
    /// Kept apart: `data_version` is told per connection.
    watcher: Mutex<Connection>,
}

impl ReaderPool {
    pub(crate) fn open(path: &Path, _settings: &Settings) -> Result<Self, StoreError> {
        let free = (0..READERS).map(|_| open_reader(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { free: Mutex::new(free), returned: Condvar::new(), watcher: Mutex::new(open_reader(path)?) })
    }

    /// Runs `op` inside one read transaction, so that all it sees is of the moment of its first look. `op` may take
    /// locks, but must not ask for a second reader: with all of them lent, nobody would ever give one back.
    pub(crate) fn run<T>(&self, op: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _only = OnlyOne::here();
        let lent = Lent { pool: self, connection: Some(self.take()) };
        let Some(connection) = lent.connection.as_ref() else { return Err(StoreError::Stopped) };
        let transaction = connection.unchecked_transaction()?;
        let result = op(&Reader { connection });
        transaction.finish()?;
        result
    }

    pub(crate) fn data_version(&self) -> Result<i64, StoreError> {
        let watcher = lock(&self.watcher);
        Ok(watcher.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    fn take(&self) -> Connection {
        let mut free = lock(&self.free);
        loop {
            if let Some(connection) = free.pop() {
                return connection;
            }
            free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Gives the connection back even when the reading code panics.
struct Lent<'a> {
    pool: &'a ReaderPool,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            lock(&self.pool.free).push(connection);
            self.pool.returned.notify_one();
        }
    }
}

/// Finds in tests what would stand still only with many at once: a thread that asks for a second reader.
struct OnlyOne;

thread_local! {
    static HAS_ONE: Cell<bool> = const { Cell::new(false) };
}

impl OnlyOne {
    fn here() -> Self {
        let had_one = HAS_ONE.replace(true);
        debug_assert!(!had_one, "a thread that reads asks for a second reader");
        Self
    }
}

impl Drop for OnlyOne {
    fn drop(&mut self) {
        HAS_ONE.set(false);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while holding it leaves a list of connections, which is sound.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
