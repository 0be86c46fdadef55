//! The rules that are on, and the deliveries that they bite on.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tocsin_testkit::load::{PLACEHOLDER, TIME, Workload};
use tocsin_testkit::payload::{Delivery, Payloads};

/// Rules that look once a minute.
const EVERY_MINUTE: usize = 500;
/// Ordinary rules.
const ORDINARY: usize = 100;
/// Hosts, or categories of alerts, that rules tell apart.
const KINDS: usize = 50;
/// Letters of the text that the deadly expression works on.
const LONG: usize = 16_000;
/// Raises the alert that shows that everything was evaluated.
pub(crate) const LAST: &str = "Last";

/// What is sent, and the names of the fields that rules look at there.
#[derive(Debug)]
pub(crate) struct Feed {
    pub workload: Workload,
    pub source: &'static str,
    /// Where it goes below the source's address.
    pub path: &'static str,
    kind: &'static str,
    text: &'static str,
    group: &'static str,
    /// Whether the text may be so long that an expression takes long for it: an alert's names are cut.
    pub is_deadly: bool,
}

pub(crate) const FEEDS: [Feed; 2] = [
    Feed {
        workload: Workload { name: "feed: 8 clients, 100 events a POST", clients: 8, batch: 100 },
        source: "api-traffic",
        path: "/events",
        kind: "hostname",
        text: "path",
        group: "username",
        is_deadly: true,
    },
    Feed {
        workload: Workload { name: "alerts: 64 clients, 1 alert a POST", clients: 64, batch: 1 },
        source: "secure-access",
        path: "",
        kind: "category",
        text: "rule_name",
        group: "api_key_id",
        is_deadly: false,
    },
];

impl Feed {
    /// One event or alert in `batch` has the text that the deadly expression takes long for; every one has a group of
    /// its own.
    pub(crate) fn delivery(&self) -> Delivery {
        let mut random = StdRng::seed_from_u64(42);
        let long: String = (0..LONG).map(|_| if random.random_bool(0.5) { 'a' } else { 'b' }).collect();
        // Of its own too, or it would be known.
        let long = format!("{PLACEHOLDER}{long}");
        if self.path.is_empty() {
            let mut made = Payloads::new(PLACEHOLDER, random).secure_access(self.workload.batch);
            let mut body: Value = serde_json::from_slice(&made.body).unwrap_or_default();
            for alert in body["data"]["alerts"].as_array_mut().into_iter().flatten() {
                alert["time"] = TIME.into();
                alert["apiKeyId"] = PLACEHOLDER.into();
                alert["category"] = "kind 7".into();
                alert["ruleName"] = long.as_str().into();
            }
            made.body = body.to_string().into_bytes();
            return made;
        }
        let ids: Vec<String> = (0..self.workload.batch).map(|at| format!("{PLACEHOLDER}-{at}")).collect();
        let event = |(at, id): (usize, &String)| {
            let path = if at == 0 { long.clone() } else { format!("/orders/{at}") };
            json!({"id": id, "time": TIME, "kind": "api.request", "fields": {
                "username": id, "hostname": format!("kind {}", at % KINDS), "path": path, "method": "GET",
                "status_code": if at % 20 == 0 { 500 } else { 200 }, "client_ip": format!("192.0.2.{at}"),
                "latency_ms": at, "endpoint": "/orders/{id}"}})
        };
        let events: Vec<Value> = ids.iter().enumerate().map(event).collect();
        let body = Value::from(events).to_string().into_bytes();
        Delivery { ids, body }
    }

    /// What fires the rule that is called [`LAST`].
    pub(crate) fn last(&self, time: &str) -> Vec<u8> {
        let template = String::from_utf8(self.delivery().body).unwrap_or_default();
        let last = template.replace(TIME, time).replace(PLACEHOLDER, "the-last-one");
        last.replace("kind 7", "the end").into_bytes()
    }

    /// A regular expression of death, a group for each event, and very many that look once a minute.
    pub(crate) fn poison(&self) -> Vec<Value> {
        let each = json!([{"type": self.kind, "values": ["*"]}]);
        let death = json!([{"type": self.text, "op": "regex", "values": ["[ab]*a[ab]{600}c"]}]);
        let mut rules = vec![
            json!({"name": "Death", "conditions": death}),
            json!({"name": "Everyone", "conditions": each, "groupBy": [self.group], "mode": "shadow",
                "window": {"kind": "rolling", "thresholdTime": "1d"}, "trigger": {"kind": "atLeast", "value": 2}}),
        ];
        rules.extend((0..EVERY_MINUTE).map(|at| {
            json!({"name": format!("Minute {at}"), "mode": "shadow",
                "conditions": [{"type": self.kind, "values": [format!("kind {}", at % KINDS)]}],
                "window": {"thresholdType": "CRON", "thresholdTime": "* * * * *"}})
        }));
        rules.push(self.last_rule());
        rules
    }

    /// Rules as people have them: some conditions, a group, a count of a few minutes.
    pub(crate) fn ordinary(&self) -> Vec<Value> {
        let mut rules: Vec<Value> = (0..ORDINARY)
            .map(|at| {
                let least = 20 + at * 10;
                json!({"name": format!("Ordinary {at}"), "suppressFor": "10m",
                    "conditions": [{"type": self.kind, "values": [format!("kind {}", at % KINDS), "kind x*"]},
                        {"type": self.text, "values": ["/orders/*7*", "/exports/*"], "isNot": at % 2 == 0}],
                    "groupBy": [if at % 3 == 0 { self.group } else { self.kind }],
                    "window": {"kind": "rolling", "thresholdTime": "5m"},
                    "trigger": {"kind": "atLeast", "value": least * 100}})
            })
            .collect();
        rules.push(self.last_rule());
        rules
    }

    fn last_rule(&self) -> Value {
        json!({"name": LAST, "conditions": [{"type": self.group, "values": ["the-last-one*"]}], "suppressFor": "1h",
            "window": {"kind": "rolling", "thresholdTime": "1m"}})
    }
}
