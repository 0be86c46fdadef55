//! Firings: what a rule found that nothing suppressed, with what explains it for ever.

use rusqlite::{OptionalExtension, Row, params};
use tocsin_model::id::AlertId;
use tocsin_model::rule::Mode;
use tocsin_model::status::CloseReason;
use tocsin_model::time::Timestamp;

use super::{count, get_count, get_time, unexpected};
use crate::{Reader, StoreError, WriteTx};

/// A firing to keep.
#[derive(Debug, Clone, Copy)]
pub struct NewFiring<'a> {
    /// The version of the rule.
    pub version_row: i64,
    /// The canonical values of the group as a JSON list.
    pub group_key: &'a str,
    /// When it fired.
    pub fired_at: Timestamp,
    /// The event that made it fire, or the start of its window.
    pub candidate: &'a str,
    /// Whether it is told.
    pub mode: Mode,
    /// When that was found out.
    pub decided_at: Timestamp,
    /// The alert it raised or updated.
    pub alert_row: Option<i64>,
    /// What explains it, as JSON.
    pub explanation: &'a str,
}

/// A firing as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct FiringRecord {
    /// The number of the version.
    pub version: u64,
    /// The canonical values of the group as a JSON list.
    pub group_key: String,
    /// When it fired.
    pub fired_at: Timestamp,
    /// The event that made it fire, or the start of its window in milliseconds.
    pub candidate: String,
    /// When something last joined it.
    pub last_seen: Timestamp,
    /// Candidates from it up to the group's next firing.
    pub occurrences: u64,
    /// Whether it was told.
    pub mode: Mode,
    /// When it was found out.
    pub decided_at: Timestamp,
    /// The alert it raised or updated, unless that was removed.
    pub alert: Option<AlertId>,
    /// What explains it.
    pub explanation: serde_json::Value,
}

/// The firings of the version `?1` and of those that fire alike.
const LINE: &str = "version_row IN (SELECT row FROM rule_versions \
    WHERE rule_row = (SELECT rule_row FROM rule_versions WHERE row = ?1) \
    AND coalesce(line, row) = (SELECT coalesce(line, row) FROM rule_versions WHERE row = ?1))";

/// A firing that raised or updated an alert, and what people said of that.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedFiring {
    /// The canonical values of the group as a JSON list.
    pub group_key: String,
    /// When it fired.
    pub fired_at: Timestamp,
    /// When something last joined it.
    pub last_seen: Timestamp,
    /// Its window, as it was written down.
    pub window: (Option<String>, Option<String>),
    /// The alert.
    pub alert: AlertId,
    /// Why that was closed.
    pub close_reason: Option<CloseReason>,
}

impl WriteTx<'_> {
    /// Keeps a firing; says whether it is new. One that is there already is left as it is.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_firing(&self, new: &NewFiring<'_>) -> Result<bool, StoreError> {
        let added = self
            .connection
            .prepare_cached(
                "INSERT INTO firings (version_row, group_key, fired_at, candidate, last_seen, occurrences, mode, \
                 decided_at, alert_row, explanation) VALUES (?1, ?2, ?3, ?4, ?3, 1, ?5, ?6, ?7, ?8) \
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                new.version_row,
                new.group_key,
                new.fired_at.millis(),
                new.candidate,
                new.mode.as_str(),
                new.decided_at.millis(),
                new.alert_row,
                new.explanation
            ])?;
        if added > 0 {
            self.connection
                .prepare_cached(
                    "UPDATE rule_versions SET firings = firings + 1, fired_at = max(coalesce(fired_at, ?2), ?2) \
                     WHERE row = ?1",
                )?
                .execute(params![new.version_row, new.fired_at.millis()])?;
        }
        Ok(added > 0)
    }

    /// Adds candidates that joined a group's firing; gives the row of its alert.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn join_firing(
        &self,
        version_row: i64,
        group_key: &str,
        fired_at: Timestamp,
        joined: u64,
        last_seen: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        // Of several at one moment the last one is the one that others join. By the index that has the group in it: at
        // the end of a window thousands of groups fire at the same moment.
        let alert = self
            .connection
            .prepare_cached(&format!(
                "UPDATE firings SET occurrences = occurrences + ?4, last_seen = max(last_seen, ?5) \
                 WHERE row = (SELECT max(row) FROM firings INDEXED BY sqlite_autoindex_firings_1 \
                 WHERE {LINE} AND group_key = ?2 AND fired_at = ?3) \
                 RETURNING alert_row"
            ))?
            .query_row(params![version_row, group_key, fired_at.millis(), count(joined), last_seen.millis()], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(alert.flatten())
    }
}

impl Reader<'_> {
    /// When each group of a version, or of one before that fires alike, fired since `from`: what suppresses candidates.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn fired_since(&self, version_row: i64, from: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let statement = format!("SELECT group_key, fired_at FROM firings WHERE {LINE} AND fired_at >= ?2");
        let mut statement = self.connection.prepare_cached(&statement)?;
        let fired = statement.query_map(params![version_row, from.millis()], |row| {
            Ok((row.get("group_key")?, get_time(row, "fired_at")?))
        })?;
        Ok(fired.collect::<Result<Vec<_>, _>>()?)
    }

    /// Whether a firing of a version, or of one before that fires alike, is kept already.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn knows_firing(
        &self,
        version_row: i64,
        group_key: &str,
        fired_at: Timestamp,
        candidate: &str,
    ) -> Result<bool, StoreError> {
        let statement = format!(
            "SELECT EXISTS (SELECT 1 FROM firings WHERE {LINE} AND group_key = ?2 AND fired_at = ?3 AND candidate = ?4)"
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        Ok(statement.query_row(params![version_row, group_key, fired_at.millis(), candidate], |row| row.get(0))?)
    }

    /// How often a rule fired at `from` or later, whatever its version.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn count_firings(&self, rule_row: i64, from: Timestamp) -> Result<u64, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*) AS found FROM rule_versions JOIN firings ON version_row = rule_versions.row \
             WHERE rule_row = ?1 AND firings.fired_at >= ?2",
        )?;
        Ok(statement.query_row(params![rule_row, from.millis()], |row| get_count(row, "found"))?)
    }

    /// The firings that raised or updated an alert, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn firings_of_alert(&self, alert_row: i64, limit: u64) -> Result<Vec<FiringRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, group_key, firings.fired_at AS fired_at, candidate, last_seen, occurrences, mode, decided_at, \
             (SELECT id FROM alerts WHERE alerts.row = alert_row) AS alert, explanation \
             FROM firings JOIN rule_versions ON version_row = rule_versions.row \
             WHERE alert_row = ?1 ORDER BY firings.fired_at, firings.row LIMIT ?2",
        )?;
        let firings = statement.query_map(params![alert_row, count(limit)], firing)?;
        Ok(firings.collect::<Result<Vec<_>, _>>()?)
    }

    /// The newest firings of a rule, whatever its version, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn firings_of_rule(&self, rule_row: i64, limit: u64) -> Result<Vec<FiringRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, group_key, firings.fired_at AS fired_at, candidate, last_seen, occurrences, mode, decided_at, \
             (SELECT id FROM alerts WHERE alerts.row = alert_row) AS alert, explanation \
             FROM rule_versions JOIN firings ON version_row = rule_versions.row \
             WHERE rule_row = ?1 ORDER BY firings.fired_at DESC, firings.row DESC LIMIT ?2",
        )?;
        let firings = statement.query_map(params![rule_row, count(limit)], firing)?;
        Ok(firings.collect::<Result<Vec<_>, _>>()?)
    }

    /// The newest firings of a rule that raised or updated an alert which is still there, whatever the version; at most
    /// `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn judged_firings(&self, rule_row: i64, limit: u64) -> Result<Vec<JudgedFiring>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT group_key, firings.fired_at AS fired_at, last_seen, explanation ->> 'windowStart' AS window_start, \
             explanation ->> 'windowEnd' AS window_end, alerts.id AS alert, close_reason \
             FROM rule_versions JOIN firings ON version_row = rule_versions.row \
             JOIN alerts ON alerts.row = firings.alert_row \
             WHERE rule_row = ?1 ORDER BY firings.fired_at DESC, firings.row DESC LIMIT ?2",
        )?;
        let firings = statement.query_map(params![rule_row, count(limit)], |row| {
            Ok(JudgedFiring {
                group_key: row.get("group_key")?,
                fired_at: get_time(row, "fired_at")?,
                last_seen: get_time(row, "last_seen")?,
                window: (row.get("window_start")?, row.get("window_end")?),
                alert: AlertId::from_bytes(row.get("alert")?),
                close_reason: row.get::<_, Option<String>>("close_reason")?.map(CloseReason::from_stored),
            })
        })?;
        Ok(firings.collect::<Result<Vec<_>, _>>()?)
    }
}

pub(super) fn firing(row: &Row<'_>) -> rusqlite::Result<FiringRecord> {
    let mode: String = row.get("mode")?;
    let explanation: String = row.get("explanation")?;
    Ok(FiringRecord {
        version: get_count(row, "number")?,
        group_key: row.get("group_key")?,
        fired_at: get_time(row, "fired_at")?,
        candidate: row.get("candidate")?,
        last_seen: get_time(row, "last_seen")?,
        occurrences: get_count(row, "occurrences")?,
        mode: mode.parse().map_err(|()| unexpected("mode", &mode))?,
        decided_at: get_time(row, "decided_at")?,
        alert: row.get::<_, Option<[u8; 16]>>("alert")?.map(AlertId::from_bytes),
        explanation: serde_json::from_str(&explanation).unwrap_or_default(),
    })
}
