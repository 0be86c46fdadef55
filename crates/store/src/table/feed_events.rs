//! Events of feeds: rows of `events` that belong to no alert.

use rusqlite::{OptionalExtension, Row, params};
use tocsin_model::delivery::EventReport;
use tocsin_model::field::EventKind;
use tocsin_model::id::EventId;
use tocsin_model::time::Timestamp;

use super::{count, get_time};
use crate::{Reader, StoreError, WriteTx};

/// An event of a feed, to keep.
#[derive(Debug, Clone, Copy)]
pub struct FeedEvent<'a> {
    /// Its id here.
    pub id: EventId,
    /// The row of its source.
    pub source_row: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// What the source says.
    pub report: &'a EventReport,
}

/// An event of a feed, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Its place in the log.
    pub seq: i64,
    /// Its id here.
    pub id: EventId,
    /// The row of its source.
    pub source_row: i64,
    /// The word of its kind.
    pub kind: String,
    /// When it happened, by its source.
    pub time: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
    /// Its fields, a JSON object.
    pub fields: String,
}

impl WriteTx<'_> {
    /// Keeps an event of a feed; says whether it is new. Of an id that is there already nothing is changed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_feed_event(&self, event: &FeedEvent<'_>) -> Result<bool, StoreError> {
        let added = self
            .connection
            .prepare_cached(
                "INSERT INTO events (id, source_row, external_id, kind, time, received_at, fields) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
                 ON CONFLICT (source_row, external_id) WHERE alert_row IS NULL DO NOTHING",
            )?
            .execute(params![
                event.id.as_bytes(),
                event.source_row,
                event.report.external_id,
                event.report.kind.as_str(),
                event.report.time.millis(),
                event.received_at.millis(),
                event.report.fields
            ])?;
        Ok(added > 0)
    }
}

impl Reader<'_> {
    /// The events of feeds after this place of the log, in order; at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn feed_events(&self, after: i64, limit: u64) -> Result<Vec<LoggedEvent>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, id, source_row, kind, time, received_at, fields FROM events \
             WHERE seq > ?1 AND alert_row IS NULL ORDER BY seq LIMIT ?2",
        )?;
        let found = statement.query_map(params![after, count(limit)], logged)?;
        Ok(found.collect::<Result<Vec<_>, _>>()?)
    }

    /// The newest events of feeds of these kinds, of sources that are made up or of others, the newest first; at most
    /// `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_feed_events(
        &self,
        kinds: &[EventKind],
        demo: bool,
        limit: u64,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let kinds = serde_json::to_string(&kinds).unwrap_or_default();
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, id, source_row, kind, time, received_at, fields FROM events \
             WHERE alert_row IS NULL AND kind IN (SELECT value FROM json_each(?1)) \
             AND source_row IN (SELECT row FROM sources WHERE demo = ?2) ORDER BY seq DESC LIMIT ?3",
        )?;
        let found = statement.query_map(params![kinds, demo, count(limit)], logged)?;
        Ok(found.collect::<Result<Vec<_>, _>>()?)
    }

    /// The event of a feed with this id, which was received between the two times.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn feed_event_of(
        &self,
        id: EventId,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Option<LoggedEvent>, StoreError> {
        // Ids have no index: it would cost every insert. They grow with the log, and say when they were made.
        let (first, last) = (self.log_before(from)?.seq, self.log_before(to)?.seq);
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, id, source_row, kind, time, received_at, fields FROM events \
             WHERE seq > ?2 AND seq <= ?3 AND alert_row IS NULL AND id = ?1",
        )?;
        Ok(statement.query_row(params![id.as_bytes(), first, last], logged).optional()?)
    }

    /// The place in the log of the newest event of a feed; 0 when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_feed_event(&self) -> Result<i64, StoreError> {
        let newest: Option<i64> =
            self.connection.prepare_cached("SELECT max(seq) FROM events")?.query_row([], |row| row.get(0))?;
        Ok(newest.unwrap_or(0))
    }
}

fn logged(row: &Row<'_>) -> rusqlite::Result<LoggedEvent> {
    Ok(LoggedEvent {
        seq: row.get("seq")?,
        id: EventId::from_bytes(row.get("id")?),
        source_row: row.get("source_row")?,
        kind: row.get("kind")?,
        time: get_time(row, "time")?,
        received_at: get_time(row, "received_at")?,
        fields: row.get("fields")?,
    })
}
