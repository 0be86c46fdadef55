//! Rules through the real binary: `rule check`, and `rule backtest` over the scenarios. A scenario is a folder of
//! `scenarios/`: a rule, events, and what has to come of them; `arguments.json` and `lists/` where it needs them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tocsin_tests::binary::fixture;
use tocsin_tests::product::{Product, Ran};

/// What `json` shows as an object, as text that members can be added to.
const CONDITIONS: &str = r#""conditions": [{"type": "detected", "values": ["true"]}]"#;

/// Pieces of rules as Shield's reference prints them, without their braces, and what each lacks to be a rule.
const FRAGMENTS: &[(&str, &[&str])] = &[
    (r#""thresholdTime": "7", "thresholdType": "minutes""#, &["$.name", "$.conditions"]),
    (r#""thresholdTime": "3", "thresholdType": "hours""#, &["$.name", "$.conditions"]),
    (r#""thresholdTime": "2", "thresholdType": "days""#, &["$.name", "$.conditions"]),
    (r#""thresholdTime": "20", "thresholdType": "minutes""#, &["$.name", "$.conditions"]),
    (r#""thresholdTime": "0 */3 * * *", "thresholdType": "CRON""#, &["$.name", "$.conditions"]),
    (r#""thresholdTime": "30 0 * * *", "thresholdType": "CRON""#, &["$.name", "$.conditions"]),
    (
        "\"notificationTypes\": [\"email\"],\n \"emailRecipients\": [\"one@example.org\", \"two@example.org\"]",
        &["$.name", "$.conditions"],
    ),
    (r#""notificationTypes": ["slack"], "slackChannels": ["slack-1", "slack-2"]"#, &["$.name", "$.conditions"]),
    (r#""notificationTypes": ["teams"], "teamsChannels": ["teams-1"]"#, &["$.name", "$.conditions"]),
    (
        r#""notificationTypes": ["webhook"], "webhookUrls": ["https://hooks.example.org/alerts"]"#,
        &["$.name", "$.conditions"],
    ),
    (
        "\"conditions\": [{\"type\": \"obfuscated\", \"values\": [\"true\"],\n \"isNot\": true  // when NOT obfuscated\n }]",
        &["$.name"],
    ),
];

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.join("rule.json").is_file());
    all.sort();
    all
}

fn backtest(product: &Product, folder: &Path, more: &[&str]) -> Ran {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let arguments: Vec<String> =
        fs::read(path("arguments.json")).map_or_else(|_| Vec::new(), |text| serde_json::from_slice(&text).unwrap());
    let (rule, events, expected) = (path("rule.json"), path("events.ndjson"), path("expected.json"));
    let mut all = vec!["rule", "backtest", &rule, "--events", &events, "--expect", &expected, "--output", "json"];
    all.extend(arguments.iter().map(String::as_str).chain(more.iter().copied()));
    product.run(&all)
}

#[test]
fn every_scenario_comes_out_as_expected() {
    let product = Product::new();
    let all = scenarios();
    assert!(all.len() >= 60, "{} scenarios", all.len());
    let wrong: Vec<String> = all
        .iter()
        .map(|folder| (folder, backtest(&product, folder, &[])))
        .filter(|(_, ran)| ran.code != 0)
        .map(|(folder, ran)| format!("{}: {}\n{}", folder.display(), ran.code, ran.stderr))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(fs::read_dir(product.dir()).unwrap().count(), 1, "no store was touched");
}

/// The same events in another order of lines are the same events.
#[test]
fn the_order_of_lines_makes_no_difference() {
    let product = Product::new();
    for folder in scenarios() {
        let events = fs::read_to_string(folder.join("events.ndjson")).unwrap();
        let ids: Vec<Value> =
            events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
        if (1..ids.len()).any(|at| ids[..at].contains(&ids[at])) {
            continue;
        }
        let turned: Vec<&str> = events.lines().rev().collect();
        let file = product.file("turned.ndjson", turned.join("\n"));
        let ran = backtest(&product, &folder, &[]);
        let (rule, expected) = (folder.join("rule.json"), product.file("expected.json", &ran.stdout));
        let mut all = vec!["rule", "backtest", rule.to_str().unwrap(), "--events", &file, "--expect", &expected];
        let arguments: Vec<String> = fs::read(folder.join("arguments.json"))
            .map_or_else(|_| Vec::new(), |text| serde_json::from_slice(&text).unwrap());
        all.extend(arguments.iter().map(String::as_str));
        let again = product.run(&all);
        assert_eq!(again.code, 0, "{}: {}", folder.display(), again.stderr);
    }
}

#[test]
fn what_is_not_as_expected_is_named_and_exits_with_1() {
    let product = Product::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/of_a_repeated_id_the_first_line_counts");
    let other = product.file("other.json", r#"{"matched": 2, "firings": []}"#);
    let ran = backtest(&product, &folder, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let rule = folder.join("rule.json");
    let events = folder.join("events.ndjson");
    let (rule, events) = (rule.to_str().unwrap(), events.to_str().unwrap());
    let all = ["rule", "backtest", rule, "--events", events, "--expect", &other];
    // Programs read one object, and the result all the same.
    let ran = product.run(&[&all[..], &["--output", "json"]].concat());
    let error: Value = serde_json::from_str(&ran.stderr).unwrap();
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("$.firings should have 0 members and has 1; $.matched should be 2"), "{message}");
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &found["matched"]), (1, &json!(1)));
    let ran = product.run(&all);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("$.matched should be 2 and is 1") && ran.stderr.contains("$.firings"), "{ran:?}");
    assert!(
        ran.stdout
            .starts_with("2 events, 1 meets the conditions, 1 firing\ndropped because their id came before: 1 line\n"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("FIRED AT") && ran.stdout.contains("2026-03-02T11:00:00.000Z"), "{ran:?}");
}

#[test]
fn a_backtest_has_the_promised_shape() {
    let product = Product::new();
    let rule =
        product.file("rule.yaml", "name: n\nconditions: [{type: detected, values: [true]}]\ngroupBy: [username]\n");
    let events = product.file(
        "events.ndjson",
        r#"{"id":"1","time":"2026-03-01T11:00:00.1239+01:00","kind":"dlp.transaction","fields":{"detected":true}}"#,
    );
    let expected = json!({
        "events": 1, "matched": 1, "dropped": 0, "marked": 0,
        "firings": [{
            "group": {"username": null}, "firedAt": "2026-03-01T10:00:00.123Z", "windowStart": "2026-03-01T10:00:00.123Z",
            "windowEnd": "2026-03-01T10:00:00.123Z", "value": 1, "occurrences": 1
        }],
        "resultHash": "29f2b285cdabf4ae8663112e771e24a29245764069f3a1dd7d9a0e25820085e4"
    });
    assert_eq!(product.json(&["rule", "backtest", &rule, "--events", &events]), expected);
    let from_stdin = product.run_with(
        &["rule", "backtest", &rule, "--events", "-", "--output", "ndjson", "--curve"],
        &fs::read(&events).unwrap(),
    );
    assert_eq!(from_stdin.lines()[0]["curve"], json!([{"threshold": 1, "candidates": 1, "firings": 1}]));
}

#[test]
fn shields_documents_are_rules() {
    let product = Product::new();
    let folder = fixture("rules/shield");
    let mut files: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().to_str().unwrap().to_owned()).collect();
    files.sort();
    assert_eq!(files.len(), 7);
    let mut all = vec!["rule", "check"];
    all.extend(files.iter().map(String::as_str));
    let checked = product.json(&all);
    for item in checked["items"].as_array().unwrap() {
        assert_eq!(
            (&item["valid"], &item["problems"], &item["warnings"]),
            (&json!(true), &json!([]), &json!([])),
            "{item}"
        );
        assert!(item["name"].is_string());
    }
    assert_eq!(product.run(&all).stdout.matches("can be used, as a rule of Shield's").count(), 7);
}

#[test]
fn fragments_are_taken_inside_a_rule_and_name_what_they_lack_alone() {
    let product = Product::new();
    for (fragment, missing) in FRAGMENTS {
        let own = if missing.contains(&"$.conditions") { format!(", {CONDITIONS}") } else { String::new() };
        let whole = product.file("rule.json", format!("{{\"name\": \"whole\"{own}, {fragment}}}"));
        let ran = product.run(&["rule", "check", &whole]);
        assert_eq!(ran.code, 0, "{fragment}: {ran:?}");
        let alone = product.file("rule.json", format!("{{{fragment}}}"));
        let ran = product.run(&["rule", "check", &alone, "--output", "json"]);
        assert_eq!(ran.code, 2, "{fragment}: {ran:?}");
        let problems = ran.json()["items"][0]["problems"].clone();
        let paths: Vec<&str> = problems.as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
        assert_eq!(paths, *missing, "{fragment}");
    }
}

#[test]
fn ten_mistakes_are_named_with_their_places() {
    let product = Product::new();
    let rule = product.file(
        "rule.json",
        r#"{"name": "", "descripton": "x", "enable": "yes", "severity": "severe",
            "conditions": [{"type": "hostnme", "values": ["a"]}, {"type": "detected", "values": ["maybe"]},
                           {"type": "client_ip", "values": []}],
            "groupBy": ["username", "username"],
            "window": {"kind": "rolling", "thresholdTime": "0", "thresholdType": "minutes"}, "suppressFor": "soon"}"#,
    );
    let ran = product.run(&["rule", "check", &rule]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("10 problems") && ran.stderr.contains("1 of 1 rules cannot be used"), "{ran:?}");
    for path in [
        "$.name",
        "$.descripton",
        "$.enable",
        "$.severity",
        "$.conditions[0].type",
        "$.conditions[1].values[0]",
        "$.conditions[2].values",
        "$.groupBy[1]",
        "$.window.thresholdTime",
        "$.suppressFor",
    ] {
        assert!(ran.stdout.contains(&format!("  {path}: ")), "{path} in {}", ran.stdout);
    }
    let events = product.file("events.ndjson", "");
    let error = product.error(&["rule", "backtest", &rule, "--events", &events], 2);
    assert!(error["message"].as_str().unwrap().contains("$.suppressFor"), "{error}");
}

#[test]
fn exit_codes_tell_the_rule_from_the_events_and_the_request() {
    let product = Product::new();
    let rule = product.file("rule.json", format!("{{\"name\": \"n\", {CONDITIONS}}}"));
    let listed = product.file(
        "listed.json",
        r#"{"name": "n", "conditions": [{"type": "client_ip", "values": ["192.0.2.1", "list:scanners"]}]}"#,
    );
    let events = product.file("events.ndjson", "\n");
    let bad = product.file("bad.ndjson", "{\"id\":\"a\"}\n\nnonsense\n");
    let backtest = |arguments: &[&str], code: i32| {
        let all = [&["rule", "backtest"], arguments].concat();
        product.error(&all, code)["message"].as_str().unwrap().to_owned()
    };
    let message = backtest(&[&listed, "--events", &events], 2);
    assert!(message.contains("$.conditions[0].values[1]") && message.contains("no list “scanners”"), "{message}");
    let message = backtest(&[&rule, "--events", &bad], 3);
    assert!(message.contains("line 1: ") && message.contains("line 3: "), "{message}");
    let latin = product.file("latin.ndjson", b"\n{\"id\":\"\xe9\"}\n");
    let message = backtest(&[&rule, "--events", &latin], 3);
    assert!(message.contains("line 2: this line is not UTF-8 text"), "{message}");
    for arguments in [
        &["no such rule"][..],
        &[&rule, "--events", "/no/such/file"],
        &["/no/such/file", "--events", &events],
        &[&rule, "--events", &events, "--from", "yesterday"],
        &[&rule, "--events", &events, "--expect", &bad],
    ] {
        backtest(arguments, 3);
    }
    let _ = product.error(&["rule", "check", "/no/such/file"], 3);
    // One that is not there keeps nobody from hearing of the others.
    let ran = product.run(&["rule", "check", "/no/such/file", &listed]);
    assert!(
        ran.code == 3 && ran.stdout.contains("no list “scanners”") && ran.stderr.contains("/no/such/file"),
        "{ran:?}"
    );
    let nothing = product.json(&["rule", "backtest", &rule, "--events", &events]);
    let hash = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
    let expected = json!({"events": 0, "matched": 0, "dropped": 0, "marked": 0, "firings": [], "resultHash": hash});
    assert_eq!(nothing, expected);
    let folder = product.dir();
    fs::write(folder.join("scanners"), "198.51.100.0/24\nnot an address\n").unwrap();
    let ran = product.run(&["rule", "check", &listed, "--lists", folder.to_str().unwrap()]);
    assert!(ran.code == 2 && ran.stdout.contains("entry 2 of the list “scanners”"), "{ran:?}");
    fs::write(folder.join("scanners"), "198.51.100.0/24\n").unwrap();
    assert_eq!(product.run(&["rule", "check", &listed, "--lists", folder.to_str().unwrap()]).code, 0);
}

#[test]
fn explain_names_each_stage_and_the_nearest_change() {
    let product = Product::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/suppression_ends_exactly_after_its_length");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (rule, events) = (path("rule.json"), path("events.ndjson"));
    // Without an id the last event is explained.
    let last = product.run(&["rule", "explain", &rule, "--event", &events, "--output", "json"]);
    assert_eq!((last.code, &last.json()["fires"], &last.json()["failed"]), (0, &json!(true), &Value::Null));
    let one = product.run(&["rule", "explain", &rule, "--event", "e01", "--events", &events, "--output", "json"]);
    let said = one.json();
    assert_eq!((&said["fires"], &said["failed"]), (&json!(false), &json!("suppression")));
    assert_eq!(said["nearest"], "suppressFor of 30 s or less");
    let stages: Vec<&str> =
        said["stages"].as_array().unwrap().iter().map(|one| one["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["source", "parse", "conditions", "group", "window", "suppression", "mode", "channel"]);
    assert_eq!(said["groups"][0]["joined"], "2026-03-02T10:00:00.000Z");
    assert_eq!((&said["groups"][0]["value"], &said["groups"][0]["threshold"]), (&json!(2), &json!(1)));
    let table = product.run(&["rule", "explain", &rule, "--event", "e01", "--events", &events]);
    assert!(table.stdout.contains("“quiet” does not fire on e01"), "{}", table.stdout);
    let nobody = product.run(&["rule", "explain", &rule, "--event", "e99", "--events", &events]);
    assert_eq!(nobody.code, 3);
    assert!(nobody.stderr.contains("has no event with the id “e99”"), "{}", nobody.stderr);
    assert_eq!(fs::read_dir(product.dir()).unwrap().count(), 1, "no store was touched");
}

#[test]
fn advice_names_what_may_be_better_and_refuses_nothing() {
    let product = Product::new();
    let file = product.dir().join("rule.json");
    let text = format!(r#"{{"name": "Alert 1", {CONDITIONS}, "window": {{"kind": "fixed", "thresholdTime": "5m"}}}}"#);
    fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let codes = |said: &Value| -> Vec<String> {
        said["advice"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    let check = product.run(&["rule", "check", path, "--output", "json"]);
    assert_eq!(check.code, 0, "{}", check.stderr);
    let expected = ["vague-name", "no-description", "broad-condition", "fixed-window"];
    assert_eq!(codes(&check.json()["items"][0]), expected);
    let table = product.run(&["rule", "check", path]).stdout;
    assert!(table.contains("advice: “Alert 1” does not say what it is about; name what happens"), "{table}");
    // Of a kept rule also by the rules beside it.
    assert_eq!(product.run(&["rule", "add", path]).code, 0);
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("Alert 1", "Data found by the proxy")).unwrap();
    assert_eq!(product.run(&["rule", "add", path]).code, 0);
    let shown = product.run(&["rule", "show", "alert 1", "--output", "json"]).json();
    assert_eq!(codes(&shown), ["vague-name", "no-description", "broad-condition", "fixed-window", "overlap"]);
    assert!(shown["advice"][4]["reason"].as_str().unwrap().contains("Data found by the proxy"));
}
