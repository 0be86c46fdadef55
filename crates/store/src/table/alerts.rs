//! Alerts: one row each, changed in place; what was said before is in the activity.

use rusqlite::{OptionalExtension, Row, ToSql, named_params, params};
use std::ops::Range;
use tocsin_model::alert::{Alert, Content, Handling, Origin};
use tocsin_model::id::AlertId;
use tocsin_model::query::Query;
use tocsin_model::severity::Severity;
use tocsin_model::source::SourceName;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::Timestamp;

use super::alert_filter::Filter;
use super::alert_order::{AlertSort, Cursor, SortDirection};
use super::sources::get_kind;
use super::{count, get_count, get_json, get_time, get_time_or_none, json_or_null, position, unexpected};
use crate::{Reader, StoreError, WriteTx};

/// A new vendor alert, with the report that made it.
#[derive(Debug)]
pub struct NewAlert<'a> {
    /// Its id.
    pub id: AlertId,
    /// The row of its source.
    pub source_row: i64,
    /// What makes it one and the same within its source.
    pub identity: &'a str,
    /// The vendor's id.
    pub external_id: &'a str,
    /// What the source says.
    pub content: &'a Content,
    /// How it starts.
    pub handling: &'a Handling,
    /// When it was received.
    pub received_at: Timestamp,
    /// Where the report came from.
    pub report: ReportPlace<'a>,
}

/// Where a report stands, and what recognises it.
#[derive(Debug, Clone)]
pub struct ReportPlace<'a> {
    /// The vendor's id of the message.
    pub key: Option<&'a str>,
    /// When the vendor sent it.
    pub reported_at: Option<Timestamp>,
    /// The row of the delivery.
    pub delivery_row: i64,
    /// The bytes of the alert's own JSON in the delivery's body.
    pub payload: Range<usize>,
}

/// An alert that a report is about.
#[derive(Debug, Clone)]
pub struct Existing {
    /// Its row.
    pub row: i64,
    /// Its id.
    pub id: AlertId,
    /// What the source said last.
    pub content: Content,
    /// What was done about it.
    pub handling: Handling,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The vendor's id of the newest message about it.
    pub report_key: Option<String>,
    /// When the vendor sent that.
    pub reported_at: Option<Timestamp>,
}

/// What part of which list.
#[derive(Debug)]
pub struct PageRequest<'a> {
    /// Which alerts.
    pub query: &'a Query,
    /// In which order.
    pub sort: AlertSort,
    /// The cursor of the page before.
    pub after: Option<&'a str>,
    /// Alerts to pass over from there: a jump far down costs a walk, so next pages go by cursor.
    pub skip: u64,
    /// Alerts wanted, at least 1.
    pub limit: u64,
}

/// A part of a list.
#[derive(Debug)]
pub struct ListPage {
    /// The alerts, in order.
    pub alerts: Vec<Alert>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
}

const COLUMNS: &str = "alerts.row AS row, alerts.id AS id, sources.name AS source, sources.kind AS kind, \
    alerts.external_id AS external_id, alerts.origin AS origin, alerts.severity AS severity, source_severity, \
    source_status, title, description, category, alert_type, tactic, techniques, alerts.time AS time, entities, rule, \
    tags, status, close_reason, snoozed_until, notes, alerts.received_at AS received_at, updated_at, occurrences, \
    revision, seen, report_key, reported_at";

/// What the source says of an alert, and the status it came with.
pub(super) const SAID: &str = "alerts.severity AS severity, source_severity, source_status, title, description, \
    category, alert_type, tactic, techniques, alerts.time AS time, entities, rule, tags, arrived_status";

impl WriteTx<'_> {
    /// Keeps a new vendor alert, which is an event too; gives its row.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_alert(&self, new: &NewAlert<'_>) -> Result<i64, StoreError> {
        self.intake().add_alert(new)
    }

    /// The alert that has this identity within a source.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn existing(&self, source_row: i64, identity: &str) -> Result<Option<Existing>, StoreError> {
        self.intake().existing(source_row, identity)
    }

    /// Writes what a later report says.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn update_alert(
        &self,
        row: i64,
        content: &Content,
        handling: &Handling,
        report: &ReportPlace<'_>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.keep_first_report(row)?;
        self.connection
            .prepare_cached(
                "UPDATE alerts SET severity = :severity, source_severity = :source_severity, \
                 source_status = :source_status, title = :title, description = :description, category = :category, \
                 alert_type = :alert_type, tactic = :tactic, techniques = :techniques, time = :time, \
                 entities = :entities, rule = :rule, tags = :tags, status = :status, close_reason = :close_reason, \
                 snoozed_until = :snoozed_until, updated_at = :at, revision = revision + 1, report_key = :report_key, \
                 reported_at = :reported_at, delivery_row = :delivery_row, payload_start = :payload_start, \
                 payload_end = :payload_end WHERE row = :row",
            )?
            .execute(named_params! {
                ":row": row, ":severity": content.severity.rank(), ":source_severity": content.source_severity,
                ":source_status": content.source_status, ":title": content.title,
                ":description": content.description, ":category": content.category,
                ":alert_type": content.alert_type, ":tactic": content.tactic,
                ":techniques": json_or_null(&content.techniques), ":time": content.time.millis(),
                ":entities": json_or_null(&content.entities), ":rule": content.rule,
                ":tags": json_or_null(&content.tags), ":status": handling.status.rank(),
                ":close_reason": handling.close_reason.as_ref().map(CloseReason::as_str),
                ":snoozed_until": handling.snoozed_until.map(Timestamp::millis), ":at": at.millis(),
                ":report_key": report.key, ":reported_at": report.reported_at.map(Timestamp::millis),
                ":delivery_row": report.delivery_row, ":payload_start": position(report.payload.start),
                ":payload_end": position(report.payload.end),
            })?;
        self.index_again(row)
    }

    /// Writes what a person (or an undo) made of an alert's handling; `seen` is whether it then counts as looked at,
    /// none for as before.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_handling(
        &self,
        row: i64,
        handling: &Handling,
        seen: Option<bool>,
        updated_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.count_verdict(row, handling.close_reason.as_ref())?;
        self.connection
            .prepare_cached(
                "UPDATE alerts SET status = ?2, close_reason = ?3, snoozed_until = ?4, notes = ?5, updated_at = ?6, \
                 seen = coalesce(?7, seen), revision = revision + 1 WHERE row = ?1",
            )?
            .execute(params![
                row,
                handling.status.rank(),
                handling.close_reason.as_ref().map(CloseReason::as_str),
                handling.snoozed_until.map(Timestamp::millis),
                handling.notes,
                updated_at.millis(),
                seen
            ])?;
        self.index_note(row, handling.notes.as_deref())
    }
}

impl Reader<'_> {
    /// The row and the alert of an id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alert(&self, id: AlertId) -> Result<Option<(i64, Alert)>, StoreError> {
        let statement = format!(
            "SELECT {COLUMNS} FROM alerts JOIN sources ON sources.row = alerts.source_row WHERE alerts.id = ?1"
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let found = statement.query_row([id.as_bytes()], |row| Ok((row.get("row")?, alert(row)?)));
        Ok(found.optional()?)
    }

    /// The alert of a row.
    pub(crate) fn alert_of_row(&self, row: i64) -> Result<Option<Alert>, StoreError> {
        let statement = format!(
            "SELECT {COLUMNS} FROM alerts JOIN sources ON sources.row = alerts.source_row WHERE alerts.row = ?1"
        );
        Ok(self.connection.prepare_cached(&statement)?.query_row([row], alert).optional()?)
    }

    /// The alert's own JSON as the source sent it last, redacted.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn payload(&self, id: AlertId) -> Result<Option<String>, StoreError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT substr(body, payload_start + 1, payload_end - payload_start) FROM alerts \
                 JOIN deliveries ON deliveries.row = alerts.delivery_row WHERE alerts.id = ?1",
            )?
            .query_row([id.as_bytes()], |row| row.get::<_, Vec<u8>>(0))
            .optional()?;
        Ok(found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Alerts whose snooze ended after `from` and not after `to`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn snoozes_ended(&self, from: Timestamp, to: Timestamp) -> Result<Vec<AlertId>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT id FROM alerts WHERE snoozed_until > ?1 AND snoozed_until <= ?2")?;
        let ids = statement.query_map([from.millis(), to.millis()], |row| Ok(AlertId::from_bytes(row.get(0)?)))?;
        Ok(ids.collect::<Result<Vec<_>, _>>()?)
    }

    /// A page of a list. Pages are found by key, so the thousandth costs what the first does;
    /// rows passed over by `skip` are walked.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for a cursor of another order; otherwise when the store cannot be read.
    pub fn alerts(&self, request: &PageRequest<'_>) -> Result<ListPage, StoreError> {
        let column = request.sort.key.column();
        let (order, beyond) = match request.sort.direction {
            SortDirection::Ascending => ("ASC", ">"),
            SortDirection::Descending => ("DESC", "<"),
        };
        let mut filter = Filter::of(request.query);
        if let Some(cursor) = request.after {
            let Cursor { value, row } = Cursor::read(request.sort.key, cursor)?;
            filter.beyond(&format!("({column}, alerts.row) {beyond} (?, ?)"), value, row);
        }
        let statement = format!(
            "SELECT {COLUMNS}, {column} AS sort_value FROM alerts JOIN sources ON sources.row = alerts.source_row \
             WHERE {} ORDER BY {column} {order}, alerts.row {order} LIMIT {} OFFSET ?",
            filter.sql(),
            count(request.limit.max(1).saturating_add(1))
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let skip = count(request.skip);
        let mut arguments = filter.arguments();
        arguments.push(&skip);
        let mut found = statement
            .query_map(arguments.as_slice(), |row| {
                Ok((alert(row)?, Cursor { value: row.get("sort_value")?, row: row.get("row")? }))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let wanted = usize::try_from(request.limit.max(1)).unwrap_or(usize::MAX);
        let more = found.len() > wanted;
        found.truncate(wanted);
        let next = found.last().filter(|_| more).map(|(_, cursor)| cursor.write(request.sort.key));
        Ok(ListPage { alerts: found.into_iter().map(|(alert, _)| alert).collect(), next })
    }

    /// How many alerts a query matches, counted up to `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn count_alerts(&self, query: &Query, limit: u64) -> Result<u64, StoreError> {
        let filter = Filter::of(query);
        let statement = format!(
            "SELECT count(*) AS found FROM (SELECT 1 FROM alerts JOIN sources ON sources.row = alerts.source_row \
             WHERE {} LIMIT {})",
            filter.sql(),
            count(limit)
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        Ok(statement.query_row(filter.arguments().as_slice(), |row| get_count(row, "found"))?)
    }

    /// Those of `ids` that a query matches.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn matching(&self, query: &Query, ids: &[AlertId]) -> Result<Vec<Alert>, StoreError> {
        let filter = Filter::of(query);
        let statement = format!(
            "SELECT {COLUMNS} FROM alerts JOIN sources ON sources.row = alerts.source_row \
             WHERE {} AND alerts.id = ?",
            filter.sql()
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let mut found = Vec::new();
        for id in ids {
            let bytes = id.as_bytes();
            let mut arguments = filter.arguments();
            arguments.push(bytes as &dyn ToSql);
            found.extend(statement.query_row(arguments.as_slice(), alert).optional()?);
        }
        Ok(found)
    }
}

pub(super) fn existing(row: &Row<'_>) -> rusqlite::Result<Existing> {
    Ok(Existing {
        row: row.get("row")?,
        id: AlertId::from_bytes(row.get("id")?),
        content: content(row)?,
        handling: handling(row)?,
        updated_at: get_time(row, "updated_at")?,
        report_key: row.get("report_key")?,
        reported_at: get_time_or_none(row, "reported_at")?,
    })
}

pub(super) fn alert(row: &Row<'_>) -> rusqlite::Result<Alert> {
    let origin: String = row.get("origin")?;
    Ok(Alert {
        id: AlertId::from_bytes(row.get("id")?),
        source: SourceName::from_stored(row.get("source")?),
        source_kind: get_kind(row, "kind")?,
        external_id: row.get("external_id")?,
        origin: [Origin::Vendor, Origin::Rule]
            .into_iter()
            .find(|known| known.as_str() == origin)
            .ok_or_else(|| unexpected("origin", &origin))?,
        content: content(row)?,
        handling: handling(row)?,
        received_at: get_time(row, "received_at")?,
        updated_at: get_time(row, "updated_at")?,
        occurrences: get_count(row, "occurrences")?,
        revision: get_count(row, "revision")?,
        seen: row.get("seen")?,
    })
}

pub(super) fn content(row: &Row<'_>) -> rusqlite::Result<Content> {
    let rank: i64 = row.get("severity")?;
    Ok(Content {
        severity: Severity::from_rank(rank).ok_or_else(|| unexpected("severity", &rank.to_string()))?,
        source_severity: row.get("source_severity")?,
        source_status: row.get("source_status")?,
        title: row.get("title")?,
        description: row.get("description")?,
        category: row.get("category")?,
        alert_type: row.get("alert_type")?,
        tactic: row.get("tactic")?,
        techniques: get_json(row, "techniques")?,
        time: get_time(row, "time")?,
        entities: get_json(row, "entities")?,
        rule: row.get("rule")?,
        tags: get_json(row, "tags")?,
    })
}

pub(super) fn handling(row: &Row<'_>) -> rusqlite::Result<Handling> {
    let rank: i64 = row.get("status")?;
    Ok(Handling {
        status: Status::from_rank(rank).ok_or_else(|| unexpected("status", &rank.to_string()))?,
        close_reason: row.get::<_, Option<String>>("close_reason")?.map(CloseReason::from_stored),
        snoozed_until: get_time_or_none(row, "snoozed_until")?,
        notes: row.get("notes")?,
    })
}
