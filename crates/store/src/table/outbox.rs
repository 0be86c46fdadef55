//! What is still to be told, and what became of it.

use rusqlite::{OptionalExtension, Row, named_params, params};
use tocsin_model::id::NotificationId;
use tocsin_model::notification::{Arrival, Notification, Occasion, Told};
use tocsin_model::time::Timestamp;

use super::{count, get_time, get_time_or_none, unexpected};
use crate::{Reader, StoreError, WriteTx};

/// Something to tell.
#[derive(Debug, Clone)]
pub struct OutboxRow {
    /// The same through every retry.
    pub id: NotificationId,
    /// The alert's row.
    pub alert_row: i64,
    /// Why.
    pub occasion: Occasion,
    /// How the alert came in.
    pub arrival: Arrival,
    /// When it was put here.
    pub queued_at: Timestamp,
    /// Not to be told before.
    pub not_before: Timestamp,
}

impl WriteTx<'_> {
    /// Puts something into the outbox, unless the alert is demo data: that is never told outside.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_outbox(&self, row: &OutboxRow) -> Result<(), StoreError> {
        let demo = self
            .connection
            .prepare_cached(
                "SELECT demo FROM alerts JOIN sources ON sources.row = alerts.source_row WHERE alerts.row = ?1",
            )?
            .query_row([row.alert_row], |row| row.get(0))?;
        if demo { Ok(()) } else { self.queue(row) }
    }

    /// Puts something into the outbox of an alert that is no demo data.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn queue(&self, row: &OutboxRow) -> Result<(), StoreError> {
        self.intake().queue(row)
    }

    /// Takes the reminders of an alert's snooze out of the outbox: it was taken back, ended or set anew.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn cancel_reminders(&self, alert_row: i64, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE outbox SET done_at = ?2, outcome = 'cancelled' \
                 WHERE alert_row = ?1 AND occasion = 'snooze-ended' AND done_at IS NULL",
            )?
            .execute(params![alert_row, at.millis()])?;
        Ok(())
    }

    /// Notes what became of a notification; `outcome` is a word.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn finish_outbox(&self, row: i64, outcome: &str, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE outbox SET done_at = ?2, outcome = ?3, attempts = attempts + 1 \
                 WHERE row = ?1 AND done_at IS NULL",
            )?
            .execute(params![row, at.millis(), outcome])?;
        Ok(())
    }

    /// Notes that a notification failed and when to try again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn retry_outbox(&self, row: i64, not_before: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE outbox SET attempts = attempts + 1, not_before = ?2 \
                 WHERE row = ?1 AND done_at IS NULL",
            )?
            .execute(params![row, not_before.millis()])?;
        Ok(())
    }

    /// Holds a notification back until the end of quiet hours. That is no try.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn hold_outbox(&self, row: i64, until: Timestamp, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE outbox SET not_before = ?2, held_until = ?2, held_at = coalesce(held_at, ?3) \
                 WHERE row = ?1 AND done_at IS NULL",
            )?
            .execute(params![row, until.millis(), at.millis()])?;
        Ok(())
    }

    /// Makes all that is held back due now: quiet hours were set anew, so each is to be decided again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn release_held(&self, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE outbox SET not_before = ?1 \
                 WHERE done_at IS NULL AND not_before > ?1 AND held_until = not_before",
            )?
            .execute([at.millis()])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// What became of telling an alert so far, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn told(&self, alert_row: i64) -> Result<Vec<Told>, StoreError> {
        // The condition is the index's own, word for word, or it would not be used.
        let mut statement = self.connection.prepare_cached(
            "SELECT held_at, held_until, done_at, outcome FROM outbox \
             WHERE alert_row = ?1 AND (done_at IS NOT NULL OR held_at IS NOT NULL) ORDER BY row",
        )?;
        let told = statement.query_map([alert_row], |row| {
            let held = get_time_or_none(row, "held_at")?.zip(get_time_or_none(row, "held_until")?);
            Ok(Told { held, done: get_time_or_none(row, "done_at")?.zip(row.get("outcome")?) })
        })?;
        Ok(told.collect::<Result<Vec<_>, _>>()?)
    }

    /// What is due at `now`, the longest due first, with its row and with each alert as it is now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn due_notifications(&self, now: Timestamp, limit: u64) -> Result<Vec<(i64, Notification)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT row, id, alert_row, occasion, arrival, queued_at, held_until, attempts FROM outbox \
             WHERE done_at IS NULL AND not_before <= :now ORDER BY not_before, row LIMIT :limit",
        )?;
        let waiting = statement
            .query_map(named_params! { ":now": now.millis(), ":limit": count(limit) }, waiting)?
            .collect::<Result<Vec<_>, _>>()?;
        let mut due = Vec::with_capacity(waiting.len());
        for row in waiting {
            let Some(alert) = self.alert_of_row(row.alert_row)? else { continue };
            let notification = Notification {
                id: row.id,
                occasion: row.occasion,
                arrival: row.arrival,
                queued_at: row.queued_at,
                held_until: row.held_until,
                attempts: row.attempts,
                alert,
            };
            due.push((row.row, notification));
        }
        Ok(due)
    }

    /// When the next notification is due; none when nothing waits.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let next: Option<i64> = self
            .connection
            .prepare_cached("SELECT min(not_before) FROM outbox WHERE done_at IS NULL")?
            .query_row([], |row| row.get(0))
            .optional()?
            .flatten();
        Ok(next.map(Timestamp::from_millis))
    }
}

struct Waiting {
    row: i64,
    id: NotificationId,
    alert_row: i64,
    occasion: Occasion,
    arrival: Arrival,
    queued_at: Timestamp,
    held_until: Option<Timestamp>,
    attempts: u32,
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    let occasion: String = row.get("occasion")?;
    let arrival: String = row.get("arrival")?;
    Ok(Waiting {
        row: row.get("row")?,
        id: NotificationId::from_bytes(row.get("id")?),
        alert_row: row.get("alert_row")?,
        occasion: Occasion::from_stored(&occasion).ok_or_else(|| unexpected("occasion", &occasion))?,
        arrival: Arrival::from_stored(&arrival).ok_or_else(|| unexpected("arrival", &arrival))?,
        queued_at: get_time(row, "queued_at")?,
        held_until: get_time_or_none(row, "held_until")?,
        attempts: row.get("attempts")?,
    })
}
