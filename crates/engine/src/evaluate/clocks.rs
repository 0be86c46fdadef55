//! What the sources' clocks have shown: which events come too late.

use std::collections::HashMap;

use tocsin_model::field::EventKind;
use tocsin_model::time::{Span, Timestamp};

use super::log::Entry;

/// How far behind the newest event of its source one may be.
const LATENESS: Span = Span::from_millis(10 * 60_000);
/// Vendors publish alerts hours and days later.
const ALERT_LATENESS: Span = Span::from_millis(7 * 86_400_000);

/// The newest time of each source's events.
#[derive(Debug, Clone, Default)]
pub(super) struct Clocks(HashMap<i64, Timestamp>);

impl Clocks {
    /// The newest time that a source has shown.
    pub(super) fn of(&self, source: i64) -> Option<Timestamp> {
        self.0.get(&source).copied()
    }

    /// The newest time of all.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.0.values().max().copied()
    }

    /// Whether an event comes too late to be looked at. Those of its own delivery do not make it late.
    pub(super) fn is_late(&self, entry: &Entry) -> bool {
        let allowed = match entry.event.kind {
            EventKind::Alert => ALERT_LATENESS,
            EventKind::DlpTransaction | EventKind::ApiRequest | EventKind::Governance | EventKind::Generic => LATENESS,
        };
        self.0.get(&entry.source).is_some_and(|newest| entry.event.time < newest.minus(allowed))
    }

    /// Notes the time of an event of a source. A clock never goes back.
    pub(super) fn show(&mut self, source: i64, time: Timestamp) {
        let newest = self.0.entry(source).or_insert(time);
        *newest = (*newest).max(time);
    }
}

impl FromIterator<(i64, Timestamp)> for Clocks {
    fn from_iter<I: IntoIterator<Item = (i64, Timestamp)>>(known: I) -> Self {
        let mut clocks = Self::default();
        known.into_iter().for_each(|(source, time)| clocks.show(source, time));
        clocks
    }
}
