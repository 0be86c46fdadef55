//! Deliveries that were turned away, counted by source and reason.

use rusqlite::{Row, params};
use tocsin_model::source::{RefusalReason, Refused};

use super::{count, get_count, get_time, unexpected};
use crate::{Reader, StoreError, WriteTx};

impl WriteTx<'_> {
    /// Adds to the count of one reason.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_refused(&self, source_row: i64, refused: &Refused) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO refusals (source_row, reason, count, last_at) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)",
            )?
            .execute(params![source_row, refused.reason.as_str(), count(refused.count), refused.last_at.millis()])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// How often deliveries of a source were turned away, the latest reason first.
    pub(crate) fn refusals(&self, source_row: i64) -> Result<Vec<Refused>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT reason, count, last_at FROM refusals WHERE source_row = ?1 ORDER BY last_at DESC, reason",
        )?;
        let refused = statement.query_map([source_row], refused)?.collect::<Result<Vec<_>, _>>()?;
        Ok(refused)
    }
}

fn refused(row: &Row<'_>) -> rusqlite::Result<Refused> {
    let word: String = row.get("reason")?;
    Ok(Refused {
        reason: RefusalReason::from_stored(&word).ok_or_else(|| unexpected("reason", &word))?,
        count: get_count(row, "count")?,
        last_at: get_time(row, "last_at")?,
    })
}
