//! Axway API Manager: quotas, and what is done to applications, credentials and APIs. A nightly batch runs into its
//! quota, twice on the night on which the clocks go back.

use serde_json::{Map, Value, json};
use tocsin_model::severity::Severity;
use tocsin_model::time::{Span, Timestamp};

use super::times;
use crate::demo::calendar::Calendar;
use crate::demo::cast::{APPLICATIONS, ENDPOINTS, PEOPLE};
use crate::demo::dice::Dice;
use crate::demo::people::{Habit, handle};
use crate::demo::{DemoAlert, Origin, content};

/// An alert of API Manager.
pub(crate) struct Policy {
    pub name: &'static str,
    pub category: &'static str,
    pub title: &'static str,
    pub kind: &'static str,
    pub severity: Severity,
}

const fn policy(name: &'static str, category: &'static str, title: &'static str, severity: Severity) -> Policy {
    let kind = match severity {
        Severity::High | Severity::Critical => "runtime",
        Severity::Medium | Severity::Low | Severity::Informational | Severity::Unknown => "governance",
    };
    Policy { name, category, title, kind, severity }
}

pub(crate) const QUOTA: Policy = policy("Application Quota Exceeded", "quota", "Quota", Severity::High);
pub(crate) const NEW_CREDENTIAL: Policy =
    policy("Create Application Credential", "application-credential", "Application credential", Severity::Medium);
pub(crate) const NO_CREDENTIAL: Policy =
    policy("Delete Application Credential", "application-credential", "Application credential", Severity::Medium);

const POLICIES: [(i64, Policy); 14] = [
    (12, QUOTA),
    (
        16,
        Policy { kind: "runtime", ..policy("Application Quota Warning Exceeded", "quota", "Quota", Severity::Medium) },
    ),
    (6, Policy { kind: "runtime", ..policy("System Quota Warning Exceeded", "quota", "Quota", Severity::Medium) }),
    (10, NEW_CREDENTIAL),
    (7, policy("Update Application Credential", "application-credential", "Application credential", Severity::Medium)),
    (4, NO_CREDENTIAL),
    (9, policy("Approve Application Registration", "application", "Application", Severity::Low)),
    (9, policy("Application Approved", "application", "Application", Severity::Informational)),
    (3, policy("Delete Application", "application", "Application", Severity::Low)),
    (8, policy("Approve Application API Access Request", "application", "Application", Severity::Low)),
    (9, policy("API Proxy Published", "api-registration", "API registration", Severity::Informational)),
    (3, policy("API Proxy Unpublished", "api-registration", "API registration", Severity::Low)),
    (2, policy("Create Organization", "organization", "Organization", Severity::Informational)),
    (4, policy("API Proxy Deprecated", "api-registration", "API registration", Severity::Informational)),
];

pub(in crate::demo) fn alerts(seed: u64, calendar: &Calendar) -> Vec<DemoAlert> {
    let mut dice = Dice::new(seed, "axway");
    let mut alerts = Vec::new();
    for time in times(&mut dice, calendar, 9, true) {
        let policy = dice.weighted(&POLICIES);
        let (application, person) = (*dice.pick(&APPLICATIONS), *dice.pick(&PEOPLE));
        let mut alert = raised(&mut dice, policy, time, application, person);
        let habit = if policy.severity == Severity::High { Habit::Serious } else { Habit::Routine };
        handle(&mut dice, calendar, habit, &mut alert);
        alerts.push(alert);
    }
    let change = calendar.clock_change();
    for start in calendar.batch_starts() {
        let time = start.plus(Span::from_millis(dice.between(17, 26) * Span::MINUTE.millis()));
        let on_that_night = change.is_some_and(|at| (start.millis() - at.millis()).abs() < 4 * Span::HOUR.millis());
        if on_that_night || dice.chance(30) {
            let name = "Settlement batch";
            let mut alert = raised(&mut dice, &QUOTA, time, name, "svc-settlement");
            let day = "The batch started at 02:30 in Berlin";
            alert.content.description = Some(format!("{}\n{day}", alert.content.description.unwrap_or_default()));
            handle(&mut dice, calendar, Habit::Routine, &mut alert);
            alerts.push(alert);
        }
    }
    alerts
}

/// An alert as the policy posts it.
pub(in crate::demo) fn raised(
    dice: &mut Dice,
    policy: &Policy,
    time: Timestamp,
    application: &str,
    person: &str,
) -> DemoAlert {
    let id = dice.hex(32);
    let gateway = *dice.pick(&["apim-gw-1", "apim-gw-2"]);
    let about = about(dice, policy, application);
    let mut says = content(policy.severity, None, format!("{}: {about}", policy.name), time);
    let who = format!("{} on {gateway}, by {person}", policy.name);
    says.description = Some(if policy.kind == "runtime" { format!("{about} on {gateway}") } else { who });
    says.category = Some(policy.title.to_owned());
    says.alert_type = Some(policy.name.to_owned());
    says.entities.username = if policy.kind == "runtime" { Vec::new() } else { vec![person.to_owned()] };
    says.entities.hostname = vec![gateway.to_owned()];
    says.tags = vec![policy.kind.to_owned()];
    let mut attributes = Map::new();
    let mut attribute = |key: &str, value: String| attributes.insert(key.to_owned(), Value::from(value));
    match policy.category {
        "organization" => attribute("alert.organization.name", about),
        "api-registration" => attribute("alert.apiIdList", dice.uuid()),
        _ => attribute("alert.application.name", about),
    };
    if policy.category == "application-credential" {
        attribute("alert.appcredential.type", "apikey".to_owned());
        attribute("alert.appcredential.apikey.createdOn", time.millis().to_string());
    }
    if policy.kind == "governance" {
        attribute("alert.user.id", person.to_owned());
    }
    let document = json!({
        "source": "axway-api-manager", "version": 1, "instance": gateway, "alert": policy.name,
        "category": policy.category, "type": policy.kind, "time": time, "attributes": attributes,
    });
    let late = dice.between(400, 4_000);
    DemoAlert::new(Origin::Axway, id, says, late).in_document(&document)
}

fn about(dice: &mut Dice, policy: &Policy, application: &str) -> String {
    match policy.category {
        "organization" => {
            (*dice.pick(&["Société Générale de Démonstration", "株式会社サンプル", "Пример ООО"])).to_owned()
        }
        "api-registration" => dice.pick(&ENDPOINTS).0.to_owned(),
        _ if policy.name.starts_with("System") => "all applications".to_owned(),
        _ => application.to_owned(),
    }
}
