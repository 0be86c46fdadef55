//! Cisco Secure Access: anomalies of API credentials, changed rules, odd behaviour of users.

use serde_json::{Value, json};
use tocsin_model::severity::Severity;
use tocsin_model::time::Timestamp;

use super::times;
use crate::demo::calendar::Calendar;
use crate::demo::cast::{KEYS, PEOPLE};
use crate::demo::dice::Dice;
use crate::demo::people::{Habit, handle};
use crate::demo::{DemoAlert, Origin, content};

const ORGANISATION: &str = "7741093";

/// A rule that an administrator set up, and what it watches.
pub(crate) struct Rule {
    pub id: i64,
    pub name: &'static str,
    pub kind: &'static str,
    pub category: &'static str,
    pub envelope: &'static str,
    pub severity: Severity,
    pub conditions: &'static str,
}

const fn anomaly(
    id: i64,
    name: &'static str,
    kind: &'static str,
    severity: Severity,
    conditions: &'static str,
) -> Rule {
    let envelope = "secureaccess.alerts.api.anomaly.v1";
    Rule { id, name, kind, category: "API anomaly", envelope, severity, conditions }
}

pub(crate) const SHARED_KEY: Rule = anomaly(
    311,
    "Shared automation key",
    "More than one client using an API credential",
    Severity::High,
    "Greater than 1 user agent using the same key ID within 3600 seconds",
);
pub(crate) const FAILURES: Rule = anomaly(
    316,
    "Failed sign-ins of API keys",
    "Authentication failures",
    Severity::High,
    "Greater than 25 authentication failures within 900 seconds",
);
pub(crate) const NEW_CREDENTIALS: Rule = anomaly(
    318,
    "Keys made by keys",
    "Programmatic creation of more than one API credential in a day",
    Severity::High,
    "Greater than 1 API credential created within 86400 seconds",
);

const RULES: [(i64, Rule); 9] = [
    (
        24,
        anomaly(
            312,
            "Token requests",
            "Too many requests to get an access token",
            Severity::Medium,
            "Greater than 60 token requests within 3600 seconds",
        ),
    ),
    (
        22,
        anomaly(
            314,
            "429 watch",
            "Large number of rate limit errors",
            Severity::Medium,
            "Greater than 100 rate limit errors within 1800 seconds",
        ),
    ),
    (
        14,
        anomaly(
            313,
            "Error share of the APIs",
            "High percentage of API errors",
            Severity::Low,
            "Greater than 30 percent of API calls failed within 3600 seconds",
        ),
    ),
    (7, SHARED_KEY),
    (10, FAILURES),
    (3, NEW_CREDENTIALS),
    (
        12,
        Rule {
            id: 321,
            name: "Access rule changes",
            kind: "Access rule modified",
            category: "Changes on access rules",
            envelope: "secureaccess.alerts.accessrulechanges.v1",
            severity: Severity::Informational,
            conditions: "Any change of an access rule",
        },
    ),
    (
        5,
        Rule {
            id: 325,
            name: "Bulk downloads",
            kind: "Bulk file downloads",
            category: "User behavior",
            envelope: "secureaccess.alerts.userbehavior.v1",
            severity: Severity::Medium,
            conditions: "More than 300 files downloaded within 3600 seconds",
        },
    ),
    (
        3,
        Rule {
            id: 326,
            name: "Impossible travel",
            kind: "Activity from distant regions in too short a time",
            category: "User behavior",
            envelope: "secureaccess.alerts.userbehavior.v1",
            severity: Severity::High,
            conditions: "Two sign-ins 6,100 km apart within 2700 seconds",
        },
    ),
];

const AGENTS: [&str; 6] = [
    "terraform/1.11.2",
    "python-requests/2.32.3",
    "okhttp/4.12.0",
    "curl/8.12.1",
    "Go-http-client/2.0",
    "PostmanRuntime/7.43.0",
];

pub(in crate::demo) fn alerts(seed: u64, calendar: &Calendar) -> Vec<DemoAlert> {
    let mut dice = Dice::new(seed, "secure access");
    let mut alerts = Vec::new();
    for time in times(&mut dice, calendar, 10, true) {
        let rule = dice.weighted(&RULES);
        let (key, person) = (*dice.pick(&KEYS), *dice.pick(&PEOPLE));
        let mut alert = raised(&mut dice, rule, time, key, person);
        let habit = if rule.severity == Severity::High { Habit::Serious } else { Habit::Routine };
        handle(&mut dice, calendar, habit, &mut alert);
        alerts.push(alert);
    }
    alerts
}

/// An alert as the webhook delivers it: about a key, or else about a person.
pub(in crate::demo) fn raised(dice: &mut Dice, rule: &Rule, time: Timestamp, key: &str, person: &str) -> DemoAlert {
    let id = format!("{}.{ORGANISATION}.{}", rule.id, time.millis());
    let word = word(rule.severity);
    let mut says = content(rule.severity, Some(word), rule.name, time);
    says.source_status = Some("Active".to_owned());
    says.category = Some(rule.category.to_owned());
    says.alert_type = Some(rule.kind.to_owned());
    says.rule = Some(rule.name.to_owned());
    let mut alert = json!({
        "status": "Active", "severity": word, "ruleName": rule.name, "ruleId": rule.id, "alertType": rule.kind,
        "time": time, "category": rule.category, "alertId": id,
        "conditionsApplied": { "conditions": [rule.conditions] },
    });
    if rule.category == "API anomaly" {
        let agents = [*dice.pick(&AGENTS), *dice.pick(&AGENTS)];
        alert["apiKeyId"] = Value::from(key);
        alert["userAgents"] = json!(agents);
        says.entities.api_key_id = vec![key.to_owned()];
        says.description = Some(rule.conditions.to_owned());
    } else {
        let change = "Destination list “Social media” added to rule “Default internet access”";
        alert["user"] = Value::from(person);
        says.entities.username = vec![person.to_owned()];
        says.description = Some(rule.conditions.to_owned());
        if rule.id == 321 {
            alert["changesMade"] = Value::from(change);
            says.description = Some(format!("{change}\n{}", rule.conditions));
        }
    }
    let late = dice.between(3_000, 40_000);
    deliver(dice, Origin::SecureAccess, rule.envelope, (id, says, late), &alert)
}

/// An alert in the envelope of a delivery.
pub(super) fn deliver(
    dice: &mut Dice,
    origin: Origin,
    kind: &str,
    (id, says, late): (String, tocsin_model::alert::Content, i64),
    alert: &Value,
) -> DemoAlert {
    let sent = says.time.plus(tocsin_model::time::Span::from_millis(late - 1_000));
    let before = format!(
        r#"{{"specversion":"1.0","type":"{kind}","source":"secureaccess.alerts","id":"{}","time":"{sent}","datacontenttype":"application/json","orgid":"{ORGANISATION}","data":{{"alerts":["#,
        dice.uuid()
    );
    DemoAlert::new(origin, id, says, late).in_envelope(&before, alert, "]}}")
}

/// The vendor's word for a severity.
pub(super) const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Informational | Severity::Unknown => "Info",
    }
}
