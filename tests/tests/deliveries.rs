//! Deliveries as senders make them, each with the answer and the alerts it has to lead to.
//!
//! A file in `fixtures/deliveries` is a test: a kind of source, deliveries with their answers, and then what the alerts
//! (in the order of their external ids) and quarantine must say. Keys that a file does not name are not compared; a
//! key after `~` is a text that has to be part of the value.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::fs;
use tocsin_tests::binary::fixture;
use tocsin_tests::http::Answer;
use tocsin_tests::product::{Engine, Product, Sender};

/// One scenario: its name, and what stands in its file.
struct Scenario {
    name: String,
    says: Value,
}

fn scenarios() -> Vec<Scenario> {
    let files = fs::read_dir(fixture("deliveries")).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<Scenario> = files
        .map(|path| Scenario {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            says: serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|e| panic!("{path:?}: {e}")),
        })
        .collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(all.len() >= 16, "only {} scenarios were found", all.len());
    all
}

impl Scenario {
    fn kind(&self) -> &str {
        self.says["kind"].as_str().unwrap()
    }

    fn list(&self, key: &str) -> &Vec<Value> {
        self.says[key].as_array().unwrap_or_else(|| panic!("{} has no {key}", self.name))
    }
}

/// The body of a delivery, as the file gives it: another file, a text, or JSON.
fn body(delivery: &Value) -> Vec<u8> {
    match (&delivery["file"], &delivery["text"]) {
        (Value::String(name), _) => fs::read(fixture(name)).unwrap(),
        (_, Value::String(text)) => text.clone().into_bytes(),
        _ => delivery["body"].to_string().into_bytes(),
    }
}

fn post(engine: &Engine, sender: &Sender, delivery: &Value) -> Answer {
    let mut request = sender.delivery(body(delivery));
    if let Some(content_type) = delivery["contentType"].as_str() {
        request = request.header("Content-Type", content_type);
    }
    for (name, value) in delivery["headers"].as_object().into_iter().flatten() {
        request = request.header(name, value.as_str().unwrap());
    }
    request.send(engine.address)
}

/// What is wrong with an answer.
fn compare_answer(answer: &Answer, expected: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if json!(answer.status) != expected["status"] {
        faults.push(format!("{} instead of {}: {}", answer.status, expected["status"], answer.body));
        return faults;
    }
    let said = answer.json();
    let keys =
        if answer.status == 202 { &["stored", "updated", "duplicate", "quarantined"][..] } else { &["quarantined"] };
    for key in keys {
        if said[key] != expected[key] {
            faults.push(format!("{key} {} instead of {}", said[key], expected[key]));
        }
    }
    if answer.status == 202 && said.as_object().unwrap().len() != keys.len() {
        faults.push(format!("more in the answer than was promised: {said}"));
    }
    if answer.status == 400 && said["error"]["message"].as_str().is_none_or(str::is_empty) {
        faults.push("a refusal without a reason".to_owned());
    }
    faults
}

/// What is wrong with `found`, where only the keys of `expected` count.
fn compare(what: &str, found: &[Value], expected: &[Value]) -> Vec<String> {
    if found.len() != expected.len() {
        return vec![format!("{} {what} instead of {}: {found:#?}", found.len(), expected.len())];
    }
    let mut faults = Vec::new();
    for (found, expected) in found.iter().zip(expected) {
        for (key, wanted) in expected.as_object().unwrap() {
            let fits = match key.strip_prefix('~') {
                Some(key) => found[key].as_str().is_some_and(|text| text.contains(wanted.as_str().unwrap())),
                None => found.get(key) == Some(wanted),
            };
            if !fits {
                let value = &found[key.trim_start_matches('~')];
                let which = found["externalId"].as_str().unwrap_or(what);
                faults.push(format!("{which}: {key} is {value} instead of {wanted}"));
            }
        }
    }
    faults
}

/// What is wrong with the alerts and the quarantine of a scenario's source, which is named after it.
fn compare_state(product: &Product, scenario: &Scenario) -> Vec<String> {
    let mut alerts = product.alerts(&format!("source:{}", scenario.name));
    let order = |alert: &Value| ["externalId", "time", "title"].map(|key| alert[key].as_str().unwrap().to_owned());
    alerts.sort_by_key(order);
    let mut faults = compare("alerts", &alerts, scenario.list("alerts"));
    let list = ["quarantine", "list", "--source", &scenario.name, "--output", "ndjson"];
    let mut waiting = product.run(&list).lines();
    waiting.reverse();
    faults.extend(compare("entries in quarantine", &waiting, scenario.list("quarantine")));
    faults
}

fn report(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn deliveries_over_http_lead_to_the_alerts_they_describe() {
    let product = Product::new();
    let engine = product.serve();
    let mut faults = Vec::new();
    for scenario in scenarios() {
        let sender = product.add_source(scenario.kind(), &scenario.name, &[]);
        let mut here = Vec::new();
        for (number, delivery) in scenario.list("deliveries").iter().enumerate() {
            let wrong = compare_answer(&post(&engine, &sender, delivery), &delivery["answer"]);
            here.extend(wrong.into_iter().map(|fault| format!("delivery {}: {fault}", number + 1)));
        }
        here.extend(compare_state(&product, &scenario));
        faults.extend(here.into_iter().map(|fault| format!("{}: {fault}", scenario.name)));
    }
    report(&faults);
    assert_eq!(engine.stop(), 0);
}

/// The same from files, without an engine: same reading, same recognition of repeats. What only HTTP can carry
/// (binary events) is left out.
#[test]
fn deliveries_from_files_lead_to_the_same_alerts() {
    let product = Product::new();
    let mut faults = Vec::new();
    let all = scenarios();
    for scenario in all.iter().filter(|scenario| scenario.list("deliveries").iter().all(|one| one["headers"].is_null()))
    {
        let _ = product.add_source(scenario.kind(), &scenario.name, &[]);
        let mut here = Vec::new();
        for (number, delivery) in scenario.list("deliveries").iter().enumerate() {
            let file = product.file("delivery", body(delivery));
            let ran = product.run(&["ingest", "--source", &scenario.name, &file, "--output", "json"]);
            let (said, expected) = (ran.json(), &delivery["answer"]);
            // 3: nothing in it could be read.
            let code = if expected["status"] == 400 { 3 } else { 0 };
            let count = |key: &str| expected[key].as_u64().unwrap();
            let all = ["stored", "updated", "duplicate", "quarantined"].map(count);
            let wanted = json!({
                "received": all.iter().sum::<u64>(), "stored": all[0], "updated": all[1], "duplicate": all[2],
                "quarantined": all[3], "alerts": all[0],
            });
            if ran.code != code || said != wanted {
                here.push(format!("delivery {}: exit {} with {said}, not {code} with {wanted}", number + 1, ran.code));
            }
        }
        here.extend(compare_state(&product, scenario));
        faults.extend(here.into_iter().map(|fault| format!("{}: {fault}", scenario.name)));
    }
    report(&faults);
}

/// A person's decision stands until the source says something new, and the source reopens only what it closed.
#[test]
fn what_a_person_decided_stands_against_repeats() {
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "desk", &[]);
    let delivery = |id: &str, time: &str, status: &str| {
        json!({"type": "secureaccess.alerts.api.anomaly.v1", "id": id, "time": time, "data": {"alerts": [
            {"alertId": "5.1.1", "status": status, "severity": "Medium", "ruleName": "R", "time": "2026-10-05T08:00:00Z"}]}})
        .to_string()
    };
    let send = |id: &str, time: &str, status: &str| engine.deliver(&sender, delivery(id, time, status)).json();
    assert_eq!(send("a", "2026-10-05T08:00:01Z", "Active")["stored"], 1);
    let id = product.alerts("")[0]["id"].as_str().unwrap().to_owned();
    let _ = product.json(&["alert", "close", &id, "--reason", "benign"]);
    // The same word in a later message is no news.
    assert_eq!(send("b", "2026-10-05T08:00:02Z", "Active")["duplicate"], 1);
    assert_eq!(product.alerts("")[0]["closeReason"], "benign");
    // The source resolves what a person closed: the person's reason stays.
    assert_eq!(send("c", "2026-10-05T08:00:03Z", "Resolved")["updated"], 1);
    let alert = &product.alerts("")[0];
    assert_eq!(
        (&alert["status"], &alert["closeReason"], &alert["sourceStatus"]),
        (&json!("closed"), &json!("benign"), &json!("Resolved"))
    );
    // And it does not reopen it either.
    assert_eq!(send("d", "2026-10-05T08:00:04Z", "Active")["updated"], 1);
    assert_eq!(product.alerts("")[0]["status"], "closed");
}
