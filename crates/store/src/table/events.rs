//! The log that rules follow. A vendor's alert stands in it by its own row; a row of `events` keeps what an alert said
//! first, once a later report took its place.

use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;
use tocsin_model::alert::Content;
use tocsin_model::id::{AlertId, EventId};
use tocsin_model::severity::Severity;
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;

use super::{alerts, count, get_time, unexpected};
use crate::{Reader, StoreError, WriteTx};

/// The part of a delivery that an alert was first. Where a later report took its place, what the first one was stands
/// in `events`; before that was kept with its bounds, the payload is not known.
const FIRST_PAYLOAD: &str = "CASE WHEN events.seq IS NULL \
    THEN substr(deliveries.body, alerts.payload_start + 1, alerts.payload_end - alerts.payload_start) \
    ELSE substr(deliveries.body, events.payload_start + 1, events.payload_end - events.payload_start) END";
const FIRST_DELIVERY: &str = "LEFT JOIN deliveries ON deliveries.row = \
    CASE WHEN events.seq IS NULL THEN alerts.delivery_row ELSE events.delivery_row END";

/// The event that a vendor's alert is: what it said when it came, whatever was made of it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertEvent {
    /// The alert's row: its place in the log.
    pub row: i64,
    /// The event's id, which is the alert's.
    pub id: AlertId,
    /// The row of its source.
    pub source_row: i64,
    /// The vendor's id.
    pub external_id: String,
    /// When it happened, by its source.
    pub time: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
    /// The fields that rules see, as a JSON object.
    pub fields: String,
    /// The alert's own JSON as it came first, redacted; only where it was asked for.
    pub payload: Option<String>,
}

impl WriteTx<'_> {
    /// Keeps what an alert said first, unless it is kept already: a later report is about to take its place.
    pub(crate) fn keep_first_report(&self, alert_row: i64) -> Result<(), StoreError> {
        let kept = self
            .connection
            .prepare_cached("SELECT 1 FROM events WHERE alert_row = ?1")?
            .query_row([alert_row], |_| Ok(()))
            .optional()?;
        if kept.is_some() {
            return Ok(());
        }
        let statement = format!("SELECT {} FROM alerts WHERE alerts.row = ?1", alerts::SAID);
        let found = self.connection.prepare_cached(&statement)?.query_row([alert_row], arrived).optional()?;
        let Some((content, status)) = found else { return Ok(()) };
        self.connection
            .prepare_cached(
                "INSERT INTO events (id, source_row, external_id, kind, time, received_at, alert_row, delivery_row, \
                 payload_start, payload_end, fields) SELECT id, source_row, external_id, 'alert', time, received_at, \
                 row, delivery_row, payload_start, payload_end, ?2 FROM alerts WHERE row = ?1",
            )?
            .execute(params![alert_row, event_fields(&content, status)])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The events that vendors' alerts after this row are, in the order in which they came; at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alert_events(&self, after: i64, limit: u64) -> Result<Vec<AlertEvent>, StoreError> {
        self.logged_alerts(after, limit, "NULL", "")
    }

    /// [`Self::alert_events`] with their payloads, which cost a look into their deliveries.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn whole_alert_events(&self, after: i64, limit: u64) -> Result<Vec<AlertEvent>, StoreError> {
        self.logged_alerts(after, limit, FIRST_PAYLOAD, FIRST_DELIVERY)
    }

    fn logged_alerts(
        &self,
        after: i64,
        limit: u64,
        payload: &str,
        delivery: &str,
    ) -> Result<Vec<AlertEvent>, StoreError> {
        let which = "alerts.row > ?1 AND alerts.origin = 'vendor' ORDER BY alerts.row LIMIT ?2";
        let mut statement = self.connection.prepare_cached(&alert_events(payload, delivery, which))?;
        let found = statement.query_map(params![after, count(limit)], alert_event)?;
        Ok(found.collect::<Result<Vec<_>, _>>()?)
    }

    /// The events that the newest alerts of vendors are, of sources that are made up or of others, with payloads,
    /// the newest first; at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_alert_events(&self, demo: bool, limit: u64) -> Result<Vec<AlertEvent>, StoreError> {
        let which = "alerts.origin = 'vendor' AND alerts.source_row IN (SELECT row FROM sources WHERE demo = ?1) \
            ORDER BY alerts.row DESC LIMIT ?2";
        let mut statement = self.connection.prepare_cached(&whole_alerts(which))?;
        let found = statement.query_map(params![demo, count(limit)], alert_event)?;
        Ok(found.collect::<Result<Vec<_>, _>>()?)
    }

    /// The event that the vendor's alert of this id is, with its payload.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alert_event_of(&self, id: EventId) -> Result<Option<AlertEvent>, StoreError> {
        let mut statement =
            self.connection.prepare_cached(&whole_alerts("alerts.id = ?1 AND alerts.origin = 'vendor'"))?;
        Ok(statement.query_row([id.as_bytes()], alert_event).optional()?)
    }

    /// The id of the newest event, of a feed or a vendor's alert, to which its source gave this id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn event_named(&self, external_id: &str) -> Result<Option<EventId>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            // Each source by itself: so the index of feeds answers.
            "SELECT id FROM (SELECT events.id, received_at FROM sources CROSS JOIN events \
             ON events.source_row = sources.row AND external_id = ?1 AND alert_row IS NULL \
             UNION ALL SELECT id, received_at FROM alerts WHERE external_id = ?1 AND origin = 'vendor') \
             ORDER BY received_at DESC, id DESC LIMIT 1",
        )?;
        Ok(statement.query_row([external_id], |row| Ok(EventId::from_bytes(row.get(0)?))).optional()?)
    }

    /// The row of the newest alert; 0 when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_alert_row(&self) -> Result<i64, StoreError> {
        let newest: Option<i64> =
            self.connection.prepare_cached("SELECT max(row) FROM alerts")?.query_row([], |row| row.get(0))?;
        Ok(newest.unwrap_or(0))
    }
}

fn alert_events(payload: &str, delivery: &str, which: &str) -> String {
    format!(
        "SELECT alerts.row AS row, alerts.id AS id, alerts.source_row AS source_row, \
         alerts.external_id AS external_id, coalesce(events.time, alerts.time) AS event_time, \
         alerts.received_at AS received_at, events.fields AS first_fields, {payload} AS payload, {} \
         FROM alerts LEFT JOIN events ON events.alert_row = alerts.row {delivery} WHERE {which}",
        alerts::SAID
    )
}

/// With payloads.
fn whole_alerts(which: &str) -> String {
    alert_events(FIRST_PAYLOAD, FIRST_DELIVERY, which)
}

fn alert_event(row: &Row<'_>) -> rusqlite::Result<AlertEvent> {
    let fields = match row.get("first_fields")? {
        Some(fields) => fields,
        None => {
            let (content, status) = arrived(row)?;
            event_fields(&content, status)
        }
    };
    let payload: Option<Vec<u8>> = row.get("payload")?;
    Ok(AlertEvent {
        row: row.get("row")?,
        id: AlertId::from_bytes(row.get("id")?),
        source_row: row.get("source_row")?,
        external_id: row.get("external_id")?,
        time: get_time(row, "event_time")?,
        received_at: get_time(row, "received_at")?,
        fields,
        payload: payload.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    })
}

/// What an alert says, and the status it came with.
fn arrived(row: &Row<'_>) -> rusqlite::Result<(Content, Status)> {
    let rank: i64 = row.get("arrived_status")?;
    let status = Status::from_rank(rank).ok_or_else(|| unexpected("arrived_status", &rank.to_string()))?;
    Ok((alerts::content(row)?, status))
}

/// The fields a rule sees of a vendor's alert, as the registry of rules names them.
fn event_fields(content: &Content, status: Status) -> String {
    let entities = &content.entities;
    let fields = EventFields {
        severity: content.severity,
        status,
        category: content.category.as_deref(),
        alert_type: content.alert_type.as_deref(),
        tactic: content.tactic.as_deref(),
        rule_name: content.rule.as_deref(),
        client_ip: &entities.client_ip,
        username: &entities.username,
        api_key_id: &entities.api_key_id,
        endpoint: &entities.endpoint,
        hostname: &entities.hostname,
    };
    serde_json::to_string(&fields).unwrap_or_default()
}

#[derive(Serialize)]
struct EventFields<'a> {
    severity: Severity,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tactic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_name: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    client_ip: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    username: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    api_key_id: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    endpoint: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    hostname: &'a [String],
}
