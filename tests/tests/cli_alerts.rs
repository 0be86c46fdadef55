//! Working with alerts on the command line: lists and their pages, searching, handling, and taking it back.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use tocsin_tests::binary::fixture;
use tocsin_tests::product::Product;

/// One alert of the source `csa`; `number` becomes its id, its rule and its severity.
fn alert(number: usize, time: &str) -> Value {
    let severity = ["Critical", "High", "Odd", "Medium", "Low", "Info"][number % 6];
    json!({"alertId": format!("a{number}"), "severity": severity, "status": "Active", "ruleName": format!("Rule {number}"),
        "time": time, "category": "API anomaly", "alertType": "Authentication failures"})
}

fn envelope(id: &str, alerts: &[Value]) -> String {
    json!({"type": "secureaccess.alerts.api.anomaly.v1", "id": id, "data": {"alerts": alerts}}).to_string()
}

/// Five deliveries of seven alerts each; whole deliveries share their time, so that orders have ties to break.
fn thirty_five() -> Product {
    let product = Product::new();
    let _ = product.add_source("secure-access", "csa", &[]);
    for delivery in 0..5 {
        let time = format!("2026-10-0{}T00:00:00Z", delivery / 2 + 1);
        let alerts: Vec<Value> = (0..7).map(|n| alert(delivery * 7 + n, &time)).collect();
        let _ = product.ingest("csa", &envelope(&format!("d{delivery}"), &alerts));
    }
    product
}

fn text(alert: &Value, key: &str) -> String {
    alert[key].as_str().unwrap_or_else(|| panic!("{key} of {alert}")).to_owned()
}

fn ids(alerts: &[Value]) -> Vec<String> {
    alerts.iter().map(|alert| text(alert, "id")).collect()
}

/// What that order goes by. Of severities it is their place: unknown stands between high and medium.
fn sort_key(order: &str, alert: &Value) -> String {
    match order {
        "received" => return text(alert, "receivedAt"),
        "updated" => return text(alert, "updatedAt"),
        "time" => return text(alert, "time"),
        _ => {}
    }
    let order = ["informational", "low", "medium", "unknown", "high", "critical"];
    order.iter().position(|word| alert["severity"] == *word).unwrap().to_string()
}

#[test]
fn pages_of_every_order_hold_each_alert_once() {
    let product = thirty_five();
    // So that the orders of receipt and of change differ.
    for number in [3, 30, 12] {
        let id = text(&product.alerts(&format!("external:a{number}"))[0], "id");
        let _ = product.json(&["alert", "acknowledge", &id]);
    }
    for name in ["time", "received", "updated", "severity"] {
        for direction in ["", ":desc", ":asc"] {
            let sort = format!("{name}{direction}");
            let all = product.run(&["alert", "list", "--sort", &sort, "--output", "ndjson"]).lines();
            let unique: BTreeSet<String> = ids(&all).into_iter().collect();
            assert_eq!((all.len(), unique.len()), (35, 35), "ndjson streams everything ({sort})");
            let found: Vec<String> = all.iter().map(|alert| sort_key(name, alert)).collect();
            let mut ordered = found.clone();
            ordered.sort();
            if direction != ":asc" {
                ordered.reverse();
            }
            assert_eq!(found, ordered, "{sort}");
            let limits: &[&str] = if sort == "time" { &["1", "4", "35", "100"] } else { &["9"] };
            for limit in limits {
                let mut paged = Vec::new();
                let mut after: Option<String> = None;
                loop {
                    let mut arguments = vec!["alert", "list", "--sort", &sort, "--limit", limit];
                    arguments.extend(after.iter().flat_map(|cursor| ["--after", cursor.as_str()]));
                    let page = product.json(&arguments);
                    let items = page["items"].as_array().unwrap();
                    assert!(items.len() <= limit.parse().unwrap());
                    paged.extend(ids(items));
                    match page["next"].as_str() {
                        Some(next) if !items.is_empty() => after = Some(next.to_owned()),
                        _ => break,
                    }
                }
                assert_eq!(paged, ids(&all), "{sort} in pages of {limit}");
            }
        }
    }
    assert_eq!(product.run(&["alert", "list", "--limit", "3", "--output", "ndjson"]).lines().len(), 3);
    // A cursor of one order is none of another.
    let cursor = text(&product.json(&["alert", "list", "--limit", "2"]), "next");
    let error = product.error(&["alert", "list", "--sort", "severity", "--after", &cursor], 3);
    assert_eq!(error["field"], "after");
    // What comes in between moves nothing that is still to be read.
    let first = product.json(&["alert", "list", "--sort", "time", "--limit", "10"]);
    let _ = product.ingest("csa", &envelope("late", &[alert(99, "2026-10-09T00:00:00Z")]));
    let cursor = text(&first, "next");
    let rest = product.run(&["alert", "list", "--sort", "time", "--after", &cursor, "--output", "ndjson"]).lines();
    assert_eq!((rest.len(), rest.iter().any(|one| one["externalId"] == "a99")), (25, false));
}

#[test]
fn the_values_of_a_field_are_counted_most_frequent_first() {
    let product = thirty_five();
    let counted = |by: &str, query: &str| -> Vec<(String, u64)> {
        let counts = product.json(&["alert", "count", "--by", by, "--query", query]);
        let items = counts["items"].as_array().unwrap();
        items.iter().map(|item| (text(item, "value"), item["count"].as_u64().unwrap())).collect()
    };
    let pairs =
        |found: &[(&str, u64)]| found.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect::<Vec<_>>();
    // Equally frequent ones stand by the alphabet.
    let all = [("critical", 6), ("high", 6), ("low", 6), ("medium", 6), ("unknown", 6), ("informational", 5)];
    assert_eq!(counted("severity", ""), pairs(&all));
    assert_eq!(counted("severity", "severity:>=high"), pairs(&all[..2]));
    assert_eq!(counted("source", "rule:\"Rule 7\""), pairs(&[("csa", 1)]));
    let _ =
        product.json(&["alert", "close", &text(&product.alerts("external:a3")[0], "id"), "--reason", "false-positive"]);
    assert_eq!(counted("status", ""), pairs(&[("new", 34), ("closed", 1)]));
    assert_eq!(counted("closeReason", ""), pairs(&[("false-positive", 1)]), "an alert without a value counts for none");
    assert_eq!(counted("rule", "").len(), 35);
    assert_eq!(counted("severity", "no-such-word"), pairs(&[]));
    assert_eq!(product.json(&["alert", "count", "--query", "severity:high"])["count"], 6);
    let error = product.error(&["alert", "count", "--by", "colour"], 3);
    assert_eq!(error["field"], "by", "{error}");
}

#[test]
fn queries_find_what_they_say() {
    let product = Product::new();
    for (kind, name, folder) in [("secure-access", "csa", "secure-access"), ("cloudevents", "door", "")] {
        let _ = product.add_source(kind, name, &[]);
        let mut files: Vec<_> = fs::read_dir(fixture(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| !folder.is_empty() && path.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        for file in files {
            let ran = product.run(&["ingest", "--source", name, file.to_str().unwrap()]);
            assert_eq!(ran.code, 0, "{ran:?}");
        }
    }
    let event = |id: &str, ip: &str| {
        json!({"specversion": "1.0", "type": "door", "source": "/d", "id": id, "time": "2026-09-01T12:00:00Z", "severity":
            "critical", "data": {"title": format!("Door \"{id}\" forced"), "clientIp": ip, "user": "Ana Ruiz"}})
    };
    let doors = json!([event("one", "10.1.2.3"), event("two", "192.0.2.9"), event("six", "2001:db8::7")]);
    let _ = product.ingest("door", &doors.to_string());
    let id = text(&product.alerts("external:two")[0], "id");
    let _ = product.json(&["alert", "snooze", &id, "2h"]);
    let _ = product.json(&["alert", "note", &id, "called the guard"]);
    let other = text(&product.alerts("title:throttled")[0], "id");
    let _ = product.json(&["alert", "close", &other, "--reason", "false-positive"]);
    for (query, count) in [
        ("", 16),
        ("door", 3),
        ("DOOR forced", 3),
        ("\"rate limit errors\"", 3),
        ("\"Door \\\"two\\\"\"", 1),
        ("guard", 1),
        ("no-such-word", 0),
        ("severity:high", 5),
        ("severity:>=high", 9),
        ("severity:critical,low", 6),
        ("severity:<low", 1),
        ("-severity:high", 11),
        ("status:new", 13),
        ("status:closed", 3),
        ("status:closed reason:source-resolved", 2),
        ("closeReason:false-positive", 1),
        ("-status:closed severity:high source:csa", 4),
        ("source:door", 3),
        ("kind:secure-access", 13),
        ("source:CSA category:connectivity", 1),
        ("type:*credential*", 4),
        ("key:d2d2*", 2),
        ("user:\"ana ruiz\"", 3),
        ("user:jo.park@example.org", 1),
        ("ip:10.0.0.0/8", 1),
        ("ip:192.0.2.9,10.1.2.3", 2),
        ("ip:2001:db8::/32", 1),
        ("-ip:10.0.0.0/8 source:door", 2),
        ("external:805.*", 2),
        ("time:2026-09-21", 3),
        ("time:2026-09-21..2026-09-22", 11),
        ("time:..2026-09-20", 3),
        ("time:>=2026-09-23", 2),
        ("time:2026-09-22T00:10:00Z", 1),
        ("received:1h", 16),
        ("received:..2026-01-01", 0),
        ("occurrences:1", 16),
        ("occurrences:>=2", 0),
        ("snoozed:true", 1),
        ("snoozed:false source:door", 2),
        ("note:*guard*", 1),
        (&format!("id:{id}"), 1),
        ("sourceStatus:dismissed", 1),
        ("ログイン", 1),
        ("100% \\ ' OR 1=1 --", 0),
    ] {
        let found = product.alerts(query);
        let titles: Vec<String> = found.iter().map(|alert| text(alert, "title")).collect();
        assert_eq!(found.len(), count, "{query:?} found {titles:?}");
    }
    for (query, hint) in [
        ("sevrity:high", "severity"),
        ("statsu:new", "status"),
        ("usr:x", "user"),
        ("severity:hot", "critical"),
        ("status:snoozed", "acknowledged"),
        ("time:yesterday", "7d"),
        ("ip:10.0.0.0/99", "10.0.0.0/8"),
        ("\"open", "quote"),
        ("severity:", "severity"),
    ] {
        let error = product.error(&["alert", "list", "--query", query], 3);
        assert_eq!(error["field"], "query");
        assert!(error["message"].as_str().unwrap().contains(hint), "{query:?}: {error}");
    }
}

/// An alert as `show` prints it, less what grows whatever happens: the revision and the history.
fn state(product: &Product, id: &str) -> Value {
    let mut shown = product.json(&["alert", "show", id]);
    shown.as_object_mut().unwrap().retain(|key, _| key != "revision" && key != "activity");
    shown
}

#[test]
fn undo_restores_every_column_of_every_action() {
    let product = thirty_five();
    let all = ids(&product.alerts(""));
    let (id, other) = (all[0].as_str(), all[1].as_str());
    let actions: &[&[&str]] = &[
        &["acknowledge", id],
        &["snooze", id, "1h"],
        &["note", id, "first"],
        &["note", id, "second\nline"],
        &["acknowledge", id, other],
        &["snooze", id, "7d"],
        &["close", id, other, "--reason", "red-team", "--note", "planned"],
        &["reopen", id, other],
        &["close", id, "--reason", "True-Positive"],
        &["note", id, "after the fact"],
        &["reopen", id],
    ];
    let both = || (state(&product, id), state(&product, other));
    let mut states = vec![both()];
    for action in actions {
        let before = product.json(&["alert", "show", id])["revision"].as_u64().unwrap();
        let outcome = product.json(&[&["alert"], *action].concat());
        assert!(!outcome["change"].is_null(), "{action:?} changed nothing: {outcome}");
        assert!(product.json(&["alert", "show", id])["revision"].as_u64().unwrap() > before, "{action:?}");
        states.push(both());
    }
    let last = &states.last().unwrap().0;
    assert_eq!(
        (&last["status"], &last["closeReason"], &last["snoozedUntil"]),
        (&json!("new"), &Value::Null, &Value::Null)
    );
    assert_eq!(last["notes"], "first\nsecond\nline\nplanned\nafter the fact");
    assert_eq!(states[9].0["closeReason"], "true-positive", "{}", states[9].0);
    // Every one is taken back, the last one first; nothing but the revision tells.
    while states.len() > 1 {
        let action = actions[states.len() - 2];
        let _ = states.pop();
        let undone = product.json(&["alert", "undo"]);
        assert_eq!(undone["changedSince"], json!([]), "{action:?}");
        assert_eq!(both(), *states.last().unwrap(), "after undo of {action:?}");
    }
    assert_eq!(product.error(&["alert", "undo"], 3)["code"], "not-found");
    let history = product.json(&["alert", "show", id])["activity"].as_array().unwrap().clone();
    assert_eq!(history.iter().filter(|entry| entry["what"] == "undone").count(), actions.len(), "history only grows");
}

#[test]
fn undo_leaves_alone_what_has_changed_since() {
    let product = Product::new();
    let _ = product.add_source("secure-access", "csa", &[]);
    let load = |name: &str| product.ingest("csa", &fs::read_to_string(fixture(name)).unwrap());
    let _ = load("secure-access/01-more-than-one-client.json");
    let _ = load("secure-access/02-token-requests.json");
    let all = ids(&product.alerts(""));
    let _ =
        product.json(&[&["alert", "acknowledge"][..], &all.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    let _ = load("secure-access/08-resolved-same-alertid.json");
    let resolved = text(&product.alerts("status:closed")[0], "id");
    let undone = product.json(&["alert", "undo"]);
    assert_eq!((&undone["changedSince"], undone["changed"].as_array().unwrap().len()), (&json!([resolved]), 1));
    assert_eq!(product.alerts("status:closed")[0]["closeReason"], "source-resolved");
    assert_eq!(product.alerts("status:new").len(), 1);
}

#[test]
fn actions_that_do_not_fit_say_so() {
    let product = thirty_five();
    let all = ids(&product.alerts(""));
    let id = all[0].as_str();
    let _ = product.json(&["alert", "close", id, "--reason", "benign"]);
    for (arguments, hint) in [
        (&["alert", "acknowledge", id][..], "reopen it first"),
        (&["alert", "snooze", id, "1h"], "reopen it first"),
        (&["alert", "note", id, "  "], "needs some text"),
        (&["alert", "note", id, &"x".repeat(4_001)], "4,000"),
    ] {
        let error = product.error(arguments, 3);
        assert!(error["message"].as_str().unwrap().contains(hint), "{arguments:?}: {error}");
    }
    // Nothing was changed by it, so the last change is still the closing.
    let again = product.json(&["alert", "close", id, "--reason", "benign"]);
    assert_eq!((&again["change"], &again["unchanged"]), (&Value::Null, &json!(1)), "already so: no change to undo");
    assert_eq!(product.json(&["alert", "undo"])["changed"][0]["status"], "new");
    // Of several, those that it fits are done, and the rest is told.
    let unknown = "0199a5b2-7c1d-7e02-8f3a-4b5c6d7e8f90";
    let _ = product.json(&["alert", "close", id, "--reason", "other"]);
    let ran = product.run(&["alert", "acknowledge", id, &all[1], unknown, "--output", "json"]);
    let told = ran.json();
    assert_eq!((ran.code, &told["missing"], &told["refused"][0]["id"]), (3, &json!([unknown]), &json!(id)));
    assert_eq!(told["changed"][0]["id"], json!(all[1]));
    // One undo takes all of one action back.
    let many: Vec<&str> = all[2..].iter().map(String::as_str).collect();
    let closed = product.json(&[&["alert", "close", "--reason", "duplicate"][..], &many].concat());
    assert_eq!(closed["changed"].as_array().unwrap().len(), 33);
    assert_eq!(product.alerts("reason:duplicate").len(), 33);
    let _ = product.json(&["alert", "undo"]);
    assert_eq!(product.alerts("reason:duplicate").len(), 0);
}
