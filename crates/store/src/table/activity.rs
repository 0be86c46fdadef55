//! What happened to alerts, in order.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use tocsin_model::activity::{Activity, Actor};
use tocsin_model::alert::Handling;
use tocsin_model::time::Timestamp;

use super::{get_time, unexpected};
use crate::{Reader, StoreError, WriteTx};

/// An entry to keep.
#[derive(Debug)]
pub struct NewActivity<'a> {
    /// The alert's row.
    pub alert_row: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, as a word.
    pub what: &'a str,
    /// The particulars in words.
    pub detail: &'a str,
    /// The vendor's message that said so.
    pub report_key: Option<&'a str>,
}

/// What undo puts back, and what it must find to do so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    #[serde(flatten)]
    pub handling: Handling,
    pub updated_at: Timestamp,
    /// Absent in changes made before alerts could be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<bool>,
}

impl WriteTx<'_> {
    /// Writes an entry down.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_activity(&self, new: &NewActivity<'_>) -> Result<(), StoreError> {
        self.insert_activity(new, None, None, None)
    }

    pub(crate) fn insert_activity(
        &self,
        new: &NewActivity<'_>,
        change_row: Option<i64>,
        before: Option<&Snapshot>,
        after: Option<&Snapshot>,
    ) -> Result<(), StoreError> {
        let json = |snapshot: Option<&Snapshot>| snapshot.and_then(|snapshot| serde_json::to_string(snapshot).ok());
        self.connection
            .prepare_cached(
                "INSERT INTO activity (alert_row, at, actor, what, detail, change_row, report_key, before, after) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                new.alert_row,
                new.at.millis(),
                new.actor.as_str(),
                new.what,
                new.detail,
                change_row,
                new.report_key,
                json(before),
                json(after)
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// An alert's history, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn activity(&self, alert_row: i64) -> Result<Vec<Activity>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT activity.at AS at, actor, activity.what AS what, detail, undone_at FROM activity \
             LEFT JOIN changes ON changes.row = change_row WHERE alert_row = ?1 ORDER BY activity.row",
        )?;
        let entries = statement.query_map([alert_row], activity)?.collect::<Result<Vec<_>, _>>()?;
        Ok(entries)
    }

    /// Whether a message of the vendor has been applied to this alert before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn was_reported(&self, alert_row: i64, report_key: &str) -> Result<bool, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM activity WHERE alert_row = ?1 AND report_key = ?2)")?;
        Ok(statement.query_row(params![alert_row, report_key], |row| row.get(0))?)
    }
}

fn activity(row: &Row<'_>) -> rusqlite::Result<Activity> {
    let actor: String = row.get("actor")?;
    let undone_at: Option<i64> = row.get("undone_at")?;
    Ok(Activity {
        at: get_time(row, "at")?,
        actor: Actor::from_stored(&actor).ok_or_else(|| unexpected("actor", &actor))?,
        what: row.get("what")?,
        detail: row.get("detail")?,
        undone: undone_at.is_some(),
    })
}
