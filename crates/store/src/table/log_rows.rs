//! The log row by row, as the database has it, for whoever goes through very much of it and keeps little.

use rusqlite::types::ValueRef;
use rusqlite::{Row, params};
use tocsin_model::severity::Severity;
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;

use super::unexpected;
use crate::{Reader, StoreError};

/// An event of the log, for as long as it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct LogRow<'a> {
    /// Its place: the `seq` of an event of a feed, the row of a vendor's alert.
    pub place: i64,
    /// Its id.
    pub id: [u8; 16],
    /// The row of its source.
    pub source_row: i64,
    /// When it happened, by its source.
    pub time: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
    /// What it says.
    pub said: Said<'a>,
}

/// What an event says.
#[derive(Debug, Clone, Copy)]
pub enum Said<'a> {
    /// The word of the kind, and a JSON object of fields.
    Fields(&'a str, &'a str),
    /// A vendor's alert that still says what it said first.
    Alert(SaidAlert<'a>),
}

/// What a vendor's alert says, as far as rules look at it.
#[derive(Debug, Clone, Copy)]
pub struct SaidAlert<'a> {
    /// Its severity.
    pub severity: Severity,
    /// The status with which it came.
    pub status: Status,
    /// Its category.
    pub category: Option<&'a str>,
    /// Its type.
    pub alert_type: Option<&'a str>,
    /// Its tactic.
    pub tactic: Option<&'a str>,
    /// The vendor's rule.
    pub rule_name: Option<&'a str>,
    /// Who and what it concerns, a JSON object of lists: clientIp, username, apiKeyId, endpoint, hostname.
    pub entities: Option<&'a str>,
}

/// So many rows fill the cache with pages.
const MANY: i64 = 10_000;
/// The word of a vendor's alert, as events have it.
const ALERT: &str = "alert";

impl Reader<'_> {
    /// Tells the events of feeds after one place of the log, up to another, in order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn each_feed_event(&self, after: i64, until: i64, mut tell: impl FnMut(&LogRow<'_>)) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT seq AS place, id, source_row, time, received_at, kind, fields FROM events \
             WHERE seq > ?1 AND seq <= ?2 AND alert_row IS NULL ORDER BY seq",
        )?;
        let mut rows = statement.query(params![after, until])?;
        while let Some(row) = rows.next()? {
            tell(&log_row(row, Said::Fields(text(row, 5)?, text(row, 6)?))?);
        }
        self.let_go(until.saturating_sub(after))
    }

    /// Tells the vendors' alerts after one row, up to another, in order: what each said first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn each_alert_event(
        &self,
        after: i64,
        until: i64,
        mut tell: impl FnMut(&LogRow<'_>),
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT alerts.row AS place, alerts.id AS id, alerts.source_row AS source_row, \
             coalesce(events.time, alerts.time) AS time, alerts.received_at AS received_at, events.fields, \
             alerts.severity, arrived_status, category, alert_type, tactic, rule, entities \
             FROM alerts LEFT JOIN events ON events.alert_row = alerts.row \
             WHERE alerts.row > ?1 AND alerts.row <= ?2 AND alerts.origin = 'vendor' ORDER BY alerts.row",
        )?;
        let mut rows = statement.query(params![after, until])?;
        while let Some(row) = rows.next()? {
            let said = match text_or_none(row, 5)? {
                Some(fields) => Said::Fields(ALERT, fields),
                None => Said::Alert(said_alert(row)?),
            };
            tell(&log_row(row, said)?);
        }
        self.let_go(until.saturating_sub(after))
    }

    /// Pages that went by once are no use to anybody.
    fn let_go(&self, rows: i64) -> Result<(), StoreError> {
        if rows > MANY {
            self.connection.release_memory()?;
        }
        Ok(())
    }
}

fn log_row<'a>(row: &Row<'_>, said: Said<'a>) -> rusqlite::Result<LogRow<'a>> {
    Ok(LogRow {
        place: row.get(0)?,
        id: row.get(1)?,
        source_row: row.get(2)?,
        time: Timestamp::from_millis(row.get(3)?),
        received_at: Timestamp::from_millis(row.get(4)?),
        said,
    })
}

fn said_alert<'a>(row: &'a Row<'_>) -> rusqlite::Result<SaidAlert<'a>> {
    let (severity, status): (i64, i64) = (row.get(6)?, row.get(7)?);
    Ok(SaidAlert {
        severity: Severity::from_rank(severity).ok_or_else(|| unexpected("severity", &severity.to_string()))?,
        status: Status::from_rank(status).ok_or_else(|| unexpected("arrived_status", &status.to_string()))?,
        category: text_or_none(row, 8)?,
        alert_type: text_or_none(row, 9)?,
        tactic: text_or_none(row, 10)?,
        rule_name: text_or_none(row, 11)?,
        entities: text_or_none(row, 12)?,
    })
}

fn text_or_none<'a>(row: &'a Row<'_>, at: usize) -> rusqlite::Result<Option<&'a str>> {
    match row.get_ref(at)? {
        ValueRef::Null => Ok(None),
        value @ (ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_)) => {
            Ok(Some(value.as_str()?))
        }
    }
}

fn text<'a>(row: &'a Row<'_>, at: usize) -> rusqlite::Result<&'a str> {
    Ok(row.get_ref(at)?.as_str()?)
}
