//! Demo data: ninety days of a made-up company's alerts from five systems.
//!
//! Invariant: equal seeds and equal times give equal data; nothing is asked of the clock, the machine or the network.
//! What is told here reads as the vendors' own alerts do, with values of our own. Absent on purpose: the store
//! (`app/demo.rs` writes it down).

mod calendar;
mod cast;
mod dice;
mod incident;
mod people;
mod system;

use std::ops::Range;

use serde_json::Value;
use tocsin_model::alert::{Action, Content};
use tocsin_model::entities::Entities;
use tocsin_model::severity::Severity;
use tocsin_model::source::SourceKind;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::{Span, Timestamp};

pub(crate) use calendar::{Calendar, DAYS};
pub(crate) use dice::Dice;

/// The seed of the data that the product shows.
pub(crate) const SEED: u64 = 2_004;

/// A source of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Cisco Secure Access.
    SecureAccess,
    /// Secure Access again: the branches' tunnels, which come and go.
    Tunnels,
    /// Cisco Global Threat Alerts.
    ThreatAlerts,
    /// Microsoft Defender for APIs.
    Defender,
    /// Axway API Manager.
    Axway,
    /// Shield, which has the noisy rule.
    Shield,
}

impl Origin {
    /// Every source of the demo.
    pub(crate) const ALL: [Self; 6] =
        [Self::SecureAccess, Self::Tunnels, Self::ThreatAlerts, Self::Defender, Self::Axway, Self::Shield];

    /// What the source is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SecureAccess => "demo-secure-access",
            Self::Tunnels => "demo-branch-tunnels",
            Self::ThreatAlerts => "demo-threat-alerts",
            Self::Defender => "demo-defender",
            Self::Axway => "demo-axway",
            Self::Shield => "demo-shield",
        }
    }

    /// What system it is.
    pub(crate) const fn kind(self) -> SourceKind {
        match self {
            Self::SecureAccess | Self::Tunnels => SourceKind::SecureAccess,
            Self::ThreatAlerts => SourceKind::GlobalThreatAlerts,
            Self::Defender => SourceKind::Defender,
            Self::Axway => SourceKind::Axway,
            Self::Shield => SourceKind::Shield,
        }
    }
}

/// One alert with all that became of it.
#[derive(Debug, Clone)]
pub(crate) struct DemoAlert {
    pub origin: Origin,
    pub external_id: String,
    pub content: Content,
    pub received_at: Timestamp,
    /// The document it came in, and the alert's own JSON within.
    pub body: String,
    pub payload: Range<usize>,
    /// What happened since, oldest first.
    pub history: Vec<Moment>,
}

/// Something that happened to an alert.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub at: Timestamp,
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// A person did something.
    Person(Action),
    /// The source said that it stands otherwise.
    Source { word: &'static str, status: Status, reason: Option<CloseReason> },
}

impl DemoAlert {
    /// An alert that came `late` milliseconds after it happened.
    fn new(origin: Origin, external_id: String, content: Content, late: i64) -> Self {
        let received_at = content.time.plus(Span::from_millis(late));
        let (body, payload) = (String::new(), 0..0);
        Self { origin, external_id, content, received_at, body, payload, history: Vec::new() }
    }

    /// In a document of its own.
    fn in_document(mut self, document: &Value) -> Self {
        self.body = document.to_string();
        self.payload = 0..self.body.len();
        self
    }

    /// As the only alert of an envelope: what stands before it, itself, what stands after it.
    fn in_envelope(mut self, before: &str, alert: &Value, after: &str) -> Self {
        let alert = alert.to_string();
        self.body = format!("{before}{alert}{after}");
        self.payload = before.len()..before.len() + alert.len();
        self
    }
}

/// What a source says, with only what every alert has.
fn content(severity: Severity, word: Option<&str>, title: impl Into<String>, time: Timestamp) -> Content {
    Content {
        severity,
        source_severity: word.map(str::to_owned),
        source_status: None,
        title: title.into(),
        description: None,
        category: None,
        alert_type: None,
        tactic: None,
        techniques: Vec::new(),
        time,
        entities: Entities::default(),
        rule: None,
        tags: Vec::new(),
    }
}

/// A document that could not be read, for a look at quarantine.
pub(crate) struct Unreadable {
    pub origin: Origin,
    pub received_at: Timestamp,
    pub body: &'static str,
    pub reason: &'static str,
    pub offset: usize,
}

/// Every alert of the demo as of `now`, in the order in which they came in.
pub(crate) fn alerts(seed: u64, now: Timestamp) -> Vec<DemoAlert> {
    let calendar = Calendar::new(now);
    let mut all = Vec::new();
    all.extend(system::secure_access::alerts(seed, &calendar));
    all.extend(system::tunnels::alerts(seed, &calendar));
    all.extend(system::threat_alerts::alerts(seed, &calendar));
    all.extend(system::defender::alerts(seed, &calendar));
    all.extend(system::axway::alerts(seed, &calendar));
    all.extend(system::shield::alerts(seed, &calendar));
    all.retain(|alert| !calendar.asleep(alert.content.time) && alert.content.time < now);
    all.extend(incident::alerts(seed, &calendar));
    let (_, awake) = calendar.sleep();
    for alert in &mut all {
        // What was on its way when the machine fell asleep came when it woke.
        if calendar.asleep(alert.received_at) {
            alert.received_at = awake.plus(Span::from_millis(alert.received_at.millis() % 90_000));
        }
        alert.received_at = alert.received_at.min(now);
        alert.history.retain(|moment| moment.at < now);
        for moment in &mut alert.history {
            moment.at = moment.at.max(alert.received_at);
        }
    }
    all.sort_by(|one, other| {
        (one.received_at, one.origin, &one.external_id).cmp(&(other.received_at, other.origin, &other.external_id))
    });
    all
}

/// What waits in quarantine: a template that broke at a quote, as hand-made ones do.
pub(crate) fn unreadable(now: Timestamp) -> Unreadable {
    let body = "{\"source\":\"axway-api-manager\",\"version\":1,\"alert\":\"Create Organization\",\"attributes\":{\"alert.organization.name\":\"Bäckerei \"Zum Hirsch\"\"}}";
    Unreadable {
        origin: Origin::Axway,
        received_at: Calendar::new(now).days_ago(2, 9),
        body,
        reason: "This is not JSON: expected `,` or `}`. A template that pastes values as they are breaks at a quote; send the form-encoded template instead.",
        offset: body.find("Zum").unwrap_or(0),
    }
}
