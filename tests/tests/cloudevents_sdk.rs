//! What the Python SDK of CloudEvents makes is accepted: structured, binary and batched, in each of its interfaces.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use tocsin_tests::binary::{fixture, not_run};
use tocsin_tests::product::{Product, finish};

/// A Python that has the SDK: the one that is named has to have it.
fn python() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("TOCSIN_TEST_PYTHON") {
        return Some(named.into());
    }
    let has_it = Command::new("python3").args(["-c", "import cloudevents"]).output();
    has_it.is_ok_and(|ran| ran.status.success()).then(|| "python3".into())
}

#[test]
fn requests_of_the_python_sdk_are_accepted_in_every_mode() {
    let Some(python) = python() else {
        return not_run("no Python has the cloudevents package: set TOCSIN_TEST_PYTHON to one that has");
    };
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("cloudevents", "sdk", &[]);
    let address = format!("http://{}{}", engine.address, sender.path());
    let mut script = Command::new(python);
    script.arg(fixture("cloudevents_sdk.py")).args([&address, &sender.password]);
    let ran = finish(script.env("no_proxy", "*"), None);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let answers = ran.lines();
    assert!(answers.len() >= 3, "{answers:?}");
    for answer in &answers {
        let stored = if answer["mode"] == "batch" { 2 } else { 1 };
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        let expected = json!({"stored": stored, "updated": 0, "duplicate": 0, "quarantined": 0});
        assert_eq!((&answer["status"], &body), (&json!(202), &expected), "{answer}");
    }
    let mut expected: Vec<(String, String)> = Vec::new();
    for api in answers.iter().filter(|answer| answer["mode"] == "batch").map(|answer| answer["api"].as_str().unwrap()) {
        for mode in ["batch 1", "batch 2", "binary", "structured"] {
            expected.push((format!("{api} {mode}"), format!("Sensor tripped ({mode})")));
        }
    }
    let mut alerts = product.alerts("source:sdk");
    alerts.sort_by_key(|alert| alert["externalId"].to_string());
    let text = |alert: &Value, key: &str| alert[key].as_str().unwrap().to_owned();
    let found: Vec<_> = alerts.iter().map(|alert| (text(alert, "externalId"), text(alert, "title"))).collect();
    assert_eq!(found, expected);
    for alert in &alerts {
        let wanted = json!({
            "severity": "high", "status": "new", "sourceKind": "cloudevents", "time": "2026-10-07T06:09:10.123Z",
            "alertType": "org.example.sensor.tripped.v1",
        });
        for (key, value) in wanted.as_object().unwrap() {
            assert_eq!(alert[key], *value, "{key} of {alert}");
        }
        assert_eq!(alert["entities"]["username"], json!(["mia"]));
        assert_eq!(alert["entities"]["clientIp"], json!(["198.51.100.23"]));
        let payload = &product.json(&["alert", "show", alert["id"].as_str().unwrap()])["payload"];
        let newer = text(alert, "externalId").starts_with("2.x");
        let subject = if newer { "Tür № 7" } else { "hall 7, 100% sure" };
        assert_eq!(payload["subject"], subject, "attributes of headers are decoded: {payload}");
    }
}
