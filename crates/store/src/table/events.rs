//! The log of events that rules follow.

use rusqlite::params;
use tocsin_model::id::EventId;
use tocsin_model::time::Timestamp;

use crate::{Reader, StoreError, WriteTx};

/// The event that a vendor's alert is.
#[derive(Debug)]
pub(crate) struct AlertEvent<'a> {
    pub id: EventId,
    pub source_row: i64,
    pub external_id: &'a str,
    pub time: Timestamp,
    pub received_at: Timestamp,
    pub alert_row: i64,
    pub delivery_row: i64,
    pub fields: String,
}

impl WriteTx<'_> {
    pub(crate) fn add_alert_event(&self, event: &AlertEvent<'_>) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO events (id, source_row, external_id, kind, time, received_at, alert_row, delivery_row, \
                 fields) VALUES (?1, ?2, ?3, 'alert', ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                event.id.as_bytes(),
                event.source_row,
                event.external_id,
                event.time.millis(),
                event.received_at.millis(),
                event.alert_row,
                event.delivery_row,
                event.fields
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The number of the newest event; 0 when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_seq(&self) -> Result<u64, StoreError> {
        let newest: Option<i64> =
            self.connection.prepare_cached("SELECT max(seq) FROM events")?.query_row([], |row| row.get(0))?;
        Ok(u64::try_from(newest.unwrap_or(0)).unwrap_or(0))
    }
}
