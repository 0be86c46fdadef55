//! Many alerts at once: only what an action needs of each.

use rusqlite::{OptionalExtension, Row};
use tocsin_model::alert::Handling;
use tocsin_model::id::AlertId;
use tocsin_model::query::Query;
use tocsin_model::time::Timestamp;

use super::alert_filter::Filter;
use super::alerts::handling;
use super::{count, get_time};
use crate::{Reader, StoreError};

/// An alert as far as an action goes.
#[derive(Debug, Clone)]
pub struct Handled {
    /// Its row.
    pub row: i64,
    /// Its id.
    pub id: AlertId,
    /// What was done about it.
    pub handling: Handling,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether a person has looked at it.
    pub seen: bool,
}

const COLUMNS: &str =
    "alerts.row AS row, alerts.id AS id, status, close_reason, snoozed_until, notes, updated_at, seen";

impl Reader<'_> {
    /// The alerts that a query matches, in the order of receipt, `limit` at the most.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn handled(&self, query: &Query, limit: u64) -> Result<Vec<Handled>, StoreError> {
        let filter = Filter::of(query);
        let statement = format!(
            "SELECT {COLUMNS} FROM alerts JOIN sources ON sources.row = alerts.source_row \
             WHERE {} ORDER BY alerts.row LIMIT {}",
            filter.sql(),
            count(limit)
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let found = statement.query_map(filter.arguments().as_slice(), handled)?.collect::<Result<Vec<_>, _>>()?;
        Ok(found)
    }

    /// The alert of an id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn handled_of(&self, id: AlertId) -> Result<Option<Handled>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM alerts WHERE id = ?1");
        Ok(self.connection.prepare_cached(&statement)?.query_row([id.as_bytes()], handled).optional()?)
    }

    /// The alert of a row.
    pub(crate) fn handled_of_row(&self, row: i64) -> Result<Option<Handled>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM alerts WHERE row = ?1");
        Ok(self.connection.prepare_cached(&statement)?.query_row([row], handled).optional()?)
    }
}

fn handled(row: &Row<'_>) -> rusqlite::Result<Handled> {
    Ok(Handled {
        row: row.get("row")?,
        id: AlertId::from_bytes(row.get("id")?),
        handling: handling(row)?,
        updated_at: get_time(row, "updated_at")?,
        seen: row.get("seen")?,
    })
}
