//! Documents that tests deliver.

use serde_json::{Value, json};

/// A document of Secure Access with one alert of that id, in an envelope of its own.
#[must_use]
pub fn document(id: &str) -> String {
    json!({"type": "secureaccess.alerts.api.anomaly.v1", "id": format!("envelope {id}"), "data": {"alerts": [
        {"alertId": id, "severity": "High", "status": "Active", "ruleName": "R", "time": "2026-10-05T08:00:00Z"}]}})
    .to_string()
}

/// As many alerts in one document.
#[must_use]
pub fn many(count: usize) -> String {
    let alerts: Vec<Value> = (0..count).map(|n| json!({"alertId": format!("many {n}"), "severity": "Low"})).collect();
    json!({"type": "secureaccess.alerts.api.anomaly.v1", "data": {"alerts": alerts}}).to_string()
}

/// A document of exactly so many bytes, made longer with space.
///
/// # Panics
/// When that is less than the document itself has.
#[must_use]
pub fn of_size(id: &str, size: usize) -> String {
    let document = document(id);
    format!("{}{document}", " ".repeat(size - document.len()))
}
