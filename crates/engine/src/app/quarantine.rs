//! Quarantine: what could not be read, and trying it again.

use std::sync::Arc;
use tocsin_ingest::connector::{self, FeedForm};
use tocsin_model::delivery::{Delivery, Rejected};
use tocsin_model::id::QuarantineId;
use tocsin_model::redaction::Redacted;
use tocsin_model::source::SourceKind;
use tocsin_store::{QuarantineRecord, Quarantined};

use super::App;
use crate::accept::accept_again;
use crate::accept_events::add_events;
use crate::error::EngineError;
use crate::feed::FeedItem;

/// What trying again did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryOutcome {
    /// It could be read, and has left quarantine.
    Read {
        /// New alerts.
        stored: u64,
        /// Changed alerts.
        updated: u64,
    },
    /// It still cannot be read, for this reason.
    Unreadable(String),
}

impl App {
    /// What waits in quarantine, of one source or of all, newest first, older than the id `after`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn quarantine(
        &self,
        source: Option<&str>,
        after: Option<QuarantineId>,
        limit: u64,
    ) -> Result<Vec<Quarantined>, EngineError> {
        Ok(self.store.read(|reader| reader.quarantine(source, after, limit))?)
    }

    /// One entry with its text.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none of that id, or it was read since.
    pub fn quarantined(&self, id: QuarantineId) -> Result<QuarantineRecord, EngineError> {
        self.store
            .read(|reader| reader.quarantined(id))?
            .ok_or_else(|| EngineError::Missing(format!("there is nothing {id} in quarantine: list it to see the ids")))
    }

    /// Reads an entry again, as a newer version of Tocsin may be able to.
    ///
    /// # Errors
    /// As [`Self::quarantined`].
    pub fn retry_quarantined(&self, id: QuarantineId) -> Result<RetryOutcome, EngineError> {
        let record = self.quarantined(id)?;
        if let Some(outcome) = self.retry_events(&record)? {
            return Ok(outcome);
        }
        let normalised = connector::normalise(record.entry.source_kind, &record.body);
        let still = normalised.rejected.iter().find(|rejected| concerns(rejected, &record)).cloned();
        let delivery = Delivery { body: record.body, content_type: record.entry.content_type, received_at: self.now() };
        let ids = Arc::clone(&self.ids);
        self.change(move |tx| {
            if let Some(rejected) = still {
                tx.keep_quarantined(id, &rejected)?;
                return Ok((RetryOutcome::Unreadable(rejected.reason), Some(FeedItem::Traffic)));
            }
            let (row, delivery_row) = (record.source_row, record.delivery_row);
            let taken = accept_again(tx, row, delivery_row, &delivery, normalised.reports, &ids)?;
            tx.release_quarantined(id, delivery.received_at)?;
            let outcome = RetryOutcome::Read { stored: taken.accepted.stored, updated: taken.accepted.updated };
            Ok((outcome, Some(FeedItem::Alerts { added: taken.added, updated: taken.updated, many: false })))
        })
    }
}

impl App {
    /// Reads an entry of a feed again. None: it is no such entry.
    fn retry_events(&self, record: &QuarantineRecord) -> Result<Option<RetryOutcome>, EngineError> {
        let part = record.body.as_bytes().get(record.entry.part.clone()).unwrap_or_default();
        let part = Redacted::from_stored(part.to_vec());
        let feeds_only = record.entry.source_kind == SourceKind::ApiTraffic;
        let form = connector::looks_like_events(&part).or(feeds_only.then_some(FeedForm::Whole));
        let Some(form) = form else { return Ok(None) };
        let read = connector::read_feed(form, &part);
        let normalised = read.map_err(|error| EngineError::field_error("id", error))?;
        let (id, row, now) = (record.entry.id, record.source_row, self.now());
        let ids = Arc::clone(&self.ids);
        let outcome = self.change(move |tx| {
            if let Some(rejected) = normalised.rejected.first() {
                // Its place is counted from the part, not from the document: the one that is kept is right.
                return Ok((RetryOutcome::Unreadable(rejected.reason.clone()), Some(FeedItem::Traffic)));
            }
            let stored = add_events(tx, row, now, &normalised.events, &ids)?;
            tx.release_quarantined(id, now)?;
            Ok((RetryOutcome::Read { stored, updated: 0 }, Some(FeedItem::Traffic)))
        })?;
        Ok(Some(outcome))
    }
}

/// Whether a rejection is about the same part of the document.
fn concerns(rejected: &Rejected, record: &QuarantineRecord) -> bool {
    let part = &record.entry.part;
    rejected.part == *part || (rejected.part.start <= part.start && part.end <= rejected.part.end)
}
