//! Tests that are kept with a rule, through the real binary: run on their own, by `rule check` and by `rule add`, kept
//! and exported with the document. And the hash of a replayed period.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use tocsin_tests::product::Product;

fn event(time: &str, status: u64) -> Value {
    json!({"time": format!("2026-03-01T10:{time}Z"), "kind": "api.request", "fields": {"status_code": status, "username": "ana"}})
}

/// A rule with tests whose threshold is this.
fn rule(threshold: u64) -> Value {
    let burst = [event("00:00", 401), event("01:00", 403), event("02:00", 500)];
    let slow = [event("00:00", 401), event("20:00", 401), event("40:00", 401)];
    json!({
        "name": "Many failures", "mode": "shadow",
        "conditions": [{"type": "status_code", "op": "gte", "values": ["400"]}], "groupBy": ["username"],
        "window": {"kind": "rolling", "thresholdTime": "5m"}, "trigger": {"kind": "atLeast", "value": threshold},
        "tests": [{"name": "a burst", "fires": true, "events": burst}, {"name": "now and then", "fires": false, "events": slow}],
    })
}

#[test]
fn a_rule_is_held_to_its_tests_at_every_edit() {
    let product = Product::new();
    let good = product.file("good.json", rule(3).to_string());
    let strict = product.file("strict.json", rule(4).to_string());
    let loose = product.file("loose.json", rule(1).to_string());

    // Without a store.
    let ran = product.json(&["rule", "test", &good]);
    let expected = json!({"rule": "Many failures", "failed": 0, "tests": [
        {"name": "a burst", "fires": true, "events": 3, "matched": 3, "firings": 1, "passed": true},
        {"name": "now and then", "fires": false, "events": 3, "matched": 3, "firings": 0, "passed": true},
    ]});
    assert_eq!(ran, expected);
    for (file, failing, says) in [
        (&strict, 0, "failed  “a burst”: it should fire and does not (3 events, 3 meet the conditions, 0 firings)"),
        (&loose, 1, "failed  “now and then”: it should not fire and does (3 events, 3 meet the conditions, 3 firings)"),
    ] {
        for verb in ["test", "check"] {
            let ran = product.run(&["rule", verb, file]);
            assert_eq!(ran.code, 1, "{ran:?}");
            assert!(ran.stdout.contains(says) && ran.stderr.is_empty(), "{ran:?}");
        }
        let checked = product.run(&["rule", "check", file, "--output", "json"]).json();
        let tests = &checked["items"][0]["tests"];
        assert_eq!((&checked["items"][0]["valid"], &tests[failing]["passed"]), (&json!(true), &json!(false)));
        assert_eq!(tests[1 - failing]["passed"], true);
    }
    assert_eq!(product.run(&["rule", "check", &good]).code, 0);
    assert_eq!(std::fs::read_dir(product.dir()).unwrap().count(), 1, "no store was touched");

    // Kept with the rule, and written down with it.
    let added = product.json(&["rule", "add", &good]);
    assert_eq!((&added["added"], &added["tests"][0]["passed"]), (&json!("new"), &json!(true)));
    assert_eq!(product.json(&["rule", "export", "many failures"]), rule(3));
    assert_eq!(product.json(&["rule", "test", "MANY failures"]), expected);
    let edited = product.run(&["rule", "add", &strict]);
    assert_eq!(edited.code, 1, "{edited:?}");
    assert!(edited.stdout.contains("failed  “a burst”") && edited.stdout.contains("version 2"), "{edited:?}");
    assert_eq!(product.run(&["rule", "test", "many failures"]).code, 1);
}

#[test]
fn tests_that_cannot_be_right_are_named() {
    let product = Product::new();
    let mut none = rule(3);
    none["tests"] = json!([]);
    let none = product.file("none.json", none.to_string());
    assert_eq!(product.error(&["rule", "test", &none], 3)["field"], "tests");
    assert_eq!(product.error(&["rule", "test", "nobody"], 3)["code"], "not-found");

    let mut wrong = rule(3);
    wrong["tests"] = json!([
        {"name": "a", "fires": "yes", "events": [event("00:00", 1)]},
        {"name": "a", "fires": true, "events": [{"time": "then", "kind": "api.request"}], "event": []},
        {"fires": false, "events": []},
        {"name": "b", "fires": false, "events": [{"id": "x", "time": "2026-03-01T10:00:00Z", "kind": "alert"},
                                                 {"id": "x", "time": "2026-03-01T10:00:00Z", "kind": "alert"}]},
    ]);
    let wrong = product.file("wrong.json", wrong.to_string());
    let checked = product.run(&["rule", "check", &wrong, "--output", "json"]);
    assert_eq!(checked.code, 2);
    let found = checked.json();
    let paths: Vec<&str> =
        found["items"][0]["problems"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    let expected = [
        "$.tests[0].fires",
        "$.tests[1].event",
        "$.tests[1].events[0]",
        "$.tests[2].name",
        "$.tests[2].events",
        "$.tests[3].events[1]",
    ];
    assert_eq!(paths, expected, "{found}");

    // A field that says nothing would let a test pass for the wrong reason.
    let mut odd = rule(3);
    odd["tests"][1]["events"][0]["fields"] = json!({"status_cod": 401, "detected": true, "latency_ms": "fast"});
    let odd = product.file("odd.json", odd.to_string());
    let warned = product.run(&["rule", "check", &odd, "--output", "json"]).json();
    let warnings = warned["items"][0]["warnings"].as_array().unwrap();
    let at = |name: &str| format!("$.tests[1].events[0].fields.{name}");
    for name in ["status_cod", "detected", "latency_ms"] {
        assert!(warnings.iter().any(|one| one["path"] == at(name)), "{name}: {warnings:?}");
    }
}

#[test]
fn a_period_that_is_replayed_has_the_same_hash() {
    let product = Product::new();
    let file = product.file("rule.json", rule(3).to_string());
    let lines = |count: usize| -> String {
        let line = |at: usize| {
            let mut event = event(&format!("{:02}:{:02}", at / 60, at % 60), 401);
            event["id"] = json!(format!("e{at:04}"));
            event.to_string() + "\n"
        };
        (0..count).map(|at| line(at * 45)).collect()
    };
    let (short, long) = (product.file("short.ndjson", lines(20)), product.file("long.ndjson", lines(60)));
    let hash = |arguments: &[&str]| {
        let found = product.json(&[&["rule", "backtest"], arguments].concat());
        (found["resultHash"].as_str().unwrap().to_owned(), found["firings"].as_array().unwrap().len())
    };
    let (whole, fired) = hash(&[&file, "--events", &short]);
    assert!(fired > 1 && whole.len() == 64, "{whole}");
    assert_eq!(hash(&[&file, "--events", &short, "--curve"]).0, whole);
    assert_ne!(hash(&[&file, "--events", &long]).0, whole);
    // What came after the period makes no difference; another period does.
    let period = |file: &str, events: &str, to: &str| hash(&[file, "--events", events, "--to", to]).0;
    let to = "2026-03-01T10:12:00Z";
    assert_eq!(period(&file, &short, to), period(&file, &long, to));
    assert_ne!(period(&file, &short, to), period(&file, &short, "2026-03-01T10:05:00Z"));
    // What is stored is replayed alike.
    let _sender = product.add_source("api-traffic", "gateway", &[]);
    let _summary = product.ingest("gateway", &lines(20));
    assert_eq!(hash(&[&file]).0, whole);
    let expected = product.file("expected.json", json!({"resultHash": whole}).to_string());
    let long_run = product.run(&["rule", "backtest", &file, "--events", &long, "--expect", &expected]);
    assert_eq!(long_run.code, 1, "{long_run:?}");
    assert_eq!(product.run(&["rule", "backtest", &file, "--expect", &expected]).code, 0);
}
