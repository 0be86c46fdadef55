//! What could not be read, with the place and the reason, until it can be.

use rusqlite::{OptionalExtension, Row, params};
use std::ops::Range;
use tocsin_model::delivery::{Position, Rejected};
use tocsin_model::id::QuarantineId;
use tocsin_model::redaction::Redacted;
use tocsin_model::source::{SourceKind, SourceName};
use tocsin_model::time::Timestamp;

use super::sources::get_kind;
use super::{count, get_count, get_position, get_time, position};
use crate::{Reader, StoreError, WriteTx};

/// One entry, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its id.
    pub id: QuarantineId,
    /// The source it came to.
    pub source: SourceName,
    /// What that source is.
    pub source_kind: SourceKind,
    /// When it was received.
    pub received_at: Timestamp,
    /// The `Content-Type` it came with.
    pub content_type: String,
    /// Why it could not be read.
    pub reason: String,
    /// Where reading stopped.
    pub position: Position,
    /// The JSON path concerned.
    pub path: Option<String>,
    /// The part of the body that is concerned, in bytes.
    pub part: Range<usize>,
    /// The size of the body in bytes.
    pub size: u64,
    /// How often it was tried again.
    pub attempts: u64,
}

/// One entry with its body.
#[derive(Debug, Clone)]
pub struct QuarantineRecord {
    /// The row of its source.
    pub source_row: i64,
    /// The row of its delivery.
    pub delivery_row: i64,
    /// All but the body.
    pub entry: Quarantined,
    /// The body.
    pub body: Redacted,
}

const COLUMNS: &str = "quarantine.id AS id, sources.name AS source, sources.kind AS kind, received_at, content_type, \
    reason, byte_offset, line, column_, path, part_start, part_end, length(body) AS size, attempts, quarantine.source_row AS source_row, delivery_row";

const JOINED: &str = "quarantine JOIN sources ON sources.row = quarantine.source_row \
    JOIN deliveries ON deliveries.row = delivery_row";

impl WriteTx<'_> {
    /// Puts the part of a delivery that `rejected` names into quarantine.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_quarantined(
        &self,
        source_row: i64,
        delivery_row: i64,
        id: QuarantineId,
        rejected: &Rejected,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO quarantine (id, source_row, delivery_row, reason, byte_offset, line, column_, path, \
                 part_start, part_end) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                id.as_bytes(),
                source_row,
                delivery_row,
                rejected.reason,
                position(rejected.position.offset),
                position(rejected.position.line),
                position(rejected.position.column),
                rejected.path,
                position(rejected.part.start),
                position(rejected.part.end)
            ])?;
        Ok(())
    }

    /// Takes an entry out of quarantine, because it could be read.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn release_quarantined(&self, id: QuarantineId, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE quarantine SET read_at = ?2, attempts = attempts + 1 WHERE id = ?1")?
            .execute(params![id.as_bytes(), at.millis()])?;
        Ok(())
    }

    /// Notes that an entry was tried again and could not be read, and why this time.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_quarantined(&self, id: QuarantineId, rejected: &Rejected) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE quarantine SET attempts = attempts + 1, reason = ?2, byte_offset = ?3, line = ?4, \
                 column_ = ?5, path = ?6 WHERE id = ?1",
            )?
            .execute(params![
                id.as_bytes(),
                rejected.reason,
                position(rejected.position.offset),
                position(rejected.position.line),
                position(rejected.position.column),
                rejected.path
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// What waits in quarantine, of one source or of all, newest first, at most `limit`, older than the id `after`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn quarantine(
        &self,
        source: Option<&str>,
        after: Option<QuarantineId>,
        limit: u64,
    ) -> Result<Vec<Quarantined>, StoreError> {
        let statement = format!(
            "SELECT {COLUMNS} FROM {JOINED} WHERE read_at IS NULL \
             AND (?1 IS NULL OR sources.name = ?1) AND (?2 IS NULL OR quarantine.id < ?2) \
             ORDER BY quarantine.id DESC LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let after = after.map(|id| id.as_bytes().to_vec());
        let entries = statement.query_map(params![source, after, count(limit)], entry)?;
        Ok(entries.collect::<Result<Vec<_>, _>>()?)
    }

    /// One entry that still waits, with its body.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn quarantined(&self, id: QuarantineId) -> Result<Option<QuarantineRecord>, StoreError> {
        let statement = format!(
            "SELECT {COLUMNS}, body FROM {JOINED} \
             WHERE quarantine.id = ?1 AND read_at IS NULL"
        );
        let found = self.connection.prepare_cached(&statement)?.query_row([id.as_bytes()], |row| {
            Ok(QuarantineRecord {
                source_row: row.get("source_row")?,
                delivery_row: row.get("delivery_row")?,
                entry: entry(row)?,
                body: Redacted::from_stored(row.get("body")?),
            })
        });
        Ok(found.optional()?)
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    Ok(Quarantined {
        id: QuarantineId::from_bytes(row.get("id")?),
        source: SourceName::from_stored(row.get("source")?),
        source_kind: get_kind(row, "kind")?,
        received_at: get_time(row, "received_at")?,
        content_type: row.get("content_type")?,
        reason: row.get("reason")?,
        position: Position {
            offset: get_position(row, "byte_offset")?,
            line: get_position(row, "line")?,
            column: get_position(row, "column_")?,
        },
        path: row.get("path")?,
        part: get_position(row, "part_start")?..get_position(row, "part_end")?,
        size: get_count(row, "size")?,
        attempts: get_count(row, "attempts")?,
    })
}
