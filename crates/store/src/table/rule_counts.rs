//! What rules did of late and what people said of it, for all rules at once: lists ask for no rule by itself.

use rusqlite::{OptionalExtension, params};
use std::collections::BTreeMap;
use tocsin_model::status::CloseReason;
use tocsin_model::time::{Span, Timestamp};

use super::get_count;
use crate::{Reader, StoreError, WriteTx};

/// What a rule did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// Firings by stretch: the number of stretches since the beginning, and how many.
    pub firings: BTreeMap<u64, u64>,
    /// Notifications about its alerts.
    pub notifications: u64,
    /// Its alerts that are closed, by the reason; those that were removed since too.
    pub closed: BTreeMap<String, u64>,
}

/// From when on things are counted.
#[derive(Debug, Clone, Copy)]
pub struct CountsFrom {
    /// Firings at or after it.
    pub firings: Timestamp,
    /// How long a stretch is. Above zero.
    pub stretch: Span,
    /// Notifications at or after it.
    pub notifications: Timestamp,
}

impl WriteTx<'_> {
    /// Counts what a person is about to say of the alert of a rule; of another alert nothing is counted.
    pub(super) fn count_verdict(&self, alert_row: i64, now: Option<&CloseReason>) -> Result<(), StoreError> {
        let known: Option<(i64, Option<String>)> = self
            .connection
            .prepare_cached(
                "SELECT rule_row, close_reason FROM rule_alerts CROSS JOIN alerts ON alerts.row = alert_row \
                 WHERE alert_row = ?1",
            )?
            .query_row([alert_row], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((rule_row, before)) = known else { return Ok(()) };
        let now = now.map(CloseReason::as_str);
        if before.as_deref() == now {
            return Ok(());
        }
        for (reason, more) in [(before.as_deref(), -1), (now, 1)] {
            let Some(reason) = reason else { continue };
            self.connection
                .prepare_cached(
                    "INSERT INTO rule_verdicts (rule_row, reason, alerts) VALUES (?1, ?2, max(?3, 0)) \
                     ON CONFLICT (rule_row, reason) DO UPDATE SET alerts = max(alerts + ?3, 0)",
                )?
                .execute(params![rule_row, reason, more])?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// What each rule did, by its row; a rule that did nothing is not there. A version that waits beside the one that
    /// counts does not count, nor do notifications that nobody was shown.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rule_counts(&self, from: CountsFrom) -> Result<BTreeMap<i64, RuleCounts>, StoreError> {
        let mut counts: BTreeMap<i64, RuleCounts> = BTreeMap::new();
        let stretch = from.stretch.millis().max(1);
        // Counted here: in groups the database would sort them all.
        let mut statement = self.connection.prepare_cached(
            "SELECT rule_row, firings.fired_at AS fired_at FROM rule_versions \
             CROSS JOIN firings INDEXED BY firings_by_time ON version_row = rule_versions.row AND firings.fired_at >= ?1 \
             WHERE state <> 'candidate'",
        )?;
        let mut rows = statement.query([from.firings.millis()])?;
        while let Some(row) = rows.next()? {
            let at = (row.get::<_, i64>(1)? - from.firings.millis()) / stretch;
            let one = counts.entry(row.get(0)?).or_default();
            *one.firings.entry(u64::try_from(at).unwrap_or(0)).or_default() += 1;
        }
        // The condition is the index's own, word for word, or it would not be used.
        let mut statement = self.connection.prepare_cached(
            "SELECT rule_row, count(*) AS found FROM outbox INDEXED BY outbox_shown \
             CROSS JOIN rule_alerts ON rule_alerts.alert_row = outbox.alert_row \
             WHERE outcome IN ('shown', 'summarised') AND done_at >= ?1 GROUP BY rule_row",
        )?;
        let mut rows = statement.query([from.notifications.millis()])?;
        while let Some(row) = rows.next()? {
            counts.entry(row.get("rule_row")?).or_default().notifications = get_count(row, "found")?;
        }
        let mut statement =
            self.connection.prepare_cached("SELECT rule_row, reason, alerts FROM rule_verdicts WHERE alerts > 0")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let one = counts.entry(row.get("rule_row")?).or_default();
            one.closed.insert(row.get("reason")?, get_count(row, "alerts")?);
        }
        Ok(counts)
    }
}
