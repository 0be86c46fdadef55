//! Cisco Global Threat Alerts: what hosts of the network do that looks like malware.

use serde_json::json;
use tocsin_model::severity::Severity;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::{Span, Timestamp};

use super::times;
use crate::demo::calendar::{Calendar, DAYS};
use crate::demo::cast::{self, HOSTS, PEOPLE};
use crate::demo::dice::Dice;
use crate::demo::people::{Habit, handle};
use crate::demo::{DemoAlert, Happening, Moment, Origin, content};

/// A record of the threat catalogue, with the event that convicts.
pub(crate) struct Threat {
    pub title: &'static str,
    pub category: &'static str,
    pub risk: Severity,
    pub event: &'static str,
    pub tactic: &'static str,
    pub technique: &'static str,
}

pub(crate) const STEALER: Threat = Threat {
    title: "Information stealer",
    category: "Malware",
    risk: Severity::Critical,
    event: "Connection to known C2 host",
    tactic: "Credential Access",
    technique: "T1555",
};

const THREATS: [(i64, Threat); 7] = [
    (
        22,
        Threat {
            title: "Potentially unwanted application",
            category: "Policy violation",
            risk: Severity::Low,
            event: "Download of a bundled installer",
            tactic: "Execution",
            technique: "T1204",
        },
    ),
    (
        20,
        Threat {
            title: "Cryptocurrency mining",
            category: "Resource hijacking",
            risk: Severity::Medium,
            event: "Long connection to a mining pool",
            tactic: "Impact",
            technique: "T1496",
        },
    ),
    (
        18,
        Threat {
            title: "Unusual DNS volume",
            category: "Anomaly",
            risk: Severity::Medium,
            event: "5,812 queries to one domain",
            tactic: "Command and Control",
            technique: "T1071.004",
        },
    ),
    (
        16,
        Threat {
            title: "Repetitive TLS pattern",
            category: "Anomaly",
            risk: Severity::Low,
            event: "12 hosts, every 300 s, same size",
            tactic: "Command and Control",
            technique: "T1573",
        },
    ),
    (
        10,
        Threat {
            title: "Phishing site visited",
            category: "Phishing",
            risk: Severity::High,
            event: "Form sent to a look-alike sign-in page",
            tactic: "Initial Access",
            technique: "T1566.002",
        },
    ),
    (
        6,
        Threat {
            title: "Ransomware precursor",
            category: "Malware",
            risk: Severity::Critical,
            event: "Download by a known loader",
            tactic: "Execution",
            technique: "T1059.001",
        },
    ),
    (
        8,
        Threat {
            title: "Data hoarding",
            category: "Exfiltration",
            risk: Severity::High,
            event: "Upload of 4.2 GB to a file-sharing service",
            tactic: "Exfiltration",
            technique: "T1567.002",
        },
    ),
];

pub(in crate::demo) fn alerts(seed: u64, calendar: &Calendar) -> Vec<DemoAlert> {
    let mut dice = Dice::new(seed, "threat alerts");
    let mut alerts = Vec::new();
    for time in times(&mut dice, calendar, 4, false) {
        let threat = dice.weighted(&THREATS);
        let (host, person, address) = (*dice.pick(&HOSTS), *dice.pick(&PEOPLE), cast::outside(&mut dice));
        let mut alert = triggered(&mut dice, threat, time, (host, person), &address);
        if dice.chance(5) {
            // After 45 days without news the vendor forgets an alert.
            let at = alert.received_at.plus(Span::from_millis(DAYS / 2 * Span::DAY.millis()));
            let (word, reason) = ("Closed", Some(CloseReason::expired()));
            alert.history.push(Moment { at, what: Happening::Source { word, status: Status::Closed, reason } });
        } else {
            let habit = if threat.risk >= Severity::High { Habit::Serious } else { Habit::Routine };
            handle(&mut dice, calendar, habit, &mut alert);
        }
        alerts.push(alert);
    }
    alerts
}

/// An alert with its detection, event and asset.
pub(in crate::demo) fn triggered(
    dice: &mut Dice,
    threat: &Threat,
    time: Timestamp,
    (host, person): (&str, &str),
    address: &str,
) -> DemoAlert {
    let id = dice.hex(64);
    let risk = match threat.risk {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low | Severity::Informational | Severity::Unknown => "Low",
    };
    let mut says = content(threat.risk, Some(risk), format!("{} on {host}", threat.title), time);
    says.source_status = Some("New".to_owned());
    says.description = Some(format!("{}: {address}\n{host}, used by {person}", threat.event));
    says.category = Some(threat.category.to_owned());
    says.alert_type = Some(threat.title.to_owned());
    says.tactic = Some(threat.tactic.to_owned());
    says.techniques = vec![threat.technique.to_owned()];
    says.entities.username = vec![person.to_owned()];
    says.entities.client_ip = vec![address.to_owned()];
    says.entities.hostname = vec![host.to_owned()];
    let eta = dice.chance(30);
    if eta {
        says.tags = vec!["EtaBasedDetection".to_owned()];
    }
    let (detection, asset) = (format!("td-{}", dice.hex(16)), format!("as-{}", dice.hex(16)));
    let document = json!({
        "id": id, "risk": risk, "status": { "value": "New" }, "etaFlag": eta.then_some("EtaBasedDetection"),
        "note": null, "triggeredAt": time, "modifiedAt": time,
        "threatDetections": [{
            "id": detection, "affectedAssetId": asset, "confidence": "High",
            "threatIntelRecord": { "title": threat.title, "category": threat.category, "severity": risk },
        }],
        "events": [{ "title": threat.event, "subtitle": format!("{address}:443"), "detectedAt": time }],
        "assets": [{ "id": asset, "assumedOwner": person, "hostname": host }],
    });
    let late = dice.between(60_000, 600_000);
    DemoAlert::new(Origin::ThreatAlerts, id, says, late).in_document(&document)
}
