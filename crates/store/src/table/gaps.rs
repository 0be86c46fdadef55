//! When nobody listened: from when the engine was last known to be there until it was there again.

use rusqlite::params;
use tocsin_model::time::{Span, Timestamp};

use crate::{Reader, StoreError, WriteTx};

/// Gaps that are closer together than this are one.
const NEAR: Span = Span::from_millis(1_000);

/// A stretch up to and without its second instant.
pub type Gap = (Timestamp, Timestamp);

impl WriteTx<'_> {
    /// Notes that the engine listens at `now`. When it is more than `least` ago that it is known to have done so, nobody
    /// listened in between: gives that gap, which is kept. `known`: when it last did; none: what stands here says.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn note_alive(&self, now: Timestamp, known: Option<Timestamp>, least: Span) -> Result<Option<Gap>, StoreError> {
        let last = known.map_or_else(|| self.last_alive(), |known| Ok(Some(known)))?;
        self.connection.prepare_cached("UPDATE evaluation SET alive = ?1")?.execute([now.millis()])?;
        let Some(last) = last.filter(|last| last.plus(least) < now) else { return Ok(None) };
        self.connection
            .prepare_cached(
                "INSERT INTO gaps (from_time, to_time) SELECT coalesce((SELECT from_time FROM gaps \
                 WHERE from_time <= ?1 AND to_time >= ?1 - ?3 ORDER BY from_time DESC LIMIT 1), ?1), ?2 \
                 WHERE true ON CONFLICT (from_time) DO UPDATE SET to_time = max(to_time, excluded.to_time)",
            )?
            .execute(params![last.millis(), now.millis(), NEAR.millis()])?;
        Ok(Some((last, now)))
    }

    /// The last moment at which the engine said that it was there, or decided something. None: it never said so.
    fn last_alive(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT max(alive, clock) FROM evaluation")?;
        let millis: Option<i64> = statement.query_row([], |row| row.get(0))?;
        Ok(millis.map(Timestamp::from_millis))
    }
}

impl Reader<'_> {
    /// Every gap, in order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn gaps(&self) -> Result<Vec<Gap>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT from_time, to_time FROM gaps ORDER BY from_time")?;
        let found = statement
            .query_map([], |row| Ok((Timestamp::from_millis(row.get(0)?), Timestamp::from_millis(row.get(1)?))))?;
        Ok(found.collect::<Result<Vec<_>, _>>()?)
    }

    /// Whether the engine ever said that it listens.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn was_alive(&self) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT alive IS NOT NULL FROM evaluation")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }
}
