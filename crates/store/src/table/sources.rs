//! Sources, their counters, and who may sign in.

use rusqlite::{OptionalExtension, Row, named_params, params};
use tocsin_model::delivery::Accepted;
use tocsin_model::source::{Source, SourceActivity, SourceKind, SourceName};
use tocsin_model::time::Timestamp;

use super::{count, get_count, get_time, get_time_or_none, unexpected};
use crate::{Reader, StoreError, WriteTx};

/// A source to keep.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// What it is.
    pub source: Source,
    /// How its secret is verified: a password hash, never the secret.
    pub verifier: String,
}

/// A source as it is kept.
#[derive(Debug, Clone)]
pub struct SourceRecord {
    /// Its row, which other tables point to.
    pub row: i64,
    /// What it is.
    pub source: Source,
    /// How its secret is verified.
    pub verifier: String,
    /// Whether it is made up, for looking round: no sender may deliver to it, and nothing of it is told outside.
    pub demo: bool,
    /// What has come from it.
    pub activity: SourceActivity,
}

/// What one delivery adds to a source's counters.
#[derive(Debug, Clone, Copy)]
pub struct CounterDelta {
    /// When it was received.
    pub at: Timestamp,
    /// What became of it.
    pub accepted: Accepted,
}

const COLUMNS: &str = "row, name, kind, sign_in, username, verifier, origins, created_at, demo, last_delivery_at, \
    last_alert_at, deliveries, stored, updated, duplicate, \
    (SELECT count(*) FROM quarantine WHERE quarantine.source_row = sources.row AND read_at IS NULL) AS quarantined";

impl WriteTx<'_> {
    /// Keeps a new source. One that was removed and had the same name and kind comes back with its history, so that
    /// a delivery sent again is still known.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    pub fn add_source(&self, new: &NewSource) -> Result<i64, StoreError> {
        let source = &new.source;
        if self.reader().source(source.name.as_str())?.is_some() {
            return Err(StoreError::Conflict(format!("a source named “{}”", source.name)));
        }
        let origins = serde_json::to_string(&source.origins).unwrap_or_default();
        let revived = self
            .connection
            .prepare_cached(
                "UPDATE sources SET name = :name, sign_in = :sign_in, username = :username, verifier = :verifier, \
                 origins = :origins, removed_at = NULL WHERE row = (SELECT max(row) FROM sources \
                 WHERE name = :name AND kind = :kind AND removed_at IS NOT NULL AND demo = 0) RETURNING row",
            )?
            .query_row(
                named_params! {
                    ":name": source.name.as_str(), ":kind": source.kind.as_str(), ":sign_in": source.sign_in.as_str(),
                    ":username": source.username, ":verifier": new.verifier, ":origins": origins,
                },
                |row| row.get(0),
            )
            .optional()?;
        if let Some(row) = revived {
            return Ok(row);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO sources (name, kind, sign_in, username, verifier, origins, created_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                source.name.as_str(),
                source.kind.as_str(),
                source.sign_in.as_str(),
                source.username,
                new.verifier,
                origins,
                source.created_at.millis()
            ])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Replaces the verifier of a source; says whether there is such a source.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_verifier(&self, name: &str, verifier: &str) -> Result<bool, StoreError> {
        let changed = self
            .connection
            .prepare_cached("UPDATE sources SET verifier = ?2 WHERE name = ?1 AND removed_at IS NULL")?
            .execute(params![name, verifier])?;
        Ok(changed > 0)
    }

    /// Removes a source; its alerts stay. Says whether there was one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remove_source(&self, name: &str, at: Timestamp) -> Result<bool, StoreError> {
        let changed = self
            .connection
            .prepare_cached("UPDATE sources SET removed_at = ?2 WHERE name = ?1 AND removed_at IS NULL")?
            .execute(params![name, at.millis()])?;
        Ok(changed > 0)
    }

    /// Adds what a delivery of events did to the counters of its source: no alert came with it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn count_feed(&self, source_row: i64, delta: &CounterDelta) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE sources SET deliveries = deliveries + 1, stored = stored + ?3, duplicate = duplicate + ?4, \
                 last_delivery_at = max(coalesce(last_delivery_at, ?2), ?2) WHERE row = ?1",
            )?
            .execute(params![
                source_row,
                delta.at.millis(),
                count(delta.accepted.stored),
                count(delta.accepted.duplicate)
            ])?;
        Ok(())
    }

    /// Adds what a delivery did to the counters of its source.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn count_delivery(&self, source_row: i64, delta: &CounterDelta) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE sources SET deliveries = deliveries + 1, stored = stored + ?3, updated = updated + ?4, \
                 duplicate = duplicate + ?5, last_delivery_at = max(coalesce(last_delivery_at, ?2), ?2), \
                 last_alert_at = iif(?3 > 0, max(coalesce(last_alert_at, ?2), ?2), last_alert_at) WHERE row = ?1",
            )?
            .execute(params![
                source_row,
                delta.at.millis(),
                count(delta.accepted.stored),
                count(delta.accepted.updated),
                count(delta.accepted.duplicate)
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The source of that name, whatever the case.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn source(&self, name: &str) -> Result<Option<SourceRecord>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM sources WHERE name = ?1 AND removed_at IS NULL");
        let found = self.connection.prepare_cached(&statement)?.query_row([name], record).optional()?;
        found.map(|record| self.with_refusals(record)).transpose()
    }

    /// Every source, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn sources(&self) -> Result<Vec<SourceRecord>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM sources WHERE removed_at IS NULL ORDER BY name");
        let mut statement = self.connection.prepare_cached(&statement)?;
        let records = statement.query_map([], record)?.collect::<Result<Vec<_>, _>>()?;
        records.into_iter().map(|record| self.with_refusals(record)).collect()
    }

    fn with_refusals(&self, mut record: SourceRecord) -> Result<SourceRecord, StoreError> {
        record.activity.refused = self.refusals(record.row)?;
        Ok(record)
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<SourceRecord> {
    let sign_in: String = row.get("sign_in")?;
    let origins: String = row.get("origins")?;
    Ok(SourceRecord {
        row: row.get("row")?,
        verifier: row.get("verifier")?,
        demo: row.get("demo")?,
        source: Source {
            name: SourceName::from_stored(row.get("name")?),
            kind: get_kind(row, "kind")?,
            sign_in: sign_in.parse().map_err(|_| unexpected("sign_in", &sign_in))?,
            username: row.get("username")?,
            origins: serde_json::from_str(&origins).unwrap_or_default(),
            created_at: get_time(row, "created_at")?,
        },
        activity: SourceActivity {
            last_delivery_at: get_time_or_none(row, "last_delivery_at")?,
            last_alert_at: get_time_or_none(row, "last_alert_at")?,
            deliveries: get_count(row, "deliveries")?,
            stored: get_count(row, "stored")?,
            updated: get_count(row, "updated")?,
            duplicate: get_count(row, "duplicate")?,
            quarantined: get_count(row, "quarantined")?,
            refused: Vec::new(),
        },
    })
}

/// A source kind in a column.
pub(super) fn get_kind(row: &Row<'_>, column: &str) -> rusqlite::Result<SourceKind> {
    let word: String = row.get(column)?;
    word.parse().map_err(|_| unexpected(column, &word))
}
