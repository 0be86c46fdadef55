//! Rules through the studio's form and text, which are TypeScript, and through what the product itself writes: nothing may
//! change their meaning.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::{Value, json};
use tocsin_model::rule::Rule;
use tocsin_model::rule::document::{self, Format};
use tocsin_testkit::environment;
use tocsin_tests::binary::not_run;
use tocsin_tests::cases::{Case, SHAPES};

/// Names that a careless writer of YAML turns into something else.
const NAMES: [&str; 16] = [
    "a rule",
    "no",
    "on",
    "1e3",
    "0x1f",
    "2026-11-22",
    "- a: b #c",
    "{a}",
    "“quoted” 'and' \"so\"",
    "~",
    "null",
    "12:30",
    "ümläut 🧾",
    "a: b",
    "# not a comment",
    "=",
];

fn rule_of(text: &str, format: Format) -> Rule {
    let reading = document::read(text, format);
    reading.document.unwrap_or_else(|| panic!("{text}\n{:?}", reading.findings.errors)).rule
}

/// Random documents: of ours in every shape, and one in ten in Shield's form.
fn documents(random: &mut StdRng, count: usize) -> Vec<Value> {
    (0..count)
        .map(|at| {
            let mut rule = Case::random(random, SHAPES[at % SHAPES.len()]).0.rule;
            rule["name"] = json!(NAMES.choose(random).unwrap());
            if random.random_bool(0.3) {
                rule["description"] = json!(NAMES.choose(random).unwrap());
                rule["tags"] = json!([NAMES.choose(random).unwrap(), "attack.t1567"]);
                rule["severity"] = json!(["critical", "high", "low", "informational"].choose(random).unwrap());
            }
            if random.random_bool(0.2) {
                rule["mode"] = json!("shadow");
                rule["channels"] = json!(["desktop", NAMES.choose(random).unwrap()]);
            }
            if at % 10 == 0 {
                let (time, unit) = [("5", "minutes"), ("1", "hours"), ("0 3 * * 7", "CRON")][at / 10 % 3];
                rule = json!({
                    "name": rule["name"], "conditions": rule["conditions"], "enable": random.random_bool(0.5),
                    "thresholdTime": time, "thresholdType": unit,
                });
            }
            rule
        })
        .collect()
}

fn trips(documents: &[Value]) -> Option<Vec<Value>> {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("ui");
    if !ui.join("node_modules/vite").is_dir() {
        not_run("the page's packages are not installed: npm ci in ui");
        return None;
    }
    let mut node = Command::new("node")
        .arg("tests/rules/roundtrip.mjs")
        .current_dir(ui)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let lines: String = documents.iter().map(|document| format!("{document}\n")).collect();
    let mut input = node.stdin.take().unwrap();
    let write = move || input.write_all(lines.as_bytes()).unwrap();
    let writer = std::thread::Builder::new().name("input".into()).spawn(write).expect("a thread");
    let output = node.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "node fails");
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn a_thousand_rules_mean_the_same_after_form_and_text() {
    let mut random = environment::random("rules_form");
    let documents = documents(&mut random, 1_000);
    let Some(trips) = trips(&documents) else { return };
    assert_eq!(trips.len(), documents.len());
    for (document, trip) in documents.iter().zip(&trips) {
        let meant = rule_of(&document.to_string(), Format::Json);
        for (way, format) in
            [("form", Format::Json), ("yaml", Format::Yaml), ("again", Format::Json), ("edited", Format::Yaml)]
        {
            let text = trip[way].as_str().unwrap();
            let found = rule_of(text, format);
            assert_eq!(found, meant, "{way}:\n{document}\n{text}");
        }
    }
}

#[test]
fn a_thousand_rules_mean_the_same_after_they_are_written_down() {
    let mut random = environment::random("rules_written");
    for document in documents(&mut random, 1_000) {
        let read = document::read(&document.to_string(), Format::Json).document.unwrap();
        for format in [Format::Json, Format::Yaml] {
            let text = format.print(std::slice::from_ref(&read.tree));
            assert_eq!(rule_of(&text, format), read.rule, "{document}\n{text}");
        }
    }
}
