//! What both evaluators get: made-up API requests, and the same rules in both languages.

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

const HOSTS: usize = 200;
const ENDPOINTS: usize = 50;
const USERS: f64 = 10_000.0;
/// 2026-03-02T00:00:00Z in seconds.
const START: i64 = 1_772_409_600;
/// Events in a second.
const RATE: usize = 10;

/// One request.
pub struct Request {
    /// When, in whole seconds of UTC: finer times the other evaluator does not know.
    pub seconds: i64,
    /// Its line in an events file.
    pub line: String,
    /// Its fields as text.
    pub text: String,
}

/// Who makes the requests.
#[derive(Clone, Copy)]
pub enum Users {
    /// Ten thousand, of whom few make most.
    Skewed,
    /// So many, all alike.
    Even(usize),
}

/// Requests in the order of time, from the one of that number on.
pub fn requests(random: &mut StdRng, from: usize, count: usize, users: Users) -> Vec<Request> {
    (from..from + count).map(|number| request(random, number, users)).collect()
}

fn request(random: &mut StdRng, number: usize, users: Users) -> Request {
    let user = match users {
        Users::Skewed => (USERS * random.random::<f64>().powi(3)) as usize,
        Users::Even(count) => random.random_range(0..count),
    };
    let seconds = START + (number / RATE) as i64;
    let method = ["GET", "POST", "PUT", "DELETE"][random.random_range(0..4)];
    let status = [200, 200, 201, 400, 404, 500][random.random_range(0..6)];
    let fields = json!({
        "hostname": format!("host-{}.example", random.random_range(0..HOSTS)),
        "endpoint": format!("/v1/resource-{}/{{id}}", random.random_range(0..ENDPOINTS)),
        "path": format!("/v1/{}", random.random::<u32>()),
        "method": method,
        "status_code": status,
        "username": format!("user-{user}"),
        "client_ip": format!("198.51.{}.{}", random.random_range(0..100), random.random_range(0..250)),
        "latency_ms": random.random_range(1..2_000),
    });
    let time = format!("2026-03-{:02}T{}Z", 2 + (seconds - START) / 86_400, clock((seconds - START) % 86_400));
    // As many digits each: ids stand in the order of the numbers.
    let line = json!({"id": format!("{number:09}"), "time": time, "kind": "api.request", "fields": fields});
    Request { seconds, text: fields.to_string(), line: line.to_string() }
}

fn clock(seconds: i64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// A rule in both languages.
pub struct Pair {
    /// Ours.
    pub document: String,
    /// The other's: what to look for, and what to count of it.
    pub sigma: String,
}

/// Rules of which each looks for a little of the traffic; one in four counts different endpoints, the others events.
pub fn rules(random: &mut StdRng, count: usize) -> Vec<Pair> {
    (0..count)
        .map(|number| {
            let hosts = several(random, 4, HOSTS, |host| format!("host-{host}.example"));
            let endpoints = several(random, 10, ENDPOINTS, |endpoint| format!("/v1/resource-{endpoint}/{{id}}"));
            let conditions = json!([
                {"type": "hostname", "values": hosts},
                {"type": "endpoint", "values": endpoints},
                {"type": "status_code", "values": ["404"], "isNot": true},
            ]);
            let selection = json!({"hostname": hosts, "endpoint": endpoints});
            pair(number, conditions, json!({"sel": selection, "no": {"status_code": 404}}), number % 4 == 3, 3, 60)
        })
        .collect()
}

/// One rule that counts the different paths of a user who makes every request, over a day.
pub fn hot_rule() -> Vec<Pair> {
    let conditions = json!([{"type": "method", "values": ["GET", "POST", "PUT", "DELETE"]}]);
    let selection = json!({"method": ["GET", "POST", "PUT", "DELETE"]});
    let mut pair = pair(0, conditions, json!({"sel": selection, "no": {"status_code": 999}}), true, 50, 1_440);
    pair.document = pair.document.replace("\"field\":\"endpoint\"", "\"field\":\"path\"");
    pair.sigma = pair.sigma.replace("\"field\":\"endpoint\"", "\"field\":\"path\"");
    vec![pair]
}

fn several(random: &mut StdRng, count: usize, of: usize, name: impl Fn(usize) -> String) -> Vec<String> {
    let mut found: Vec<usize> = (0..count).map(|_| random.random_range(0..of)).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(name).collect()
}

fn pair(number: usize, conditions: Value, mut detection: Value, distinct: bool, least: u32, minutes: u32) -> Pair {
    let mut document = json!({
        "name": format!("r{number}"), "conditions": conditions, "groupBy": ["username"],
        "window": {"kind": "rolling", "thresholdTime": minutes.to_string(), "thresholdType": "minutes"},
        "trigger": {"kind": "atLeast", "value": least}, "suppressFor": "1h",
    });
    let mut condition = json!({"gte": least});
    if distinct {
        document["measure"] = json!({"kind": "distinct", "field": "endpoint"});
        condition["field"] = json!("endpoint");
    }
    detection["condition"] = json!("sel and not no");
    let rule = json!({
        "title": format!("d{number}"), "id": format!("d{number}"), "logsource": {"category": "api"},
        "detection": detection, "level": "high",
    });
    // Its windows hold what happened at t - timespan and ours do not: of whole seconds, one less is the same.
    let correlation = json!({
        "title": format!("r{number}"), "level": "high",
        "correlation": {
            "type": if distinct { "value_count" } else { "event_count" }, "rules": [format!("d{number}")],
            "group-by": ["username"], "timespan": format!("{}s", minutes * 60 - 1), "condition": condition,
        },
    });
    // JSON is YAML.
    Pair { document: document.to_string(), sigma: format!("{rule}\n---\n{correlation}\n") }
}
