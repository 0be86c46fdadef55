//! A data directory with very many alerts, as a busy team would have after a quarter of a year: most of them of few
//! kinds and about few users, the old ones closed, the words of the texts as unevenly spread as in any language.

use std::path::Path;

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tocsin_model::alert::{Content, Handling};
use tocsin_model::delivery::Delivery;
use tocsin_model::entities::Entities;
use tocsin_model::id::AlertId;
use tocsin_model::redaction::redact;
use tocsin_model::severity::Severity;
use tocsin_model::source::{SignInKind, Source, SourceKind};
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::{Span, Timestamp};
use tocsin_store::{NewAlert, NewSource, ReportPlace, Store, StoreError, WriteTx};

/// A word that every description has.
pub const WORD_OF_ALL: &str = "gateway";
/// A word that one description in twenty has.
pub const WORD_OF_SOME: &str = "lateral";
/// A word that one description in ten thousand has.
pub const RARE_WORD: &str = "kestrel";

/// Alerts of one transaction.
const GROUP: u64 = 5_000;
/// Alerts of one delivery.
const DELIVERY: u64 = 10;
/// How far back the oldest alert lies.
const DAYS: i64 = 90;

const SOURCES: [(&str, SourceKind); 5] = [
    ("edge-gateway", SourceKind::SecureAccess),
    ("prometheus-eu", SourceKind::Alertmanager),
    ("prometheus-us", SourceKind::Alertmanager),
    ("api-shield", SourceKind::CloudEvents),
    ("partner-portal", SourceKind::CloudEvents),
];
const CATEGORIES: [&str; 12] = [
    "API anomaly",
    "Credential abuse",
    "Rate limit",
    "Data exposure",
    "Injection",
    "Broken authorization",
    "Bot traffic",
    "Schema violation",
    "Availability",
    "Configuration drift",
    "Shadow API",
    "Partner misuse",
];
const SUBJECTS: [&str; 10] = [
    "Token replay",
    "More than 1 client using an API credential",
    "Quota exceeded",
    "Unusual data volume",
    "SQL in a parameter",
    "Object of another tenant read",
    "Scripted sign-ins",
    "Unknown field in request",
    "Error rate above 5 %",
    "Key without rotation",
];
const TACTICS: [&str; 8] = [
    "Initial Access",
    "Credential Access",
    "Discovery",
    "Lateral Movement",
    "Collection",
    "Exfiltration",
    "Impact",
    "Persistence",
];
const WORDS: [&str; 48] = [
    "the",
    "a",
    "of",
    "client",
    "request",
    "token",
    "within",
    "from",
    "seconds",
    "user",
    "agent",
    "key",
    "address",
    "response",
    "error",
    "endpoint",
    "unusual",
    "observed",
    "more",
    "than",
    "partner",
    "billing",
    "orders",
    "identity",
    "export",
    "session",
    "quota",
    "webhook",
    "payload",
    "schema",
    "replay",
    "tenant",
    "region",
    "credential",
    "burst",
    "anomaly",
    "rotation",
    "baseline",
    "threshold",
    "exceeded",
    "denied",
    "allowed",
    "retry",
    "timeout",
    "certificate",
    "header",
    "cookie",
    "signature",
];

/// Makes a store of `count` alerts in `dir`, which must not have one yet; the newest is of just before `until`.
///
/// # Errors
/// When the store cannot be written.
pub fn make_store(dir: &Path, count: u64, seed: u64, until: Timestamp) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let store = Store::open(dir)?;
    let sources = store.write_blocking(move |tx| add_sources(tx, until))?;
    let mut maker = Maker { random: StdRng::seed_from_u64(seed), sources, count, until };
    let mut made = 0;
    while made < count {
        let end = count.min(made + GROUP);
        maker = store.write_blocking(move |tx| {
            let mut at = made;
            while at < end {
                let next = end.min(at + DELIVERY);
                maker.delivery(tx, at..next)?;
                at = next;
            }
            Ok(maker)
        })?;
        made = end;
    }
    Ok(())
}

fn add_sources(tx: &WriteTx<'_>, until: Timestamp) -> Result<Vec<i64>, StoreError> {
    let add = |(name, kind): (&str, SourceKind)| {
        tx.add_source(&NewSource {
            source: Source {
                name: name.parse().map_err(|_| StoreError::Conflict(name.to_owned()))?,
                kind,
                sign_in: SignInKind::Basic,
                username: Some("tocsin".to_owned()),
                origins: Vec::new(),
                created_at: until.minus(Span::from_millis(DAYS * Span::DAY.millis())),
            },
            verifier: "nobody signs in here".to_owned(),
        })
    };
    SOURCES.into_iter().map(add).collect()
}

/// Makes alerts one after the other, oldest first.
struct Maker {
    random: StdRng,
    sources: Vec<i64>,
    count: u64,
    until: Timestamp,
}

impl Maker {
    fn delivery(&mut self, tx: &WriteTx<'_>, places: std::ops::Range<u64>) -> Result<(), StoreError> {
        let source = self.skewed(self.sources.len());
        let received_at = self.received(places.start);
        let contents: Vec<Content> = places.clone().map(|_| self.content(source, received_at)).collect();
        let (mut body, mut parts) = (b"{\"alerts\":[".to_vec(), Vec::new());
        for (content, place) in contents.iter().zip(places.clone()) {
            let start = body.len();
            body.extend_from_slice(payload(content, place).as_bytes());
            parts.push(start..body.len());
            body.push(b',');
        }
        body.pop();
        body.extend_from_slice(b"]}");
        let delivery = Delivery { body: redact(body), content_type: "application/json".to_owned(), received_at };
        let delivery_row = tx.add_delivery(self.sources[source], &delivery)?;
        for ((content, payload), place) in contents.iter().zip(parts).zip(places) {
            let external_id = format!("{:08x}-{place}", self.random.random::<u32>());
            let handling = self.handling(received_at);
            let new = NewAlert {
                id: AlertId::new(received_at, self.random.random()),
                source_row: self.sources[source],
                identity: &external_id,
                external_id: &external_id,
                content,
                handling: &handling,
                received_at,
                report: ReportPlace { key: Some(&external_id), reported_at: Some(received_at), delivery_row, payload },
            };
            tx.add_alert(&new)?;
        }
        Ok(())
    }

    /// Evenly over the days, with fewer at night.
    fn received(&mut self, place: u64) -> Timestamp {
        let span = DAYS * Span::DAY.millis();
        let share = i128::from(self.count - place) * i128::from(span) / i128::from(self.count.max(1));
        self.until.minus(Span::from_millis(i64::try_from(share).unwrap_or(0)))
    }

    fn handling(&mut self, received_at: Timestamp) -> Handling {
        let days = (self.until.millis() - received_at.millis()) / Span::DAY.millis();
        let closed = match days {
            0 => 0.15,
            1..=6 => 0.6,
            _ => 0.97,
        };
        if self.random.random_bool(closed) {
            let reason = CloseReason::OFFERED[self.skewed(CloseReason::OFFERED.len())];
            return Handling::fresh(Status::Closed, CloseReason::from_person(reason).ok());
        }
        let status = if self.random.random_bool(0.2) { Status::Acknowledged } else { Status::New };
        Handling::fresh(status, None)
    }

    fn content(&mut self, source: usize, received_at: Timestamp) -> Content {
        let category = self.skewed(CATEGORIES.len());
        let subject = SUBJECTS[(category + self.skewed(4)) % SUBJECTS.len()];
        let severity = [
            Severity::Low,
            Severity::Medium,
            Severity::Informational,
            Severity::High,
            Severity::Critical,
            Severity::Unknown,
        ][self.skewed(6)];
        let user = format!("user{:05}@example.net", self.skewed(20_000));
        let lateness = i64::try_from(self.skewed(120_000)).unwrap_or(0);
        let more = self.random.random_bool(0.3);
        Content {
            severity,
            source_severity: Some(severity.as_str().to_uppercase()),
            source_status: Some("Active".to_owned()),
            title: format!("{subject}: {user}"),
            description: Some(self.description()),
            category: Some(CATEGORIES[category].to_owned()),
            alert_type: Some(format!("{subject} ({})", SOURCES[source].1.as_str())),
            tactic: more.then(|| TACTICS[self.skewed(TACTICS.len())].to_owned()),
            techniques: if more { vec![format!("T1{:03}", self.skewed(200))] } else { Vec::new() },
            time: received_at.minus(Span::from_millis(lateness)),
            entities: Entities {
                client_ip: vec![self.address()],
                username: vec![user],
                api_key_id: if more { vec![format!("key-{:04x}", self.skewed(5_000))] } else { Vec::new() },
                endpoint: vec![format!("/v1/{}/{}", WORDS[20 + self.skewed(20)], self.skewed(50))],
                hostname: vec![format!("host{:03}.example.net", self.skewed(800))],
            },
            rule: Some(format!("{subject} {}", self.skewed(20))),
            tags: if more { vec![format!("team={}", self.skewed(12))] } else { Vec::new() },
        }
    }

    fn description(&mut self) -> String {
        let length = self.random.random_range(8..20);
        let mut words: Vec<&str> = (0..length).map(|_| WORDS[self.skewed(WORDS.len())]).collect();
        words.insert(self.random.random_range(0..length), WORD_OF_ALL);
        for (word, share) in [(WORD_OF_SOME, 0.05), (RARE_WORD, 0.0001)] {
            if self.random.random_bool(share) {
                words.insert(self.random.random_range(0..length), word);
            }
        }
        words.join(" ")
    }

    fn address(&mut self) -> String {
        let host = self.skewed(40_000);
        if host.is_multiple_of(50) {
            return format!("2001:db8::{host:x}");
        }
        format!("10.{}.{}.{}", host % 7, host / 256, host % 256)
    }

    /// A number below `count`, the small ones far more often.
    fn skewed(&mut self, count: usize) -> usize {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small"
        )]
        let place = ((count as f64 + 1.0).powf(self.random.random::<f64>()) - 1.0) as usize;
        place.min(count - 1)
    }
}

/// What the vendor would have sent.
fn payload(content: &Content, place: u64) -> String {
    json!({
        "alertId": place, "severity": content.source_severity, "status": "Active", "ruleName": content.rule,
        "alertType": content.alert_type, "category": content.category, "time": content.time,
        "ruleDescription": content.description, "entities": content.entities,
    })
    .to_string()
}
