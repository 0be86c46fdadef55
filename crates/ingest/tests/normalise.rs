//! What each connector makes of a document: every file under `payloads/` has its expected reading beside it.
//!
//! `TOCSIN_BLESS=1 cargo test -p tocsin-ingest` writes the expected readings anew; read the difference before it is
//! committed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tocsin_ingest::connector;
use tocsin_model::delivery::{AlertReport, Normalised, Rejected};
use tocsin_model::redaction::redact;
use tocsin_model::source::SourceKind;

fn shown(normalised: &Normalised, body: &[u8]) -> Value {
    json!({
        "reports": normalised.reports.iter().map(|report| report_shown(report, body)).collect::<Vec<_>>(),
        "rejected": normalised.rejected.iter().map(|rejected| rejected_shown(rejected, body)).collect::<Vec<_>>(),
    })
}

fn report_shown(report: &AlertReport, body: &[u8]) -> Value {
    let payload: Value = serde_json::from_slice(&body[report.payload.clone()]).map_or(Value::Null, |value: Value| {
        // Enough of it to see that it is this alert's own.
        ["alertId", "fingerprint", "id", "AlertID"]
            .iter()
            .find_map(|key| value.get(*key).cloned())
            .unwrap_or(json!("an object"))
    });
    json!({
        "identity": report.identity,
        "externalId": report.external_id,
        "reportKey": report.report_key,
        "reportedAt": report.reported_at,
        "severity": report.severity,
        "sourceSeverity": report.source_severity,
        "status": report.status,
        "sourceStatus": report.source_status,
        "title": report.title,
        "description": report.description,
        "category": report.category,
        "alertType": report.alert_type,
        "time": report.time,
        "entities": report.entities,
        "rule": report.rule_name,
        "tags": report.tags,
        "payloadOf": payload,
    })
}

fn rejected_shown(rejected: &Rejected, body: &[u8]) -> Value {
    json!({
        "reason": rejected.reason,
        "path": rejected.path,
        "offset": rejected.position.offset,
        "at": format!("{}:{}", rejected.position.line, rejected.position.column),
        "part": if rejected.part == (0..body.len()) { json!("whole") } else {
            String::from_utf8_lossy(&body[rejected.part.clone()]).chars().take(24).collect::<String>().into()
        },
    })
}

fn check(kind: SourceKind) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/payloads").join(kind.as_str());
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "expected") {
            continue;
        }
        seen += 1;
        let body = redact(fs::read(&path).unwrap());
        let found = shown(&connector::normalise(kind, &body), body.as_bytes());
        let beside = path.with_extension("expected");
        if std::env::var_os("TOCSIN_BLESS").is_some() {
            fs::write(&beside, format!("{}\n", serde_json::to_string_pretty(&found).unwrap())).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_else(|_| panic!("{} is missing", beside.display()));
        let expected: Value = serde_json::from_str(&expected).unwrap();
        assert_eq!(found, expected, "{}: {found:#}", path.display());
    }
    assert!(seen > 5, "the payloads of {kind} are gone");
}

#[test]
fn secure_access_is_read_as_expected() {
    check(SourceKind::SecureAccess);
}

#[test]
fn alertmanager_is_read_as_expected() {
    check(SourceKind::Alertmanager);
}

#[test]
fn cloudevents_are_read_as_expected() {
    check(SourceKind::CloudEvents);
}
