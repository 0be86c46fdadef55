//! Demo data: sources marked as made up, with all that is theirs.

use rusqlite::params;
use tocsin_model::source::{Source, SourceActivity};
use tocsin_model::time::Timestamp;

use super::count;
use crate::{Reader, StoreError, WriteTx};

/// No password hash, so no password fits it.
const NO_VERIFIER: &str = "none";

impl WriteTx<'_> {
    /// Keeps a demo source and gives its row. One that was wiped comes back.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    pub fn add_demo_source(&self, source: &Source) -> Result<i64, StoreError> {
        if self.reader().source(source.name.as_str())?.is_some() {
            return Err(StoreError::Conflict(format!("a source named “{}”", source.name)));
        }
        let row = self
            .connection
            .prepare_cached(
                "INSERT INTO sources (row, name, kind, sign_in, username, verifier, origins, created_at, demo) \
                 VALUES ((SELECT row FROM sources WHERE demo = 1 AND name = ?1 AND removed_at IS NOT NULL), \
                 ?1, ?2, ?3, ?4, ?5, '[]', ?6, 1) \
                 ON CONFLICT (row) DO UPDATE SET removed_at = NULL, created_at = excluded.created_at RETURNING row",
            )?
            .query_row(
                params![
                    source.name.as_str(),
                    source.kind.as_str(),
                    source.sign_in.as_str(),
                    source.username,
                    NO_VERIFIER,
                    source.created_at.millis()
                ],
                |row| row.get(0),
            )?;
        Ok(row)
    }

    /// Writes what has come from a demo source.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_demo_activity(&self, row: i64, activity: &SourceActivity) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE sources SET deliveries = ?2, stored = ?3, updated = ?4, duplicate = ?5, \
                 last_delivery_at = ?6, last_alert_at = ?7 WHERE row = ?1 AND demo = 1",
            )?
            .execute(params![
                row,
                count(activity.deliveries),
                count(activity.stored),
                count(activity.updated),
                count(activity.duplicate),
                activity.last_delivery_at.map(Timestamp::millis),
                activity.last_alert_at.map(Timestamp::millis)
            ])?;
        Ok(())
    }

    /// Counts demo alerts that somebody acted on, or that came before `before`, as looked at.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_demo_seen(&self, before: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE alerts SET seen = 1 WHERE source_row IN (SELECT row FROM sources WHERE demo = 1) \
                 AND (received_at < ?1 OR revision > 1)",
            )?
            .execute([before.millis()])?;
        Ok(())
    }

    /// Removes all demo data; gives the number of alerts that went. The rows of its sources stay behind, empty and
    /// removed: looking through every delivery for one that is theirs would keep real senders waiting.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn wipe_demo(&self, at: Timestamp) -> Result<u64, StoreError> {
        let rows =
            self.rows("SELECT row FROM quarantine WHERE source_row IN (SELECT row FROM sources WHERE demo = 1)")?;
        self.remove_quarantined(&rows)?;
        let rows = self.rows("SELECT row FROM alerts WHERE source_row IN (SELECT row FROM sources WHERE demo = 1)")?;
        self.remove_alerts(&rows)?;
        self.connection
            .prepare_cached("DELETE FROM refusals WHERE source_row IN (SELECT row FROM sources WHERE demo = 1)")?
            .execute([])?;
        self.connection
            .prepare_cached(
                "UPDATE sources SET removed_at = ?1, deliveries = 0, stored = 0, updated = 0, duplicate = 0, \
                 last_delivery_at = NULL, last_alert_at = NULL WHERE demo = 1 AND removed_at IS NULL",
            )?
            .execute([at.millis()])?;
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }
}

impl Reader<'_> {
    /// Whether there is demo data.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_demo(&self) -> Result<bool, StoreError> {
        let statement = "SELECT EXISTS (SELECT 1 FROM sources WHERE demo = 1 AND removed_at IS NULL)";
        Ok(self.connection.prepare_cached(statement)?.query_row([], |row| row.get(0))?)
    }
}
