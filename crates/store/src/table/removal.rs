//! Taking alerts and deliveries out for good, with all that hangs on them.

use rusqlite::params;
use std::collections::{BTreeSet, HashSet};

use super::count;
use crate::{StoreError, WriteTx};

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// Alerts, with their history, their events and what was to be told of them.
    pub alerts: u64,
    /// Entries of quarantine.
    pub quarantined: u64,
    /// Deliveries that nothing needs any more.
    pub deliveries: u64,
    /// Events of feeds.
    pub events: u64,
}

impl std::ops::AddAssign for Removed {
    fn add_assign(&mut self, other: Self) {
        self.alerts += other.alerts;
        self.quarantined += other.quarantined;
        self.deliveries += other.deliveries;
        self.events += other.events;
    }
}

impl WriteTx<'_> {
    /// Removes alerts by row, and the deliveries that no other alert needs.
    pub(crate) fn remove_alerts(&self, rows: &[i64]) -> Result<Removed, StoreError> {
        let (mut deliveries, mut changes) = (BTreeSet::new(), BTreeSet::new());
        let mut removed = Removed::default();
        for &row in rows {
            deliveries.extend(self.rows_of("SELECT delivery_row FROM alerts WHERE row = ?1", row)?);
            deliveries.extend(self.rows_of("SELECT delivery_row FROM events WHERE alert_row = ?1", row)?);
            changes.extend(self.rows_of("SELECT change_row FROM activity WHERE alert_row = ?1", row)?);
            self.delete("DELETE FROM activity WHERE alert_row = ?1", row)?;
            self.delete("UPDATE firings SET alert_row = NULL WHERE alert_row = ?1", row)?;
            self.delete("DELETE FROM rule_alerts WHERE alert_row = ?1", row)?;
            // The condition is the index's own, word for word, or it would not be used.
            self.delete(
                "DELETE FROM outbox WHERE alert_row = ?1 AND (done_at IS NOT NULL OR held_at IS NOT NULL)",
                row,
            )?;
            self.delete("DELETE FROM events WHERE alert_row = ?1", row)?;
            self.delete(
                "DELETE FROM identities WHERE (source_row, identity) = \
                 (SELECT source_row, identity FROM alerts WHERE row = ?1) AND alert_row = ?1",
                row,
            )?;
            removed.alerts += self.delete("DELETE FROM alerts WHERE row = ?1", row)?;
        }
        self.forget_waiting(rows)?;
        self.identities_removed()?;
        self.log_was_cut()?;
        for change in changes {
            // A change on other alerts too can still be taken back on those.
            self.delete(
                "DELETE FROM changes WHERE row = ?1 AND NOT EXISTS (SELECT 1 FROM activity WHERE change_row = ?1)",
                change,
            )?;
        }
        removed.deliveries = self.remove_unneeded(&deliveries)?;
        Ok(removed)
    }

    /// Takes what was still to be told of these alerts out of the outbox.
    fn forget_waiting(&self, rows: &[i64]) -> Result<(), StoreError> {
        let gone: HashSet<i64> = rows.iter().copied().collect();
        let mut statement =
            self.connection.prepare_cached("SELECT row, alert_row FROM outbox WHERE done_at IS NULL")?;
        let waiting = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
        for (row, alert_row) in waiting.collect::<Result<Vec<_>, _>>()? {
            if gone.contains(&alert_row) {
                self.delete("DELETE FROM outbox WHERE row = ?1", row)?;
            }
        }
        Ok(())
    }

    /// Removes entries of quarantine by row, and the deliveries that nothing else needs.
    pub(crate) fn remove_quarantined(&self, rows: &[i64]) -> Result<Removed, StoreError> {
        let mut deliveries = BTreeSet::new();
        let mut removed = Removed::default();
        for &row in rows {
            deliveries.extend(self.rows_of("SELECT delivery_row FROM quarantine WHERE row = ?1", row)?);
            removed.quarantined += self.delete("DELETE FROM quarantine WHERE row = ?1", row)?;
        }
        removed.deliveries = self.remove_unneeded(&deliveries)?;
        Ok(removed)
    }

    /// Removes up to `limit` events of feeds up to a place of the log.
    pub(crate) fn remove_feed_events(&self, to: i64, limit: u64) -> Result<u64, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "DELETE FROM events WHERE seq IN \
             (SELECT seq FROM events WHERE seq <= ?1 AND alert_row IS NULL ORDER BY seq LIMIT ?2)",
        )?;
        Ok(u64::try_from(statement.execute([to, count(limit)])?).unwrap_or(0))
    }

    /// Removes those of these deliveries that no alert, event or entry of quarantine points to.
    pub(crate) fn remove_unneeded(&self, deliveries: &BTreeSet<i64>) -> Result<u64, StoreError> {
        let mut removed = 0;
        for &row in deliveries {
            removed += self.delete(
                "DELETE FROM deliveries WHERE row = ?1 \
                 AND NOT EXISTS (SELECT 1 FROM alerts WHERE delivery_row = ?1) \
                 AND NOT EXISTS (SELECT 1 FROM events WHERE delivery_row = ?1) \
                 AND NOT EXISTS (SELECT 1 FROM quarantine WHERE delivery_row = ?1)",
                row,
            )?;
        }
        Ok(removed)
    }

    /// The first column of a statement without arguments.
    pub(crate) fn rows(&self, statement: &str) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached(statement)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    }

    fn rows_of(&self, statement: &str, row: i64) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached(statement)?;
        let rows = statement.query_map(params![row], |row| row.get::<_, Option<i64>>(0))?;
        Ok(rows.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?)
    }

    fn delete(&self, statement: &str, row: i64) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.connection.prepare_cached(statement)?.execute(params![row])?).unwrap_or(0))
    }
}
