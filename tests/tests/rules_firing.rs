//! Rules that fire in the running product: from events and alerts, live and in shadow, through restarts and kills.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};
use tocsin_testkit::firings::{Found, found};
use tocsin_tests::http::Request;
use tocsin_tests::product::{Engine, Product, Sender};
use tocsin_tests::wait::until;

const BURST: &str = r#"{"name": "Errors from one address", "severity": "high", "tags": ["attack.t1499"],
 "conditions": [{"type": "status_code", "op": "gte", "values": ["500"]}], "groupBy": ["client_ip"],
 "window": {"kind": "rolling", "thresholdTime": "5m"}, "trigger": {"kind": "atLeast", "value": 3}, "suppressFor": "1h"}"#;

/// Milliseconds since 1970, for events that are to be of now.
#[allow(clippy::disallowed_methods, reason = "the product's clock cannot be moved from here")]
fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn at(millis: i64) -> String {
    tocsin_model::time::Timestamp::from_millis(millis).to_string()
}

fn event(id: &str, millis: i64, address: &str) -> String {
    let fields = json!({"status_code": 503, "client_ip": address});
    json!({"id": id, "time": at(millis), "kind": "api.request", "fields": fields}).to_string()
}

fn add(product: &Product, name: &str, rule: &str) {
    let file = product.file(name, rule);
    let ran = product.run(&["rule", "add", &file]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

fn feed(engine: &Engine, sender: &Sender, lines: &[String]) {
    let request = Request::post(&format!("/hooks/{}/events", sender.source), lines.join("\n"))
        .header("Content-Type", "application/x-ndjson")
        .bearer(&sender.password);
    let answer = request.send(engine.address);
    assert_eq!(answer.status, 202, "{answer:?}");
}

fn rule_alerts(product: &Product, count: usize) -> Vec<Value> {
    until("the rule's alerts", || Some(product.alerts("origin:rule")).filter(|found| found.len() >= count))
}

#[test]
fn a_burst_raises_an_alert_that_explains_itself_and_grows() {
    let product = Product::new();
    let sender = product.add_source("api-traffic", "gateway", &[]);
    add(&product, "burst.json", BURST);
    let engine = product.serve();
    let start = now() - 60_000;
    let lines: Vec<String> = (0..3).map(|n| event(&format!("e{n}"), start + n * 1_000, "192.0.2.7")).collect();
    feed(&engine, &sender, &lines);
    let alert = rule_alerts(&product, 1).remove(0);
    let expected = json!({
        "origin": "rule", "rule": "Errors from one address", "severity": "high", "status": "new", "source": "gateway",
        "sourceKind": "api-traffic", "title": "Errors from one address: 192.0.2.7", "time": at(start + 2_000),
        "techniques": ["T1499"], "tags": ["attack.t1499"], "occurrences": 1,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&alert[key], value, "{key} of {alert}");
    }
    assert_eq!(alert["entities"]["clientIp"], json!(["192.0.2.7"]));
    // The alert carries what explains it.
    let firing = &product.json(&["alert", "show", alert["id"].as_str().unwrap()])["payload"]["firings"][0];
    assert_eq!(
        (&firing["value"], &firing["threshold"], &firing["events"]["total"]),
        (&json!(3.0), &json!("3"), &json!(3))
    );
    assert_eq!((&firing["firedAt"], &firing["windowEnd"]), (&json!(at(start + 2_000)), &json!(at(start + 2_000))));
    // Any of its events is explained, by our id or the sender's.
    let explained = |event: &str| product.json(&["rule", "explain", "errors from one address", "--event", event]);
    let (last, before) = (explained("e2"), explained("e1"));
    assert_eq!((&last["fires"], &last["failed"]), (&json!(true), &Value::Null), "{last}");
    assert_eq!((&before["fires"], &before["failed"]), (&json!(false), &json!("window")), "{before}");
    assert!(before["nearest"].as_str().unwrap().starts_with("1 more matching event in the window"), "{before}");
    assert_eq!(explained(last["event"]["id"].as_str().unwrap()), last);
    let nobody = product.run(&["rule", "explain", "errors from one address", "--event", "e9"]);
    assert!(nobody.code == 3 && nobody.stderr.contains("“e9”"), "{nobody:?}");
    // More of the same joins it, and another address is another alert.
    feed(&engine, &sender, &[event("e3", start + 4_000, "192.0.2.7"), event("f0", start + 4_000, "192.0.2.8")]);
    feed(&engine, &sender, &[event("f1", start + 5_000, "192.0.2.8"), event("f2", start + 6_000, "192.0.2.8")]);
    let alerts = rule_alerts(&product, 2);
    until("the first one to grow", || (product.count("origin:rule occurrences:2") == 1).then_some(()));
    assert_eq!(alerts.len(), 2);
    let rule = product.json(&["rule", "show", "errors from one address"]);
    assert_eq!((rule["firings"].as_u64(), rule["error"].is_null()), (Some(2), true), "{rule}");
    let firing = &rule["recentFirings"][1];
    assert_eq!((firing["value"].as_f64(), firing["threshold"].as_str()), (Some(3.0), Some("3")), "{firing}");
    assert_eq!((firing["events"]["total"].as_u64(), firing["occurrences"].as_u64()), (Some(3), Some(2)), "{firing}");
    assert_eq!(
        firing["alert"],
        alerts.iter().find(|one| one["title"].as_str().unwrap().ends_with(".7")).unwrap()["id"]
    );
}

#[test]
fn a_rule_in_shadow_records_and_raises_nothing_until_it_is_live() {
    let product = Product::new();
    let _ = product.add_source("api-traffic", "gateway", &[]);
    add(&product, "shadow.json", &BURST.replace(r#""severity""#, r#""mode": "shadow", "severity""#));
    let start = now() - 600_000;
    let burst = |address: &str, from: i64| -> String {
        (0..3).map(|n| event(&format!("{address} {from} {n}"), start + from + n, address) + "\n").collect()
    };
    let summary = product.ingest("gateway", &burst("192.0.2.1", 0));
    assert_eq!(summary["alerts"], 0, "{summary}");
    let rule = product.json(&["rule", "show", "errors from one address"]);
    assert_eq!((rule["firings"].as_u64(), rule["recentFirings"][0]["mode"].as_str()), (Some(1), Some("shadow")));
    assert_eq!(product.count(""), 0);
    assert_eq!(product.run(&["rule", "mode", "errors from one address", "live"]).code, 0);
    // Without an engine the command itself evaluates.
    assert_eq!(product.ingest("gateway", &burst("192.0.2.2", 10_000))["alerts"], 1);
    // What is disabled does not look, and looks at nothing of the meantime when it is enabled.
    assert_eq!(product.run(&["rule", "disable", "errors from one address"]).code, 0);
    assert_eq!(product.ingest("gateway", &burst("192.0.2.3", 20_000))["alerts"], 0);
    assert_eq!(product.run(&["rule", "enable", "errors from one address"]).code, 0);
    assert_eq!(product.ingest("gateway", &burst("192.0.2.4", 30_000))["alerts"], 1);
    assert_eq!(product.count("origin:rule"), 2);
}

#[test]
fn a_vendors_alert_is_an_event_once_and_a_rules_alert_is_none() {
    let product = Product::new();
    let sender = product.add_source("secure-access", "csa", &[]);
    add(&product, "any.json", r#"{"name": "Any alert", "conditions": [{"type": "source", "values": ["*"]}]}"#);
    let engine = product.serve();
    let alert = |status: &str| {
        json!({"specversion": "1.0", "type": "secureaccess.alerts.api.anomaly.v1", "id": status, "data": {"alerts": [
            {"alertId": "1", "status": status, "severity": "High", "ruleName": "r", "time": at(now()), "user": ["ana", "bo"]}]}})
    };
    assert_eq!(engine.deliver(&sender, alert("Active").to_string()).status, 202);
    let found = rule_alerts(&product, 1);
    assert_eq!((&found[0]["source"], &found[0]["sourceKind"]), (&json!("csa"), &json!("secure-access")));
    assert_eq!(engine.deliver(&sender, alert("In progress").to_string()).status, 202);
    add(&product, "user.json", r#"{"name": "Ana", "conditions": [{"type": "username", "values": ["bo"]}]}"#);
    let second = alert("Active")
        .to_string()
        .replace(r#""alertId":"1""#, r#""alertId":"2""#)
        .replace(r#""id":"Active""#, r#""id":"x""#);
    assert_eq!(engine.deliver(&sender, second).status, 202);
    // The second one fires both rules; the update of the first and the rules' own alerts fire none.
    until("both rules", || (product.count("rule:Ana") == 1).then_some(()));
    assert_eq!(product.count("origin:vendor"), 2);
    let shown = product.json(&["rule", "show", "any alert"]);
    assert_eq!(shown["firings"], 2, "{shown}");
}

#[test]
fn a_wrong_or_greedy_rule_says_so_and_the_others_go_on() {
    let product = Product::new();
    let _ = product.add_source("api-traffic", "gateway", &[]);
    add(&product, "burst.json", BURST);
    let deadly = format!(
        r#"{{"name": "Deadly", "conditions": [{{"type": "path", "op": "regex", "values": [{}]}}]}}"#,
        (0..20).map(|n| format!("\"(a+)+x{n}(b|c|d*)*$\"")).collect::<Vec<_>>().join(",")
    );
    add(&product, "deadly.json", &deadly);
    add(
        &product,
        "many.json",
        r#"{"name": "Everyone", "conditions": [{"type": "status_code", "values": ["200"]}],
        "groupBy": ["username", "path"], "window": {"kind": "rolling", "thresholdTime": "1d"}, "trigger": {"kind": "atLeast", "value": 2}}"#,
    );
    let start = now() - 3_000_000;
    let path = "a".repeat(2_000);
    let lines: String = (0..3_000)
        .map(|n| {
            let fields = json!({"client_ip": "192.0.2.9", "username": format!("user {n}"), "path": format!("{path}{n}"),
                "status_code": 200});
            json!({"id": format!("m{n}"), "time": at(start + n), "kind": "api.request", "fields": fields}).to_string()
                + "\n"
        })
        .collect();
    let burst: String = (0..3).map(|n| event(&format!("e{n}"), start + 4_000 + n, "192.0.2.7") + "\n").collect();
    let summary = product.ingest("gateway", &(lines + &burst));
    assert_eq!((summary["stored"].as_u64(), summary["alerts"].as_u64()), (Some(3_003), Some(1)), "{summary}");
    for rule in product.json(&["rule", "list"])["items"].as_array().unwrap() {
        assert!(rule["error"].is_null(), "{rule}");
    }
}

/// Fifty thousand events in a fixed order, with bursts in them.
fn stream(start: i64) -> Vec<Vec<String>> {
    let one = |n: i64| {
        event(&format!("s{n:05}"), start + n * 20, &format!("10.0.{}.{}", (n / 400) % 8, (n * 7_919 / 13) % 61))
    };
    (0..50_000).map(one).collect::<Vec<_>>().chunks(500).map(<[String]>::to_vec).collect()
}

// Rules that events alone decide: a machine so slow that deliveries pause for ten seconds decides what time ends early.
// Crashes with the other kinds are tested where the clock stands still, beside the evaluation itself.
const MANY: &str = r#"{"name": "Many", "conditions": [{"type": "status_code", "values": ["503"]}], "groupBy": ["client_ip"],
 "window": {"kind": "rolling", "thresholdTime": "1m"}, "trigger": {"kind": "atLeast", "value": 8}, "suppressFor": "3m"}"#;
const FIXED: &str = r#"{"name": "Fixed", "conditions": [{"type": "status_code", "values": ["503"]}], "groupBy": ["client_ip"],
 "window": {"kind": "fixed", "thresholdTime": "1m"}, "trigger": {"kind": "atLeast", "value": 9}}"#;
const RARE: &str = r#"{"name": "New", "conditions": [{"type": "status_code", "values": ["503"]}], "mode": "shadow",
 "trigger": {"kind": "unseen", "field": "client_ip", "learn": "1d", "minimumHistory": 20}}"#;

fn evaluated(product: &Product) {
    // A last event that fires a rule of its own shows that all before it were looked at.
    until("everything to be evaluated", || (product.count("rule:Last") == 1).then_some(()));
}

const LAST: &str = r#"{"name": "Last", "conditions": [{"type": "client_ip", "values": ["203.0.113.200"]}]}"#;

fn prepared() -> (Product, Sender) {
    let product = Product::new();
    let sender = product.add_source("api-traffic", "gateway", &[]);
    for (name, rule) in [("many.json", MANY), ("fixed.json", FIXED), ("new.json", RARE), ("last.json", LAST)] {
        add(&product, name, rule);
    }
    (product, sender)
}

/// Says what differs, not all there is.
#[track_caller]
fn assert_same(killed: &Found, calm: &Found) {
    let differ = |left: &[String], right: &[String]| -> Vec<String> {
        let (left, right): (BTreeSet<_>, BTreeSet<_>) = (left.iter().collect(), right.iter().collect());
        let alone = left.symmetric_difference(&right);
        alone.map(|one| format!("{} {one}", if left.contains(one) { "with" } else { "without" })).take(10).collect()
    };
    for (rule, firings) in &calm.firings {
        assert_eq!(differ(&killed.firings[rule], firings), [""; 0], "{rule}");
        assert_eq!(killed.firings[rule].len(), firings.len(), "{rule}");
    }
    assert_eq!(differ(&killed.alerts, &calm.alerts), [""; 0]);
    assert_eq!(killed, calm);
}

#[test]
fn kills_change_neither_firings_nor_alerts() {
    let start = now() - 1_200_000;
    let batches = stream(start);
    let last = [event("last", start + 1_000_500, "203.0.113.200")];
    let (calm, sender) = prepared();
    let engine = calm.serve();
    batches.iter().for_each(|batch| feed(&engine, &sender, batch));
    feed(&engine, &sender, &last);
    evaluated(&calm);
    drop(engine);
    let expected = found(&calm.dir()).unwrap();
    let firings = expected.firings.values().map(Vec::len).sum::<usize>();
    assert!(expected.alerts.len() > 50 && firings > 1_000, "{} alerts, {firings} firings", expected.alerts.len());
    let whole = |firing: &&String| !firing.contains("\"first\":[null") && firing.contains("\"first\":[\"");
    assert_eq!(expected.firings.values().flatten().filter(whole).count(), firings, "each names its events");

    let (killed, sender) = prepared();
    let mut engine = killed.serve();
    for (at, batch) in batches.iter().enumerate() {
        feed(&engine, &sender, batch);
        if at % 5 == 4 {
            // At no particular step of its work.
            for _ in 0..(at * 7_919) % 1_000_000 {
                std::hint::spin_loop();
            }
            engine.kill();
            engine = killed.serve();
        }
    }
    feed(&engine, &sender, &last);
    evaluated(&killed);
    drop(engine);
    assert_same(&found(&killed.dir()).unwrap(), &expected);
    println!("20 kills: {firings} firings and {} alerts are the same", expected.alerts.len());
}

/// What fired live is what a backtest over the store says, and the other way round.
#[test]
fn a_backtest_over_the_store_says_what_fired_live() {
    let product = Product::new();
    let _ = product.add_source("api-traffic", "gateway", &[]);
    add(&product, "many.json", MANY);
    let start = now() - 900_000;
    let all: Vec<String> = stream(start).concat().into_iter().take(6_000).collect();
    for lines in all.chunks(900) {
        let _ = product.ingest("gateway", &lines.join("\n"));
    }
    let rule = product.json(&["rule", "show", "many"]);
    let tested = product.json(&["rule", "backtest", "many"]);
    let firings = tested["firings"].as_array().unwrap();
    assert!(firings.len() > 20, "{tested}");
    assert_eq!((tested["events"].as_u64(), rule["firings"].as_u64()), (Some(6_000), Some(firings.len() as u64)));
    for live in rule["recentFirings"].as_array().unwrap() {
        let same = |one: &&Value| {
            ["group", "firedAt", "windowStart", "windowEnd", "occurrences"].iter().all(|key| one[key] == live[key])
        };
        assert_eq!(firings.iter().filter(same).count(), 1, "{live}");
    }
    // A file is tested without being kept, over a part of the time too.
    let file = product.file("other.json", MANY.replace("\"Many\"", "\"Other\""));
    let half = at(start + 60_000);
    let part = product.json(&["rule", "backtest", &file, "--from", &half]);
    let expected = firings.iter().filter(|one| one["firedAt"].as_str().unwrap() >= half.as_str()).count();
    assert_eq!(part["firings"].as_array().unwrap().len(), expected);
    assert_eq!(product.error(&["rule", "backtest", "nobody"], 3)["code"], "not-found");
}

#[test]
fn a_channel_that_there_is_not_is_warned_of_and_tells_nobody() {
    let product = Product::new();
    let sender = product.add_source("api-traffic", "gateway", &[]);
    let mailed = BURST.replace(r#""groupBy""#, r#""channels": ["soc-mail"], "groupBy""#);
    let file = product.file("mailed.json", &mailed);
    let checked = product.run(&["rule", "check", &file, "--output", "json"]);
    let warning = &checked.json()["items"][0]["warnings"][0];
    assert_eq!((checked.code, &warning["path"]), (0, &json!("$.channels[0]")), "{checked:?}");
    assert!(warning["remedy"].as_str().unwrap().contains("“desktop”"), "{warning}");
    let added = product.run(&["rule", "add", &file]);
    assert!(added.code == 0 && format!("{}{}", added.stdout, added.stderr).contains("soc-mail"), "{added:?}");
    let engine = product.serve();
    let start = now() - 60_000;
    feed(&engine, &sender, &(0..3).map(|n| event(&format!("e{n}"), start + n, "192.0.2.7")).collect::<Vec<_>>());
    let alert = rule_alerts(&product, 1).remove(0);
    let shown = product.json(&["alert", "show", alert["id"].as_str().unwrap()]);
    let history = shown["activity"].as_array().unwrap();
    assert!(history.iter().any(|entry| entry["what"] == "not-notified"), "{shown}");
    let why = product.json(&["rule", "explain", "errors from one address", "--event", "e2"]);
    assert_eq!((&why["fires"], &why["failed"]), (&json!(true), &json!("channel")), "{why}");
}
