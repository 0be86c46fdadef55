//! The SQLite store: everything Tocsin remembers.
//!
//! Invariants: what a write returned `Ok` for survives a crash and a power cut (WAL, `synchronous=FULL`, answered
//! after the commit); SQL stands in `table/` and nowhere else; bytes from outside come in as
//! [`tocsin_model::redaction::Redacted`] only. One writer thread takes whatever is queued into one transaction, so
//! that a disk that syncs 300 times a second still takes thousands of deliveries. Absent on purpose: decisions.
//! What a report does to an alert is said by the model; the tables write it down.

mod backup;
mod checkpoint;
mod columns;
mod connection;
mod error;
mod lookup;
mod migration;
mod reader;
mod reserve;
mod sql;
mod survey;
mod table;
mod writer;

pub use backup::{BackupError, close_log, judge};
pub use error::StoreError;
pub use reader::Reader;
pub use survey::SurveyRequest;
pub use table::activity::NewActivity;
pub use table::alert_order::{AlertSort, SortDirection, SortKey};
pub use table::alerts::{Existing, ListPage, NewAlert, PageRequest, ReportPlace};
pub use table::bulk::Handled;
pub use table::changes::{ChangeRecord, ChangedAlert, UndoEffect, Undone};
pub use table::counts::Counts;
pub use table::drafts::Draft;
pub use table::evaluation::{LogPlace, Progress};
pub use table::events::AlertEvent;
pub use table::feed_events::{FeedEvent, LoggedEvent};
pub use table::firings::{FiringRecord, JudgedFiring, NewFiring};
pub use table::hints::{Hint, Topic};
pub use table::intake::Intake;
pub use table::log_rows::{LogRow, Said, SaidAlert};
pub use table::outbox::OutboxRow;
pub use table::quarantine::{QuarantineRecord, Quarantined};
pub use table::removal::Removed;
pub use table::retention::{RetentionCount, RetentionPlan, RetentionRule};
pub use table::rule_alerts::{NewRuleAlert, RuleAlert};
pub use table::rule_counts::{CountsFrom, RuleCounts};
pub use table::rule_versions::FiringOfAlert;
pub use table::rules::{NewRule, RuleHealth, RuleRecord, RuleVersion, VersionState};
pub use table::sources::{CounterDelta, NewSource, SourceRecord};
pub use table::views::ViewRow;
pub use writer::WriteTx;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use connection::Settings;
use reserve::Reserve;
use writer::Fate;

/// The open store: one writer, a few readers. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    writer: writer::Writer,
    readers: reader::ReaderPool,
    columns: columns::Columns,
    /// Operations that were asked for.
    writes: AtomicU64,
    notes: std::sync::Arc<columns::notes::Notes>,
    // Dropped last: the log is gone by then, and what it took is free.
    _reserve: reserve::AtTheEnd,
}

impl Store {
    /// The name of the database in the data directory.
    pub const FILE_NAME: &'static str = "tocsin.db";

    /// Opens the store in `data_dir`, making or upgrading it as needed.
    ///
    /// # Errors
    /// When the directory cannot be written, the file is no database, is damaged, or was written by a newer version.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let settings = Settings::default();
        let path = data_dir.join(Self::FILE_NAME);
        let reserve = Reserve::of(&path);
        let store = match Self::open_file(&path, &settings) {
            // A full disk shows in many ways; what it is not is told by the second try.
            Err(StoreError::Full | StoreError::Io(_) | StoreError::Open { .. } | StoreError::Migration { .. })
                if reserve.release() =>
            {
                // Set aside again when a write succeeds after one that did not, or at the end.
                return Self::open_file(&path, &settings);
            }
            other => other?,
        };
        reserve.set_aside();
        Ok(store)
    }

    fn open_file(path: &Path, settings: &Settings) -> Result<Self, StoreError> {
        migration::prepare(path, settings)?;
        let notes = std::sync::Arc::default();
        Ok(Self {
            writer: writer::Writer::start(path.to_owned(), settings.clone(), std::sync::Arc::clone(&notes))?,
            columns: columns::Columns::default(),
            writes: AtomicU64::new(0),
            notes,
            readers: reader::ReaderPool::open(path, settings)?,
            path: path.to_owned(),
            _reserve: reserve::AtTheEnd::of(path),
        })
    }

    /// Runs `op` in the next transaction; answers once that is durable. Other operations may share the transaction,
    /// but each stands or falls alone.
    ///
    /// # Errors
    /// What `op` returned, or why the transaction could not be made durable; then nothing of it is stored.
    pub async fn write<T, F>(&self, op: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.writer.submit(Fate::Own, op, |_| ())?.await.map_err(|_| StoreError::Stopped)?
    }

    /// For what comes in masses and hardly ever fails: [`Self::write`] without a fate of its own. When `op` fails, so
    /// does all that shares its transaction, as [`StoreError::Busy`]; for a while after that each stands alone.
    ///
    /// Once it is durable `after` sees the result on the writer's thread, whether or not this future is still waited
    /// for. `after` must be quick.
    ///
    /// # Errors
    /// As [`Self::write`], and [`StoreError::Busy`].
    pub async fn write_then<T, F, A>(&self, op: F, after: A) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
    {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.writer.submit(Fate::Shared, op, after)?.await.map_err(|_| StoreError::Stopped)?
    }

    /// [`Self::write`] for callers without a runtime. Never call it from async code.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_blocking<T, F>(&self, op: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.writer.submit(Fate::Own, op, |_| ())?.blocking_recv().map_err(|_| StoreError::Stopped)?
    }

    /// Runs `op` on a snapshot of what is durable.
    ///
    /// # Errors
    /// What `op` returned.
    pub fn read<T>(&self, op: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.readers.run(op)
    }

    /// How many operations were asked for since it was opened: whoever waits for a quiet moment looks at it twice.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// Why the last transaction could not be made durable, until one succeeds again.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.writer.problem()
    }

    /// A number that changes when another process has written.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.readers.data_version()
    }

    /// Looks through the whole database for damage; the list is empty when it is sound.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        self.readers.run(|reader| reader.check())
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
