//! What is old enough to go: first said, then done, by the same words.

use rusqlite::{OptionalExtension, named_params};
use std::collections::BTreeSet;
use tocsin_model::time::Timestamp;

use super::removal::Removed;
use super::{count, get_count};
use crate::{Reader, StoreError, WriteTx};

/// What an alert takes besides its document, in bytes: its row, event, history and their places in indexes.
const ALERT_BYTES: u64 = 1_400;
/// What an event of a feed takes besides its fields, in bytes.
const EVENT_BYTES: u64 = 200;
/// Events of feeds are small and many: so many go for each alert that would.
const EVENTS_EACH: u64 = 50;

/// How long alerts, and events of feeds, are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionRule {
    /// Alerts that happened, and last changed, before this go.
    pub before: Option<Timestamp>,
    /// Above so many bytes the oldest go.
    pub bytes: Option<u64>,
    /// Whether open alerts go too.
    pub open_too: bool,
}

/// A rule worked out on what is there now. What is removed by it is what it says, as long as nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPlan {
    /// By age.
    before: i64,
    /// By size: this alert and all older ones.
    cut_time: i64,
    cut_row: i64,
    open_too: bool,
    /// Deliveries that nothing needs go up to this row.
    deliveries_to: i64,
    /// Events of feeds go up to this place of the log: what was received before the oldest alerts that stay.
    events_to: i64,
}

/// What a plan comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionCount {
    /// What goes.
    pub removed: Removed,
    /// About how many bytes become free.
    pub bytes: u64,
    /// The time of the oldest alert that stays.
    pub oldest_kept: Option<Timestamp>,
    /// Open alerts that stay although they are old enough.
    pub kept_open: u64,
}

/// Whether an alert goes; `alerts` stands for its row.
const GOES: &str = "((alerts.status = 2 OR :open) AND ((alerts.time < :before AND alerts.updated_at < :before) \
    OR alerts.time < :cut_time OR (alerts.time = :cut_time AND alerts.row <= :cut_row)))";
/// What came so long ago goes, where nothing else says so.
const REACHES: &str = "max(:before, :cut_time)";

impl RetentionPlan {
    /// Nothing is so old that it would have to be looked at.
    const fn is_empty(&self) -> bool {
        self.before == i64::MIN && self.cut_time == i64::MIN
    }
}

macro_rules! arguments {
    ($plan:expr) => {
        named_params! {
            ":before": $plan.before, ":cut_time": $plan.cut_time, ":cut_row": $plan.cut_row, ":open": $plan.open_too,
        }
    };
}

impl Reader<'_> {
    /// Bytes of the database that are in use.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn used_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.pages("page_count")?.saturating_sub(self.pages("freelist_count")?) * self.pages("page_size")?)
    }

    /// Bytes of the database file.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn file_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.pages("page_count")? * self.pages("page_size")?)
    }

    pub(crate) fn pages(&self, pragma: &str) -> Result<u64, StoreError> {
        let value: i64 = self.connection.pragma_query_value(None, pragma, |row| row.get(0))?;
        Ok(u64::try_from(value).unwrap_or(0))
    }

    /// Works a rule out.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn plan_retention(&self, rule: &RetentionRule) -> Result<RetentionPlan, StoreError> {
        let mut plan = RetentionPlan {
            before: rule.before.map_or(i64::MIN, Timestamp::millis),
            cut_time: i64::MIN,
            cut_row: i64::MIN,
            open_too: rule.open_too,
            deliveries_to: 0,
            events_to: 0,
        };
        let excess = match rule.bytes {
            Some(bytes) => self.used_bytes()?.saturating_sub(bytes),
            None => 0,
        };
        if excess > 0 {
            (plan.cut_time, plan.cut_row) = self.cut(&plan, excess)?;
        }
        if !plan.is_empty() {
            plan.deliveries_to = self.last_delivery_before(plan.before.max(plan.cut_time))?;
            // What was received at the very moment of the cut goes too: one post may hold very much.
            let reached = Timestamp::from_millis(plan.before.max(plan.cut_time.saturating_add(1)));
            plan.events_to = self.log_before(reached)?.seq;
        }
        Ok(plan)
    }

    /// The newest alert, or event of a feed (with row -1), that has to go so that, with all older ones, about `excess`
    /// bytes become free.
    fn cut(&self, plan: &RetentionPlan, excess: u64) -> Result<(i64, i64), StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT time, row, {ALERT_BYTES} + coalesce((SELECT length(body) FROM deliveries \
             WHERE deliveries.row = delivery_row), 0) \
             / max(1, (SELECT count(*) FROM alerts AS same WHERE same.delivery_row = alerts.delivery_row)) AS size \
             FROM alerts WHERE status = 2 OR ?1 \
             UNION ALL SELECT received_at, -1, {EVENT_BYTES} + length(fields) FROM events WHERE alert_row IS NULL \
             ORDER BY time, row"
        ))?;
        let mut rows = statement.query([plan.open_too])?;
        let (mut cut, mut freed) = ((i64::MIN, i64::MIN), 0);
        while let Some(row) = rows.next()? {
            if freed >= excess {
                break;
            }
            freed += get_count(row, "size")?;
            cut = (row.get("time")?, row.get("row")?);
        }
        Ok(cut)
    }

    /// The last row of the deliveries that came before `time`. Rows are numbered in the order of receipt, so it is
    /// looked for by halves instead of through them all.
    fn last_delivery_before(&self, time: i64) -> Result<i64, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT row, received_at FROM deliveries WHERE row >= ?1 ORDER BY row LIMIT 1")?;
        let (mut low, mut high): (i64, i64) = self.connection.query_row(
            "SELECT coalesce(min(row), 1) - 1, coalesce(max(row), 0) FROM deliveries",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        // Rows up to `low` came before; those after `high` did not.
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let found: Option<(i64, i64)> =
                statement.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            match found {
                Some((row, received_at)) if received_at < time => low = row.min(high),
                Some(_) | None => high = middle - 1,
            }
        }
        Ok(low)
    }

    /// What a plan comes to, without doing it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn count_retention(&self, plan: &RetentionPlan) -> Result<RetentionCount, StoreError> {
        let mut found = RetentionCount { oldest_kept: self.oldest_kept(plan)?, ..RetentionCount::default() };
        if plan.is_empty() {
            return Ok(found);
        }
        let number = |statement: &str| -> Result<u64, StoreError> {
            let mut statement = self.connection.prepare_cached(statement)?;
            Ok(statement.query_row(arguments!(plan), |row| get_count(row, "found"))?)
        };
        found.removed.alerts =
            number(&format!("SELECT count(*) AS found FROM alerts WHERE time <= {REACHES} AND {GOES}"))?;
        found.removed.quarantined = number(&format!("SELECT count(*) AS found FROM {OLD_QUARANTINE} AND {USED}"))?;
        found.kept_open = if plan.open_too {
            0
        } else {
            number(&format!(
                "SELECT count(*) AS found FROM alerts WHERE status < 2 AND ((time < :before AND updated_at < :before) \
                 OR time < :cut_time OR (time = :cut_time AND row <= :cut_row)) AND {USED}"
            ))?
        };
        let (deliveries, bytes) = self.deliveries_that_go(plan)?;
        found.removed.deliveries = deliveries;
        let (events, event_bytes) = self.events_that_go(plan)?;
        found.removed.events = events;
        found.bytes = bytes + found.removed.alerts * ALERT_BYTES + event_bytes;
        Ok(found)
    }

    fn oldest_kept(&self, plan: &RetentionPlan) -> Result<Option<Timestamp>, StoreError> {
        let statement = format!("SELECT time FROM alerts WHERE NOT {GOES} ORDER BY time LIMIT 1");
        let oldest: Option<i64> =
            self.connection.prepare_cached(&statement)?.query_row(arguments!(plan), |row| row.get(0)).optional()?;
        Ok(oldest.map(Timestamp::from_millis))
    }

    /// How many events of feeds go, and about how many bytes they take.
    fn events_that_go(&self, plan: &RetentionPlan) -> Result<(u64, u64), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*) AS found, coalesce(sum(length(fields)), 0) AS bytes FROM events \
             WHERE seq <= ?1 AND alert_row IS NULL",
        )?;
        let (found, bytes) =
            statement.query_row([plan.events_to], |row| Ok((get_count(row, "found")?, get_count(row, "bytes")?)))?;
        Ok((found, bytes + found * EVENT_BYTES))
    }

    /// How many deliveries go, and the size of their documents.
    fn deliveries_that_go(&self, plan: &RetentionPlan) -> Result<(u64, u64), StoreError> {
        let statement = format!(
            "WITH gone AS MATERIALIZED (SELECT row, delivery_row FROM alerts WHERE time <= {REACHES} AND {GOES}), \
             touched AS (SELECT delivery_row AS row FROM gone \
               UNION SELECT events.delivery_row FROM gone JOIN events ON events.alert_row = gone.row \
               UNION SELECT quarantine.delivery_row FROM {OLD_QUARANTINE} \
               UNION SELECT row FROM deliveries WHERE row <= :deliveries_to AND {UNNEEDED}) \
             SELECT count(*) AS found, coalesce(sum(length(body)), 0) AS bytes \
             FROM touched JOIN deliveries ON deliveries.row = touched.row WHERE \
             NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.delivery_row = touched.row AND NOT {GOES}) \
             AND NOT EXISTS (SELECT 1 FROM events LEFT JOIN alerts ON alerts.row = events.alert_row \
               WHERE events.delivery_row = touched.row AND (alerts.row IS NULL OR NOT {GOES})) \
             AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.delivery_row = touched.row \
               AND deliveries.received_at >= {REACHES})"
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let arguments = named_params! {
            ":before": plan.before, ":cut_time": plan.cut_time, ":cut_row": plan.cut_row, ":open": plan.open_too,
            ":deliveries_to": plan.deliveries_to,
        };
        Ok(statement.query_row(arguments, |row| Ok((get_count(row, "found")?, get_count(row, "bytes")?)))?)
    }
}

/// Entries of quarantine whose documents are old enough.
const OLD_QUARANTINE: &str = "quarantine JOIN deliveries ON deliveries.row = quarantine.delivery_row \
    WHERE deliveries.received_at < max(:before, :cut_time)";
/// A delivery that nothing points to: a later report took its place.
const UNNEEDED: &str = "NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.delivery_row = deliveries.row) \
    AND NOT EXISTS (SELECT 1 FROM events WHERE events.delivery_row = deliveries.row) \
    AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.delivery_row = deliveries.row)";
/// Names every argument once, for a statement that needs only some of them.
const USED: &str = "coalesce(:before, :cut_time, :cut_row, :open) IS NOT NULL";

impl WriteTx<'_> {
    /// Removes up to `limit` of what a plan says; nothing more is to be done when nothing was removed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn apply_retention(&self, plan: &RetentionPlan, limit: u64) -> Result<Removed, StoreError> {
        if plan.is_empty() {
            return Ok(Removed::default());
        }
        let some = |statement: &str| -> Result<Vec<i64>, StoreError> {
            let mut statement = self.connection.prepare_cached(&format!("{statement} LIMIT {}", count(limit)))?;
            let rows = statement.query_map(arguments!(plan), |row| row.get(0))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        };
        let alerts = some(&format!("SELECT row FROM alerts WHERE time <= {REACHES} AND {GOES} ORDER BY time, row"))?;
        if !alerts.is_empty() {
            return self.remove_alerts(&alerts);
        }
        let entries = some(&format!("SELECT quarantine.row FROM {OLD_QUARANTINE} AND {USED}"))?;
        if !entries.is_empty() {
            return self.remove_quarantined(&entries);
        }
        let events = self.remove_feed_events(plan.events_to, limit.saturating_mul(EVENTS_EACH))?;
        if events > 0 {
            return Ok(Removed { events, ..Removed::default() });
        }
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT row FROM deliveries WHERE row <= ?1 AND {UNNEEDED} ORDER BY row LIMIT ?2"
        ))?;
        let rows = statement.query_map([plan.deliveries_to, count(limit)], |row| row.get(0))?;
        let rows = rows.collect::<Result<BTreeSet<i64>, _>>()?;
        Ok(Removed { deliveries: self.remove_unneeded(&rows)?, ..Removed::default() })
    }

    /// Gives up to `pages` unused pages back to the disk; says how many are left. Stores of before can keep theirs:
    /// what comes in uses them again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn give_back(&self, pages: u32) -> Result<u64, StoreError> {
        let before = self.reader().pages("freelist_count")?;
        let mut statement = self.connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        let left = self.reader().pages("freelist_count")?;
        Ok(if left < before { left } else { 0 })
    }
}
