//! Alerts, and every way one may change.
//!
//! The transitions are pure: state and time in, state out. The store writes what they return.

use serde::{Deserialize, Serialize};

use crate::delivery::AlertReport;
use crate::entities::Entities;
use crate::id::AlertId;
use crate::severity::Severity;
use crate::source::{SourceKind, SourceName};
use crate::status::{CloseReason, Status};
use crate::time::Timestamp;

/// Who raised an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The source's own detection.
    Vendor,
    /// One of our rules.
    Rule,
}

impl Origin {
    /// The word that every interface uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Rule => "rule",
        }
    }
}

/// What a source said about an alert: the part that only the source changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Severity in our words.
    pub severity: Severity,
    /// The source's own word for it.
    pub source_severity: Option<String>,
    /// The source's own word for the status.
    pub source_status: Option<String>,
    /// One line.
    pub title: String,
    /// More text.
    pub description: Option<String>,
    /// The source's category.
    pub category: Option<String>,
    /// The source's type of alert.
    pub alert_type: Option<String>,
    /// MITRE ATT&CK tactic.
    pub tactic: Option<String>,
    /// MITRE ATT&CK techniques.
    pub techniques: Vec<String>,
    /// When it happened, as the source says.
    pub time: Timestamp,
    /// Who and what it concerns.
    pub entities: Entities,
    /// The rule that raised it: the source's, or ours.
    pub rule: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
}

/// What has been done about an alert: the part that people change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handling {
    /// Where it stands.
    pub status: Status,
    /// Why it was closed; only with [`Status::Closed`].
    pub close_reason: Option<CloseReason>,
    /// Quiet until then.
    pub snoozed_until: Option<Timestamp>,
    /// What people wrote, one note a line, oldest first.
    pub notes: Option<String>,
}

impl Handling {
    /// How an alert starts.
    #[must_use]
    pub const fn fresh(status: Status, close_reason: Option<CloseReason>) -> Self {
        Self { status, close_reason, snoozed_until: None, notes: None }
    }
}

/// An alert, as every interface shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its id here.
    pub id: AlertId,
    /// The source it came from.
    pub source: SourceName,
    /// What that source is.
    pub source_kind: SourceKind,
    /// The vendor's id, as text.
    pub external_id: String,
    /// Who raised it.
    pub origin: Origin,
    /// What the source says.
    pub content: Content,
    /// What was done about it.
    pub handling: Handling,
    /// When it was first received.
    pub received_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it occurred.
    pub occurrences: u64,
    /// Grows with every change, undo included.
    pub revision: u64,
    /// Whether a person has looked at it since it came in, came back or became worse.
    pub seen: bool,
}

/// What a person may do about an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Take it on.
    Acknowledge,
    /// Be quiet about it until then.
    Snooze {
        /// The end of the quiet.
        until: Timestamp,
    },
    /// Done with it.
    Close {
        /// Why.
        reason: CloseReason,
        /// What to remember.
        note: Option<String>,
    },
    /// Not done with it, or not quiet after all.
    Reopen,
    /// Write something down.
    Note {
        /// The text.
        text: String,
    },
}

/// Longest note in characters.
pub const NOTE_LIMIT: usize = 4_000;

/// Why an action does not fit an alert.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// Only open alerts can be acknowledged or snoozed.
    #[error("this alert is closed: reopen it first")]
    Closed,
    /// A note without text.
    #[error("a note needs some text")]
    EmptyNote,
    /// A note that is too long.
    #[error("a note has at most 4,000 characters, and this one has {0}")]
    LongNote(usize),
    /// A snooze that would already be over.
    #[error("a snooze must end in the future")]
    SnoozeOver,
}

impl Action {
    /// The word that activity and interfaces use.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledged",
            Self::Snooze { .. } => "snoozed",
            Self::Close { .. } => "closed",
            Self::Reopen => "reopened",
            Self::Note { .. } => "noted",
        }
    }

    /// What `before` becomes; `None` when it already is so.
    ///
    /// # Errors
    /// When the action does not fit the state.
    pub fn apply(&self, before: &Handling, now: Timestamp) -> Result<Option<Handling>, ActionError> {
        let mut after = before.clone();
        match self {
            Self::Acknowledge => {
                refuse_closed(before)?;
                after.status = Status::Acknowledged;
                after.snoozed_until = None;
            }
            Self::Snooze { until } => {
                refuse_closed(before)?;
                if *until <= now {
                    return Err(ActionError::SnoozeOver);
                }
                after.snoozed_until = Some(*until);
            }
            Self::Close { reason, note } => {
                after.status = Status::Closed;
                after.close_reason = Some(reason.clone());
                after.snoozed_until = None;
                if let Some(text) = note {
                    append_note(&mut after, text)?;
                }
            }
            Self::Reopen => {
                if before.status == Status::Closed {
                    after.status = Status::New;
                    after.close_reason = None;
                }
                after.snoozed_until = None;
            }
            Self::Note { text } => append_note(&mut after, text)?,
        }
        Ok(if after == *before { None } else { Some(after) })
    }
}

const fn refuse_closed(handling: &Handling) -> Result<(), ActionError> {
    match handling.status {
        Status::Closed => Err(ActionError::Closed),
        Status::New | Status::Acknowledged => Ok(()),
    }
}

fn append_note(handling: &mut Handling, text: &str) -> Result<(), ActionError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ActionError::EmptyNote);
    }
    let length = text.chars().count();
    if length > NOTE_LIMIT {
        return Err(ActionError::LongNote(length));
    }
    handling.notes = Some(match handling.notes.take() {
        Some(notes) => format!("{notes}\n{text}"),
        None => text.to_owned(),
    });
    Ok(())
}

/// What a report does to an alert that is already there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportEffect {
    /// It says what is known.
    Duplicate,
    /// It was sent before the newest report, so it is history.
    Stale,
    /// It changes the alert.
    Updated {
        /// What the source says now.
        content: Box<Content>,
        /// What that does to the handling.
        handling: Handling,
    },
}

impl AlertReport {
    /// The content and handling of a new alert made from this report.
    #[must_use]
    pub fn into_new(self, received_at: Timestamp) -> (Content, Handling) {
        let close_reason = (self.status == Status::Closed).then(|| self.closed_as());
        let handling = Handling::fresh(self.status, close_reason);
        (self.into_content(received_at), handling)
    }

    fn closed_as(&self) -> CloseReason {
        self.close_reason.clone().unwrap_or_else(CloseReason::source_resolved)
    }

    fn into_content(self, otherwise: Timestamp) -> Content {
        Content {
            severity: self.severity,
            source_severity: self.source_severity,
            source_status: self.source_status,
            title: self.title,
            description: self.description,
            category: self.category,
            alert_type: self.alert_type,
            tactic: self.tactic,
            techniques: self.techniques,
            time: self.time.unwrap_or(otherwise),
            entities: self.entities,
            rule: self.rule_name,
            tags: self.tags,
        }
    }

    /// What this report does to an alert that has `content` and `handling`, whose newest report was sent at
    /// `newest`. A report without a time of sending counts as the newest.
    ///
    /// The source's word moves the status only when the word has changed: a person's decision stands until the
    /// source says something new. And the source reopens only what the source had closed.
    #[must_use]
    pub fn effect_on(self, content: &Content, handling: &Handling, newest: Option<Timestamp>) -> ReportEffect {
        if let (Some(sent), Some(newest)) = (self.reported_at, newest)
            && sent < newest
        {
            return ReportEffect::Stale;
        }
        let (meaning, closed_as) = (self.status, self.closed_as());
        let said = self.into_content(content.time);
        if said == *content {
            return ReportEffect::Duplicate;
        }
        let word_changed = said.source_status != content.source_status;
        let handling = if word_changed { follow_source(handling, meaning, closed_as) } else { handling.clone() };
        ReportEffect::Updated { content: Box::new(said), handling }
    }
}

fn follow_source(before: &Handling, meaning: Status, closed_as: CloseReason) -> Handling {
    let mut after = before.clone();
    match (meaning, before.status) {
        (Status::Closed, Status::New | Status::Acknowledged) => {
            after.status = Status::Closed;
            after.close_reason = Some(closed_as);
            after.snoozed_until = None;
        }
        (Status::New | Status::Acknowledged, Status::Closed) => {
            if before.close_reason.as_ref().is_some_and(CloseReason::is_system) {
                after.status = meaning;
                after.close_reason = None;
            }
        }
        (Status::Acknowledged, Status::New) => after.status = Status::Acknowledged,
        (Status::New, Status::New | Status::Acknowledged)
        | (Status::Acknowledged, Status::Acknowledged)
        | (Status::Closed, Status::Closed) => {}
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_772_611_960_000);

    fn report(word: &str, meaning: Status, sent: i64) -> AlertReport {
        AlertReport {
            identity: "1".into(),
            external_id: "1".into(),
            report_key: None,
            reported_at: Some(Timestamp::from_millis(sent)),
            severity: Severity::High,
            source_severity: Some("High".into()),
            status: meaning,
            close_reason: None,
            source_status: Some(word.into()),
            title: "t".into(),
            description: None,
            category: None,
            alert_type: None,
            tactic: None,
            techniques: vec![],
            time: None,
            entities: Entities::default(),
            rule_name: None,
            tags: vec![],
            payload: 0..0,
        }
    }

    fn person_closed() -> Handling {
        Handling::fresh(Status::Closed, CloseReason::from_person("false-positive").ok())
    }

    #[test]
    fn a_repeat_changes_nothing() {
        let (content, handling) = report("Active", Status::New, 5).into_new(NOW);
        assert_eq!(
            report("Active", Status::New, 5).effect_on(&content, &handling, Some(Timestamp::from_millis(5))),
            ReportEffect::Duplicate
        );
    }

    #[test]
    fn an_older_report_never_overrides_a_newer_one() {
        let (content, handling) = report("Resolved", Status::Closed, 9).into_new(NOW);
        assert_eq!(
            report("Active", Status::New, 5).effect_on(&content, &handling, Some(Timestamp::from_millis(9))),
            ReportEffect::Stale
        );
    }

    #[test]
    fn the_source_closes_and_reopens_what_it_closed() {
        let (content, handling) = report("Active", Status::New, 5).into_new(NOW);
        let ReportEffect::Updated { content, handling } =
            report("Resolved", Status::Closed, 6).effect_on(&content, &handling, None)
        else {
            panic!("a new word must update")
        };
        assert_eq!(handling.status, Status::Closed);
        assert_eq!(handling.close_reason, Some(CloseReason::source_resolved()));
        let ReportEffect::Updated { handling, .. } =
            report("Active", Status::New, 7).effect_on(&content, &handling, None)
        else {
            panic!("a new word must update")
        };
        assert_eq!(handling, Handling::fresh(Status::New, None));
    }

    #[test]
    fn the_source_does_not_reopen_what_a_person_closed() {
        let (content, _) = report("Resolved", Status::Closed, 5).into_new(NOW);
        let ReportEffect::Updated { handling, .. } =
            report("Active", Status::New, 6).effect_on(&content, &person_closed(), None)
        else {
            panic!("a new word must update")
        };
        assert_eq!(handling, person_closed());
    }

    #[test]
    fn actions_change_only_what_they_name() {
        let fresh = Handling::fresh(Status::New, None);
        let acknowledged = Action::Acknowledge.apply(&fresh, NOW);
        assert_eq!(acknowledged, Ok(Some(Handling { status: Status::Acknowledged, ..fresh.clone() })));
        let until = NOW.plus(crate::time::Span::HOUR);
        let snoozed = Action::Snooze { until }.apply(&fresh, NOW);
        assert_eq!(snoozed, Ok(Some(Handling { snoozed_until: Some(until), ..fresh.clone() })));
        assert_eq!(Action::Snooze { until: NOW }.apply(&fresh, NOW), Err(ActionError::SnoozeOver));
        assert_eq!(Action::Reopen.apply(&fresh, NOW), Ok(None));
        assert_eq!(Action::Reopen.apply(&person_closed(), NOW), Ok(Some(fresh.clone())));
        assert_eq!(Action::Acknowledge.apply(&person_closed(), NOW), Err(ActionError::Closed));
        assert_eq!(Action::Note { text: " ".into() }.apply(&fresh, NOW), Err(ActionError::EmptyNote));
        let twice =
            Action::Note { text: "b".into() }.apply(&Handling { notes: Some("a".into()), ..fresh.clone() }, NOW);
        assert_eq!(twice, Ok(Some(Handling { notes: Some("a\nb".into()), ..fresh })));
    }
}
