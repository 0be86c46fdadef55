//! Made-up deliveries: of ordinary size, every alert with an id that nobody else uses.

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// One delivery and the alerts in it.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The external id of each alert, as `alert list` shows it.
    pub ids: Vec<String>,
    /// The JSON document.
    pub body: Vec<u8>,
}

const WORDS: &[&str] = &[
    "gateway",
    "token",
    "rotation",
    "client",
    "burst",
    "anomaly",
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
];
const SEVERITIES: &[&str] = &["critical", "high", "medium", "low", "info"];

/// Makes deliveries whose ids start with a prefix.
#[derive(Debug)]
pub struct Payloads {
    prefix: String,
    next: u64,
    random: StdRng,
}

impl Payloads {
    /// Deliveries of one sender. Two senders need two prefixes.
    #[must_use]
    pub fn new(prefix: impl Into<String>, random: StdRng) -> Self {
        Self { prefix: prefix.into(), next: 0, random }
    }

    fn id(&mut self) -> String {
        self.next += 1;
        format!("{}-{}", self.prefix, self.next)
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| WORDS[self.random.random_range(0..WORDS.len())]).collect();
        words.join(" ")
    }

    fn severity(&mut self) -> &'static str {
        SEVERITIES[self.random.random_range(0..SEVERITIES.len())]
    }

    /// Cisco Secure Access's envelope with this many alerts.
    pub fn secure_access(&mut self, alerts: usize) -> Delivery {
        let ids: Vec<String> = (0..alerts).map(|_| self.id()).collect();
        let list: Vec<Value> = ids.iter().map(|id| self.secure_access_alert(id)).collect();
        let body = json!({
            "specversion": "1.0", "type": "secureaccess.alerts.api.anomaly.v1", "source": "secureaccess.alerts",
            "id": format!("envelope-{}", ids.first().map_or("none", String::as_str)), "time": "2026-03-04T08:13:02Z",
            "datacontenttype": "application/json", "orgid": "7741093", "data": { "alerts": list },
        });
        Delivery { ids, body: body.to_string().into_bytes() }
    }

    fn secure_access_alert(&mut self, id: &str) -> Value {
        json!({
            "status": "Active", "severity": self.severity(), "ruleName": self.words(3), "ruleId": 311,
            "alertType": "More than 1 client using an API credential", "time": "2026-03-04T08:12:40Z",
            "category": "API anomaly", "alertId": id, "ruleDescription": self.words(8),
            "apiKeyId": format!("{:032x}", self.random.random::<u128>()),
            "userAgents": ["terraform/1.11.2", "python-requests/2.32.3"],
            "conditionsApplied": { "conditions": ["Greater than 1 user agent using the same key ID within 3600 seconds"] },
        })
    }

    /// Alertmanager's webhook message, version 4, with this many firing alerts.
    pub fn alertmanager_webhook(&mut self, alerts: usize) -> Delivery {
        let starts_at = "2026-03-04T08:12:40Z";
        let (mut ids, mut list) = (Vec::with_capacity(alerts), Vec::with_capacity(alerts));
        for _ in 0..alerts {
            let (id, mut alert) = self.alertmanager_alert(starts_at);
            ids.push(format!("{id}/{starts_at}"));
            alert["status"] = "firing".into();
            alert["fingerprint"] = id.into();
            list.push(alert);
        }
        let body = json!({
            "version": "4", "groupKey": "{}:{}", "truncatedAlerts": 0, "status": "firing", "receiver": "tocsin",
            "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://localhost:9093",
            "alerts": list,
        });
        Delivery { ids, body: body.to_string().into_bytes() }
    }

    /// What Prometheus posts to Alertmanager itself (`/api/v2/alerts`), with this many alerts.
    pub fn alertmanager_api(&mut self, alerts: usize) -> Delivery {
        let (mut ids, mut list) = (Vec::with_capacity(alerts), Vec::with_capacity(alerts));
        for _ in 0..alerts {
            let (id, alert) = self.alertmanager_alert("2026-03-04T08:12:40Z");
            ids.push(id);
            list.push(alert);
        }
        Delivery { ids, body: Value::from(list).to_string().into_bytes() }
    }

    fn alertmanager_alert(&mut self, starts_at: &str) -> (String, Value) {
        let id = self.id();
        let alert = json!({
            "labels": {
                "alertname": self.words(2), "severity": self.severity(), "request": id, "service": self.words(1),
                "instance": format!("host{:03}.example.net:9100", self.random.random_range(0..500)),
                "endpoint": format!("/v1/{}/{}", self.words(1).replace(' ', "/"), self.random.random_range(0..50)),
            },
            "annotations": { "summary": self.words(5), "description": self.words(15) },
            "startsAt": starts_at, "endsAt": "2036-03-04T08:12:40Z",
            "generatorURL": "http://prometheus.example.net/graph?g0.expr=up",
        });
        (id, alert)
    }
}
