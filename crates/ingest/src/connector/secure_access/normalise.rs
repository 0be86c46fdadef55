//! Cisco Secure Access: an envelope much like a CloudEvent, with any number of alerts in `data.alerts`.
//!
//! Source: the vendor's pages on alert formats. The envelope's keys come in two spellings, ids as numbers or texts,
//! and severity 1 is the highest.

use tocsin_model::delivery::AlertReport;
use tocsin_model::entities::Entities;
use tocsin_model::severity::Severity;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::Timestamp;

use crate::connector::json::{Document, Object, Trouble, Value};
use crate::connector::{Reading, TooManyAlerts, words};

const TYPES: &str = "secureaccess.alerts.";

pub(in crate::connector) fn read<'a>(document: &Document<'a>, reading: &mut Reading<'a>) -> Result<(), TooManyAlerts> {
    if document.root.is_array() {
        reading.each("", document.root, |reading, path, part| envelope(reading, path, part))
    } else {
        envelope(reading, "", document.root)
    }
}

/// What every alert of an envelope shares.
struct Envelope {
    id: Option<String>,
    time: Option<Timestamp>,
}

fn envelope<'a>(reading: &mut Reading<'a>, path: &str, part: Value<'a>) -> Result<(), TooManyAlerts> {
    let (shared, alerts) = match open(reading, part) {
        Ok(opened) => opened,
        Err(trouble) => return reading.reject(path, part, trouble),
    };
    let below = if path.is_empty() { "data.alerts".to_owned() } else { format!("{path}.data.alerts") };
    if alerts.is_array() {
        reading.each(&below, alerts, |reading, path, part| {
            let report = alert(reading, &shared, part);
            reading.take(path, part, report)
        })
    } else if alerts.is_null() {
        // Some senders write an empty list as null.
        Ok(())
    } else {
        let report = alert(reading, &shared, alerts);
        reading.take(&below, alerts, report)
    }
}

fn open<'a>(reading: &Reading<'a>, part: Value<'a>) -> Result<(Envelope, Value<'a>), Trouble> {
    let fields = reading.object(part, "An envelope of Secure Access")?;
    if let Some(kind) = fields.get("type") {
        let word = kind.text().unwrap_or_default();
        if !word.trim().get(..TYPES.len()).is_some_and(|start| start.eq_ignore_ascii_case(TYPES)) {
            let word: String = word.chars().take(80).collect();
            let reason = format!(
                "The type “{word}” is none of Secure Access's alerts (`{TYPES}…`): send events of other kinds, such as \
                 Push Security Events, to a source of the kind cloudevents."
            );
            return Err(Trouble { offset: Some(kind.range(reading.body).start), ..Trouble::at("type", reason) });
        }
    }
    let no_alerts = || Trouble::at("data.alerts", "The envelope has no `data.alerts`, so there is no alert in it.");
    let data = fields.get("data").ok_or_else(no_alerts)?;
    let data = reading.object(data, "`data`").map_err(|trouble| trouble.below("data"))?;
    let alerts = match data.get("alerts") {
        Some(alerts) => alerts,
        None => data.members().find(|(key, _)| key.eq_ignore_ascii_case("alerts")).ok_or_else(no_alerts)?.1,
    };
    Ok((Envelope { id: words::trimmed(fields.get("id")), time: words::time(fields.get("time")) }, alerts))
}

fn alert<'a>(reading: &Reading<'a>, envelope: &Envelope, part: Value<'a>) -> Result<AlertReport, Trouble> {
    part.small("The alert")?;
    let fields = reading.object(part, "An alert")?;
    let id =
        words::required(reading.body, "alertId", fields.get("alertId"), "it is what tells one alert from another")?;
    let source_severity = words::trimmed(fields.get("severity"));
    let source_status = words::trimmed(fields.get("status"));
    let rule_name = words::line(fields.get("ruleName"));
    let alert_type = words::trimmed(fields.get("alertType"));
    let category = words::trimmed(fields.get("category"));
    let title = [rule_name.as_deref(), alert_type.as_deref(), category.as_deref()]
        .into_iter()
        .flatten()
        .find_map(words::first_line)
        .unwrap_or_else(|| "Cisco Secure Access alert".to_owned());
    Ok(AlertReport {
        identity: id.clone(),
        report_key: envelope.id.as_ref().map(|envelope| format!("{envelope}\u{1F}{id}")),
        external_id: id,
        reported_at: envelope.time,
        severity: severity(source_severity.as_deref()),
        source_severity,
        status: status(source_status.as_deref()),
        close_reason: close_reason(source_status.as_deref()),
        source_status,
        title,
        description: description(&fields),
        category,
        alert_type,
        tactic: None,
        techniques: Vec::new(),
        time: words::time(fields.get("time")),
        entities: Entities {
            username: words::texts(fields.get("user")),
            api_key_id: words::texts(fields.get("apiKeyId")),
            ..Entities::default()
        },
        rule_name,
        tags: Vec::new(),
        payload: part.range(reading.body),
    })
}

/// The rule's description, what was changed, and the conditions that were met, one a line. The thresholds in the
/// conditions are prose, so they stay text.
fn description(fields: &Object<'_>) -> Option<String> {
    let conditions = fields.get("conditionsApplied").map(|applied| {
        let inner = applied.object(b"", "").ok().and_then(|object| object.get("conditions"));
        words::texts(inner.or(Some(applied)))
    });
    let first = words::trimmed(fields.get("ruleDescription"));
    let changes = words::texts(fields.get("changesMade"));
    words::lines(first.into_iter().chain(changes).chain(conditions.unwrap_or_default()))
}

fn severity(word: Option<&str>) -> Severity {
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "critical" => Severity::Critical,
        "high" | "1" => Severity::High,
        "medium" | "2" => Severity::Medium,
        "low" | "3" => Severity::Low,
        "info" | "informational" | "4" => Severity::Informational,
        _ => Severity::Unknown,
    }
}

fn status(word: Option<&str>) -> Status {
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "resolved" | "dismissed" | "archived" | "2" | "3" | "4" => Status::Closed,
        _ => Status::New,
    }
}

/// An archived alert is gone at the source without anyone having resolved it.
fn close_reason(word: Option<&str>) -> Option<CloseReason> {
    let archived = word.is_some_and(|word| word.eq_ignore_ascii_case("archived") || word == "4");
    archived.then(CloseReason::expired)
}
