//! Random events.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use rand::Rng;
use rand::seq::SliceRandom as _;
use serde_json::{Map, Value, json};

use super::one;
use super::rules::Plan;

const KINDS: &[&str] = &[
    "generic",
    "generic",
    "generic",
    "generic",
    "generic",
    "generic",
    "api.request",
    "dlp.transaction",
    "alert",
    "governance",
];
const USERS: &[&str] =
    &["ana", "Ana", "bo", "BO", "café", "cafe\u{301}", "CAFÉ", "Zoë", "*", "J\u{30c}an", "ǰAN", "İ", "i\u{307}"];
const HOSTS: &[&str] = &[
    "api.example",
    "API.Example.",
    "db1.example",
    "bücher.example",
    "xn--bcher-kva.example",
    "BU\u{308}CHER.Example.",
    "a.corp.example",
    "b.a.corp.example",
    "corp.example",
];
const ADDRESSES: &[&str] = &[
    "203.0.113.9",
    "::ffff:203.0.113.9",
    "::FFFF:cb00:7109",
    "10.0.0.1",
    "10.0.1.1",
    "2001:db8::1",
    "2001:DB8:0:0::1",
    "2001:db9::1",
    "no address",
    "10.0.0.1 ",
];
const TYPES: &[&str] = &["application/json", "Application/JSON; charset=utf-8", "text/html", "TEXT/HTML ;q=1", ""];
const MEMBERS: &[&str] = &["a", "A", "b", "fin", "Finance", "é", "e\u{301}"];

/// The lines of an events file on which the plan's rule bites.
pub fn lines(random: &mut impl Rng, plan: &Plan) -> Vec<Value> {
    let times = times(random, plan);
    let burst = if plan.bursts { burst_of(times.len()) } else { times.len() };
    let (alike, larger) = (random.random_bool(0.3), random.random_bool(0.7));
    let usual = fields(random);
    let mut lines = Vec::new();
    for (at, time) in times.into_iter().enumerate() {
        let mut line = line(random, at, time);
        if at >= burst && alike {
            line["kind"] = json!("generic");
            line["fields"] = usual.clone();
        }
        if at >= burst && larger {
            line["fields"]["latency_ms"] = one(random, &[json!(4), json!("6"), json!(8.5), json!(20)]).clone();
            line["fields"]["request_bytes"] = json!(random.random_range(3..20));
        }
        lines.push(line);
    }
    if random.random_bool(0.15) {
        // An id that comes again: of the lines, the first counts.
        let (from, to) = (random.random_range(0..lines.len()), random.random_range(0..lines.len()));
        lines[to]["id"] = lines[from]["id"].clone();
    }
    lines.shuffle(random);
    lines
}

/// Where the burst begins.
const fn burst_of(count: usize) -> usize {
    count * 3 / 5
}

/// Times whose distances are the lengths that matter, parts of them, or a ms beside them.
fn times(random: &mut impl Rng, plan: &Plan) -> Vec<i64> {
    let count = random.random_range(plan.count.0..=plan.count.1);
    let mut times = vec![0];
    let calm = random.random_bool(0.5);
    while times.len() < count {
        let span = *one(random, if calm { &plan.spans[..1] } else { &plan.spans });
        let quick = plan.bursts && times.len() > burst_of(count);
        let parts = match (quick, plan.silences) {
            (true, _) => [0, 0, 0, 0, 0, 1, 0, 2],
            (false, true) => [0, 1, 2, 4, 4, 4, 4, 8],
            (false, false) => [0, 0, 1, 1, 1, 2, 3, 4],
        };
        let part = one(random, &parts);
        let beside = *one(random, &[0, 0, 0, 0, 0, 0, -1, 1, 60_000]);
        times.push((times[times.len() - 1] + span * part / 4 + beside).max(0));
    }
    // What matters happens somewhere in the middle.
    let middle = times[random.random_range(0..times.len())];
    times.iter().map(|time| plan.around + time - middle).collect()
}

/// Stretches in which nothing could be heard, about where silences begin and end; they do not touch.
pub fn gaps(random: &mut impl Rng, plan: &Plan, lines: &[Value]) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    for _ in 0..*one(random, &[0, 1, 1, 2, 3]) {
        let (from, span) = (super::rules::time_of(one(random, lines)), plan.spans[0]);
        let beside = *one(random, &[0, 0, 0, -1, 1, -60_000]);
        let from = from + span * one(random, &[-2, 0, 1, 2, 4, 4, 4, 5]) / 4 + beside;
        let to = from + span * one(random, &[1, 1, 2, 4, 9]) / 4 + one(random, &[0, 0, 1]);
        found.push((from, to));
    }
    found.sort_unstable();
    found.dedup_by(|next, before| next.0 <= before.1);
    found
}

fn line(random: &mut impl Rng, at: usize, time: i64) -> Value {
    let offset = FixedOffset::east_opt(*one(random, &[0, 0, 0, 7_200, -19_800])).unwrap();
    let text = DateTime::from_timestamp_millis(time).unwrap().with_timezone(&offset);
    let mut text = text.to_rfc3339_opts(SecondsFormat::Millis, true);
    if random.random_bool(0.1) {
        // What is finer than a ms is cut off.
        let digits = text.find('.').unwrap() + 4;
        text.insert_str(digits, "999");
    }
    // Ids that are not in the order of times: what happens at one time is in the order of ids.
    let id = format!("{}{at}", one(random, &["e", "E", "f", "é"]));
    let mut line = json!({"id": id, "time": text, "kind": one(random, KINDS), "fields": fields(random)});
    if random.random_bool(0.2) {
        line["source"] = json!(one(random, &["edge", "EDGE", "other"]));
    }
    line
}

fn fields(random: &mut impl Rng) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, often: f64, value: Value, random: &mut _| {
        if Rng::random_bool(random, often) {
            fields.insert(name.to_owned(), value);
        }
    };
    let detected = [json!(true), json!(true), json!(true), json!("True"), json!(false), json!("maybe"), Value::Null];
    let detected = one(random, &detected).clone();
    put("detected", 0.95, detected, random);
    let text = |random: &mut _, all: &[&str]| json!(one(random, all));
    let (user, host) = (text(random, USERS), text(random, HOSTS));
    put("username", 0.8, user, random);
    put("username", 0.05, one(random, &[Value::Null, json!(5), json!(["ana"])]).clone(), random);
    put("hostname", 0.8, host, random);
    let (address, media) = (text(random, ADDRESSES), text(random, TYPES));
    put("client_ip", 0.8, address, random);
    put("content_type", 0.6, media, random);
    let (apps, groups) = (set(random), set(random));
    put("apps", 0.8, apps, random);
    put("usergroup", 0.8, groups, random);
    let (latency, bytes, status) = (number(random), number(random), status(random));
    put("latency_ms", 0.85, latency, random);
    put("request_bytes", 0.5, bytes, random);
    put("status_code", 0.7, status, random);
    let attribute = text(random, &["x", "X", "xy", "zz"]);
    put("attr:x", 0.6, attribute, random);
    Value::Object(fields)
}

fn set(random: &mut impl Rng) -> Value {
    match random.random_range(0..10) {
        0 => json!(one(random, MEMBERS)),
        1 => one(random, &[json!([]), Value::Null, json!([null]), json!([1]), json!(true)]).clone(),
        2 => json!([null, one(random, MEMBERS)]),
        _ => {
            let count = random.random_range(1..4);
            json!((0..count).map(|_| one(random, MEMBERS)).collect::<Vec<_>>())
        }
    }
}

fn number(random: &mut impl Rng) -> Value {
    let usual =
        [json!(0), json!(1), json!(1), json!("1"), json!(2), json!("0.5"), json!(0.25), json!("+1.0"), json!("-1")];
    let odd = [
        json!("1.0015"),
        json!("1.0025"),
        json!("1.00250001"),
        json!("-0.0005"),
        json!(-2),
        json!("1e3"),
        json!(" 1"),
        json!("1."),
        json!(".5"),
        json!(true),
        Value::Null,
        json!("123456789012345.678"),
    ];
    let all: &[Value] = if random.random_bool(0.8) { &usual } else { &odd };
    one(random, all).clone()
}

fn status(random: &mut impl Rng) -> Value {
    one(random, &[json!(200), json!("200"), json!("200.0"), json!(404), json!("0404"), json!(500), json!(9)]).clone()
}
