//! Reads deliveries: one connector for each kind of source, all pure.
//!
//! What cannot be read is never dropped: it comes back as a [`Rejected`] with a reason for a person, and its
//! readable neighbours come back beside it.

mod feed;
pub(crate) mod json;
pub(crate) mod words;

mod alertmanager {
    pub(super) mod normalise;
}
mod cloudevents {
    pub(super) mod normalise;
}
mod secure_access {
    pub(super) mod normalise;
}

use tocsin_model::delivery::{AlertReport, Normalised, Position, Rejected};
use tocsin_model::redaction::Redacted;
use tocsin_model::source::SourceKind;

pub use feed::{FeedForm, MOST_EVENTS, TooManyEvents, looks_like_events, read_feed};
use json::{Document, Object, Trouble};

/// Most alerts in one delivery.
pub const MOST_ALERTS: usize = 1_000;

/// A delivery with more than [`MOST_ALERTS`] alerts; none of it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a delivery has at most 1,000 alerts: send them in several")]
pub struct TooManyAlerts;

/// Reads one document of a source of that kind.
///
/// # Errors
/// [`TooManyAlerts`]: the sender has to split the delivery.
pub fn read(kind: SourceKind, body: &Redacted) -> Result<Normalised, TooManyAlerts> {
    let mut reading = Reading::new(body.as_bytes());
    match Document::parse(body.as_bytes()) {
        Err(unreadable) => reading.reject_whole(unreadable.reason, unreadable.offset),
        Ok(document) => match kind {
            SourceKind::SecureAccess => secure_access::normalise::read(&document, &mut reading)?,
            SourceKind::Alertmanager => alertmanager::normalise::read(&document, &mut reading)?,
            SourceKind::CloudEvents => cloudevents::normalise::read(&document, &mut reading)?,
            SourceKind::ApiTraffic => {
                let reason = "This source sends events: post them to its address with /events at the end.";
                reading.reject_whole(reason.to_owned(), 0);
            }
            SourceKind::GlobalThreatAlerts | SourceKind::Defender | SourceKind::Axway | SourceKind::Shield => {
                let reason = format!("This version of Tocsin cannot read deliveries of {} yet.", kind.title());
                reading.reject_whole(reason, 0);
            }
        },
    }
    Ok(reading.done)
}

/// The same as [`read`] for where no sender waits for an answer: too many alerts are one more reason not to be
/// readable.
#[must_use]
pub fn normalise(kind: SourceKind, body: &Redacted) -> Normalised {
    read(kind, body).unwrap_or_else(|TooManyAlerts| {
        let mut reading = Reading::new(body.as_bytes());
        reading.reject_whole("The delivery has more than 1,000 alerts; send them in several.".to_owned(), 0);
        reading.done
    })
}

/// A delivery while it is being read.
struct Reading<'a> {
    body: &'a [u8],
    done: Normalised,
    /// The last place that was asked for. Places come in the order of the document, so a thousand rejections count
    /// its lines once and not a thousand times.
    last: Position,
}

impl<'a> Reading<'a> {
    fn new(body: &'a [u8]) -> Self {
        Self { body, done: Normalised::default(), last: Position::of(body, 0) }
    }

    fn position(&mut self, offset: usize) -> Position {
        let from = if offset >= self.last.offset { self.last } else { Position::of(self.body, 0) };
        let more = Position::of(&self.body[from.offset..], offset - from.offset);
        self.last = Position {
            offset: from.offset + more.offset,
            line: from.line + more.line - 1,
            column: if more.line == 1 { from.column + more.column - 1 } else { more.column },
        };
        self.last
    }

    fn reject_whole(&mut self, reason: String, offset: usize) {
        let position = self.position(offset);
        self.done.rejected.push(Rejected { reason, position, path: None, part: 0..self.body.len() });
    }

    /// Turns away one part: `trouble` is inside `part`, whose path is `path`.
    fn reject(&mut self, path: &str, part: json::Value<'_>, trouble: Trouble) -> Result<(), TooManyAlerts> {
        let range = part.range(self.body);
        // The document's own part is the whole body, with whatever stands around it.
        let part = if path.is_empty() { 0..self.body.len() } else { range.clone() };
        let path = match trouble.key {
            Some(key) if path.is_empty() => key,
            Some(key) => format!("{path}.{key}"),
            None => path.to_owned(),
        };
        let position = self.position(trouble.offset.unwrap_or(range.start));
        self.done.rejected.push(Rejected {
            reason: trouble.reason,
            position,
            path: (!path.is_empty()).then_some(path),
            part,
        });
        self.count()
    }

    /// Takes what one alert's part gave, readable or not.
    fn take(
        &mut self,
        path: &str,
        part: json::Value<'_>,
        result: Result<AlertReport, Trouble>,
    ) -> Result<(), TooManyAlerts> {
        match result {
            Ok(report) => {
                self.done.reports.push(report);
                self.count()
            }
            Err(trouble) => self.reject(path, part, trouble),
        }
    }

    fn count(&self) -> Result<(), TooManyAlerts> {
        if self.done.reports.len() + self.done.rejected.len() > MOST_ALERTS { Err(TooManyAlerts) } else { Ok(()) }
    }

    /// Reads every member of `list`, naming it `path[i]`.
    fn each(
        &mut self,
        path: &str,
        list: json::Value<'a>,
        mut one: impl FnMut(&mut Self, &str, json::Value<'a>) -> Result<(), TooManyAlerts>,
    ) -> Result<(), TooManyAlerts> {
        let members = list.members(MOST_ALERTS).ok_or(TooManyAlerts)?;
        members.into_iter().enumerate().try_for_each(|(index, member)| one(self, &format!("{path}[{index}]"), member))
    }

    /// The object that `part` has to be; `what` names it to a person.
    fn object(&self, part: json::Value<'a>, what: &str) -> Result<Object<'a>, Trouble> {
        part.object(self.body, what)
    }
}
