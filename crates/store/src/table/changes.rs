//! Changes by people: each one can be taken back whole.

use rusqlite::{OptionalExtension, params};
use tocsin_model::activity::Actor;
use tocsin_model::alert::Handling;
use tocsin_model::id::{AlertId, ChangeId};
use tocsin_model::time::Timestamp;

use super::activity::{NewActivity, Snapshot};
use super::get_time;
use crate::{Reader, StoreError, WriteTx};

/// A change as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRecord {
    /// Its row.
    pub row: i64,
    /// Its id.
    pub id: ChangeId,
    /// When it was made.
    pub at: Timestamp,
    /// What it did, as a word.
    pub what: String,
    /// Whether it was taken back.
    pub undone: bool,
}

/// One alert of a change.
#[derive(Debug)]
pub struct ChangedAlert<'a> {
    /// The alert's row.
    pub row: i64,
    /// Handling before.
    pub before: &'a Handling,
    /// When the alert had last changed before.
    pub before_updated_at: Timestamp,
    /// Whether it had been looked at before. Whoever acts on an alert has seen it.
    pub before_seen: bool,
    /// Handling after.
    pub after: &'a Handling,
    /// The particulars in words.
    pub detail: &'a str,
}

/// What an undo did to one alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoEffect {
    /// It is as it was before.
    Restored(AlertId),
    /// It has changed since, so it was left alone.
    ChangedSince(AlertId),
}

/// What an undo did.
#[derive(Debug, Default)]
pub struct Undone {
    /// To each alert of the change, in its order.
    pub effects: Vec<UndoEffect>,
    /// The rows of alerts whose snooze was put back, with its end.
    pub snoozes: Vec<(i64, Option<Timestamp>)>,
}

impl WriteTx<'_> {
    /// Starts a change; alerts are added by [`Self::change_alert`].
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_change(&self, id: ChangeId, what: &str, at: Timestamp) -> Result<i64, StoreError> {
        self.connection.prepare_cached("INSERT INTO changes (id, at, what) VALUES (?1, ?2, ?3)")?.execute(params![
            id.as_bytes(),
            at.millis(),
            what
        ])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Writes one alert of a change, and what undo needs.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn change_alert(
        &self,
        change_row: i64,
        what: &str,
        alert: &ChangedAlert<'_>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.set_handling(alert.row, alert.after, Some(true), at)?;
        let before = Snapshot {
            handling: alert.before.clone(),
            updated_at: alert.before_updated_at,
            seen: Some(alert.before_seen),
        };
        let after = Snapshot { handling: alert.after.clone(), updated_at: at, seen: Some(true) };
        let entry = NewActivity {
            alert_row: alert.row,
            at,
            actor: Actor::Person,
            what,
            detail: alert.detail,
            report_key: None,
        };
        self.insert_activity(&entry, Some(change_row), Some(&before), Some(&after))
    }

    /// Takes a change back: every alert that is still as the change left it becomes as it was before, in every
    /// column but the revision.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn undo_change(&self, change: &ChangeRecord, at: Timestamp) -> Result<Undone, StoreError> {
        let detail = format!("took back “{}”", change.what);
        let mut undone = Undone::default();
        for (alert_row, before, after) in self.touched(change.row)? {
            let Some(alert) = self.reader().handled_of_row(alert_row)? else { continue };
            if alert.handling != after.handling {
                self.leave_out(change.row, alert_row)?;
                undone.effects.push(UndoEffect::ChangedSince(alert.id));
                continue;
            }
            // A report that came in between keeps its time.
            let updated_at = if alert.updated_at == after.updated_at { before.updated_at } else { alert.updated_at };
            self.set_handling(alert_row, &before.handling, before.seen, updated_at)?;
            let entry =
                NewActivity { alert_row, at, actor: Actor::Person, what: "undone", detail: &detail, report_key: None };
            self.insert_activity(&entry, None, None, None)?;
            if before.handling.snoozed_until != after.handling.snoozed_until {
                undone.snoozes.push((alert_row, before.handling.snoozed_until));
            }
            undone.effects.push(UndoEffect::Restored(alert.id));
        }
        self.connection
            .prepare_cached("UPDATE changes SET undone_at = ?2 WHERE row = ?1")?
            .execute(params![change.row, at.millis()])?;
        Ok(undone)
    }

    /// An alert that is not taken back keeps its entry, which then must not count as undone with the change.
    fn leave_out(&self, change_row: i64, alert_row: i64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE activity SET change_row = NULL WHERE change_row = ?1 AND alert_row = ?2")?
            .execute([change_row, alert_row])?;
        Ok(())
    }

    fn touched(&self, change_row: i64) -> Result<Vec<(i64, Snapshot, Snapshot)>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT alert_row, before, after FROM activity WHERE change_row = ?1 ORDER BY row")?;
        let rows = statement.query_map([change_row], |row| {
            let snapshot = |at: usize| -> rusqlite::Result<Snapshot> {
                let text: String = row.get(at)?;
                serde_json::from_str(&text).map_err(|_| super::unexpected("before or after", &text))
            };
            Ok((row.get(0)?, snapshot(1)?, snapshot(2)?))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    }
}

impl Reader<'_> {
    /// The change of an id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn change(&self, id: ChangeId) -> Result<Option<ChangeRecord>, StoreError> {
        self.one_change("id = ?1", &id.as_bytes().to_vec())
    }

    /// The newest change that was not taken back.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_change(&self) -> Result<Option<ChangeRecord>, StoreError> {
        self.one_change("undone_at IS NULL AND ?1 IS NULL", &rusqlite::types::Null)
    }

    fn one_change(&self, condition: &str, value: &dyn rusqlite::ToSql) -> Result<Option<ChangeRecord>, StoreError> {
        let statement =
            format!("SELECT row, id, at, what, undone_at FROM changes WHERE {condition} ORDER BY row DESC LIMIT 1");
        let found = self.connection.prepare_cached(&statement)?.query_row([value], |row| {
            let undone_at: Option<i64> = row.get("undone_at")?;
            Ok(ChangeRecord {
                row: row.get("row")?,
                id: ChangeId::from_bytes(row.get("id")?),
                at: get_time(row, "at")?,
                what: row.get("what")?,
                undone: undone_at.is_some(),
            })
        });
        Ok(found.optional()?)
    }
}
