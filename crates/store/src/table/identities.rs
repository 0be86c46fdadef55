//! Which alert has which identity within its source: what makes a repeat known.
//!
//! Invariant: an alert up to `merged_row` stands in the table, a newer one in [`Recent`], which only the writer has.
//! Nothing of `Recent` is needed after a crash: the alerts are all there, and it is read from them.

use rusqlite::params;
use std::cell::RefCell;
use std::collections::HashMap;

use crate::{StoreError, WriteTx};

/// Alerts that may wait in memory: about 2 MB, and some 50 ms when they are put into the table.
const MANY: usize = 20_000;

/// The identities of the newest alerts, as far as the writer knows them.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    rows: HashMap<(i64, Box<str>), i64>,
    /// What `rows` follows; none: nothing is known.
    follows: Option<Follows>,
    /// Looked at in the transaction that is open.
    current: bool,
}

/// The state of the file that is known.
#[derive(Debug, Clone, Copy)]
struct Follows {
    /// Changes when another process has written.
    version: i64,
    removals: i64,
    /// Newest row of an alert that is known.
    newest: i64,
}

impl Recent {
    /// A new transaction: others may have written since the last one.
    pub(crate) fn begin(&mut self) {
        self.current = false;
    }

    /// What was known may not be so: something was rolled back, or removed.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

impl WriteTx<'_> {
    /// The row of a new alert with this identity, or none when it stands in the table, if at all.
    pub(crate) fn recent_row(&self, source_row: i64, identity: &str) -> Result<Option<i64>, StoreError> {
        self.follow_identities()?;
        // A tuple of a borrowed and an owned part cannot be asked for without making one; it is small.
        Ok(self.recent.borrow().rows.get(&(source_row, Box::from(identity))).copied())
    }

    /// Notes the identity of an alert that was just added.
    pub(crate) fn note_identity(&self, source_row: i64, identity: &str, row: i64) -> Result<(), StoreError> {
        self.follow_identities()?;
        let many = {
            let mut recent = self.recent.borrow_mut();
            recent.rows.insert((source_row, Box::from(identity)), row);
            if let Some(follows) = &mut recent.follows {
                follows.newest = follows.newest.max(row);
            }
            recent.rows.len() >= MANY
        };
        if many { self.merge_identities() } else { Ok(()) }
    }

    /// Says that alerts were removed: this writer and others start from the file.
    pub(crate) fn identities_removed(&self) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE identities_progress SET removals = removals + 1, \
                 merged_row = min(merged_row, (SELECT coalesce(max(row), 0) FROM alerts))",
            )?
            .execute([])?;
        self.recent.borrow_mut().forget();
        Ok(())
    }

    /// Brings `Recent` up to date, once a transaction.
    fn follow_identities(&self) -> Result<(), StoreError> {
        if self.recent.borrow().current {
            return Ok(());
        }
        let version = self.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        let known = self.recent.borrow().follows;
        if known.is_none_or(|known| known.version != version) {
            let (merged, removals) = self
                .connection
                .prepare_cached("SELECT merged_row, removals FROM identities_progress")?
                .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
            let known = known.filter(|known| known.removals == removals);
            if known.is_none() {
                self.recent.borrow_mut().forget();
            }
            self.read_identities(Follows { version, removals, newest: known.map_or(merged, |known| known.newest) })?;
        }
        self.recent.borrow_mut().current = true;
        Ok(())
    }

    /// Reads the identities of the alerts after `follows.newest`. So many that they had better be put into the table
    /// are not kept in memory at all.
    fn read_identities(&self, mut follows: Follows) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT row, source_row, identity FROM alerts WHERE row > ?1 ORDER BY row LIMIT ?2")?;
        let mut rows = statement.query(params![follows.newest, i64::try_from(MANY).unwrap_or(i64::MAX)])?;
        let mut recent = self.recent.borrow_mut();
        while let Some(found) = rows.next()? {
            follows.newest = found.get(0)?;
            recent.rows.insert((found.get(1)?, found.get(2)?), follows.newest);
        }
        recent.follows = Some(follows);
        let many = recent.rows.len() >= MANY;
        drop(recent);
        if many { self.merge_identities() } else { Ok(()) }
    }

    /// Puts all that waits into the table, in its order, so that each page is written once.
    fn merge_identities(&self) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO identities SELECT source_row, identity, row FROM alerts \
                 WHERE row > (SELECT merged_row FROM identities_progress) ORDER BY source_row, identity",
            )?
            .execute([])?;
        let newest: i64 = self
            .connection
            .prepare_cached(
                "UPDATE identities_progress SET merged_row = (SELECT coalesce(max(row), 0) FROM alerts) \
                 RETURNING merged_row",
            )?
            .query_row([], |row| row.get(0))?;
        let mut recent = self.recent.borrow_mut();
        recent.rows = HashMap::new();
        if let Some(follows) = &mut recent.follows {
            follows.newest = newest;
        }
        Ok(())
    }
}

/// Shared by the transactions of one writer.
pub(crate) type SharedRecent = RefCell<Recent>;
