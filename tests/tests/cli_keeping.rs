//! What a person keeps, on the command line: bulk actions, saved views, settings, entities, and what is alike.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use tocsin_tests::product::Product;

/// A source with so many alerts; every fifth is critical, the rest are low.
fn filled(count: usize) -> Product {
    let product = Product::new();
    let _ = product.add_source("secure-access", "csa", &[]);
    let alerts: Vec<Value> = (0..count)
        .map(|n| {
            json!({"alertId": format!("a{n}"), "severity": if n % 5 == 0 { "Critical" } else { "Low" }, "status": "Active",
                "ruleName": format!("Rule {n} fired"), "time": format!("2026-10-0{}T00:00:00Z", n % 9 + 1),
                "category": "API anomaly", "alertType": "Odd", "user": ["ana", format!("user{}", n % 3)]})
        })
        .collect();
    let envelope = json!({"type": "secureaccess.alerts.api.anomaly.v1", "id": "all", "data": {"alerts": alerts}});
    let _ = product.ingest("csa", &envelope.to_string());
    product
}

fn id_of(product: &Product, external: &str) -> String {
    product.alerts(&format!("external:{external}"))[0]["id"].as_str().unwrap().to_owned()
}

/// An alert without what grows whatever happens.
fn states(product: &Product) -> Vec<Value> {
    let mut all = product.alerts("");
    for alert in &mut all {
        alert.as_object_mut().unwrap().remove("revision");
    }
    all
}

#[test]
fn all_that_match_are_closed_with_an_honest_result_and_one_undo() {
    let product = filled(20);
    for number in ["a1", "a2"] {
        let _ = product.json(&["alert", "close", &id_of(&product, number), "--reason", "benign"]);
    }
    let before = states(&product);
    let table =
        product.run(&["alert", "close", "--query", "severity:low", "--reason", "false-positive", "--note", "noise"]);
    assert_eq!(table.code, 0, "{table:?}");
    assert_eq!(
        table.stdout, "Closed 14 alerts.\n2 were closed already.\n“tocsin alert undo” takes it back.\n",
        "what was closed keeps its reason"
    );
    assert_eq!((product.alerts("reason:false-positive").len(), product.alerts("reason:benign").len()), (14, 2));
    let undone = product.json(&["alert", "undo"]);
    assert_eq!((&undone["changedCount"], &undone["changedSinceCount"]), (&json!(14), &json!(0)));
    assert_eq!(states(&product), before, "every column but the revision");
    let told = product.json(&["alert", "close", "--query", "severity:low", "--reason", "benign"]);
    assert_eq!(
        (&told["changedCount"], &told["unchanged"], &told["refusedCount"]),
        (&json!(14), &json!(2), &json!(0)),
        "{told}"
    );
}

#[test]
fn every_action_has_its_bulk_form() {
    let product = filled(6);
    let count = |query: &str| product.alerts(query).len();
    let run = |arguments: &[&str]| product.json(&[&["alert"], arguments].concat())["changedCount"].clone();
    assert_eq!(run(&["acknowledge", "--query", "severity:critical"]), 2);
    assert_eq!(count("status:acknowledged"), 2);
    assert_eq!(run(&["snooze", "--query", "status:new", "2h"]), 4);
    assert_eq!(count("snoozed:true"), 4);
    assert_eq!(run(&["note", "--query", "snoozed:true", "looked at it"]), 4);
    assert_eq!(count("note:\"looked at it\""), 4);
    assert_eq!(run(&["reopen", "--query", "snoozed:true"]), 4);
    assert_eq!(count("snoozed:true"), 0);
    let nothing = product.run(&["alert", "reopen", "--query", "title:nobody"]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (0, "No alert matches.\n"));
    let _ = product.json(&["alert", "close", "--query", "", "--reason", "other"]);
    // It fits none of them: that is no success.
    let refused = product.run(&["alert", "acknowledge", "--query", "", "--output", "json"]);
    assert_eq!((refused.code, &refused.json()["refusedCount"]), (3, &json!(6)));
    for (arguments, field) in [
        (&["alert", "close", "--query", "sevrity:low", "--reason", "other"][..], json!("query")),
        (&["alert", "close", "--query", "severity:low", "--reason", "expired"], json!("reason")),
        (&["alert", "snooze", "--query", "severity:low", "soon"], json!("duration")),
        (&["alert", "note", "--query", "severity:low", " "], Value::Null),
        (&["alert", "note", "--query", "severity:low", "one", "two"], Value::Null),
        (&["alert", "note", "alone"], Value::Null),
        (&["alert", "note", "no-id", "text"], Value::Null),
        (&["alert", "acknowledge"], Value::Null),
        (&["alert", "reopen", "0199a5b2-7c1d-7e02-8f3a-4b5c6d7e8f90", "--query", "x"], Value::Null),
    ] {
        let error = product.error(arguments, 3);
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid"), &field), "{arguments:?}: {error}");
    }
}

#[test]
fn a_change_of_another_process_reaches_the_engine() {
    let product = filled(3);
    let engine = product.serve();
    let told = product.json(&["alert", "acknowledge", "--query", "severity:low"]);
    assert_eq!(told["changedCount"], 2);
    let _ = product.json(&["settings", "set", "notify.from", "critical"]);
    let _ = product.json(&["view", "save", "Mine", "--query", "severity:low"]);
    assert_eq!(product.alerts("status:acknowledged seen:true").len(), 2);
    assert_eq!(engine.stop(), 0);
}

#[test]
fn what_was_looked_at_is_no_change() {
    let product = filled(3);
    let id = id_of(&product, "a0");
    assert_eq!(product.alerts("seen:false").len(), 3);
    let revision = product.json(&["alert", "show", &id])["revision"].clone();
    let _ = product.json(&["alert", "seen", &id]);
    let shown = product.json(&["alert", "show", &id]);
    assert_eq!((&shown["seen"], &shown["revision"]), (&json!(true), &revision));
    assert_eq!((product.alerts("seen:false").len(), product.alerts("-seen:false").len()), (2, 1));
    assert_eq!(product.error(&["alert", "undo"], 3)["code"], "not-found");
}

#[test]
fn views_are_kept_listed_and_used() {
    let product = filled(10);
    let _ = product.json(&["alert", "seen", &id_of(&product, "a0")]);
    let listed = product.json(&["view", "list", "--counts"]);
    let row = |view: &Value| (view["name"].clone(), view["count"].clone(), view["unseen"].clone());
    let rows: Vec<_> = listed["items"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(
        rows,
        [
            (json!("Needs me"), json!(10), json!(9)),
            (json!("Critical and high, open"), json!(2), json!(1)),
            (json!("All"), json!(10), json!(9))
        ]
    );
    assert_eq!((&listed["items"][0]["isDefault"], &listed["items"][0]["builtin"]), (&json!(true), &json!(true)));
    let saved = product.json(&["view", "save", "Low ones", "--query", "severity:low", "--sort", "received:asc"]);
    assert_eq!((&saved["query"], &saved["builtin"]), (&json!("severity:low"), &json!(false)));
    let used = product.json(&["alert", "list", "--view", "low ONES"]);
    let externals = |list: &Value| {
        let items = list["items"].as_array().unwrap().iter();
        items.map(|alert| alert["externalId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(externals(&used), ["a1", "a2", "a3", "a4", "a6", "a7", "a8", "a9"]);
    let narrowed =
        product.json(&["alert", "list", "--view", "Low ones", "--query", "user:user0", "--sort", "received"]);
    assert_eq!(externals(&narrowed), ["a9", "a6", "a3"]);
    // The same name changes it; only what is said.
    let again = product.json(&["view", "save", "low ones", "--query", "status:new", "--default"]);
    assert_eq!(
        (&again["id"], &again["sort"], &again["isDefault"]),
        (&saved["id"], &json!("received:asc"), &json!(true))
    );
    let default = |product: &Product| {
        let list = product.json(&["view", "list"]);
        let items = list["items"].as_array().unwrap().clone();
        items.into_iter().filter(|view| view["isDefault"] == true).map(|view| view["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(default(&product), ["Low ones"]);
    let _ = product.json(&["view", "remove", "Low ones"]);
    assert_eq!(default(&product), ["Needs me"]);
    let table = product.run(&["view", "list"]).stdout;
    assert!(table.starts_with("NAME") && table.contains("-status:closed snoozed:false"), "{table}");
    for (arguments, code, field) in [
        (&["view", "remove", "Low ones"][..], "not-found", Value::Null),
        (&["view", "remove", "Needs me"], "conflict", Value::Null),
        (&["view", "save", "All", "--query", "x"], "conflict", Value::Null),
        (&["view", "save", "x", "--query", "sevrity:x"], "invalid", json!("query")),
        (&["view", "save", "x", "--sort", "colour"], "invalid", json!("sort")),
        (&["view", "save", " "], "invalid", json!("name")),
        (&["alert", "list", "--view", "nobody"], "not-found", Value::Null),
    ] {
        let error = product.error(arguments, 3);
        assert_eq!((&error["code"], &error["field"]), (&json!(code), &field), "{arguments:?}: {error}");
    }
}

#[test]
fn settings_are_shown_and_set_one_by_one() {
    let product = Product::new();
    let shown = product.json(&["settings", "show"]);
    assert_eq!((&shown["theme"], &shown["notify"]["from"]), (&json!("system"), &json!("medium")));
    assert_eq!(shown["retention"], json!({"days": 365, "megabytes": 2048, "keepOpen": true}));
    let set = |key: &str, value: &str| product.json(&["settings", "set", key, value]);
    let _ = set("notify.quietHours", "22:00-07:00");
    let _ = set("notify.quietHours.zone", "Europe/Madrid");
    let changed = set("notify.quietHours.days", "sat,sun");
    let quiet = json!({"from": "22:00", "to": "07:00", "days": ["sat", "sun"], "zone": "Europe/Madrid", "criticalAnyway": true});
    assert_eq!(changed["notify"]["quietHours"], quiet);
    let _ = set("retention.days", "none");
    let kept = product.json(&["settings", "show"]);
    assert_eq!((&kept["notify"]["quietHours"], &kept["retention"]["days"]), (&quiet, &Value::Null));
    let table = product.run(&["settings", "show"]).stdout;
    assert!(table.contains("notify.quietHours.days            sat,sun"), "{table}");
    for (key, value, field, hint) in [
        ("them", "dark", "key", "“theme”"),
        ("theme", "blue", "theme", "contrast-dark"),
        ("notify.from", "hot", "notify.from", "critical"),
        ("notify.quietHours", "late", "notify.quietHours", "22:00-07:00"),
        ("notify.quietHours.zone", "Madrid", "notify.quietHours.zone", "Europe/Madrid"),
        ("retention.days", "-1", "retention.days", "none"),
    ] {
        let error = product.error(&["settings", "set", key, value], 3);
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid"), &json!(field)), "{error}");
        assert!(error["message"].as_str().unwrap().contains(hint), "{error}");
    }
    assert_eq!(product.json(&["settings", "show"]), kept, "a mistake changes nothing");
}

#[test]
fn entities_and_what_is_alike_are_told() {
    let product = filled(6);
    let ana = product.json(&["entity", "user", "ANA"]);
    assert_eq!((&ana["kind"], &ana["total"], &ana["open"]), (&json!("username"), &json!(6), &json!(6)));
    assert_eq!(ana["bySeverity"], json!({"critical": 2, "low": 4}));
    assert_eq!(ana["sources"], json!([{"value": "csa", "count": 6}]));
    let spark: u64 = ana["spark"]["bars"].as_array().unwrap().iter().map(|bar| bar.as_u64().unwrap()).sum();
    assert_eq!((spark, ana["latest"].as_array().unwrap().len()), (6, 6));
    assert_eq!(product.json(&["entity", "host", "nobody"])["total"], 0);
    assert_eq!(product.error(&["entity", "planet", "mars"], 3)["code"], "invalid");
    assert_eq!(product.error(&["entity", "user", " "], 3)["field"], "value");
    let (id, other) = (id_of(&product, "a0"), id_of(&product, "a1"));
    let _ = product.json(&["alert", "close", &other, "--reason", "benign", "--note", "a test run"]);
    let alike = product.json(&["alert", "similar", &id]);
    assert_eq!((alike["alerts"].as_array().unwrap().len(), &alike["lastHandled"]["alert"]["id"]), (5, &json!(other)));
    assert_eq!(alike["lastHandled"]["how"][0]["detail"], "benign: a test run");
    let table = product.run(&["alert", "similar", &id]).stdout;
    assert!(table.contains("Last time:") && table.contains("closed benign: a test run"), "{table}");
    let unknown = "0199a5b2-7c1d-7e02-8f3a-4b5c6d7e8f90";
    assert_eq!(product.error(&["alert", "similar", unknown], 3)["code"], "not-found");
    assert!(product.run(&["entity", "user", "ana"]).stdout.starts_with("username ana\nAlerts    6 (5 open)\n"));
}

/// A line of an events file.
fn event(id: usize) -> String {
    format!("{{\"id\":\"e{id}\",\"time\":\"2026-03-01T10:00:00Z\",\"kind\":\"api.request\",\"fields\":{{}}}}\n")
}

#[test]
fn a_file_of_events_may_be_of_any_length() {
    let product = Product::new();
    let _sender = product.add_source("api-traffic", "gateway", &[]);
    // More than a delivery may have.
    let many: String = (0..50_002).map(event).collect();
    let file = product.file("many.ndjson", &many);
    let taken = product.json(&["ingest", "--source", "gateway", &file]);
    assert_eq!(
        (&taken["received"], &taken["stored"], &taken["duplicate"]),
        (&json!(50_002), &json!(50_002), &json!(0))
    );
    let last = product.ingest("gateway", &event(50_001));
    assert_eq!((&last["stored"], &last["duplicate"]), (&json!(0), &json!(1)));

    // What stands before a line that cannot be taken stays.
    let long = format!("{}{}{{{}", event(60_000), event(0), "x".repeat(17 * 1024 * 1024));
    let error = product.error(&["ingest", "--source", "gateway", &product.file("long.ndjson", &long)], 3);
    let said = error["message"].as_str().unwrap();
    assert!(
        said.contains("long.ndjson: line 3 is longer than 16 MiB") && said.contains("the 2 before it are kept"),
        "{said}"
    );
    assert_eq!(product.ingest("gateway", &event(60_000))["duplicate"], 1);

    let large = product.file("large.json", "x".repeat(64 * 1024 * 1024 + 1));
    let _other = product.add_source("secure-access", "csa", &[]);
    let error = product.error(&["ingest", "--source", "csa", &large], 3);
    assert!(error["message"].as_str().unwrap().contains("larger than 64 MiB: split it"), "{error}");
    let folder = product.dir();
    let error = product.error(&["ingest", "--source", "csa", folder.to_str().unwrap()], 3);
    assert!(error["message"].as_str().unwrap().starts_with("cannot read "), "{error}");
}
