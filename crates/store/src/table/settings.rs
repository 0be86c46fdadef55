//! What a person has set: one JSON document, so that a key of another version is kept.

use rusqlite::OptionalExtension;

use crate::{Reader, StoreError, WriteTx};

impl WriteTx<'_> {
    /// Keeps the document in place of the one before.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_settings(&self, document: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO settings (row, document) VALUES (1, ?1) \
                 ON CONFLICT (row) DO UPDATE SET document = excluded.document",
            )?
            .execute([document])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The document; none when nothing was ever set.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn settings(&self) -> Result<Option<String>, StoreError> {
        let found = self
            .connection
            .prepare_cached("SELECT document FROM settings WHERE row = 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        Ok(found)
    }
}
