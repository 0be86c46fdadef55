//! Random rules.

use chrono::{DateTime, SecondsFormat, TimeZone as _};
use chrono_tz::Tz;
use rand::Rng;
use serde_json::{Map, Value, json};

use super::{one, some};

/// Zones, each with times around which its clocks change.
const NIGHTS: &[(&str, &[&str])] = &[
    ("UTC", &["2026-03-02T10:00:00Z", "2026-01-01T00:00:00Z", "2024-02-29T00:00:00Z"]),
    ("Europe/Berlin", &["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T00:00:00Z"]),
    ("America/New_York", &["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"]),
    ("Australia/Lord_Howe", &["2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"]),
    // Clocks that change at midnight, just after it, and a whole day that never was.
    ("America/Havana", &["2026-03-08T05:00:00Z", "2026-11-01T05:00:00Z"]),
    ("Africa/Cairo", &["2026-04-23T22:00:00Z", "2026-10-29T21:00:00Z"]),
    ("America/St_Johns", &["2010-11-07T02:31:00Z", "2010-03-14T03:31:00Z"]),
    ("Pacific/Apia", &["2011-12-30T10:00:00Z"]),
];

/// Minutes, hours and days as documents say them, with their length in minutes.
const LENGTHS: &[(&str, Option<&str>, i64)] = &[
    ("1m", None, 1),
    ("5m", None, 5),
    ("15m", None, 15),
    ("1h", None, 60),
    ("24h", None, 1_440),
    ("1d", None, 1_440),
    ("7d", None, 10_080),
    ("20", Some("minutes"), 20),
    ("90", Some("minutes"), 90),
    ("2", Some("hours"), 120),
    ("7", Some("hours"), 420),
    ("30", Some("hours"), 1_800),
    ("2", Some("days"), 2_880),
    ("1", Some("days"), 1_440),
];

/// CRON expressions, and about how many minutes lie between their ticks.
const CRONS: &[(&str, i64)] = &[
    ("*/20 * * * *", 20),
    ("0 * * * *", 60),
    ("30 * * * *", 60),
    ("15,45 1-3 * * *", 30),
    ("30 2 * * *", 1_440),
    ("30 1 * * *", 1_440),
    ("0,30 0-2 * * *", 30),
    ("10 2 * * *", 1_440),
    ("0 0 * * *", 1_440),
    ("0 */3 * * *", 180),
    ("0 2 * * 0", 10_080),
    ("30 2 1-7,25-31 * 7", 1_440),
    ("0 6 */2 * 1-5", 1_440),
    ("5-59/15 2 * 3,4,10,11 *", 15),
    ("0 0 29 2 *", 1_440),
    ("0 12 31 * *", 1_440),
];

/// The time of a line in ms of UTC.
pub(crate) fn time_of(line: &Value) -> i64 {
    DateTime::parse_from_rfc3339(line["time"].as_str().unwrap()).unwrap().timestamp_millis()
}

/// A time as arguments say it.
pub(crate) fn rfc3339(at: i64) -> String {
    DateTime::from_timestamp_millis(at).unwrap().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Minutes as a duration, in a unit that they are whole in.
fn duration(minutes: i64) -> String {
    match minutes {
        days if days % 1_440 == 0 && days > 0 => format!("{}d", days / 1_440),
        hours if hours % 60 == 0 && hours > 0 => format!("{}h", hours / 60),
        minutes => format!("{minutes}m"),
    }
}

/// Any expression, of fields that can hold together.
fn cron(random: &mut impl Rng) -> String {
    let fields: [&[&str]; 5] = [
        &["0", "30", "*/20", "5-59/15", "0,45", "15,15-45/30", "59"],
        &["*", "*", "0-3", "1,2,3", "2", "*/2", "23", "0", "0-23/5"],
        &["*", "*", "*", "*/2", "1-7", "29", "8,25-31"],
        &["*", "*", "*/3", "3,4,10,11", "3-11/7"],
        &["*", "*", "*", "0", "7", "1-5", "5-7", "*/3"],
    ];
    fields.map(|choices| *one(random, choices)).join(" ")
}

/// What a rule and its events have in common.
#[derive(Debug)]
pub struct Plan {
    /// The window, null for none.
    pub window: Value,
    /// The lengths that matter, in ms: of the window, of suppression, of what is learnt from.
    pub spans: Vec<i64>,
    /// Around when things happen, in ms of UTC.
    pub around: i64,
    /// How many events to have at least and at most.
    pub count: (usize, usize),
    /// Whether what does not happen matters: events at the very end of a silence.
    pub silences: bool,
    /// Whether things change in the end: more, larger, or always the same.
    pub bursts: bool,
    /// In seconds.
    suppress: Option<i64>,
    /// In minutes.
    learn: i64,
}

impl Plan {
    /// A plan for rules of that shape.
    pub fn random(random: &mut impl Rng, (kind, _, trigger): (&str, &str, &str)) -> Self {
        let near = if random.random_bool(0.85) { 4 } else { NIGHTS.len() };
        let (zone, nights) = one(random, &NIGHTS[..near]);
        let anchor = one(random, nights).parse::<DateTime<chrono::Utc>>().unwrap().timestamp_millis();
        let (listed, gap) = *one(random, CRONS);
        let expression = if random.random_bool(0.4) { cron(random) } else { listed.to_owned() };
        let few = if trigger == "baseline" && random.random_bool(0.8) { 5 } else { LENGTHS.len() };
        let (time, unit, minutes) = *one(random, if trigger == "baseline" { &LENGTHS[..few] } else { LENGTHS });
        let mut window = json!({"kind": kind, "thresholdTime": time, "zone": zone});
        if let Some(unit) = unit {
            window["thresholdType"] = json!(unit);
        }
        if kind == "schedule" {
            window = json!({"kind": kind, "thresholdTime": expression, "thresholdType": "CRON", "zone": zone});
        }
        if *zone == "UTC" && random.random_bool(0.5) {
            window.as_object_mut().unwrap().remove("zone");
        }
        let length = if kind == "schedule" { gap } else { minutes };
        let seconds = length * 60;
        let suppress =
            *one(random, &[None, None, Some(0), Some(seconds), Some(2 * seconds), Some(seconds / 4), Some(90)]);
        let learn = length * one(random, if trigger == "baseline" { &[6, 10, 24, 40] } else { &[1, 2, 5, 5] });
        let spans = [Some(seconds), suppress.filter(|suppress| *suppress > 0), Some(learn * 60)];
        let mut plan = Self {
            window: if kind == "none" { Value::Null } else { window },
            spans: spans.into_iter().flatten().map(|seconds| seconds * 1_000).collect(),
            around: anchor,
            silences: trigger == "absent",
            bursts: trigger == "baseline" || random.random_bool(0.2),
            count: match trigger {
                "baseline" => (14, 34),
                // More than a firing names.
                _ if random.random_bool(0.004) => (120, 140),
                _ => (4, 22),
            },
            suppress,
            learn,
        };
        if random.random_bool(0.5) {
            plan.around = midnight(zone, anchor).unwrap_or(anchor);
        }
        plan
    }

    /// A rule of that shape.
    pub fn rule(&self, random: &mut impl Rng, (_, measure, trigger): (&str, &str, &str)) -> Value {
        let mut rule = Map::new();
        rule.insert("name".to_owned(), json!("a rule"));
        rule.insert("conditions".to_owned(), conditions(random, 2));
        if !self.window.is_null() {
            rule.insert("window".to_owned(), self.window.clone());
        }
        if measure != "count" || (trigger == "atLeast" && random.random_bool(0.3)) {
            rule.insert("measure".to_owned(), measured(random, measure));
        }
        let trigger = self.trigger(random, measure, trigger);
        if trigger != json!({"kind": "atLeast", "value": 1}) || random.random_bool(0.5) {
            rule.insert("trigger".to_owned(), trigger);
        }
        if random.random_bool(0.6) {
            let most = *one(random, &[1, 1, 1, 2, 3]);
            let fields =
                ["username", "usergroup", "client_ip", "hostname", "apps", "status_code", "detected", "attr:x"];
            rule.insert("groupBy".to_owned(), json!(some(random, &fields, most)));
        }
        if let Some(seconds) = self.suppress {
            let whole = seconds > 0 && seconds % 60 == 0;
            let text = if whole { duration(seconds / 60) } else { format!("{seconds}s") };
            rule.insert("suppressFor".to_owned(), json!(text));
        }
        if random.random_bool(0.1) {
            rule.insert("sources".to_owned(), json!(["Edge"]));
        }
        Value::Object(rule)
    }

    fn trigger(&self, random: &mut impl Rng, measure: &str, trigger: &str) -> Value {
        let learn = duration(self.learn.max(1));
        let history = random.random_range(1..4);
        match trigger {
            "absent" => json!({"kind": "absent"}),
            "baseline" => json!({
                "kind": "baseline", "learn": learn, "deviations": one(random, &[json!(0.5), json!("0.5"), json!(1), json!(1), json!(2)]),
                "minimumWindows": history, "atLeast": random.random_range(1..4),
            }),
            "unseen" => {
                json!({"kind": "unseen", "field": one(random, SHOWN), "learn": learn, "minimumHistory": history})
            }
            "rare" => json!({
                "kind": "rare", "field": one(random, SHOWN), "learn": learn, "minimumHistory": history,
                "share": one(random, &[json!(25), json!(50), json!(50), json!("33.333"), json!("33.334"), json!(100)]),
            }),
            _ if self.window.is_null() => json!({"kind": "atLeast", "value": 1}),
            _ => json!({"kind": "atLeast", "value": one(random, &thresholds(measure))}),
        }
    }
}

/// The first instant of the local date, where there is a midnight.
fn midnight(zone: &str, at: i64) -> Option<i64> {
    let zone: Tz = zone.parse().unwrap();
    let date = DateTime::from_timestamp_millis(at).unwrap().with_timezone(&zone).date_naive();
    let midnight = zone.from_local_datetime(&date.and_hms_opt(0, 0, 0).unwrap()).earliest()?;
    Some(midnight.timestamp_millis())
}

fn thresholds(measure: &str) -> Vec<Value> {
    match measure {
        "count" => vec![json!(1), json!(2), json!(3), json!("4")],
        "distinct" => vec![json!(1), json!(2), json!(2), json!(3)],
        "share" => vec![json!(50), json!("33.333"), json!("33.334"), json!(100), json!("66.667"), json!(25)],
        _ => vec![json!("0.5"), json!(1), json!(1.001), json!("0.333"), json!("0.334"), json!(2), json!("0.001")],
    }
}

/// Fields of which values are told apart.
const SHOWN: &[&str] = &["apps", "username", "client_ip", "hostname", "status_code", "content_type"];

fn measured(random: &mut impl Rng, measure: &str) -> Value {
    match measure {
        "count" => json!({"kind": "count"}),
        "distinct" => json!({"kind": "distinct", "field": one(random, SHOWN)}),
        "share" => {
            // What is larger in the end, or anything.
            let larger = json!([{"type": "latency_ms", "op": "gte", "values": ["3"]}]);
            let inner = if random.random_bool(0.4) { larger } else { conditions(random, 1) };
            let mut share = json!({"kind": "share", "conditions": inner});
            if random.random_bool(0.5) {
                share["minimumEvents"] = json!(random.random_range(1..4));
            }
            share
        }
        _ => json!({"kind": measure, "field": one(random, &["latency_ms", "latency_ms", "request_bytes"])}),
    }
}

fn conditions(random: &mut impl Rng, most: usize) -> Value {
    let fields = ["detected", "username", "hostname", "client_ip", "usergroup", "latency_ms", "content_type", "attr:x"];
    // Mostly what every event can meet: a rule that never matches tells nothing.
    let easy = random.random_bool(0.6);
    let fields = if easy { vec!["detected"] } else { some(random, &fields, most) };
    Value::Array(fields.into_iter().map(|field| condition(random, field)).collect())
}

fn condition(random: &mut impl Rng, field: &str) -> Value {
    let patterns = |random: &mut _, all: &[&str]| json!({"type": field, "values": some(random, all, 2)});
    let regex = |random: &mut _, all: &[&str]| json!({"type": field, "op": "regex", "values": [one(random, all)]});
    let rarely = random.random_bool(0.04);
    let mut condition = match field {
        "detected" => json!({"type": field, "values": [one(random, &["true", "true", "TRUE", "false"])]}),
        "username" if rarely => regex(random, &["^a", "caf(é|e)$", "A|zo"]),
        "hostname" if rarely => regex(random, &["example\\.$", "^api", "b.cher"]),
        "usergroup" if rarely => regex(random, &["^fin", "e$"]),
        "username" => {
            patterns(random, &["ana", "B?", "caf*", "CAFÉ", "list:people", "zoe\u{308}", "\\*", "?", "j\u{30c}*", "İ"])
        }
        "hostname" => patterns(random, &["*.Corp.example.", "api.example", "BÜCHER.example", "db?.example", "*"]),
        "client_ip" => {
            patterns(random, &["10.0.0.0/8", "::ffff:203.0.113.9", "2001:db8::/32", "list:scanners", "::/0"])
        }
        "usergroup" => patterns(random, &["fin*", "A", "e\u{301}", "?"]),
        "content_type" => patterns(random, &["application/json", "Text/*", "*"]),
        "latency_ms" => {
            let op = *one(random, &["anyOf", "gte", "gt", "lte", "lt"]);
            let value = one(random, &[json!("0"), json!("1"), json!("1.002"), json!("0.5"), json!(1)]).clone();
            json!({"type": field, "op": op, "values": [value]})
        }
        _ => patterns(random, &["x", "*Y", "z*"]),
    };
    if random.random_bool(0.35) {
        condition["isNot"] = json!(true);
    }
    condition
}
