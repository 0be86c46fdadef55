//! What comes in from a source, and what reading it yields.

use std::ops::Range;

use crate::entities::Entities;
use crate::field::EventKind;
use crate::redaction::Redacted;
use crate::severity::Severity;
use crate::status::{CloseReason, Status};
use crate::time::Timestamp;

/// One inbound document, redacted, as the store keeps it.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The document. Binary CloudEvents stand here in structured form, so that headers are kept too.
    pub body: Redacted,
    /// The `Content-Type` it came with, cut to 200 characters.
    pub content_type: String,
    /// When it was received.
    pub received_at: Timestamp,
}

/// What a source says about one alert, in our words. Not yet an alert: it may be a repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertReport {
    /// What makes the alert one and the same within its source.
    pub identity: String,
    /// The vendor's id of the alert, as text.
    pub external_id: String,
    /// The vendor's id of this message (a CloudEvents envelope id): recognises a repeat.
    pub report_key: Option<String>,
    /// When the vendor sent this message; an older one never overrides a newer one.
    pub reported_at: Option<Timestamp>,
    /// Severity in our words.
    pub severity: Severity,
    /// The vendor's own word for the severity.
    pub source_severity: Option<String>,
    /// What the vendor's status means here.
    pub status: Status,
    /// Why the vendor closed it, where its status says so; otherwise a closed one counts as resolved at the source.
    pub close_reason: Option<CloseReason>,
    /// The vendor's own word for the status.
    pub source_status: Option<String>,
    /// One line; never empty.
    pub title: String,
    /// More text.
    pub description: Option<String>,
    /// The vendor's category.
    pub category: Option<String>,
    /// The vendor's type of alert.
    pub alert_type: Option<String>,
    /// MITRE ATT&CK tactic, as the vendor writes it.
    pub tactic: Option<String>,
    /// MITRE ATT&CK techniques.
    pub techniques: Vec<String>,
    /// The alert's own time; `None` means the time of receipt.
    pub time: Option<Timestamp>,
    /// Who and what it concerns.
    pub entities: Entities,
    /// The vendor's rule that raised it.
    pub rule_name: Option<String>,
    /// Labels of the source.
    pub tags: Vec<String>,
    /// Where in the delivery's body this alert's own JSON stands, in bytes.
    pub payload: Range<usize>,
}

/// A document, or a part of one, that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Why, as one sentence a person can act on.
    pub reason: String,
    /// Where reading stopped.
    pub position: Position,
    /// The JSON path of the part that is concerned (`data.alerts[2].alertId`), where the document could be parsed.
    pub path: Option<String>,
    /// The part of the body concerned, in bytes; the whole body when nothing could be read.
    pub part: Range<usize>,
}

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Bytes before it.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The line and column of the byte at `offset` of `text`. An offset beyond the end is the end.
    #[must_use]
    pub fn of(text: &[u8], offset: usize) -> Self {
        let offset = offset.min(text.len());
        let before = &text[..offset];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        Self {
            offset,
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
        }
    }
}

/// What one delivery yields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Normalised {
    /// What could be read, in the order of the document.
    pub reports: Vec<AlertReport>,
    /// What could not be read.
    pub rejected: Vec<Rejected>,
}

/// What a feed says about one event. Not yet an event: it may be a repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventReport {
    /// Its id at the source, which makes it one and the same there.
    pub external_id: String,
    /// When it happened.
    pub time: Timestamp,
    /// What it is about.
    pub kind: EventKind,
    /// Its fields, an object of JSON as the source wrote it.
    pub fields: String,
}

/// What one delivery of a feed yields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NormalisedEvents {
    /// What could be read, in the order of the document.
    pub events: Vec<EventReport>,
    /// What could not be read.
    pub rejected: Vec<Rejected>,
}

/// What became of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accepted {
    /// New alerts.
    pub stored: u64,
    /// Alerts that a later report changed.
    pub updated: u64,
    /// Reports that changed nothing.
    pub duplicate: u64,
    /// Parts that could not be read.
    pub quarantined: u64,
}

impl Accepted {
    /// Whether nothing in the delivery could be read although something stood there.
    #[must_use]
    pub const fn nothing_readable(&self) -> bool {
        self.quarantined > 0 && self.stored + self.updated + self.duplicate == 0
    }
}

impl std::ops::AddAssign for Accepted {
    fn add_assign(&mut self, other: Self) {
        self.stored += other.stored;
        self.updated += other.updated;
        self.duplicate += other.duplicate;
        self.quarantined += other.quarantined;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let text = "ab\ncé!".as_bytes();
        assert_eq!(Position::of(text, 0), Position { offset: 0, line: 1, column: 1 });
        assert_eq!(Position::of(text, 3), Position { offset: 3, line: 2, column: 1 });
        assert_eq!(Position::of(text, 6), Position { offset: 6, line: 2, column: 3 });
        assert_eq!(Position::of(text, 99), Position { offset: 7, line: 2, column: 4 });
    }
}
