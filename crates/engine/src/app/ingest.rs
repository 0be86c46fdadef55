//! Deliveries from files: the same reading, deduplication and raising as live ones.

use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tocsin_ingest::connector::{self, FeedForm};
use tocsin_model::delivery::{Accepted, Delivery};
use tocsin_model::notification::Arrival;
use tocsin_model::redaction::redact;
use tocsin_model::source::SourceKind;

use super::App;
use super::ingest_parts::{PartError, Parts};
use crate::accept::accept;
use crate::accept_events::accept_events;
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
    /// Alerts or events, and unreadable parts, that were in them.
    pub received: u64,
    /// New ones.
    pub stored: u64,
    /// Alerts that changed.
    pub updated: u64,
    /// Reports that changed nothing.
    pub duplicate: u64,
    /// Parts that could not be read.
    pub quarantined: u64,
    /// Alerts raised: the new ones of the source, and those of rules.
    pub alerts: u64,
}

impl IngestSummary {
    /// Adds what one document came to, and how many alerts it raised.
    pub fn add(&mut self, accepted: Accepted, alerts: u64) {
        self.received += accepted.stored + accepted.updated + accepted.duplicate + accepted.quarantined;
        self.stored += accepted.stored;
        self.updated += accepted.updated;
        self.duplicate += accepted.duplicate;
        self.quarantined += accepted.quarantined;
        self.alerts += alerts;
    }

    /// Adds what other documents came to.
    pub fn merge(&mut self, other: &Self) {
        let Self { received, stored, updated, duplicate, quarantined, alerts } = other;
        self.received += received;
        self.stored += stored;
        self.updated += updated;
        self.duplicate += duplicate;
        self.quarantined += quarantined;
        self.alerts += alerts;
    }
}

impl App {
    /// Takes one document in as if the source had delivered it, except that old alerts count as history: they are
    /// told in one summary.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no such source; otherwise when the store cannot be written.
    pub fn ingest(&self, source: &str, file: IngestFile) -> Result<Accepted, EngineError> {
        self.ingest_counted(source, file).map(|(accepted, _)| accepted)
    }

    /// [`Self::ingest`]; gives the number of alerts that were raised too.
    ///
    /// # Errors
    /// As [`Self::ingest`].
    pub fn ingest_counted(&self, source: &str, file: IngestFile) -> Result<(Accepted, u64), EngineError> {
        let record = self.real_source(source)?.record;
        let delivery =
            Delivery { body: redact(file.bytes), content_type: "application/json".to_owned(), received_at: self.now() };
        let feeds_only = record.source.kind == SourceKind::ApiTraffic;
        let form = connector::looks_like_events(&delivery.body).or(feeds_only.then_some(FeedForm::Lines));
        if let Some(form) = form {
            let accepted = self.ingest_events(record.row, delivery, form)?;
            return Ok((accepted, self.evaluate_if_alone()?));
        }
        let normalised = connector::normalise(record.source.kind, &delivery.body);
        let ids = Arc::clone(&self.ids);
        let accepted = self.change(move |tx| {
            let taken = accept(tx, record.row, &delivery, normalised, Arrival::Imported, &ids)?;
            let item = FeedItem::Alerts { added: taken.added, updated: taken.updated, many: false };
            Ok((taken.accepted, Some(item)))
        })?;
        Ok((accepted, accepted.stored + self.evaluate_if_alone()?))
    }

    /// Takes a file of events in as if the source's feed had delivered it.
    fn ingest_events(&self, source_row: i64, delivery: Delivery, form: FeedForm) -> Result<Accepted, EngineError> {
        let read = connector::read_feed(form, &delivery.body);
        let normalised = read.map_err(|error| EngineError::field_error("file", error))?;
        let ids = Arc::clone(&self.ids);
        self.change(move |tx| {
            let accepted = accept_events(tx, source_row, &delivery, &normalised, &ids)?;
            Ok((accepted, Some(FeedItem::Events)))
        })
    }

    /// [`Self::ingest`] of a document of any length: a file of events is taken in parts, each of which stays whatever
    /// becomes of those behind it. `tell` hears after each of them what it all has come to.
    ///
    /// # Errors
    /// As [`Self::ingest`]; [`EngineError::Field`] also when it is too large to be taken, or cannot be read on.
    pub fn ingest_from(
        &self,
        source: &str,
        name: &Path,
        from: &mut dyn Read,
        tell: &mut dyn FnMut(&IngestSummary),
    ) -> Result<IngestSummary, EngineError> {
        let events_only = self.real_source(source)?.record.source.kind == SourceKind::ApiTraffic;
        let mut parts = Parts::new(from, events_only);
        let mut sum = IngestSummary::default();
        let cannot = |error: PartError, sum: &IngestSummary| {
            let before = match sum.received {
                0 => String::new(),
                kept => format!("; the {kept} before it are kept, and taking the file in again repeats none of them"),
            };
            let what = match error {
                PartError::Read(error) => format!("cannot read {}: {error}", name.display()),
                error @ (PartError::TooLarge | PartError::LongLine(_)) => format!("{}: {error}", name.display()),
            };
            EngineError::field_error("file", what + &before)
        };
        while let Some(bytes) = parts.next().map_err(|error| cannot(error, &sum))? {
            let file = IngestFile { name: name.display().to_string(), bytes };
            let (accepted, alerts) = self.ingest_counted(source, file)?;
            sum.add(accepted, alerts);
            tell(&sum);
        }
        Ok(sum)
    }

    /// [`Self::ingest_from`] of files, one after the other; gives their sum. The first that cannot be read ends it, and
    /// what came before it stays.
    ///
    /// # Errors
    /// When there is no such source, or a file cannot be read.
    pub fn ingest_files(&self, source: &str, paths: &[PathBuf]) -> Result<IngestSummary, EngineError> {
        let mut sum = IngestSummary::default();
        for path in paths {
            let unreadable = |error: std::io::Error| EngineError::File { path: path.clone(), cause: error.to_string() };
            let mut file = std::fs::File::open(path).map_err(unreadable)?;
            sum.merge(&self.ingest_from(source, path, &mut file, &mut |_| {})?);
        }
        Ok(sum)
    }
}
