//! Rules in the store, through the real binary: with an engine running and without.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::fs;
use tocsin_tests::product::Product;

/// Keys in an order that no sorting gives, a number with all its digits.
const RULE: &str = r#"{"window": {"thresholdTime": "5", "kind": "rolling", "thresholdType": "minutes"}, "name": "Many failures",
 "trigger": {"value": 3.0, "kind": "atLeast"}, "severity": "high",
 "conditions": [{"values": ["500"], "type": "status_code", "op": "gte"}], "groupBy": ["client_ip"], "tags": ["b", "a"]}"#;

/// The text without the spaces between its parts.
fn compact(text: &str) -> String {
    let value: Box<serde_json::value::RawValue> = serde_json::from_str(text).unwrap();
    let mut inside = false;
    let kept = value.get().chars().filter(|letter| {
        inside ^= *letter == '"';
        inside || !letter.is_whitespace()
    });
    kept.collect()
}

fn whole_life(product: &Product) {
    let file = product.file("rule.json", RULE);
    let added = product.json(&["rule", "add", &file]);
    assert_eq!((added["added"].as_str(), added["mode"].as_str()), (Some("new"), Some("live")), "{added}");
    assert_eq!(product.json(&["rule", "add", &file])["added"], "unchanged");

    // What comes out goes in again, to the letter.
    let exported = product.run(&["rule", "export", "MANY failures"]);
    assert_eq!((exported.code, compact(&exported.stdout)), (0, compact(RULE)), "{exported:?}");
    let again = product.file("again.json", &exported.stdout);
    assert_eq!(product.run(&["rule", "check", &again]).code, 0);
    assert_eq!(product.json(&["rule", "add", &again])["added"], "unchanged");

    // A live rule goes on as it is; what is new waits.
    let edited = product.file("edited.json", RULE.replace("3.0", "4").replace("Many failures", "many Failures"));
    assert_eq!(product.json(&["rule", "add", &edited])["added"], "candidate");
    assert_eq!(product.json(&["rule", "add", &edited])["added"], "unchanged");
    let shown = product.json(&["rule", "show", "many failures"]);
    assert_eq!((&shown["version"], &shown["candidate"]), (&Value::from(1), &Value::from(2)), "{shown}");
    assert_eq!(shown["document"]["trigger"]["value"], 3.0);
    assert_eq!(shown["candidateDocument"]["trigger"]["value"], 4);
    let promoted = product.json(&["rule", "mode", "Many Failures", "live"]);
    let now = (promoted["version"].as_u64(), promoted["candidate"].is_null(), promoted["name"].as_str());
    assert_eq!(now, (Some(2), true, Some("many Failures")), "{promoted}");

    // How it runs is written into the document that is exported, and nothing else is.
    assert_eq!(product.json(&["rule", "mode", "many failures", "shadow"])["mode"], "shadow");
    assert_eq!(product.json(&["rule", "disable", "many failures"])["enabled"], false);
    let exported = product.run(&["rule", "export", "many failures"]).stdout;
    let expected = RULE.replace("3.0", "4").replace("Many failures", "many Failures");
    let expected =
        expected.replace(r#""tags": ["b", "a"]}"#, r#""tags": ["b", "a"], "enable": false, "mode": "shadow"}"#);
    assert_eq!(compact(&exported), compact(&expected));
    // Of a rule that is not live a new version counts at once.
    assert_eq!(product.json(&["rule", "add", &file])["added"], "replaced");
    let list = product.json(&["rule", "list"]);
    let rule = &list["items"][0];
    assert_eq!(
        (rule["version"].as_u64(), rule["mode"].as_str(), rule["enabled"].as_bool()),
        (Some(3), Some("live"), Some(true))
    );
    assert_eq!((list["items"].as_array().unwrap().len(), list["next"].is_null()), (1, true));
    let all = product.run(&["rule", "export", "--output", "ndjson"]);
    assert_eq!(all.lines()[0]["name"], "Many failures", "{all:?}");
    assert!(compact(&product.run(&["rule", "export", "--output", "json"]).stdout).contains(&compact(RULE)));

    let yaml = product.run(&["rule", "export", "--yaml"]).stdout;
    assert!(yaml.contains("\nname: Many failures\n") && !yaml.contains("---"), "{yaml}");
    assert_eq!(product.run(&["rule", "export", "many failures", "--yaml"]).stdout, yaml);
    let read = product.run(&["rule", "check", &product.file("written.yaml", &yaml)]);
    assert_eq!(read.code, 0, "{read:?}");

    assert_eq!(product.json(&["rule", "remove", "many failures"])["removed"], "Many failures");
    assert_eq!(product.error(&["rule", "show", "many failures"], 3)["code"], "not-found");
    assert_eq!(product.json(&["rule", "list"])["items"], serde_json::json!([]));
    assert_eq!(product.json(&["rule", "add", &file])["added"], "new", "the name is free again");
}

#[test]
fn rules_are_kept_without_an_engine() {
    whole_life(&Product::new());
}

#[test]
fn rules_are_kept_beside_a_running_engine() {
    let product = Product::new();
    let engine = product.serve();
    whole_life(&product);
    assert_eq!(engine.stop(), 0);
}

#[test]
fn what_a_rule_said_before_is_listed_and_comes_back() {
    let product = Product::new();
    let file = product.file("rule.json", RULE);
    let _ = product.json(&["rule", "add", &file]);
    let edited = product.file("edited.json", RULE.replace("3.0", "4"));
    let _ = product.json(&["rule", "add", &edited]);
    let _ = product.json(&["rule", "mode", "many failures", "live"]);
    let versions = || product.json(&["rule", "versions", "MANY failures"])["items"].as_array().unwrap().clone();
    let numbers = |versions: &[Value]| {
        let one =
            |version: &Value| (version["number"].as_u64().unwrap(), version["state"].as_str().unwrap().to_owned());
        versions.iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&versions()), [(2, "current".to_owned()), (1, "past".to_owned())]);
    assert_eq!((&versions()[1]["document"]["trigger"]["value"], &versions()[1]["firings"]), (&json!(3.0), &json!(0)));
    let table = product.run(&["rule", "versions", "many failures"]).stdout;
    assert!(table.contains("VERSION") && table.contains("past"), "{table}");
    assert_eq!(product.json(&["rule", "restore", "many failures", "1"])["added"], "candidate", "it is live");
    assert_eq!(versions()[0]["document"]["trigger"]["value"], json!(3.0));
    assert_eq!(product.json(&["rule", "discard", "many failures"])["candidate"], Value::Null);
    assert_eq!(product.error(&["rule", "discard", "many failures"], 3)["code"], "not-found");
    let _ = product.json(&["rule", "mode", "many failures", "shadow"]);
    assert_eq!(product.json(&["rule", "restore", "many failures", "1"])["added"], "replaced");
    assert_eq!(product.json(&["rule", "show", "many failures"])["mode"], "shadow", "it runs as it ran");
    let error = product.error(&["rule", "restore", "many failures", "9"], 3);
    assert!(error["message"].as_str().unwrap().contains("no version 9"), "{error}");
    assert_eq!(product.error(&["rule", "versions", "nobody"], 3)["code"], "not-found");
    // Words alone need nobody to promote them.
    let _ = product.json(&["rule", "mode", "many failures", "live"]);
    let worded = product.file("worded.json", RULE.replace(r#""tags": ["b", "a"]"#, r#""tags": ["c"]"#));
    assert_eq!(product.json(&["rule", "add", &worded])["added"], "replaced");
}

#[test]
fn a_wrong_rule_is_refused_whole_with_every_problem() {
    let product = Product::new();
    let file = product.file("wrong.json", r#"{"name": "", "conditions": [{"type": "hostnam", "values": []}]}"#);
    let error = product.error(&["rule", "add", &file], 2);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("the name is empty") && message.contains("hostname"), "{message}");
    assert_eq!(product.json(&["rule", "list"])["items"], serde_json::json!([]));
    assert_eq!(product.error(&["rule", "mode", "x", "live"], 3)["code"], "not-found");
    assert_eq!(product.run(&["rule", "mode", "x", "loud"]).code, 3);
}

/// In Shield's documents a rule that is not enabled is one in shadow.
#[test]
fn a_rule_of_shields_stays_one() {
    let product = Product::new();
    let shields = r#"{"name": "Theirs", "enable": false, "thresholdTime": "7", "thresholdType": "minutes",
        "conditions": [{"type": "detected", "values": ["true"]}]}"#;
    let file = product.file("theirs.json", shields);
    assert_eq!(product.json(&["rule", "add", &file])["mode"], "shadow");
    assert_eq!(product.json(&["rule", "mode", "theirs", "live"])["mode"], "live");
    let exported = product.run(&["rule", "export", "theirs"]).stdout;
    assert_eq!(compact(&exported), compact(&shields.replace("false", "true")));
}

#[test]
fn the_values_of_lists_are_kept_with_the_rule() {
    let product = Product::new();
    let rule = r#"{"name": "Exits", "conditions": [{"type": "client_ip", "values": ["list:exits"]}]}"#;
    let file = product.file("listed.json", rule);
    assert!(product.error(&["rule", "add", &file], 2)["message"].as_str().unwrap().contains("exits"));
    let lists = std::path::Path::new(&file).with_file_name("lists");
    fs::create_dir(&lists).unwrap();
    fs::write(lists.join("exits"), "10.0.0.1\n").unwrap();
    assert_eq!(product.json(&["rule", "add", &file])["added"], "new");
    fs::write(lists.join("exits"), "10.0.0.1\n10.0.0.2\n").unwrap();
    assert_eq!(product.json(&["rule", "add", &file])["added"], "candidate", "other values are another version");
}

#[test]
fn templates_are_rules_to_start_from() {
    let product = Product::new();
    let list = product.run(&["template", "list", "--system", "shield", "--output", "json"]).json();
    let ids: Vec<&str> = list["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["shield.unmasked-data", "shield.data-exfiltration", "shield.bypass-activity"]);
    assert_eq!(fs::read_dir(product.dir()).unwrap().count(), 1, "no store was touched");
    let shown = product.run(&["template", "show", ids[0]]).stdout;
    assert!(shown.contains("To be said: datatypes") && shown.contains("phi-uuid"), "{shown}");
    let unsaid = product.run(&["template", "add", ids[0]]);
    assert_eq!(unsaid.code, 3);
    assert!(unsaid.stderr.contains("--set datatypes=VALUE"), "{}", unsaid.stderr);
    for (arguments, wrong) in [
        (&["template", "add", "shield.x"][..], "shield.x"),
        (&["template", "add", ids[1], "--set", "user=ana"], "takes nothing"),
        (&["template", "add", ids[1], "--set", "user"], "NAME=VALUE"),
        (&["template", "list", "--system", "axwey"], "for shield"),
    ] {
        let refused = product.run(arguments);
        assert_eq!(refused.code, 3, "{arguments:?}");
        assert!(refused.stderr.contains(wrong), "{}", refused.stderr);
    }
    let added = product.run(&[
        "template",
        "add",
        ids[0],
        "--set",
        "datatypes=0b2f",
        "--set",
        "datatypes=77aa",
        "--output",
        "json",
    ]);
    assert_eq!(added.json()["mode"], "shadow", "{}", added.stderr);
    let kept = product.run(&["rule", "export", "hipaa data leakage", "--output", "json"]).json();
    assert_eq!(kept["conditions"][0]["values"], serde_json::json!(["0b2f", "77aa"]));
}
