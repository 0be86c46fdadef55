//! The JSON of an alert that interfaces promise.

use serde::Serialize;
use tocsin_model::alert::Alert;
use tocsin_model::entities::Entities;
use tocsin_model::id::AlertId;
use tocsin_model::severity::Severity;
use tocsin_model::source::SourceKind;
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;

/// An alert, as every interface for programs writes it. Absent values are null, times RFC 3339 in UTC.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertJson<'a> {
    id: AlertId,
    source: &'a str,
    source_kind: SourceKind,
    external_id: &'a str,
    origin: &'static str,
    severity: Severity,
    source_severity: Option<&'a str>,
    status: Status,
    close_reason: Option<&'a str>,
    source_status: Option<&'a str>,
    title: &'a str,
    description: Option<&'a str>,
    category: Option<&'a str>,
    alert_type: Option<&'a str>,
    tactic: Option<&'a str>,
    techniques: &'a [String],
    time: Timestamp,
    received_at: Timestamp,
    updated_at: Timestamp,
    occurrences: u64,
    snoozed_until: Option<Timestamp>,
    entities: &'a Entities,
    rule: Option<&'a str>,
    tags: &'a [String],
    notes: Option<&'a str>,
    revision: u64,
    seen: bool,
}

impl<'a> From<&'a Alert> for AlertJson<'a> {
    fn from(alert: &'a Alert) -> Self {
        let (content, handling) = (&alert.content, &alert.handling);
        Self {
            id: alert.id,
            source: alert.source.as_str(),
            source_kind: alert.source_kind,
            external_id: &alert.external_id,
            origin: alert.origin.as_str(),
            severity: content.severity,
            source_severity: content.source_severity.as_deref(),
            status: handling.status,
            close_reason: handling.close_reason.as_ref().map(|reason| reason.as_str()),
            source_status: content.source_status.as_deref(),
            title: &content.title,
            description: content.description.as_deref(),
            category: content.category.as_deref(),
            alert_type: content.alert_type.as_deref(),
            tactic: content.tactic.as_deref(),
            techniques: &content.techniques,
            time: content.time,
            received_at: alert.received_at,
            updated_at: alert.updated_at,
            occurrences: alert.occurrences,
            snoozed_until: handling.snoozed_until,
            entities: &content.entities,
            rule: content.rule.as_deref(),
            tags: &content.tags,
            notes: handling.notes.as_deref(),
            revision: alert.revision,
            seen: alert.seen,
        }
    }
}
