//! Inbound documents whose alerts point into them.

use rusqlite::params;
use tocsin_model::delivery::Delivery;

use crate::{StoreError, WriteTx};

impl WriteTx<'_> {
    /// Keeps a delivery and gives its row.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_delivery(&self, source_row: i64, delivery: &Delivery) -> Result<i64, StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO deliveries (source_row, received_at, content_type, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                source_row,
                delivery.received_at.millis(),
                delivery.content_type,
                delivery.body.as_bytes()
            ])?;
        Ok(self.connection.last_insert_rowid())
    }
}
