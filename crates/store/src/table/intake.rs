//! Taking alerts in: what runs for every alert of a delivery, with statements that are looked up once.

use rusqlite::{CachedStatement, OptionalExtension, params};
use tocsin_model::alert::Origin;
use tocsin_model::status::CloseReason;
use tocsin_model::time::Timestamp;

use super::alerts::{Existing, NewAlert, SAID, existing};
use super::outbox::OutboxRow;
use super::{json_or_null, position};
use crate::{StoreError, WriteTx};

const ADD: &str = "INSERT INTO alerts (id, source_row, identity, external_id, origin, severity, source_severity, \
    source_status, title, description, category, alert_type, tactic, techniques, time, entities, rule, \
    tags, status, close_reason, received_at, updated_at, report_key, reported_at, delivery_row, \
    payload_start, payload_end, arrived_status) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, \
    ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?21, ?22, ?23, ?24, ?25, ?26, ?19)";

const QUEUE: &str = "INSERT INTO outbox (id, alert_row, occasion, arrival, queued_at, not_before) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const IDENTITY: &str = "SELECT alert_row FROM identities WHERE source_row = ?1 AND identity = ?2";

/// Takes alerts in, many of them quicker than one by one.
#[allow(missing_debug_implementations, reason = "statements have nothing to show")]
pub struct Intake<'a> {
    tx: &'a WriteTx<'a>,
    add: Option<CachedStatement<'a>>,
    queue: Option<CachedStatement<'a>>,
    identity: Option<CachedStatement<'a>>,
}

impl<'a> WriteTx<'a> {
    /// For the alerts of one delivery.
    #[must_use]
    pub fn intake(&'a self) -> Intake<'a> {
        Intake { tx: self, add: None, queue: None, identity: None }
    }
}

impl Intake<'_> {
    /// Keeps a new vendor alert, which is an event too; gives its row.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_alert(&mut self, new: &NewAlert<'_>) -> Result<i64, StoreError> {
        let content = new.content;
        // By position: of all statements this one runs most, and names are looked up every time.
        let said = params![
            new.id.as_bytes(),
            new.source_row,
            new.identity,
            new.external_id,
            Origin::Vendor.as_str(),
            content.severity.rank(),
            content.source_severity,
            content.source_status,
            content.title,
            content.description,
            content.category,
            content.alert_type,
            content.tactic,
            json_or_null(&content.techniques),
            content.time.millis(),
            json_or_null(&content.entities),
            content.rule,
            json_or_null(&content.tags),
            new.handling.status.rank(),
            new.handling.close_reason.as_ref().map(CloseReason::as_str),
            new.received_at.millis(),
            new.report.key,
            new.report.reported_at.map(Timestamp::millis),
            new.report.delivery_row,
            position(new.report.payload.start),
            position(new.report.payload.end)
        ];
        prepared(&mut self.add, self.tx, ADD)?.execute(said)?;
        let row = self.tx.connection.last_insert_rowid();
        self.tx.note_identity(new.source_row, new.identity, row)?;
        Ok(row)
    }

    /// Puts something into the outbox of an alert that is no demo data.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn queue(&mut self, row: &OutboxRow) -> Result<(), StoreError> {
        let values = params![
            row.id.as_bytes(),
            row.alert_row,
            row.occasion.as_str(),
            row.arrival.as_str(),
            row.queued_at.millis(),
            row.not_before.millis()
        ];
        prepared(&mut self.queue, self.tx, QUEUE)?.execute(values)?;
        Ok(())
    }

    /// The alert that has this identity within a source.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn existing(&mut self, source_row: i64, identity: &str) -> Result<Option<Existing>, StoreError> {
        let Some(row) = self.row_of(source_row, identity)? else { return Ok(None) };
        let statement = format!(
            "SELECT {SAID}, alerts.row AS row, id, status, close_reason, snoozed_until, notes, updated_at, report_key, \
             reported_at FROM alerts WHERE alerts.row = ?1 AND alerts.source_row = ?2 AND alerts.identity = ?3"
        );
        let mut statement = self.tx.connection.prepare_cached(&statement)?;
        Ok(statement.query_row(params![row, source_row, identity], existing).optional()?)
    }

    /// The row of the alert with this identity, if it was not removed since.
    fn row_of(&mut self, source_row: i64, identity: &str) -> Result<Option<i64>, StoreError> {
        if let Some(row) = self.tx.recent_row(source_row, identity)? {
            return Ok(Some(row));
        }
        let statement = prepared(&mut self.identity, self.tx, IDENTITY)?;
        Ok(statement.query_row(params![source_row, identity], |row| row.get(0)).optional()?)
    }
}

/// A statement that is prepared when it is first needed.
fn prepared<'s, 'a>(
    slot: &'s mut Option<CachedStatement<'a>>,
    tx: &WriteTx<'a>,
    sql: &str,
) -> Result<&'s mut CachedStatement<'a>, StoreError> {
    Ok(match slot.take() {
        Some(statement) => slot.insert(statement),
        None => slot.insert(tx.connection.prepare_cached(sql)?),
    })
}
