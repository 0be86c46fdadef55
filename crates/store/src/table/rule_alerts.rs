//! The alerts of rules: raised by firings, and updated by those that follow.

use rusqlite::{OptionalExtension, params};
use tocsin_model::alert::{Content, Handling, Origin};
use tocsin_model::id::AlertId;
use tocsin_model::time::Timestamp;

use super::alerts::handling;
use super::{count, get_count, get_time, json_or_null};
use crate::{Reader, StoreError, WriteTx};

/// A new alert of a rule.
#[derive(Debug)]
pub struct NewRuleAlert<'a> {
    /// Its id.
    pub id: AlertId,
    /// The source whose event made the rule fire.
    pub source_row: i64,
    /// The rule and the group it is of.
    pub rule_row: i64,
    /// The canonical values of the group as a JSON list.
    pub group_key: &'a str,
    /// What it says.
    pub content: &'a Content,
    /// How it starts.
    pub handling: &'a Handling,
    /// When the firing was found.
    pub at: Timestamp,
    /// When it fired.
    pub fired_at: Timestamp,
}

/// The newest alert of a rule and group.
#[derive(Debug, Clone)]
pub struct RuleAlert {
    /// Its row.
    pub row: i64,
    /// Its id.
    pub id: AlertId,
    /// What was done about it.
    pub handling: Handling,
    /// How often it occurred.
    pub occurrences: u64,
    /// When the rule last fired for it.
    pub last_fired: Timestamp,
    /// Occurrences when it was acknowledged, or last told after that.
    pub quiet_since: Option<u64>,
}

impl WriteTx<'_> {
    /// Keeps a new alert of a rule; gives its row. It is no event: rules do not look at it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_rule_alert(&self, new: &NewRuleAlert<'_>) -> Result<i64, StoreError> {
        let content = new.content;
        // No vendor can name it: nobody knows the id before.
        let (identity, external_id) = (format!("rule/{}", new.id), new.id.to_string());
        self.connection
            .prepare_cached(
                "INSERT INTO alerts (id, source_row, identity, external_id, origin, severity, title, description, \
                 techniques, time, entities, rule, tags, status, received_at, updated_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15)",
            )?
            .execute(params![
                new.id.as_bytes(),
                new.source_row,
                identity,
                external_id,
                Origin::Rule.as_str(),
                content.severity.rank(),
                content.title,
                content.description,
                json_or_null(&content.techniques),
                content.time.millis(),
                json_or_null(&content.entities),
                content.rule,
                json_or_null(&content.tags),
                new.handling.status.rank(),
                new.at.millis()
            ])?;
        let row = self.connection.last_insert_rowid();
        self.note_identity(new.source_row, &identity, row)?;
        self.connection
            .prepare_cached(
                "INSERT INTO rule_alerts (alert_row, rule_row, group_key, last_fired) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![row, new.rule_row, new.group_key, new.fired_at.millis()])?;
        Ok(row)
    }

    /// Adds occurrences to an alert of a rule.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn grow_rule_alert(
        &self,
        alert_row: i64,
        more: u64,
        last_fired: Option<Timestamp>,
        quiet_since: Option<u64>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE alerts SET occurrences = occurrences + ?2, updated_at = max(updated_at, ?3), \
                 revision = revision + 1 WHERE row = ?1",
            )?
            .execute(params![alert_row, count(more), at.millis()])?;
        self.connection
            .prepare_cached(
                "UPDATE rule_alerts SET last_fired = max(last_fired, coalesce(?2, last_fired)), quiet_since = ?3 \
                 WHERE alert_row = ?1",
            )?
            .execute(params![alert_row, last_fired.map(Timestamp::millis), quiet_since.map(count)])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The newest alert of a rule and group.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rule_alert(&self, rule_row: i64, group_key: &str) -> Result<Option<RuleAlert>, StoreError> {
        let newest: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(alert_row) FROM rule_alerts WHERE rule_row = ?1 AND group_key = ?2")?
            .query_row(params![rule_row, group_key], |row| row.get(0))?;
        newest.map_or(Ok(None), |row| self.rule_alert_of_row(row))
    }

    /// The alert of a rule in this row.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rule_alert_of_row(&self, row: i64) -> Result<Option<RuleAlert>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT alerts.row AS row, id, status, close_reason, snoozed_until, notes, occurrences, last_fired, \
             quiet_since FROM rule_alerts JOIN alerts ON alerts.row = alert_row WHERE alert_row = ?1",
        )?;
        let found = statement.query_row([row], |row| {
            Ok(RuleAlert {
                row: row.get("row")?,
                id: AlertId::from_bytes(row.get("id")?),
                handling: handling(row)?,
                occurrences: get_count(row, "occurrences")?,
                last_fired: get_time(row, "last_fired")?,
                quiet_since: row.get::<_, Option<i64>>("quiet_since")?.and_then(|count| u64::try_from(count).ok()),
            })
        });
        Ok(found.optional()?)
    }
}
