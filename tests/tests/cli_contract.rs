//! What scripts rely on: the shapes of JSON, exit codes, errors and lists of every command.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use tocsin_tests::binary::{fixture, not_run, tocsin};
use tocsin_tests::product::{Product, finish};

const ALERT: &[&str] = &[
    "id",
    "source",
    "sourceKind",
    "externalId",
    "origin",
    "severity",
    "sourceSeverity",
    "status",
    "closeReason",
    "sourceStatus",
    "title",
    "description",
    "category",
    "alertType",
    "tactic",
    "techniques",
    "time",
    "receivedAt",
    "updatedAt",
    "occurrences",
    "snoozedUntil",
    "entities",
    "rule",
    "tags",
    "notes",
    "revision",
    "seen",
];
const SOURCE: &[&str] = &[
    "name",
    "kind",
    "signIn",
    "username",
    "address",
    "origins",
    "createdAt",
    "lastDeliveryAt",
    "lastAlertAt",
    "deliveries",
    "stored",
    "updated",
    "duplicate",
    "quarantined",
    "refused",
];
const QUARANTINE: &[&str] =
    &["id", "source", "receivedAt", "contentType", "reason", "offset", "line", "column", "path", "size", "attempts"];
const OUTCOME: &[&str] = &[
    "change",
    "changedCount",
    "changed",
    "unchanged",
    "refusedCount",
    "refused",
    "missing",
    "changedSinceCount",
    "changedSince",
];

/// That an object has these keys and no others.
fn has_exactly(what: &str, object: &Value, keys: &[&str], more: &[&str]) {
    let mut expected: Vec<&str> = keys.iter().chain(more).copied().collect();
    let mut found: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected, "{what}");
}

/// That a time is RFC 3339 in UTC with milliseconds.
fn is_time(what: &str, value: &Value) {
    let text = value.as_str().unwrap_or_else(|| panic!("{what} is {value}"));
    let shape: String = text.chars().map(|letter| if letter.is_ascii_digit() { '9' } else { letter }).collect();
    assert_eq!(shape, "9999-99-99T99:99:99.999Z", "{what}");
}

fn fixture_text(name: &str) -> String {
    fs::read_to_string(fixture(name)).unwrap()
}

/// A source `csa` with three alerts and one entry in quarantine.
fn filled() -> Product {
    let product = Product::new();
    let _ = product.add_source("secure-access", "csa", &[]);
    for name in ["01-more-than-one-client", "02-token-requests", "09-access-rule-changed"] {
        let _ = product.ingest("csa", &fixture_text(&format!("secure-access/{name}.json")));
    }
    let cut = fixture("secure-access/invalid/cut-off.txt");
    let ran = product.run(&["ingest", "--source", "csa", cut.to_str().unwrap()]);
    assert_eq!(ran.code, 3, "nothing in it could be read: {ran:?}");
    product
}

fn first_id(product: &Product) -> String {
    product.alerts("")[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn alerts_have_the_promised_shape_wherever_they_are_printed() {
    let product = filled();
    let id = first_id(&product);
    let listed = product.json(&["alert", "list"]);
    has_exactly("alert list", &listed, &["items", "next"], &[]);
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["next"]), (3, &Value::Null));
    let shown = product.json(&["alert", "show", &id]);
    has_exactly("alert show", &shown, ALERT, &["payload", "activity"]);
    has_exactly("activity", &shown["activity"][0], &["at", "actor", "what", "detail", "undone"], &[]);
    let noted = product.json(&["alert", "note", &id, "seen"]);
    has_exactly("alert note", &noted, OUTCOME, &[]);
    for alert in [&listed["items"][0], &product.alerts("")[0], &noted["changed"][0]] {
        has_exactly("alert", alert, ALERT, &[]);
        has_exactly("entities", &alert["entities"], &["clientIp", "username", "apiKeyId", "endpoint", "hostname"], &[]);
        for key in ["time", "receivedAt", "updatedAt"] {
            is_time(key, &alert[key]);
        }
        for key in ["techniques", "tags"] {
            assert!(alert[key].is_array(), "{key}: {}", alert[key]);
        }
        for (_, list) in alert["entities"].as_object().unwrap() {
            assert!(list.is_array());
        }
        assert!(alert["externalId"].is_string() && alert["occurrences"].is_u64());
        for key in ["closeReason", "tactic", "snoozedUntil"] {
            assert!(alert[key].is_null(), "absent values are null, and {key} is {}", alert[key]);
        }
    }
    let snoozed = product.json(&["alert", "snooze", &id, "90m"]);
    is_time("snoozedUntil", &snoozed["changed"][0]["snoozedUntil"]);
}

#[test]
fn sources_quarantine_ingest_and_doctor_have_the_promised_shape() {
    let product = filled();
    let added = product.json(&["source", "add", "cloudevents", "ce", "--origin", "a.example"]);
    has_exactly("source add", &added, SOURCE, &["deliveryAddress", "password", "curl"]);
    assert_eq!(
        (&added["signIn"], &added["origins"], &added["username"]),
        (&json!("bearer"), &json!(["a.example"]), &Value::Null)
    );
    let renewed = product.json(&["source", "password", "ce"]);
    has_exactly("source password", &renewed, SOURCE, &["deliveryAddress", "password", "curl"]);
    let listed = product.json(&["source", "list"]);
    has_exactly("source list", &listed, &["items", "next"], &[]);
    let shown = product.json(&["source", "show", "CSA"]);
    assert_eq!(shown["name"], "csa", "names are the same in any case of letters");
    for source in [&listed["items"][0], &shown] {
        has_exactly("source", source, SOURCE, &[]);
        is_time("createdAt", &source["createdAt"]);
    }
    assert_eq!((&shown["stored"], &shown["quarantined"]), (&json!(3), &json!(1)));

    let entries = product.json(&["quarantine", "list"]);
    let entry = &entries["items"][0];
    has_exactly("quarantine list", entry, QUARANTINE, &[]);
    is_time("receivedAt", &entry["receivedAt"]);
    let whole = product.json(&["quarantine", "show", entry["id"].as_str().unwrap()]);
    has_exactly("quarantine show", &whole, QUARANTINE, &["body"]);
    assert_eq!(whole["body"], fixture_text("secure-access/invalid/cut-off.txt"));

    let summary = product.ingest("csa", &fixture_text("secure-access/04-three-alerts-one-envelope.json"));
    let expected = json!({"received": 3, "stored": 3, "updated": 0, "duplicate": 0, "quarantined": 0, "alerts": 3});
    assert_eq!(summary, expected);

    let doctor = product.run(&["doctor", "--output", "json"]);
    assert_eq!(doctor.code, 1, "what waits in quarantine is a finding: {doctor:?}");
    let found = doctor.json();
    has_exactly("doctor", &found["items"][0], &["check", "verdict", "message"], &[]);
    let problems = found["items"].as_array().unwrap().iter().filter(|one| one["verdict"] == "problem");
    assert_eq!(problems.map(|one| one["check"].as_str().unwrap()).collect::<Vec<_>>(), ["quarantine"]);
    assert_eq!(product.json(&["source", "remove", "ce"]), json!({"removed": "ce"}));
    assert_eq!(Product::new().run(&["doctor"]).code, 0, "nothing is wrong with an empty one");
}

#[test]
fn exit_codes_tell_findings_settings_requests_and_failures_apart() {
    let product = filled();
    let waiting = product.json(&["quarantine", "list"])["items"][0]["id"].as_str().unwrap().to_owned();
    let unknown = "0199a5b2-7c1d-7e02-8f3a-4b5c6d7e8f90";
    // 1: findings, printed like any result.
    let retried = product.run(&["quarantine", "retry", &waiting, "--output", "json"]);
    assert_eq!((retried.code, retried.stderr.as_str(), &retried.json()["readable"]), (1, "", &json!(false)));
    assert_eq!(product.json(&["quarantine", "show", &waiting])["attempts"], 1);
    assert_eq!(product.run(&["source", "test", "csa"]).code, 1, "no engine runs");
    // 3: the request, with what is wrong.
    for (arguments, code, field) in [
        (&["alert", "show", unknown][..], "not-found", Value::Null),
        (&["alert", "acknowledge", unknown], "not-found", Value::Null),
        (&["alert", "show", "17"], "invalid", Value::Null),
        (&["alert", "list", "--query", "sevrity:high"], "invalid", json!("query")),
        (&["alert", "list", "--sort", "colour"], "invalid", json!("sort")),
        (&["alert", "list", "--after", "nonsense"], "invalid", json!("after")),
        (&["alert", "list", "--limit", "0"], "invalid", Value::Null),
        (&["alert", "snooze", unknown, "soon"], "invalid", json!("duration")),
        (&["alert", "close", unknown, "--reason", "source-resolved"], "invalid", json!("reason")),
        (&["alert", "close", unknown, "--reason", "expired"], "invalid", json!("reason")),
        (&["alert", "close", unknown, "--reason", "two words"], "invalid", json!("reason")),
        (&["alert", "close", unknown], "invalid", Value::Null),
        (&["alert", "undo"], "not-found", Value::Null),
        (&["source", "show", "nobody"], "not-found", Value::Null),
        (&["source", "test", "nobody"], "not-found", Value::Null),
        (&["source", "password", "nobody"], "not-found", Value::Null),
        (&["source", "remove", "nobody"], "not-found", Value::Null),
        (&["source", "add", "secure-access", "CSA"], "conflict", Value::Null),
        (&["source", "add", "secure-access", "not/a/name"], "invalid", Value::Null),
        (&["source", "add", "carrier-pigeon", "x"], "invalid", Value::Null),
        (&["source", "add", "secure-access", "x", "--username", "a:b"], "invalid", json!("username")),
        (&["source", "add", "alertmanager", "x", "--origin", "a.example"], "invalid", json!("origins")),
        (&["source", "add", "secure-access", "x", "--password", "secret"], "invalid", Value::Null),
        (&["ingest", "--source", "nobody", "-"], "not-found", Value::Null),
        (&["ingest", "--source", "csa", "/no/such/file"], "invalid", Value::Null),
        (&["quarantine", "show", unknown], "not-found", Value::Null),
        (&["quarantine", "retry", unknown], "not-found", Value::Null),
        (&["frobnicate"], "invalid", Value::Null),
        (&[], "invalid", Value::Null),
    ] {
        let error = product.error(arguments, 3);
        assert_eq!((&error["code"], &error["field"]), (&json!(code), &field), "{arguments:?}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.len() > 10 && !message.contains('\n'), "{arguments:?}: one sentence, not {message:?}");
        let plain = product.run(arguments);
        assert_eq!((plain.code, plain.stdout.as_str()), (3, ""), "{arguments:?}");
        assert!(!plain.stderr.is_empty());
    }
    assert_eq!(product.run_with(&["source", "password", "csa", "--password-stdin"], b"").code, 3);
    assert_eq!(product.run_with(&["source", "password", "csa", "--password-stdin"], b"short").code, 3);
    // 0: help and the version are no errors.
    for arguments in [&["--help"][..], &["--version"], &["alert", "list", "--help"]] {
        let ran = product.run(arguments);
        assert!(ran.code == 0 && ran.stderr.is_empty() && !ran.stdout.is_empty(), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn settings_that_cannot_be_read_are_2_and_what_fails_at_run_time_is_4() {
    let product = Product::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = product.try_serve(&["serve", "--listen", &address], &[]).expect_err("the port is taken");
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""));
    assert!(ran.stderr.contains(&address), "{}", ran.stderr);
    let error = product.error(&["serve", "--listen", &address], 4);
    assert!(error["message"].as_str().unwrap().contains(&address), "{error}");
    let file = product.file("file", "");
    let error = product.error(&["--data-dir", &format!("{file}/below"), "alert", "list"], 3);
    assert_eq!(error["code"], "invalid", "given twice: {error}");
    let below = finish(Command::new(tocsin()).args(["--data-dir", &format!("{file}/below"), "alert", "list"]), None);
    assert_eq!((below.code, below.stdout.as_str()), (4, ""), "{below:?}");

    fs::write(product.dir().join("tocsin.toml"), "[listener]\nlisten = \"nowhere\"\n").unwrap();
    for arguments in [&["alert", "list"][..], &["serve"], &["doctor"]] {
        let message = product.error(arguments, 2)["message"].as_str().unwrap().to_owned();
        assert!(message.contains("tocsin.toml") && message.contains("line 2"), "{message}");
    }
}

#[test]
fn the_data_directory_is_named_by_argument_or_environment() {
    let product = filled();
    let list =
        |command: &mut Command| finish(command.args(["alert", "list", "--output", "ndjson"]), None).lines().len();
    let elsewhere = Product::new();
    let by_environment = |dir: &std::path::Path| {
        let mut command = Command::new(tocsin());
        command.env("TOCSIN_DATA_DIR", dir);
        command
    };
    assert_eq!(list(&mut by_environment(&product.dir())), 3);
    assert_eq!(list(&mut by_environment(&elsewhere.dir())), 0);
    assert_eq!(list(by_environment(&elsewhere.dir()).arg("--data-dir").arg(product.dir())), 3, "the argument counts");
    // A directory that is not there is made, for this user alone.
    let fresh = elsewhere.dir().join("deep").join("fresh");
    assert_eq!(list(&mut by_environment(&fresh)), 0);
    #[cfg(unix)]
    for path in [fresh.clone(), fresh.join("tocsin.db")] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{path:?} is open to others: {mode:o}");
    }
    let settings = fs::read_to_string(fresh.join("tocsin.toml")).unwrap();
    assert!(settings.lines().filter(|line| line.contains('=')).all(|line| line.starts_with('#')), "{settings}");
}

#[test]
fn the_curl_line_of_a_new_source_works_when_pasted() {
    if !Command::new("curl").arg("--version").output().is_ok_and(|ran| ran.status.success()) {
        return not_run("there is no curl on the PATH");
    }
    let product = Product::new();
    let engine = product.serve();
    let mut count = 0;
    for (kind, sign_in) in [
        ("secure-access", "basic"),
        ("secure-access", "bearer"),
        ("secure-access", "address-token"),
        ("alertmanager", "basic"),
        ("alertmanager", "bearer"),
        ("cloudevents", "bearer"),
        ("cloudevents", "basic"),
        ("cloudevents", "address-token"),
    ] {
        let name = format!("{kind}-{sign_in}");
        let sender = product.add_source(kind, &name, &["--sign-in", sign_in]);
        let line = sender.added["curl"].as_str().unwrap();
        let pasted = finish(Command::new("sh").arg("-c").arg(line).env("no_proxy", "*"), None);
        assert_eq!(pasted.code, 0, "{line}: {pasted:?}");
        assert_eq!(pasted.json()["stored"], 1, "{line}: {pasted:?}");
        count += 1;
        assert_eq!(product.alerts("").len(), count);
        assert!(product.alerts(&format!("source:{name}"))[0]["title"].as_str().unwrap().contains("Test alert"));
        // A new password comes with a line of its own.
        let renewed = product.json(&["source", "password", &name]);
        let again = finish(Command::new("sh").arg("-c").arg(renewed["curl"].as_str().unwrap()), None);
        assert_eq!(again.json()["stored"], 1, "{again:?}");
        count += 1;
    }
    // The one for people is the same, in a table that a terminal shows.
    let table =
        product.run_with(&["source", "add", "secure-access", "quote", "--password-stdin"], b"it's $HOME `x` \"y\"\n");
    let line = table.stdout.lines().find(|line| line.trim_start().starts_with("curl ")).expect(&table.stdout);
    let pasted = finish(Command::new("sh").arg("-c").arg(line.trim()), None);
    assert_eq!(pasted.json()["stored"], 1, "{line}: {pasted:?}");
    assert_eq!(engine.stop(), 0);
}

#[test]
fn tables_are_for_people_and_show_no_hidden_characters() {
    let product = filled();
    let _ = product.ingest("csa", &fixture_text("secure-access/05-auth-failures-unicode.json"));
    let table = product.run(&["alert", "list"]).stdout;
    assert!(table.starts_with("TIME") && table.lines().count() == 5, "{table}");
    assert!(table.contains("ログイン失敗 🔑"));
    let shown = product.alerts("ログイン")[0]["id"].as_str().unwrap().to_owned();
    let text = product.run(&["alert", "show", &shown]).stdout;
    assert!(text.contains("<202E>") && !text.contains('\u{202e}'), "{text}");
    // Programs get it as it is.
    assert!(product.json(&["alert", "show", &shown])["description"].as_str().unwrap().contains('\u{202e}'));
}
