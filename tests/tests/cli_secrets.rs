//! No secret stays: not a source's own, and not one that travels inside a payload, readable or not.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::json;
use std::path::PathBuf;
use std::process::Command;
use tocsin_tests::binary::not_run;
use tocsin_tests::http::Request;
use tocsin_tests::product::{Product, finish};

const CANARY: &str = "CaNaRy7f3Qx9LmZ2vK8pTw4B";

/// Places in a payload where vendors and people put secrets, each with the canary.
fn places() -> Vec<(&'static str, String)> {
    let web_token = format!("eyJhbGciOiJIUzI1NiJ9.{CANARY}.{CANARY}");
    [
        ("client_secret", CANARY.to_owned()),
        ("alert.appcredential.apikey.secret", CANARY.to_owned()),
        (
            "alert.appcredential.existing.oauthclient.cert",
            format!("-----BEGIN CERTIFICATE-----\n{CANARY}\n-----END CERTIFICATE-----"),
        ),
        ("note", format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----")),
        ("password", format!("{CANARY} \"quoted\" \\ {CANARY}")),
        ("Authorization", format!("Bearer {CANARY}")),
        ("header", format!("Authorization: Bearer {CANARY}")),
        ("curl", format!("curl -H 'Authorization: Basic {CANARY}' https://a.example")),
        ("url", format!("https://user:{CANARY}@host.example/path")),
        ("callback", format!("https://host.example/?access_token={CANARY}&x=1")),
        ("apiKey", CANARY.to_owned()),
        ("jwt", web_token),
        ("hook", format!("https://hooks.slack.com/services/T000/B000/{CANARY}")),
        ("nested", json!({"refresh_token": CANARY}).to_string()),
    ]
    .into()
}

fn assert_nowhere(product: &Product, what: &str, canary: &str) {
    assert_eq!(product.files_with(canary), Vec::<PathBuf>::new(), "{what}");
}

#[test]
fn secrets_inside_payloads_are_written_nowhere() {
    let product = Product::new();
    let engine = product.serve_with(&[("TOCSIN_LOG", "trace")]);
    let sender = product.add_source("secure-access", "csa", &[]);
    let events = product.add_source("cloudevents", "ce", &[]);
    for (number, (key, secret)) in places().into_iter().enumerate() {
        let id = format!("place-{number}");
        let mut alert =
            json!({"alertId": id, "severity": "High", "ruleName": "R", "ruleDescription": "benign words stay"});
        alert[key] = json!(secret);
        let document = json!({"type": "secureaccess.alerts.x", "data": {"alerts": [alert]}}).to_string();
        let answer = engine.deliver(&sender, document.clone());
        assert_eq!(answer.status, 202, "{key}: {}", answer.body);
        // Cut off behind the secret: nothing can be parsed, and still it has to go.
        let end = document.rfind(CANARY).unwrap() + CANARY.len();
        // Only the `@` tells a password in an address from a port.
        let end = end + usize::from(document[end..].starts_with('@'));
        let cut = engine.deliver(&sender, &document[..end]);
        assert_eq!(cut.status, 400, "{key}: {}", cut.body);
        assert!(!cut.body.contains(CANARY), "{key}: {}", cut.body);
        let event = json!({"specversion": "1.0", "type": "t", "source": "/s", "id": id, "data": {key: secret}});
        let ran = product.run_with(&["ingest", "--source", "ce", "-"], event.to_string().as_bytes());
        assert_eq!(ran.code, 0, "{ran:?}");
        let text = json!({key: secret}).to_string();
        let binary = events
            .delivery(text)
            .header("ce-id", &format!("binary {number}"))
            .header("ce-type", "t")
            .header("ce-source", "/s")
            .header("ce-specversion", "1.0")
            .header("ce-clientsecret", CANARY);
        assert_eq!(binary.send(engine.address).status, 202);
    }
    assert_nowhere(&product, "while the engine runs, the write-ahead log included", CANARY);
    let count = places().len();
    assert_eq!(
        product.alerts("source:csa description:\"benign words stay\"").len(),
        count,
        "and nothing else was taken out"
    );
    for command in [&["alert", "list", "--output", "ndjson"][..], &["quarantine", "list", "--output", "ndjson"]] {
        let ran = product.run(command);
        assert!(ran.code == 0 && !ran.stdout.contains(CANARY));
        for entry in ran.lines() {
            let shown = product.run(&[command[0], "show", entry["id"].as_str().unwrap(), "--output", "json"]);
            assert!(!shown.stdout.contains(CANARY), "{}", shown.stdout);
            assert!(shown.stdout.contains("[redacted]"), "{}", shown.stdout);
        }
    }
    assert_eq!(engine.stop(), 0);
    assert_nowhere(&product, "after the engine has stopped", CANARY);
    // The scan bites: what is no secret is found.
    assert!(!product.files_with("benign words stay").is_empty());
}

#[test]
fn a_password_of_a_source_is_written_nowhere_and_shown_once() {
    let product = Product::new();
    let engine = product.serve_with(&[("TOCSIN_LOG", "trace")]);
    let chosen = "a-password-that-nobody-keeps-1";
    let add = ["source", "add", "secure-access", "csa", "--password-stdin", "--output", "json"];
    let ran = product.run_with(&add, format!("{chosen}\n").as_bytes());
    assert_eq!((ran.code, ran.json()["password"].as_str()), (0, Some(chosen)));
    let made = product.add_source("secure-access", "made", &[]);
    assert!(made.password.len() >= 32, "a made one is long: {}", made.password.len());
    let send = |password: &str| Request::post("/hooks/csa", "{}").basic("tocsin", password).send(engine.address).status;
    assert_eq!((send(chosen), send("a-wrong-guess-that-nobody-logs")), (400, 401));
    assert_eq!(product.run_with(&["source", "test", "csa", "--password-stdin"], chosen.as_bytes()).code, 0);
    for arguments in [&["source", "list"][..], &["source", "show", "csa"], &["source", "show", "made"], &["doctor"]] {
        for format in ["table", "json", "ndjson"] {
            let ran = product.run(&[arguments, &["--output", format]].concat());
            let shown = ran.stdout + &ran.stderr;
            assert!(!shown.contains(chosen) && !shown.contains(&made.password), "{arguments:?}: {shown}");
            assert!(!shown.contains("$argon2"), "nor what it is checked against: {shown}");
        }
    }
    for canary in [chosen, &made.password, "a-wrong-guess-that-nobody-logs"] {
        assert_nowhere(&product, "while the engine runs", canary);
    }
    assert_eq!(engine.stop(), 0);
    for canary in [chosen, &made.password, "a-wrong-guess-that-nobody-logs"] {
        assert_nowhere(&product, "after the engine has stopped", canary);
    }
}

/// What a newer version may be able to read: here the stored text itself is mended, which no command can do.
#[test]
fn what_can_be_read_after_all_leaves_quarantine() {
    if !Command::new("python3").args(["-c", "import sqlite3"]).output().is_ok_and(|ran| ran.status.success()) {
        return not_run("there is no python3 with sqlite3 on the PATH");
    }
    let product = Product::new();
    let _ = product.add_source("secure-access", "csa", &[]);
    let whole = json!({"type": "secureaccess.alerts.x", "data": {"alerts": [
        {"alertId": "mended", "severity": "Low", "ruleName": "R", "time": "2026-10-05T08:00:00Z"}]}})
    .to_string();
    let ran = product.run_with(&["ingest", "--source", "csa", "-"], &whole.as_bytes()[..whole.len() - 1]);
    assert_eq!(ran.code, 3);
    let id = product.json(&["quarantine", "list"])["items"][0]["id"].as_str().unwrap().to_owned();
    let still = product.run(&["quarantine", "retry", &id, "--output", "json"]);
    assert_eq!((still.code, &still.json()["stored"]), (1, &json!(0)), "{still:?}");

    let mend = "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db:\n    assert db.execute('UPDATE \
                deliveries SET body = ?', (sys.argv[2].encode(),)).rowcount == 1";
    let database = product.dir().join("tocsin.db");
    let mended = finish(Command::new("python3").args(["-c", mend]).arg(database).arg(&whole), None);
    assert_eq!(mended.code, 0, "{}", mended.stderr);

    let read = product.json(&["quarantine", "retry", &id]);
    assert_eq!((&read["readable"], &read["stored"], &read["updated"]), (&json!(true), &json!(1), &json!(0)));
    let alerts = product.alerts("");
    assert_eq!((alerts.len(), &alerts[0]["externalId"], &alerts[0]["severity"]), (1, &json!("mended"), &json!("low")));
    assert_eq!(product.json(&["alert", "show", alerts[0]["id"].as_str().unwrap()])["payload"]["alertId"], "mended");
    assert_eq!(product.json(&["quarantine", "list"])["items"], json!([]));
    assert_eq!(product.error(&["quarantine", "retry", &id], 3)["code"], "not-found", "it has left");
    assert_eq!(product.json(&["source", "show", "csa"])["quarantined"], 0);
}
