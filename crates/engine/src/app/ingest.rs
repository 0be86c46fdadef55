//! Deliveries from files: the same reading, deduplication and raising as live ones.

use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use tocsin_ingest::connector;
use tocsin_model::delivery::{Accepted, Delivery};
use tocsin_model::notification::Arrival;
use tocsin_model::redaction::redact;

use super::App;
use crate::accept::accept;
use crate::error::EngineError;
use crate::feed::FeedItem;

/// A document to take in.
#[derive(Debug, Clone)]
pub struct IngestFile {
    /// Its name, for messages.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What files came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct IngestSummary {
    /// Alerts, and unreadable parts, that were in them.
    pub received: u64,
    /// New alerts.
    pub stored: u64,
    /// Alerts that changed.
    pub updated: u64,
    /// Reports that changed nothing.
    pub duplicate: u64,
    /// Parts that could not be read.
    pub quarantined: u64,
    /// Alerts raised: the new ones.
    pub alerts: u64,
}

impl IngestSummary {
    /// Adds what one document came to.
    pub fn add(&mut self, accepted: Accepted) {
        self.received += accepted.stored + accepted.updated + accepted.duplicate + accepted.quarantined;
        self.stored += accepted.stored;
        self.updated += accepted.updated;
        self.duplicate += accepted.duplicate;
        self.quarantined += accepted.quarantined;
        self.alerts += accepted.stored;
    }
}

impl App {
    /// Takes one document in as if the source had delivered it, except that old alerts count as history: they are
    /// told in one summary.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no such source; otherwise when the store cannot be written.
    pub fn ingest(&self, source: &str, file: IngestFile) -> Result<Accepted, EngineError> {
        let record = self.real_source(source)?.record;
        let delivery =
            Delivery { body: redact(file.bytes), content_type: "application/json".to_owned(), received_at: self.now() };
        let normalised = connector::normalise(record.source.kind, &delivery.body);
        let ids = Arc::clone(&self.ids);
        self.change(move |tx| {
            let taken = accept(tx, record.row, &delivery, normalised, Arrival::Imported, &ids)?;
            let item = FeedItem::Alerts { added: taken.added, updated: taken.updated, many: false };
            Ok((taken.accepted, Some(item)))
        })
    }

    /// [`Self::ingest`] of files, one after the other; gives their sum. The first that cannot be read ends it, and
    /// what came before it stays.
    ///
    /// # Errors
    /// When there is no such source, or a file cannot be read.
    pub fn ingest_files(&self, source: &str, paths: &[PathBuf]) -> Result<IngestSummary, EngineError> {
        let mut sum = IngestSummary::default();
        for path in paths {
            let unreadable = |error: std::io::Error| EngineError::File { path: path.clone(), cause: error.to_string() };
            let file = IngestFile { name: path.display().to_string(), bytes: std::fs::read(path).map_err(unreadable)? };
            sum.add(self.ingest(source, file)?);
        }
        Ok(sum)
    }
}
