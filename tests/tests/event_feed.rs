//! The event feed of a source, and events from files: what is taken, what is turned away, and how it is answered.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use tocsin_tests::http::{Answer, Request};
use tocsin_tests::product::{Engine, Product, Sender};

fn event(id: &str) -> String {
    json!({"id": id, "time": "2026-03-04T08:12:40Z", "kind": "api.request", "fields": {"status_code": 500}}).to_string()
}

fn lines(count: usize) -> String {
    (0..count).map(|at| event(&at.to_string()) + "\n").collect()
}

fn feed(sender: &Sender, content_type: &str, body: impl Into<Vec<u8>>) -> Request {
    let request = Request::post(&format!("{}/events", sender.path()), body).header("Content-Type", content_type);
    match sender.sign_in.as_str() {
        "basic" => request.basic(sender.username.as_deref().unwrap_or_default(), &sender.password),
        "bearer" => request.bearer(&sender.password),
        _ => request,
    }
}

fn post(engine: &Engine, sender: &Sender, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    feed(sender, content_type, body).send(engine.address)
}

const NDJSON: &str = "application/x-ndjson";

fn counts(answer: &Answer) -> (u16, [u64; 4]) {
    let body = answer.json();
    (answer.status, ["stored", "updated", "duplicate", "quarantined"].map(|key| body[key].as_u64().unwrap_or(99)))
}

/// How many events its sources have.
fn stored(product: &Product) -> u64 {
    let sources = product.json(&["source", "list"]);
    sources["items"].as_array().unwrap().iter().map(|source| source["stored"].as_u64().unwrap()).sum()
}

#[test]
fn events_of_every_form_are_kept_once_and_raise_no_alert() {
    let product = Product::new();
    let sender = product.add_source("api-traffic", "gateway", &[]);
    let engine = product.serve();
    let post = |content_type: &str, body: String| counts(&post(&engine, &sender, content_type, body));
    assert_eq!(post("application/json", format!("[{},{}]", event("a"), event("b"))), (202, [2, 0, 0, 0]));
    assert_eq!(post(NDJSON, format!("{}\n\n{}\r\n", event("b"), event("c"))), (202, [1, 0, 1, 0]));
    let cloud = format!(
        "[{}]",
        json!({"specversion": "1.0", "id": "x", "source": "/", "type": "t", "data":
        serde_json::from_str::<Value>(&event("d")).unwrap()})
    );
    assert_eq!(post("application/cloudevents-batch+json", cloud), (202, [1, 0, 0, 0]));
    assert_eq!(post("application/json; charset=utf-8", event("d")), (202, [0, 0, 1, 0]));
    assert_eq!(post("application/json", "[]".to_owned()), (202, [0, 0, 0, 0]));
    assert_eq!((stored(&product), product.count("")), (4, 0));
    let source = product.json(&["source", "show", "gateway"]);
    assert_eq!((source["stored"].as_u64(), source["duplicate"].as_u64()), (Some(4), Some(2)), "{source}");
}

#[test]
fn what_cannot_be_read_is_in_quarantine_with_its_place_and_can_be_tried_again() {
    let product = Product::new();
    let sender = product.add_source("api-traffic", "gateway", &[]);
    let engine = product.serve();
    let body = format!("{}\n{{\"id\": \"x\", \"time\": \"yesterday\", \"kind\": \"api.request\"}}\n", event("a"));
    assert_eq!(counts(&post(&engine, &sender, NDJSON, body)), (202, [1, 0, 0, 1]));
    let entry = product.json(&["quarantine", "list"])["items"][0].clone();
    assert!(entry["reason"].as_str().unwrap().contains("“time”"), "{entry}");
    assert_eq!((entry["line"].as_u64(), entry["column"].as_u64()), (Some(2), Some(1)), "{entry}");
    assert_eq!(product.run(&["quarantine", "retry", entry["id"].as_str().unwrap()]).code, 1);
    let answer = post(&engine, &sender, NDJSON, "nonsense");
    assert_eq!((answer.status, answer.json()["quarantined"].as_u64()), (400, Some(1)));
    // A secret is cut out before anything is kept.
    let secret =
        event("s").replace("500", "500, \"attr:authorization\": \"Bearer abcdefghijklmnopqrstuvwxyz0123456789\"");
    assert_eq!(counts(&post(&engine, &sender, NDJSON, secret)), (202, [1, 0, 0, 0]));
    assert_eq!(product.files_with("abcdefghijklmnopqrstuvwxyz0123456789"), Vec::<std::path::PathBuf>::new());
}

#[test]
fn checks_come_in_the_order_of_the_contract() {
    let product = Product::new();
    let sender = product.add_source("api-traffic", "gateway", &[]);
    let engine = product.serve();
    let path = "/hooks/gateway/events";
    let status = |request: Request| request.send(engine.address).status;
    assert_eq!(status(Request::post("/hooks/nobody/events", "x")), 404);
    assert_eq!(status(Request::post("/hooks/gateway/events/more", "x")), 404);
    assert_eq!(status(Request::post(path, "x").header("Content-Type", "text/plain")), 401);
    assert_eq!(status(feed(&sender, "text/plain", "x")), 415);
    assert_eq!(status(feed(&sender, NDJSON, "x").header("Content-Encoding", "gzip")), 415);
    let large = |bytes: usize| event("l") + &" ".repeat(bytes - event("l").len());
    assert_eq!(status(feed(&sender, NDJSON, large(10 * 1024 * 1024 + 1))), 413);
    assert_eq!(status(feed(&sender, NDJSON, large(10 * 1024 * 1024))), 202);
    assert_eq!(status(feed(&sender, NDJSON, lines(50_001))), 413);
    assert_eq!(stored(&product), 1, "of too many none is taken");
    assert_eq!(counts(&post(&engine, &sender, NDJSON, lines(50_000))), (202, [50_000, 0, 0, 0]));
}

#[test]
fn every_kind_of_source_has_a_feed_of_its_own() {
    let product = Product::new();
    let senders: Vec<Sender> = [
        ("secure-access", "one", vec![]),
        ("alertmanager", "two", vec![]),
        ("cloudevents", "three", vec!["--sign-in", "address-token"]),
        ("api-traffic", "four", vec![]),
    ]
    .iter()
    .map(|(kind, name, options)| product.add_source(kind, name, options))
    .collect();
    let engine = product.serve();
    for sender in &senders {
        assert_eq!(counts(&post(&engine, sender, "application/json", event("a"))), (202, [1, 0, 0, 0]), "{sender:?}");
        let alert = event("b").replace("api.request", "alert");
        assert_eq!(counts(&post(&engine, sender, "application/json", alert.clone())), (202, [1, 0, 0, 0]));
        assert_eq!(counts(&post(&engine, sender, "application/json", alert)), (202, [0, 0, 1, 0]));
    }
    assert_eq!((stored(&product), product.count("")), (8, 0));
}

#[test]
fn events_files_are_taken_in_for_any_source() {
    let product = Product::new();
    let _ = product.add_source("api-traffic", "gateway", &[]);
    let _ = product.add_source("secure-access", "csa", &[]);
    let summary = product.ingest("gateway", &lines(3));
    assert_eq!(
        (summary["received"].as_u64(), summary["stored"].as_u64(), summary["alerts"].as_u64()),
        (Some(3), Some(3), Some(0))
    );
    assert_eq!(product.ingest("gateway", &lines(4))["duplicate"], 3);
    assert_eq!(product.ingest("csa", &lines(2))["stored"], 2, "an id is unique within its source");
    let mixed = product.ingest("gateway", &format!("{}\nnonsense\n", event("x")));
    assert_eq!((mixed["stored"].as_u64(), mixed["quarantined"].as_u64()), (Some(1), Some(1)), "{mixed}");
}
