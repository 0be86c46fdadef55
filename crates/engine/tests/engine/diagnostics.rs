//! The file that may be shown to others: it helps, and it says nothing of anybody.

use serde_json::{Value, json};
use tocsin_engine::{ErrorCode, IfThere, SourceSpec};
use tocsin_model::alert::Action;
use tocsin_model::source::{SignInKind, SourceKind};

use crate::support::{ManualClock, START, envelope, open};

/// What must not be in the file: names, addresses, secrets, texts of alerts.
const CANARIES: [&str; 14] = [
    "canary-source",
    "canary-user",
    "canary-password-9f0c1de2a4",
    "canary.example.net",
    "Canary title",
    "canary description",
    "canary-person",
    "canarykey0000000000000000000000ff",
    "203.0.113.77",
    "canary note",
    "canary body",
    "canary@example.net",
    "canary-folder",
    "CANARY-LOG",
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_anybody_stands_in_it_and_what_helps_does() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    let data = tempfile::Builder::new().prefix("canary-folder").tempdir_in(dir.path()).unwrap();
    let app = open(&data, &clock);
    tokio::task::block_in_place(|| {
        app.add_source(SourceSpec {
            kind: SourceKind::SecureAccess,
            name: "canary-source".parse().unwrap(),
            sign_in: Some(SignInKind::Basic),
            username: Some("canary-user".to_owned()),
            secret: Some("canary-password-9f0c1de2a4".to_owned()),
            origins: vec!["canary.example.net".to_owned()],
        })
        .unwrap();
        let one = json!({
            "alertId": "canarykey0000000000000000000000ff", "status": "Active", "severity": "High",
            "ruleName": "Canary title", "ruleDescription": "canary description", "user": ["canary-person"],
            "apiKeyId": "canarykey0000000000000000000000ff", "clientIp": "203.0.113.77",
        });
        let file = |bytes| tocsin_engine::IngestFile { name: "x".into(), bytes };
        app.ingest("canary-source", file(envelope("e", Some(START), &[one]))).unwrap();
        app.ingest("canary-source", file(b"{canary body".to_vec())).unwrap();
        let all = tocsin_engine::AlertListRequest { limit: 9, ..tocsin_engine::AlertListRequest::default() };
        let id = app.list_alerts(&all).unwrap().alerts[0].id;
        app.act_on_alerts(&[id], &Action::Note { text: "canary note".into() }).unwrap();
    });
    let logs = data.path().join("logs");
    std::fs::create_dir_all(&logs).unwrap();
    let line = |fields: Value| {
        json!({ "timestamp": START, "level": "ERROR", "target": "tocsin_engine::live", "fields": fields }).to_string()
    };
    let lines = [
        line(json!({ "message": "a delivery could not be stored", "source": "canary-source", "title": "CANARY-LOG" })),
        line(json!({ "message": "a mail to canary@example.net from 203.0.113.77:443", "operations": 17 })),
        line(json!({ "error": format!("cannot open {}: no space", data.path().display()), "message": "x" })),
        line(json!({ "error": "“Canary title” of canary-user at https://canary.example.net/hooks/a/k/b" })),
        "not json CANARY-LOG".to_owned(),
    ];
    std::fs::write(logs.join("tocsin.2026-03-04.jsonl"), lines.join("\n")).unwrap();

    let path = dir.path().join("diagnostics.json");
    app.save_diagnostics(&path, IfThere::Refuse).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    for canary in CANARIES {
        assert!(!text.to_lowercase().contains(&canary.to_lowercase()), "{canary} stands in {text}");
    }
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["tocsin"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&found["store"]["alerts"], &found["store"]["quarantined"]), (&json!(1), &json!(1)));
    assert_eq!(found["sources"][0]["kind"], "secure-access");
    assert_eq!(found["settings"]["retention"]["days"], 365);
    let checks: Vec<&str> =
        found["checks"].as_array().unwrap().iter().filter_map(|check| check["check"].as_str()).collect();
    assert!(checks.contains(&"store") && checks.contains(&"quarantine"), "{checks:?}");
    let log = found["log"].as_array().unwrap();
    assert_eq!(log.len(), 4);
    assert_eq!(log[0]["fields"], Value::Null);
    assert_eq!((&log[0]["message"], &log[1]["operations"]), (&json!("a delivery could not be stored"), &json!(17)));
    assert!(log[2]["error"].as_str().unwrap().ends_with(": no space"), "{}", log[2]);

    let again = app.save_diagnostics(&path, IfThere::Refuse).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::Conflict);
}

#[test]
fn the_status_counts_what_is_there() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    let app = open(&dir, &clock);
    let empty = app.store_status().unwrap();
    assert_eq!((empty.alerts, empty.outbox_waiting, empty.quarantined, empty.demo), (0, 0, 0, false));
    assert_eq!(empty.last_delivery_at, None);
    assert!(empty.database_bytes > 0);
    crate::support::add_source(&app, "csa");
    let alerts = [crate::support::alert("a", "Active", "High"), crate::support::alert("b", "Resolved", "High")];
    crate::support::ingest(&app, envelope("e", Some(START), &alerts)).unwrap();
    crate::support::ingest(&app, b"{".to_vec()).unwrap();
    let some = app.store_status().unwrap();
    assert_eq!((some.alerts, some.outbox_waiting, some.quarantined), (2, 1, 1));
    assert_eq!(some.last_delivery_at, Some(START));
    app.load_demo().unwrap();
    let demo = app.store_status().unwrap();
    assert!(demo.demo && demo.alerts > 4_000 && demo.outbox_waiting == 1);
    assert_eq!(demo.last_delivery_at, Some(START), "made-up deliveries are none");
}
