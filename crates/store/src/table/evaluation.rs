//! How far the log has been evaluated, and what is known of the sources' clocks.

use rusqlite::{OptionalExtension, params};
use tocsin_model::time::{Span, Timestamp};

use super::{count, get_time};
use crate::{Reader, StoreError, WriteTx};

/// A place in the log: events of feeds are numbered by themselves, vendors' alerts stand there by their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogPlace {
    /// The last event of a feed.
    pub seq: i64,
    /// The row of the last alert.
    pub alert: i64,
}

impl LogPlace {
    /// Whether both parts are at or after those of `other`.
    #[must_use]
    pub const fn reaches(self, other: Self) -> bool {
        self.seq >= other.seq && self.alert >= other.alert
    }

    /// The earlier one of each part.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self { seq: self.seq.min(other.seq), alert: self.alert.min(other.alert) }
    }

    /// The later one of each part.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { seq: self.seq.max(other.seq), alert: self.alert.max(other.alert) }
    }
}

/// How far evaluation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Everything up to here was evaluated.
    pub place: LogPlace,
    /// The time at which it was decided which windows have ended.
    pub clock: Timestamp,
}

impl WriteTx<'_> {
    /// Notes how far evaluation has come.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_progress(&self, progress: &Progress) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE evaluation SET evaluated_seq = ?1, evaluated_alert = ?2, clock = max(clock, ?3)")?
            .execute(params![progress.place.seq, progress.place.alert, progress.clock.millis()])?;
        Ok(())
    }

    /// Notes the newest time that a source's events have shown, and how many more came too late after it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_source_clock(&self, source_row: i64, newest: Timestamp, late: u64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO evaluation_sources (source_row, newest, late) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (source_row) DO UPDATE SET newest = max(newest, excluded.newest), \
                 late = late + excluded.late",
            )?
            .execute(params![source_row, newest.millis(), count(late)])?;
        Ok(())
    }

    /// Rows of removed alerts may be used again: what comes there is new.
    pub(crate) fn log_was_cut(&self) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE evaluation SET evaluated_alert = min(evaluated_alert, (SELECT coalesce(max(row), 0) FROM alerts))",
            )?
            .execute([])?;
        self.connection
            .prepare_cached(
                "UPDATE rule_versions SET active_alert = min(active_alert, (SELECT coalesce(max(row), 0) FROM alerts)) \
                 WHERE state <> 'past'",
            )?
            .execute([])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// How far evaluation has come.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn progress(&self) -> Result<Progress, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT evaluated_seq, evaluated_alert, clock FROM evaluation")?;
        Ok(statement.query_row([], |row| {
            let place = LogPlace { seq: row.get("evaluated_seq")?, alert: row.get("evaluated_alert")? };
            Ok(Progress { place, clock: get_time(row, "clock")? })
        })?)
    }

    /// The end of the log as it is now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn log_end(&self) -> Result<LogPlace, StoreError> {
        Ok(LogPlace { seq: self.newest_feed_event()?, alert: self.newest_alert_row()? })
    }

    /// The newest time that the events of each source have shown so far, as far as they were evaluated.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn source_clocks(&self) -> Result<Vec<(i64, Timestamp)>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT source_row, newest FROM evaluation_sources")?;
        let clocks = statement.query_map([], |row| Ok((row.get("source_row")?, get_time(row, "newest")?)))?;
        Ok(clocks.collect::<Result<Vec<_>, _>>()?)
    }

    /// The places in the log before which everything was received before `time`, as far as received times grow.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn log_before(&self, time: Timestamp) -> Result<LogPlace, StoreError> {
        Ok(LogPlace {
            seq: self.before(
                "SELECT seq, received_at FROM events WHERE seq >= ?1 AND alert_row IS NULL ORDER BY seq LIMIT 1",
                self.newest_feed_event()?,
                time,
            )?,
            alert: self.before(
                "SELECT row, received_at FROM alerts WHERE row >= ?1 ORDER BY row LIMIT 1",
                self.newest_alert_row()?,
                time,
            )?,
        })
    }

    /// The last number of a log below which all was received before `time`, looked for by halves.
    fn before(&self, statement: &str, newest: i64, time: Timestamp) -> Result<i64, StoreError> {
        let mut statement = self.connection.prepare_cached(statement)?;
        let (mut low, mut high) = (0, newest);
        while low < high {
            let middle = low + (high - low) / 2 + 1;
            let found =
                statement.query_row([middle], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).optional()?;
            match found {
                Some((at, received)) if received < time.millis() && at <= high => low = at,
                Some(_) | None => high = middle - 1,
            }
        }
        Ok(low)
    }

    /// The newest time, as windows take it, that the events of each source have shown up to a place of the log.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_times(&self, until: LogPlace, ahead: Span) -> Result<Vec<(i64, Timestamp)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT source_row, max(iif(time > received_at + ?3, received_at, time)) AS newest FROM ( \
             SELECT source_row, time, received_at FROM events WHERE seq <= ?1 AND alert_row IS NULL UNION ALL \
             SELECT source_row, time, received_at FROM alerts WHERE row <= ?2 AND origin = 'vendor') GROUP BY source_row",
        )?;
        let newest = statement.query_map(params![until.seq, until.alert, ahead.millis()], |row| {
            Ok((row.get("source_row")?, get_time(row, "newest")?))
        })?;
        Ok(newest.collect::<Result<Vec<_>, _>>()?)
    }

    /// A number that changes when alerts are removed, whose rows may then be used again.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn removals(&self) -> Result<i64, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT removals FROM identities_progress")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Whether an event still stands at this place of the log. Events of feeds are removed from the oldest on.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_event_at(&self, seq: i64) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE seq = ?1)")?;
        Ok(statement.query_row([seq], |row| row.get(0))?)
    }

    /// Every source that ever was: its row, its name, and whether it is made up.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn source_names(&self) -> Result<Vec<(i64, String, bool)>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT row, name, demo FROM sources")?;
        let names = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(names.collect::<Result<Vec<_>, _>>()?)
    }
}
