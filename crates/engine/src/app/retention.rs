//! How long alerts are kept: what would go, and letting it go.

use tocsin_model::time::{Span, Timestamp};
use tocsin_store::{RetentionCount, RetentionRule};

use super::App;
use crate::error::EngineError;

/// Alerts removed in one transaction: a delivery that comes meanwhile waits no longer than for a few others.
const CHUNK: u64 = 100;
/// Unused pages given back to the disk in one transaction.
const PAGES: u32 = 256;
/// Bytes of a megabyte, as settings count them.
const MEGABYTE: u64 = 1_000_000;

/// What retention removes, or has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetentionPreview {
    /// Alerts, with their history.
    pub alerts: u64,
    /// Documents that no other alert needs.
    pub deliveries: u64,
    /// Entries of quarantine.
    pub quarantined: u64,
    /// Events of feeds: by the same age, and the oldest of them with the oldest alerts by size.
    pub events: u64,
    /// About how many bytes become free.
    pub bytes_freed: u64,
    /// The time of the oldest alert that stays; none when none does.
    pub oldest_kept: Option<Timestamp>,
    /// Open alerts that are old enough and stay, because somebody should still handle them.
    pub kept_open: u64,
}

impl From<RetentionCount> for RetentionPreview {
    fn from(count: RetentionCount) -> Self {
        Self {
            alerts: count.removed.alerts,
            deliveries: count.removed.deliveries,
            quarantined: count.removed.quarantined,
            events: count.removed.events,
            bytes_freed: count.bytes,
            oldest_kept: count.oldest_kept,
            kept_open: count.kept_open,
        }
    }
}

impl App {
    /// What would go if closed alerts were kept for `days` and within `megabytes` (of a million bytes); none knows
    /// no limit. Nothing is changed.
    ///
    /// # Errors
    /// When a number is 0, or the store cannot be read.
    pub fn retention_preview(
        &self,
        days: Option<u32>,
        megabytes: Option<u32>,
    ) -> Result<RetentionPreview, EngineError> {
        let rule = self.rule(days, megabytes)?;
        let found = self.store.read(|reader| reader.count_retention(&reader.plan_retention(&rule)?))?;
        Ok(found.into())
    }

    /// Lets go what the settings say; gives what went.
    ///
    /// # Errors
    /// When the store cannot be read or written. What went by then is gone.
    pub fn apply_retention(&self) -> Result<RetentionPreview, EngineError> {
        let retention = self.settings()?.retention;
        self.apply_retention_of(retention.days, retention.megabytes, &|| true)
    }

    /// [`Self::apply_retention`] by other numbers, for as long as `go_on` says so. It goes in small transactions, so
    /// that deliveries are taken meanwhile.
    ///
    /// # Errors
    /// As [`Self::retention_preview`] and [`Self::apply_retention`].
    pub fn apply_retention_of(
        &self,
        days: Option<u32>,
        megabytes: Option<u32>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<RetentionPreview, EngineError> {
        let rule = self.rule(days, megabytes)?;
        let (plan, mut found) = self.store.read(|reader| {
            let plan = reader.plan_retention(&rule)?;
            Ok((plan, reader.count_retention(&plan)?))
        })?;
        found.removed = tocsin_store::Removed::default();
        while go_on() {
            let removed = self.store.write_blocking(move |tx| tx.apply_retention(&plan, CHUNK))?;
            if removed == tocsin_store::Removed::default() {
                break;
            }
            found.removed += removed;
        }
        if found.removed != tocsin_store::Removed::default() {
            while go_on() && self.store.write_blocking(|tx| tx.give_back(PAGES))? > 0 {}
            self.alerts_and_state_changed()?;
        }
        Ok(found.into())
    }

    fn rule(&self, days: Option<u32>, megabytes: Option<u32>) -> Result<RetentionRule, EngineError> {
        if days == Some(0) {
            return Err(EngineError::field_error(
                "days",
                "alerts are kept for at least a day: give 1 or more, or none",
            ));
        }
        if megabytes == Some(0) {
            let message = "the store takes at least a megabyte: give 1 or more, or none";
            return Err(EngineError::field_error("megabytes", message));
        }
        let age = |days: u32| self.now().minus(Span::from_millis(i64::from(days) * Span::DAY.millis()));
        Ok(RetentionRule {
            before: days.map(age),
            bytes: megabytes.map(|megabytes| u64::from(megabytes) * MEGABYTE),
            open_too: !self.settings()?.retention.keep_open,
        })
    }
}
