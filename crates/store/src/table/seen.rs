//! Whether a person has looked at an alert. That is no change: no revision, no activity, nothing to take back.

use tocsin_model::id::AlertId;

use crate::{StoreError, WriteTx};

impl WriteTx<'_> {
    /// Notes that a person has looked at these alerts; gives those that nobody had looked at.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn mark_seen(&self, ids: &[AlertId]) -> Result<Vec<AlertId>, StoreError> {
        let mut statement = self.connection.prepare_cached("UPDATE alerts SET seen = 1 WHERE id = ?1 AND seen = 0")?;
        let mut marked = Vec::new();
        for id in ids {
            if statement.execute([id.as_bytes()])? > 0 {
                marked.push(*id);
            }
        }
        Ok(marked)
    }

    /// Makes an alert unseen again: there is news of it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn mark_unseen(&self, alert_row: i64) -> Result<(), StoreError> {
        self.connection.prepare_cached("UPDATE alerts SET seen = 0 WHERE row = ?1")?.execute([alert_row])?;
        Ok(())
    }
}
