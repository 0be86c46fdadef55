//! Shield: sensitive data in traffic. One of its rules is far too wide, which makes it the noisy source.

use serde_json::json;
use tocsin_model::severity::Severity;
use tocsin_model::time::Timestamp;

use super::times;
use crate::demo::calendar::Calendar;
use crate::demo::cast::{self, PEOPLE, PROGRAMS, SERVICES};
use crate::demo::dice::Dice;
use crate::demo::people::{Habit, handle};
use crate::demo::{DemoAlert, Origin, content};

/// An alert that somebody set up in Shield.
pub(crate) struct Rule {
    pub name: &'static str,
    pub description: &'static str,
    pub query: &'static str,
    pub severity: Severity,
    pub id: &'static str,
}

/// The rule that should have been narrower.
const NOISY: Rule = Rule {
    name: "E-mail addresses in support tickets",
    description: "E-mail addresses in bodies sent to the support desk",
    query: "datatypes_detected in (email-address) and hostname in (support.example.net) and icap_mode in (REQMOD)",
    severity: Severity::Low,
    id: "b1f0a6de-2f57-4c55-a0f4-6d3b8a2f1c01",
};

/// The rule of the incident.
pub(crate) const CUSTOMER_RECORDS: Rule = Rule {
    name: "Customer records leaving CRM",
    description: "More than 500 unmasked customer records by one user",
    query: "datatypes_detected in (customer-number, iban) and obfuscated in (false) and hostname in (crm.example.net)",
    severity: Severity::High,
    id: "6c3a424e-0e26-4c2e-bf0e-8de3e1505d35",
};

const RULES: [(i64, Rule); 7] = [
    (
        30,
        Rule {
            name: "Bypass activity",
            description: "Requests that skipped scanning",
            query: "bypassed in (true)",
            severity: Severity::Medium,
            id: "06c76e1f-1a07-46bc-ad98-dfcb53a95477",
        },
    ),
    (
        22,
        Rule {
            name: "Phone numbers on mobile devices",
            description: "Unmasked phone numbers in answers to phones",
            query: "datatypes_detected in (phone-number) and client_device in (Mobile) and obfuscated in (false)",
            severity: Severity::Low,
            id: "41d9c7a2-8e0b-4f3a-b7c6-5a4938271605",
        },
    ),
    (
        14,
        Rule {
            name: "National ID numbers in uploads",
            description: "National identity numbers in files sent to cloud storage",
            query: "datatypes_detected in (national-id) and hostname in (files.example.com) and icap_mode in (REQMOD)",
            severity: Severity::High,
            id: "8f2e1d0c-9b8a-4765-a432-10fedcba9876",
        },
    ),
    (
        12,
        Rule {
            name: "API keys in chat messages",
            description: "What looks like a key was sent in a chat",
            query: "datatypes_detected in (api-key) and apps in (chat)",
            severity: Severity::High,
            id: "2a4c6e80-1b3d-4f5a-8c7e-9d0b2f4a6c8e",
        },
    ),
    (
        10,
        Rule {
            name: "Card numbers leaving CRM",
            description: "Unmasked PAN in responses",
            query: "datatypes_detected in (card-number) and obfuscated in (false) and icap_mode in (RESPMOD)",
            severity: Severity::High,
            id: "7d5b3f19-0e2c-4a6b-9d8f-1c3e5a7b9d0f",
        },
    ),
    (
        8,
        Rule {
            name: "Personaldaten an private Postfächer",
            description: "Gehalts- und Personaldaten in Mails nach außen",
            query: "datatypes_detected in (payroll) and hostname in (mail.example.net) and usergroup in (hr)",
            severity: Severity::Medium,
            id: "5e7f9a1b-3c5d-4e7f-a9b1-c3d5e7f9a1b3",
        },
    ),
    (
        4,
        Rule {
            name: "Health data to unknown apps",
            description: "Medical terms sent to apps nobody has approved",
            query: "datatypes_detected in (health) and apps isNot in (approved) and blocked in (true)",
            severity: Severity::High,
            id: "c0ffee00-4d2b-4a19-8f7e-6d5c4b3a2918",
        },
    ),
];

pub(in crate::demo) fn alerts(seed: u64, calendar: &Calendar) -> Vec<DemoAlert> {
    let mut dice = Dice::new(seed, "shield");
    let mut alerts = Vec::new();
    for time in times(&mut dice, calendar, 21, true) {
        let person = *dice.pick(&PEOPLE);
        let mut alert = entry(&mut dice, &NOISY, time, person, "support.example.net");
        handle(&mut dice, calendar, Habit::Noise, &mut alert);
        alerts.push(alert);
    }
    for time in times(&mut dice, calendar, 9, true) {
        let rule = dice.weighted(&RULES);
        let who = if dice.chance(85) { *dice.pick(&PEOPLE) } else { *dice.pick(&PROGRAMS) };
        let place = SERVICES.iter().find(|place| rule.query.contains(**place)).copied();
        let place = place.unwrap_or_else(|| *dice.pick::<&str>(&SERVICES));
        let mut alert = entry(&mut dice, rule, time, who, place);
        let habit = if rule.severity == Severity::High { Habit::Serious } else { Habit::Routine };
        handle(&mut dice, calendar, habit, &mut alert);
        alerts.push(alert);
    }
    alerts
}

/// An entry of Shield's log of alerts.
pub(in crate::demo) fn entry(dice: &mut Dice, rule: &Rule, time: Timestamp, who: &str, place: &str) -> DemoAlert {
    let id = dice.uuid();
    let many = if rule.id == CUSTOMER_RECORDS.id { 2_314 } else { dice.between(1, 60) };
    let address = cast::inside(dice);
    let mut says = content(rule.severity, None, rule.name, time);
    let times = if many == 1 { "once".to_owned() } else { format!("{many} times") };
    says.description = Some(format!("{}\nFound {times} by {who} on {place}\n{}", rule.description, rule.query));
    says.category = Some("Data protection".to_owned());
    says.alert_type = Some(kind(rule).to_owned());
    says.rule = Some(rule.name.to_owned());
    says.entities.username = vec![who.to_owned()];
    says.entities.client_ip = vec![address.clone()];
    says.entities.hostname = vec![place.to_owned()];
    let document = json!({
        "id": id, "alertId": rule.id, "alertName": rule.name, "notificationTypes": [3], "emailRecipients": [],
        "slackChannels": [], "occurrencesCount": many, "timestamp": time.millis() / 1_000, "isTest": false,
        "activitySearchQuery": format!("{} and username in ({who}) and client_ip in ({address})", rule.query),
    });
    let late = dice.between(2_000, 65_000);
    DemoAlert::new(Origin::Shield, id, says, late).in_document(&document)
}

fn kind(rule: &Rule) -> &'static str {
    if rule.query.contains("bypassed") {
        "Scanning bypassed"
    } else if rule.query.contains("blocked") {
        "Sensitive data blocked"
    } else {
        "Sensitive data detected"
    }
}
