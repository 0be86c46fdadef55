//! How much there is, by counts that need no look at the rows.

use super::{get_count, get_time_or_none};
use crate::{Reader, StoreError};
use tocsin_model::time::Timestamp;

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Alerts.
    pub alerts: u64,
    /// Notifications still to be told.
    pub outbox_waiting: u64,
    /// Entries of quarantine that wait.
    pub quarantined: u64,
    /// When the last delivery of a real source was taken in.
    pub last_delivery_at: Option<Timestamp>,
}

impl Reader<'_> {
    /// How much there is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT (SELECT count(*) FROM alerts) AS alerts, \
             (SELECT count(*) FROM outbox WHERE done_at IS NULL) AS waiting, \
             (SELECT count(*) FROM quarantine WHERE read_at IS NULL) AS quarantined, \
             (SELECT max(last_delivery_at) FROM sources WHERE removed_at IS NULL AND demo = 0) AS last_delivery_at",
        )?;
        Ok(statement.query_row([], |row| {
            Ok(Counts {
                alerts: get_count(row, "alerts")?,
                outbox_waiting: get_count(row, "waiting")?,
                quarantined: get_count(row, "quarantined")?,
                last_delivery_at: get_time_or_none(row, "last_delivery_at")?,
            })
        })?)
    }
}
