//! Drafts: what somebody is writing and has not kept yet.

use rusqlite::{OptionalExtension, Row, params};
use tocsin_model::time::Timestamp;

use super::get_time;
use crate::{Reader, StoreError, WriteTx};

/// A draft as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it is a draft of.
    pub key: String,
    /// What was written.
    pub text: String,
    /// When it was last kept.
    pub updated_at: Timestamp,
}

impl WriteTx<'_> {
    /// Keeps a draft in place of the one of that key.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_draft(&self, key: &str, text: &str, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO drafts (key, text, updated_at) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (key) DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at",
            )?
            .execute(params![key, text, at.millis()])?;
        Ok(())
    }

    /// Removes a draft; whether there was one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remove_draft(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached("DELETE FROM drafts WHERE key = ?1")?.execute([key])? > 0)
    }
}

impl Reader<'_> {
    /// Every draft, the one that was written last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT key, text, updated_at FROM drafts ORDER BY updated_at DESC, row DESC")?;
        Ok(statement.query_map([], draft)?.collect::<Result<Vec<_>, _>>()?)
    }

    /// How many drafts there are, and whether one of them has this key.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn count_drafts(&self, key: &str) -> Result<(u64, bool), StoreError> {
        let count: i64 =
            self.connection.prepare_cached("SELECT count(*) FROM drafts")?.query_row([], |row| row.get(0))?;
        let known = self
            .connection
            .prepare_cached("SELECT 1 FROM drafts WHERE key = ?1")?
            .query_row([key], |_| Ok(()))
            .optional()?
            .is_some();
        Ok((u64::try_from(count).unwrap_or(0), known))
    }
}

fn draft(row: &Row<'_>) -> rusqlite::Result<Draft> {
    Ok(Draft { key: row.get("key")?, text: row.get("text")?, updated_at: get_time(row, "updated_at")? })
}
