//! OCSF 1.1.0, class Detection Finding (2004).
//!
//! 1.1.0 because every later version reads it too: what it requires is required there, and nothing here was taken
//! away since. What has no place in the class goes into `unmapped`.

use serde_json::{Map, Value, json};
use tocsin_model::alert::{Alert, Content};
use tocsin_model::severity::Severity;
use tocsin_model::source::SourceKind;
use tocsin_model::status::Status;

/// The version of the schema that is claimed.
const VERSION: &str = "1.1.0";
const CLASS: i64 = 2004;

/// An alert as a finding.
pub(crate) fn finding(alert: &Alert) -> Value {
    let (content, handling) = (&alert.content, &alert.handling);
    let (activity, activity_name) = activity(alert);
    let (severity_id, severity) = severity(content.severity);
    let (status_id, status) = status(handling.status);
    let (product, vendor) = product(alert.source_kind);
    let mut finding = json!({
        "activity_id": activity, "activity_name": activity_name,
        "category_uid": 2, "category_name": "Findings",
        "class_uid": CLASS, "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity, "type_name": format!("Detection Finding: {activity_name}"),
        "severity_id": severity_id, "severity": severity,
        "status_id": status_id, "status": status,
        "time": content.time.millis(), "count": alert.occurrences, "is_alert": true,
        "message": content.title,
        "metadata": {
            "version": VERSION, "uid": alert.id, "log_name": alert.source, "original_time": content.time,
            "logged_time": alert.received_at.millis(),
            "product": { "name": product, "vendor_name": vendor },
        },
        "finding_info": {
            "uid": alert.external_id, "title": content.title, "created_time": content.time.millis(),
            "modified_time": alert.updated_at.millis(),
        },
    });
    put(&mut finding, "status_detail", handling.close_reason.as_ref().map(|reason| json!(reason)));
    put(&mut finding, "comment", handling.notes.as_ref().map(|notes| json!(notes)));
    put(&mut finding["finding_info"], "desc", content.description.as_ref().map(|text| json!(text)));
    put(&mut finding["finding_info"], "types", content.alert_type.as_ref().map(|kind| json!([kind])));
    put(&mut finding["finding_info"], "attacks", list(attacks(content)));
    put(&mut finding, "evidences", list(evidences(content)));
    put(&mut finding, "observables", list(observables(content)));
    put(
        &mut finding,
        "unmapped",
        Some(unmapped(alert)).filter(|rest| rest.as_object().is_some_and(|map| !map.is_empty())),
    );
    finding
}

fn put(object: &mut Value, key: &str, value: Option<Value>) {
    if let (Some(map), Some(value)) = (object.as_object_mut(), value) {
        map.insert(key.to_owned(), value);
    }
}

fn list(values: Vec<Value>) -> Option<Value> {
    if values.is_empty() { None } else { Some(Value::Array(values)) }
}

fn activity(alert: &Alert) -> (i64, &'static str) {
    match alert.handling.status {
        Status::Closed => (3, "Close"),
        Status::New | Status::Acknowledged if alert.revision > 1 => (2, "Update"),
        Status::New | Status::Acknowledged => (1, "Create"),
    }
}

const fn severity(severity: Severity) -> (i64, &'static str) {
    match severity {
        Severity::Unknown => (0, "Unknown"),
        Severity::Informational => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

const fn status(status: Status) -> (i64, &'static str) {
    match status {
        Status::New => (1, "New"),
        Status::Acknowledged => (2, "In Progress"),
        Status::Closed => (4, "Resolved"),
    }
}

const fn product(kind: SourceKind) -> (&'static str, &'static str) {
    let vendor = match kind {
        SourceKind::SecureAccess | SourceKind::GlobalThreatAlerts => "Cisco",
        SourceKind::Defender => "Microsoft",
        SourceKind::Axway => "Axway",
        SourceKind::Shield => "Nullafi",
        SourceKind::Alertmanager => "Prometheus",
        SourceKind::CloudEvents | SourceKind::ApiTraffic => "Unknown",
    };
    (kind.title(), vendor)
}

/// Each attack has a tactic, a technique or a sub-technique.
fn attacks(content: &Content) -> Vec<Value> {
    let tactic = content.tactic.as_ref().map(|name| json!({ "name": name }));
    let mut attacks: Vec<Value> = content
        .techniques
        .iter()
        .map(|id| match id.split_once('.') {
            Some((technique, _)) => json!({ "technique": { "uid": technique }, "sub_technique": { "uid": id } }),
            None => json!({ "technique": { "uid": id } }),
        })
        .collect();
    if attacks.is_empty() && tactic.is_some() {
        attacks.push(json!({}));
    }
    for attack in &mut attacks {
        put(attack, "tactic", tactic.clone());
    }
    attacks
}

fn evidences(content: &Content) -> Vec<Value> {
    let entities = &content.entities;
    let sources = entities.client_ip.iter().map(|ip| json!({ "src_endpoint": { "ip": ip } }));
    let users = entities.username.iter().map(|name| json!({ "actor": { "user": { "name": name } } }));
    let apis = entities.endpoint.iter().map(|endpoint| json!({ "api": { "operation": endpoint } }));
    sources.chain(users).chain(apis).collect()
}

fn observables(content: &Content) -> Vec<Value> {
    let entities = &content.entities;
    let of = |name: &'static str, id: i64, kind: &'static str, values: &[String]| -> Vec<Value> {
        let observable = |value| json!({ "name": name, "type_id": id, "type": kind, "value": value });
        values.iter().map(observable).collect()
    };
    [
        of("src_endpoint.ip", 2, "IP Address", &entities.client_ip),
        of("actor.user.name", 4, "User Name", &entities.username),
        of("hostname", 1, "Hostname", &entities.hostname),
        of("api_key_id", 99, "API key", &entities.api_key_id),
    ]
    .concat()
}

fn unmapped(alert: &Alert) -> Value {
    let content = &alert.content;
    let texts = [
        ("category", &content.category),
        ("rule", &content.rule),
        ("source_severity", &content.source_severity),
        ("source_status", &content.source_status),
    ];
    let mut rest: Map<String, Value> =
        texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), json!(text.as_ref()?)))).collect();
    if !content.tags.is_empty() {
        rest.insert("tags".to_owned(), json!(content.tags));
    }
    if let Some(until) = alert.handling.snoozed_until {
        rest.insert("snoozed_until".to_owned(), json!(until));
    }
    Value::Object(rest)
}
