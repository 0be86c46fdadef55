//! The branches' tunnels, reported by Secure Access: the source that flaps.

use serde_json::json;
use tocsin_model::severity::Severity;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::{Span, Timestamp};

use super::secure_access::{deliver, word};
use crate::demo::calendar::Calendar;
use crate::demo::dice::Dice;
use crate::demo::people::minutes;
use crate::demo::{DemoAlert, Happening, Moment, Origin, content};

const KIND: &str = "secureaccess.alerts.connectivity.tunnels.v1";
/// Branches, each as often as its line is bad. One of them is very bad.
const BRANCHES: [(i64, (&str, &str)); 6] = [
    (70, ("fra-branch", "eu-central-1")),
    (8, ("łódź-branch", "eu-central-1")),
    (7, ("malmö-branch", "eu-north-1")),
    (6, ("porto-branch", "eu-west-3")),
    (5, ("大阪-branch", "ap-northeast-1")),
    (4, ("austin-branch", "us-east-2")),
];

pub(in crate::demo) fn alerts(seed: u64, calendar: &Calendar) -> Vec<DemoAlert> {
    let mut dice = Dice::new(seed, "tunnels");
    let times = super::times(&mut dice, calendar, 3, false);
    times.into_iter().map(|time| flapping(&mut dice, calendar, time)).collect()
}

/// A tunnel that goes down, comes back, and goes down again.
fn flapping(dice: &mut Dice, calendar: &Calendar, time: Timestamp) -> DemoAlert {
    let (branch, region) = *dice.weighted(&BRANCHES);
    let down = "Network tunnel group disconnected";
    let kind = if dice.chance(80) { down } else { "Hub down in network tunnel group" };
    let severity = if kind == down { Severity::High } else { Severity::Medium };
    let id = format!("319.7741093.{}", time.millis());
    let mut says = content(severity, Some(word(severity)), format!("Branch tunnels: {branch}"), time);
    says.source_status = Some("Active".to_owned());
    says.description = Some(format!("Region: {region}\nNetwork tunnel group: {branch}"));
    says.category = Some("Connectivity".to_owned());
    says.alert_type = Some(kind.to_owned());
    says.rule = Some("Branch tunnels".to_owned());
    says.entities.hostname = vec![branch.to_owned()];
    says.tags = vec![format!("region:{region}")];
    let payload = json!({
        "alertId": id, "alertType": kind, "category": "Connectivity", "ruleId": 319, "ruleName": "Branch tunnels",
        "severity": word(severity), "status": "Active", "time": time,
        "conditionsApplied": { "conditions": [format!("Region: {region}"), format!("Network tunnel group: {branch}")] },
    });
    // The vendor holds tunnel alerts back for eight minutes.
    let late = 8 * Span::MINUTE.millis() + dice.between(1_000, 9_000);
    let mut alert = deliver(dice, Origin::Tunnels, KIND, (id, says, late), &payload);
    let turns = if branch == "fra-branch" { dice.between(1, 5) } else { dice.between(1, 3) };
    let mut at = alert.received_at;
    for turn in 0..turns {
        if turn > 0 {
            at = at.plus(minutes(dice.between(2, 45)));
            alert.history.push(Moment { at, what: source("Active") });
        }
        at = at.plus(minutes(dice.between(3, 50)));
        alert.history.push(Moment { at, what: source("Resolved") });
    }
    let recent = calendar.now().millis() - time.millis() < 5 * Span::HOUR.millis();
    if recent {
        alert.history.pop();
    }
    alert
}

fn source(word: &'static str) -> Happening {
    if word == "Resolved" {
        Happening::Source { word, status: Status::Closed, reason: Some(CloseReason::source_resolved()) }
    } else {
        Happening::Source { word, status: Status::New, reason: None }
    }
}
