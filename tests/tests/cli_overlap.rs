//! `rule overlap` through the real binary: what is proven and what was measured, apart, in text and in JSON.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use tocsin_tests::product::Product;

/// Ten failures a minute apart: the first seven of one address, the rest of another.
fn events() -> String {
    let line = |at: usize| {
        let address = if at < 7 { "192.0.2.7" } else { "10.0.0.9" };
        let fields = json!({"status_code": 500 + at % 3, "client_ip": address, "method": "POST"});
        json!({"id": format!("e{at}"), "time": format!("2026-03-01T10:{at:02}:00Z"), "kind": "api.request", "fields": fields})
            .to_string()
            + "\n"
    };
    (0..10).map(line).collect()
}

fn rule(name: &str, conditions: &Value, threshold: u32) -> String {
    json!({"name": name, "conditions": conditions, "groupBy": ["client_ip"],
           "window": {"kind": "rolling", "thresholdTime": "5m"}, "trigger": {"kind": "atLeast", "value": threshold}})
    .to_string()
}

/// Three rules: failures, few failures of one network, and successes.
fn files(product: &Product) -> [String; 3] {
    let failures = json!([{"type": "status_code", "op": "gte", "values": ["500"]}]);
    let few = json!([
        {"type": "status_code", "op": "gt", "values": ["500"]},
        {"type": "client_ip", "values": ["192.0.2.0/25"]},
        {"type": "client_ip", "values": ["192.0.2.0/24"]},
    ]);
    let fine = json!([{"type": "status_code", "op": "lt", "values": ["400"]}]);
    [("Failures", &failures, 2), ("Failures of one network", &few, 3), ("Successes", &fine, 1)]
        .map(|(name, conditions, threshold)| product.file(&format!("{name}.json"), rule(name, conditions, threshold)))
}

fn pair<'a>(found: &'a Value, a: &str, b: &str) -> &'a Value {
    let pairs = found["pairs"].as_array().unwrap();
    pairs.iter().find(|pair| pair["a"] == a && pair["b"] == b).unwrap_or_else(|| panic!("{found}"))
}

#[test]
fn what_is_proven_and_what_was_measured_stand_apart() {
    let product = Product::new();
    let [failures, few, fine] = files(&product);
    let events = product.file("events.ndjson", events());
    let found = product.json(&["rule", "overlap", &failures, &few, &fine, "--events", &events]);
    let history = json!({"events": 10, "from": "2026-03-01T10:00:00.000Z", "to": "2026-03-01T10:09:00.000Z"});
    assert_eq!(found["history"], history);
    assert_eq!(found["pairsLookedAt"], 3);

    let rules = found["rules"].as_array().unwrap();
    assert_eq!(rules[0]["proven"], json!([]));
    assert_eq!(rules[0]["measured"], json!({"events": 10, "firings": 3}));
    let implied = &rules[1]["proven"][0];
    assert_eq!((&implied["verdict"], &implied["path"]), (&json!("implied"), &json!("$.conditions[2]")));

    let together = pair(&found, "Failures", "Failures of one network");
    assert_eq!((&together["proven"]["events"], &together["proven"]["firings"]), (&json!("b-in-a"), &json!("b-with-a")));
    assert_eq!(together["measured"]["events"], json!({"a": 10, "b": 4, "both": 4}));
    assert_eq!(together["measured"]["firings"], json!({"a": 3, "b": 1, "aWithB": 2, "bWithA": 1}));
    let apart = pair(&found, "Failures", "Successes");
    assert_eq!((&apart["proven"]["events"], &apart["proven"]["firings"]), (&json!("contradict"), &Value::Null));
    assert_eq!(apart["measured"]["firings"], json!({"a": 3, "b": 0, "aWithB": 0, "bWithA": 0}));

    let text = product.run(&["rule", "overlap", &failures, &few, "--events", &events]).stdout;
    for line in [
        "  proven    every event that matches “Failures of one network” matches “Failures”",
        "  measured  4 events match both: 4 of 10 (40 %) of the first's, 4 of 4 (100 %) of the second's",
        "  measured  firings that coincide: 2 of 3 (66 %) of the first's, 1 of 1 (100 %) of the second's",
        "Measured over 10 events from 2026-03-01T10:00:00.000Z to 2026-03-01T10:09:00.000Z. Proven holds for every event \
         there can be.",
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
    assert_eq!(std::fs::read_dir(product.dir()).unwrap().count(), 1, "no store was touched");
}

#[test]
fn kept_rules_are_compared_over_what_is_stored() {
    let product = Product::new();
    let [failures, few, fine] = files(&product);
    let _sender = product.add_source("api-traffic", "gateway", &[]);
    let _summary = product.ingest("gateway", &events());
    let nothing = product.json(&["rule", "overlap"]);
    assert_eq!(
        (&nothing["rules"], &nothing["pairs"], &nothing["history"]["events"]),
        (&json!([]), &json!([]), &json!(10))
    );
    for file in [&few, &fine] {
        assert_eq!(product.json(&["rule", "add", file])["added"], "new");
    }
    let all = product.json(&["rule", "overlap"]);
    assert_eq!((all["pairsLookedAt"].as_u64(), all["rules"].as_array().unwrap().len()), (Some(1), 2));
    // One that is not kept yet, with every other one.
    let one = product.json(&["rule", "overlap", &failures]);
    assert_eq!(one["pairsLookedAt"], 2);
    let together = pair(&one, "Failures", "Failures of one network");
    assert_eq!(together["proven"]["events"], "b-in-a");
    assert_eq!(together["measured"]["firings"], json!({"a": 3, "b": 1, "aWithB": 2, "bWithA": 1}));
    assert_eq!(product.json(&["rule", "overlap", "SUCCESSES", "failures of one network"])["pairsLookedAt"], 1);

    let error = product.error(&["rule", "overlap", "no such rule"], 3);
    assert_eq!(error["code"], "not-found");
    let wrong = product.file("wrong.json", r#"{"name": "x", "conditions": []}"#);
    assert_eq!(product.error(&["rule", "overlap", &wrong], 2)["field"], "$.conditions");
}

#[test]
fn what_is_made_up_speaks_for_no_rule() {
    let product = Product::new();
    let loaded = product.json(&["demo", "load"]);
    assert!(loaded["loaded"].as_u64().is_some_and(|alerts| alerts > 1_000), "{loaded}");
    let of_alerts = |name: &str, severity: &str| {
        let rule = json!({
            "name": name,
            "conditions": [{"type": "severity", "values": [severity]}],
            "window": {"kind": "rolling", "thresholdTime": "1", "thresholdType": "hours"},
            "trigger": {"kind": "atLeast", "value": 1},
        });
        product.file(&format!("{name}.json"), rule.to_string())
    };
    let (first, second) = (of_alerts("first", "high"), of_alerts("second", "high"));
    for file in [&first, &second] {
        assert_eq!(product.json(&["rule", "add", file])["added"], "new");
    }
    let found = product.json(&["rule", "overlap", "first", "second"]);
    assert_eq!((&found["history"]["events"], &found["rules"][0]["measured"]["firings"]), (&json!(0), &json!(0)));
    let text = product.run(&["rule", "overlap", "first", "second"]).stdout;
    assert!(text.contains("  proven    ") && !text.contains("  measured  "), "{text}");
    assert!(text.contains("Measured over no events. Proven holds"), "{text}");
    let nothing = product.json(&["rule", "backtest", "first"]);
    assert_eq!((&nothing["events"], &nothing["firings"]), (&json!(0), &json!([])), "{nothing}");
    let refused = product.error(&["rule", "suggest", "first"], 3);
    assert!(refused["message"].as_str().unwrap().contains("covers 0 days"), "{refused}");
}
