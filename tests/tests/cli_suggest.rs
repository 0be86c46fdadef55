//! `rule suggest` through the real binary: thresholds with what they rest on, and what would have kept an alert away.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use tocsin_tests::product::Product;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

const RULE: &str = r#"{"name": "Many failures", "conditions": [{"type": "status_code", "op": "gte", "values": ["400"]}],
 "groupBy": ["username"], "window": {"kind": "rolling", "thresholdTime": "10", "thresholdType": "minutes"},
 "trigger": {"kind": "atLeast", "value": 3}}"#;

/// Nine days ago, for events that are not ahead of the clock.
#[allow(clippy::disallowed_methods, reason = "the product's clock cannot be moved from here")]
fn start() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    i64::try_from(now).unwrap() - 9 * DAY
}

/// On every second day a scanner fails four times, on the others ana eight times, half a minute apart.
fn events(days: i64) -> String {
    let start = start();
    let line = |id: String, time: i64, user: &str, status: u64| {
        let fields = json!({"status_code": status, "username": user, "method": "POST"});
        let time = tocsin_model::time::Timestamp::from_millis(time).to_string();
        json!({"id": id, "time": time, "kind": "api.request", "fields": fields}).to_string() + "\n"
    };
    let mut lines = line("first".to_owned(), start, "bo", 200);
    for day in 0..days {
        let (user, count) = if day % 2 == 0 { ("scanner", 4) } else { ("ana", 8) };
        for at in 0..count {
            lines += &line(format!("e{day}-{at}"), start + day * DAY + HOUR + at * 30_000, user, 401);
        }
    }
    lines + &line("last".to_owned(), start + days * DAY, "bo", 200)
}

fn closed(product: &Product) -> (String, Vec<Value>) {
    let file = product.file("rule.json", RULE);
    assert_eq!(product.json(&["rule", "add", &file])["added"], "new");
    let _sender = product.add_source("api-traffic", "gateway", &[]);
    assert_eq!(product.ingest("gateway", &events(8))["alerts"], 8);
    for (user, reason) in [("ana", "true-positive"), ("scanner", "false-positive")] {
        let query = format!("username:{user}");
        let ran = product.run(&["alert", "close", "--query", &query, "--reason", reason]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    (file, product.alerts("username:scanner"))
}

#[test]
fn thresholds_say_what_they_rest_on() {
    let product = Product::new();
    let (file, _) = closed(&product);
    for rule in ["many failures", file.as_str()] {
        let found = product.json(&["rule", "suggest", rule, "--budget", "4"]);
        let sample = &found["sample"];
        let n = ["events", "matched", "windows", "days"].map(|key| sample[key].as_u64().unwrap());
        assert_eq!(n, [50, 48, 48, 8], "{found}");
        assert_eq!(sample["labels"], json!({"truePositives": 4, "falsePositives": 4, "outOfReach": 0}));
        assert_eq!((&found["now"]["threshold"], &found["now"]["firings"]), (&json!(3), &json!(8)));
        let suggested: Vec<Value> = found["suggestions"].as_array().unwrap().clone();
        let told = |one: &Value| {
            let keys =
                ["name", "basis", "threshold", "firings", "busiestWeek", "truePositivesKept", "falsePositivesKept"];
            Value::Array(keys.iter().map(|key| one[*key].clone()).collect())
        };
        assert_eq!(told(&suggested[0]), json!(["quiet", "budget", 5, 4, 4, 4, 0]));
        assert_eq!(told(&suggested[1]), json!(["balanced", "labels", 8, 4, 4, 4, 0]));
        assert_eq!(suggested[2]["threshold"], 1);
    }
    let text = product.run(&["rule", "suggest", "many failures"]).stdout;
    let said = "“Many failures” over 50 events of 8 days: 48 match, 48 windows; 4 alerts closed as true positives, 4 as \
                false ones";
    assert!(text.contains(said) && text.contains("the highest that keeps all 4 alerts"), "{text}");
}

#[test]
fn six_days_are_too_few() {
    let product = Product::new();
    let file = product.file("rule.json", RULE);
    let six = product.file("six.ndjson", events(6));
    let refused = product.error(&["rule", "suggest", &file, "--events", &six], 3);
    assert_eq!(refused["field"], "events");
    assert!(refused["message"].as_str().unwrap().contains("covers 6 days, and a suggestion needs 7"), "{refused}");
    let eight = product.file("eight.ndjson", events(8));
    let found = product.json(&["rule", "suggest", &file, "--events", &eight]);
    assert_eq!((&found["sample"]["days"], &found["suggestions"][1]["basis"]), (&json!(8), &json!("halfway")));
    assert_eq!(std::fs::read_dir(product.dir()).unwrap().count(), 1, "no store was touched");
    let other =
        product.file("other.json", RULE.replace("{\"kind\": \"atLeast\", \"value\": 3}", "{\"kind\": \"absent\"}"));
    assert_eq!(product.error(&["rule", "suggest", &other, "--events", &eight], 3)["field"], "trigger");
}

#[test]
fn a_false_positive_leads_to_edits_and_one_that_loses_a_true_one_needs_a_note() {
    let product = Product::new();
    let (_, false_ones) = closed(&product);
    let alert = false_ones[0]["id"].as_str().unwrap();
    let found = product.json(&["rule", "suggest", "many failures", "--for", alert]);
    let text = product.run(&["rule", "suggest", "many failures", "--for", alert]).stdout;
    assert!(text.contains("Alerts that were closed: 4 true positives, 4 false positives\n"), "{text}");
    assert!(text.contains(": 4 firings instead of 8, removes 4 false positives, loses 0 true positives\n"), "{text}");
    let edits = found["edits"].as_array().unwrap();
    let of_kind =
        |kind: &str| edits.iter().find(|edit| edit["kind"] == kind).unwrap_or_else(|| panic!("no {kind} in {found}"));
    let (exception, threshold, window) = (of_kind("exception"), of_kind("threshold"), of_kind("window"));
    assert_eq!(exception["what"], "add the condition username is not scanner");
    assert_eq!(threshold["what"], "raise the threshold to 5");
    for edit in [exception, threshold] {
        let n = ["removes", "loses"].map(|key| edit[key].as_array().unwrap().len());
        assert_eq!((n, &edit["firings"], &edit["needsNote"]), ([4, 0], &json!(4), &json!(false)), "{edit}");
    }
    assert_eq!((&window["what"], &window["needsNote"]), (&json!("shorten the window to 1m"), &json!(true)));
    assert_eq!(window["loses"].as_array().unwrap().len(), 4);

    let apply = |edit: &Value| edit["number"].to_string();
    let refused = product.error(&["rule", "suggest", "many failures", "--for", alert, "--apply", &apply(window)], 3);
    assert_eq!(refused["field"], "note");
    assert!(refused["message"].as_str().unwrap().contains("lost 4 alerts"), "{refused}");
    let made = product.json(&["rule", "suggest", "many failures", "--for", alert, "--apply", &apply(exception)]);
    assert_eq!(made["added"], "candidate", "the live one goes on");
    let document = &product.json(&["rule", "show", "many failures"])["candidateDocument"];
    let condition = json!({"type": "username", "values": ["scanner"], "isNot": true});
    assert_eq!(document["conditions"][1], condition, "{document}");

    let note = ["--apply", &apply(window), "--note", "ana has left"];
    let made = product.json(&[&["rule", "suggest", "many failures", "--for", alert], &note[..]].concat());
    assert_eq!(made["added"], "candidate");
    let document = &product.json(&["rule", "show", "many failures"])["candidateDocument"];
    assert_eq!(document["window"], json!({"kind": "rolling", "thresholdTime": "1", "thresholdType": "minutes"}));
    assert_eq!(product.alert(alert)["notes"], "ana has left");

    let right = product.alerts("username:ana")[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(product.error(&["rule", "suggest", "many failures", "--for", &right], 3)["field"], "for");
    assert_eq!(
        product.error(&["rule", "suggest", "many failures", "--for", alert, "--apply", "99"], 3)["field"],
        "apply"
    );
}
