//! What programs read: the JSON that interfaces promise.

use serde::Serialize;
use serde_json::value::RawValue;
pub(crate) use tocsin_engine::AlertJson as AlertView;
use tocsin_engine::{AddedSource, AlertDetails, Quarantined, SourceStatus};
use tocsin_model::activity::Activity;
use tocsin_model::id::QuarantineId;
use tocsin_model::source::{RefusalReason, SignInKind, SourceKind};
use tocsin_model::time::Timestamp;

/// An alert with its payload and history.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AlertDetailsView<'a> {
    #[serde(flatten)]
    alert: AlertView<'a>,
    /// The source's own JSON, its numbers with every digit; text when it is none.
    payload: Option<Box<RawValue>>,
    activity: Vec<ActivityView<'a>>,
}

/// An entry of an alert's history.
#[derive(Debug, Serialize)]
pub(crate) struct ActivityView<'a> {
    at: Timestamp,
    actor: &'static str,
    what: &'a str,
    detail: &'a str,
    undone: bool,
}

impl<'a> From<&'a AlertDetails> for AlertDetailsView<'a> {
    fn from(details: &'a AlertDetails) -> Self {
        Self {
            alert: AlertView::from(&details.alert),
            payload: details.payload.as_deref().and_then(payload),
            activity: activities(&details.activity),
        }
    }
}

/// The payload as it stands, without the space around its parts: one line, as ndjson needs it.
fn payload(text: &str) -> Option<Box<RawValue>> {
    let mut line = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    for letter in text.chars() {
        if quoted || !letter.is_ascii_whitespace() {
            line.push(letter);
        }
        if letter == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && letter == '\\' && !escaped;
    }
    // Half a surrogate is JSON that many readers refuse whole, so it goes out as text.
    let readable = serde_json::from_str::<serde_json::Value>(&line).and_then(|_| RawValue::from_string(line));
    readable.or_else(|_| serde_json::value::to_raw_value(text)).ok()
}

/// A history.
pub(crate) fn activities(entries: &[Activity]) -> Vec<ActivityView<'_>> {
    entries.iter().map(activity).collect()
}

fn activity(entry: &Activity) -> ActivityView<'_> {
    ActivityView {
        at: entry.at,
        actor: entry.actor.as_str(),
        what: &entry.what,
        detail: &entry.detail,
        undone: entry.undone,
    }
}

/// A source.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceView<'a> {
    name: &'a str,
    kind: SourceKind,
    sign_in: SignInKind,
    username: Option<&'a str>,
    address: &'a str,
    origins: &'a [String],
    created_at: Timestamp,
    last_delivery_at: Option<Timestamp>,
    last_alert_at: Option<Timestamp>,
    deliveries: u64,
    stored: u64,
    updated: u64,
    duplicate: u64,
    quarantined: u64,
    refused: Vec<RefusedView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RefusedView {
    reason: RefusalReason,
    count: u64,
    last_at: Timestamp,
}

impl<'a> From<&'a SourceStatus> for SourceView<'a> {
    fn from(status: &'a SourceStatus) -> Self {
        let (source, activity) = (&status.record.source, &status.record.activity);
        let refused = activity.refused.iter();
        Self {
            name: source.name.as_str(),
            kind: source.kind,
            sign_in: source.sign_in,
            username: source.username.as_deref(),
            address: &status.address,
            origins: &source.origins,
            created_at: source.created_at,
            last_delivery_at: activity.last_delivery_at,
            last_alert_at: activity.last_alert_at,
            deliveries: activity.deliveries,
            stored: activity.stored,
            updated: activity.updated,
            duplicate: activity.duplicate,
            quarantined: activity.quarantined,
            refused: refused
                .map(|one| RefusedView { reason: one.reason, count: one.count, last_at: one.last_at })
                .collect(),
        }
    }
}

/// A source with the secret that was just set.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddedView<'a> {
    #[serde(flatten)]
    source: SourceView<'a>,
    /// Where to post, the token included; overrides nothing, since only an address token differs.
    delivery_address: &'a str,
    password: &'a str,
    curl: &'a str,
}

impl<'a> From<&'a AddedSource> for AddedView<'a> {
    fn from(added: &'a AddedSource) -> Self {
        Self {
            source: SourceView::from(&added.status),
            delivery_address: &added.address,
            password: &added.secret,
            curl: &added.curl,
        }
    }
}

/// An entry of quarantine.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuarantineView<'a> {
    id: QuarantineId,
    source: &'a str,
    received_at: Timestamp,
    content_type: &'a str,
    reason: &'a str,
    offset: usize,
    line: usize,
    column: usize,
    path: Option<&'a str>,
    size: u64,
    attempts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl<'a> QuarantineView<'a> {
    pub(crate) fn new(entry: &'a Quarantined, body: Option<String>) -> Self {
        Self {
            id: entry.id,
            source: entry.source.as_str(),
            received_at: entry.received_at,
            content_type: &entry.content_type,
            reason: &entry.reason,
            offset: entry.position.offset,
            line: entry.position.line,
            column: entry.position.column,
            path: entry.path.as_deref(),
            size: entry.size,
            attempts: entry.attempts,
            body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::payload;

    #[test]
    fn a_payload_is_one_line_with_every_digit() {
        let said = |text: &str| payload(text).map(|raw| raw.get().to_owned());
        let text = "{\n  \"n\" : 900719925474099312345.10,\n  \"t\": \"a \\\" b\\\\\" , \"u\" :\t[ ]\n}";
        let line = r#"{"n":900719925474099312345.10,"t":"a \" b\\","u":[]}"#;
        assert_eq!(said(text).as_deref(), Some(line));
        assert_eq!(said(r#"["\ud800"]"#).as_deref(), Some(r#""[\"\\ud800\"]""#));
        assert_eq!(said("{cut").as_deref(), Some("\"{cut\""));
    }
}
