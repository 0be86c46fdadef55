//! What each request is answered, and which check comes first.

use std::sync::atomic::Ordering;

use serde_json::json;
use tocsin_ingest::listener::{Limits, Listener, Unavailable};
use tocsin_model::source::RefusalReason;

use crate::support::{ALERT, BASIC, BEARER, EVENT, JSON, start};

#[tokio::test]
async fn checks_come_in_the_order_of_the_contract() {
    let server = start();
    let port = server.addr.port();
    let good_host = format!("127.0.0.1:{port}");
    let huge = "x".repeat(1_048_577);
    let mut host = "evil.example";
    let mut origin = "Origin: https://evil.example\r\n";
    let (mut path, mut method, mut sign_in, mut kind) = ("/hooks/nobody", "PUT", "", "text/plain");
    let mut body = huge.as_str();
    let mut seen = Vec::new();
    for fault in 0..9 {
        match fault {
            1 => host = &good_host,
            2 => origin = "",
            3 => path = "/hooks/CSA?x=1",
            4 => method = "POST",
            5 => sign_in = "Authorization: Basic cHVzaDpyaWdodC1zZWNyZXQtMDEyMzQ1Njc4OQ==\r\n",
            6 => kind = "application/json; charset=utf-8",
            7 => body = "not json",
            8 => body = ALERT,
            _ => {}
        }
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{origin}{sign_in}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let reply = server.raw(request.as_bytes()).await;
        assert_eq!(reply.header("content-type"), Some("application/json"), "{reply:?}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{reply:?}");
        assert_eq!((reply.header("server"), reply.header("access-control-allow-origin")), (None, None), "{reply:?}");
        seen.push(reply.status);
    }
    assert_eq!(seen, [421, 403, 404, 405, 401, 415, 413, 400, 202]);
    // The path named no source at first, so the first two were nobody's.
    assert_eq!(
        server.fake.reasons(),
        [
            RefusalReason::Method,
            RefusalReason::SignInMissing,
            RefusalReason::ContentType,
            RefusalReason::TooLarge,
            RefusalReason::Unreadable,
        ]
    );
    assert_eq!(server.fake.taken.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_taken_in_is_counted() {
    let server = start();
    for (body, expected) in [
        (ALERT, json!({"stored": 1, "updated": 0, "duplicate": 0, "quarantined": 0})),
        (
            r#"{"data":{"alerts":[{"alertId":1},{}]}}"#,
            json!({"stored": 1, "updated": 0, "duplicate": 0, "quarantined": 1}),
        ),
        (r#"{"data":{"alerts":[]}}"#, json!({"stored": 0, "updated": 0, "duplicate": 0, "quarantined": 0})),
        ("[]", json!({"stored": 0, "updated": 0, "duplicate": 0, "quarantined": 0})),
    ] {
        let reply = server.deliver(body).await;
        assert_eq!((reply.status, reply.json()), (202, expected), "{body}");
    }
    let taken = server.fake.taken.lock().unwrap();
    assert_eq!(taken[0].0, "csa");
    assert_eq!(taken[0].1.content_type, "application/json");
    assert_eq!(taken[0].1.received_at.millis(), server.fake.now.load(Ordering::Relaxed));
}

#[tokio::test]
async fn nothing_readable_is_kept_and_explained() {
    let server = start();
    let reply = server.deliver("{\"data\":{\n\"alerts\":[\"status\":\"Active\"]}}").await;
    assert_eq!(reply.status, 400);
    let error = &reply.json()["error"];
    assert!(error["message"].as_str().unwrap().contains("lost their braces"), "{error}");
    assert_eq!((&error["line"], &error["column"], &error["offset"]), (&json!(2), &json!(19), &json!(28)));
    let reply = server.deliver(r#"{"data":{"alerts":[{}]}}"#).await;
    assert_eq!((reply.status, &reply.json()["error"]["field"]), (400, &json!("data.alerts[0].alertId")));
    assert_eq!(reply.json()["quarantined"], 1);
    assert_eq!(server.fake.taken.lock().unwrap().len(), 2);
    assert_eq!(server.fake.reasons(), [RefusalReason::Unreadable, RefusalReason::Unreadable]);
}

#[tokio::test]
async fn a_delivery_that_is_not_durable_is_never_accepted() {
    let server = start();
    for (unavailable, body, code) in [
        (Unavailable::Busy, ALERT, "busy"),
        (Unavailable::Failed, ALERT, "not-durable"),
        (Unavailable::Failed, "not json", "not-durable"),
    ] {
        *server.fake.outcome.lock().unwrap() = Some(unavailable);
        let reply = server.deliver(body).await;
        assert_eq!((reply.status, reply.code().as_str()), (503, code));
        assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    }
    assert_eq!(server.fake.reasons(), [RefusalReason::Unavailable; 3]);
}

#[tokio::test]
async fn paths_lead_where_the_contract_says() {
    let server = start();
    for (line, headers, status) in [
        ("POST /hooks/ce", vec![BEARER, JSON], 202),
        ("POST /hooks/Ce", vec![BEARER, JSON], 202),
        ("POST /hooks/addr/k/right-secret-0123456789", vec![JSON], 202),
        ("POST /hooks/addr/k/right%2Dsecret-0123456789?x", vec![JSON], 202),
        ("POST /hooks/addr/k/wrong", vec![JSON], 401),
        ("POST /hooks/addr", vec![JSON, BEARER, BASIC], 401),
        ("POST /hooks/addr/k/", vec![JSON], 404),
        ("POST /hooks/addr/k", vec![JSON], 404),
        ("POST /hooks/addr/k/right-secret-0123456789/", vec![JSON], 404),
        ("POST /hooks/ce/k/right-secret-0123456789", vec![BEARER, JSON], 404),
        ("POST /hooks/ce/events", vec![JSON], 401),
        // What is posted here is an alert, not an event.
        ("POST /hooks/ce/events", vec![BEARER, JSON], 400),
        ("GET /hooks/ce/events", vec![BEARER], 405),
        ("POST /hooks/ce/events/", vec![BEARER, JSON], 404),
        ("POST /hooks/addr/k/right-secret-0123456789/events", vec![JSON], 400),
        ("POST /hooks/addr/k/right-secret-0123456789/more", vec![JSON], 404),
        ("POST /hooks/ce/", vec![BEARER, JSON], 404),
        ("POST /hooks/c%65", vec![BEARER, JSON], 404),
        ("POST /hooks", vec![BEARER, JSON], 404),
        ("POST /hooks/", vec![BEARER, JSON], 404),
        ("POST //hooks/ce", vec![BEARER, JSON], 404),
        ("POST /", vec![], 404),
        ("POST /healthz", vec![], 405),
        ("DELETE /readyz", vec![], 405),
        ("GET /healthz/", vec![], 404),
        ("OPTIONS *", vec![], 404),
        ("GET /hooks/ce", vec![BEARER], 405),
        ("TRACE /hooks/ce", vec![BEARER], 405),
        ("PATCH /hooks/addr/k/wrong", vec![], 405),
    ] {
        let reply = server.send(line, &headers, if line.starts_with("POST") { EVENT } else { "" }).await;
        assert_eq!(reply.status, status, "{line}: {reply:?}");
        assert_eq!(reply.header("allow").is_some(), status == 405, "{line}: {reply:?}");
        assert!(!format!("{reply:?}").contains("secret"), "{reply:?}");
    }
    let reply = server.send("GET /hooks/ce", &[], "").await;
    assert_eq!(reply.header("allow"), Some("POST, OPTIONS"));
    let reply = server.send("GET /hooks/am", &[], "").await;
    assert_eq!(reply.header("allow"), Some("POST"));
}

#[tokio::test]
async fn health_tells_life_and_readiness_tells_state() {
    let server = start();
    let reply = server.send("GET /healthz", &[], "").await;
    assert_eq!((reply.status, reply.json()), (200, json!({"status": "ok"})));
    let reply = server.send("GET /readyz", &[], "").await;
    assert_eq!((reply.status, &reply.json()["sources"][0]["name"]), (200, &json!("csa")));
    server.fake.ready.store(false, Ordering::Relaxed);
    assert_eq!(server.send("GET /readyz", &[], "").await.status, 503);
    let mut client = server.connect().await;
    client.write(&server.request("HEAD /healthz", &[("Connection", "close")], b"")).await;
    let rest = client.rest().await;
    assert!(rest.starts_with("HTTP/1.1 200 ") && rest.ends_with("\r\n\r\n"), "{rest}");
    assert_eq!(server.send("GET /healthz", &[("Origin", "https://a.example")], "").await.status, 403);
    assert!(server.fake.reasons().is_empty());
}

#[tokio::test]
async fn content_types_and_encodings_that_no_source_sends_get_415() {
    let server = start();
    for (path, sign_in, headers, status) in [
        ("/hooks/csa", BASIC, vec![("Content-Type", "application/cloudevents+json; charset=UTF-8")], 202),
        ("/hooks/csa", BASIC, vec![("Content-Type", "application/cloudevents-batch+json")], 202),
        ("/hooks/csa", BASIC, vec![], 415),
        ("/hooks/csa", BASIC, vec![("Content-Type", "text/plain")], 415),
        ("/hooks/csa", BASIC, vec![("Content-Type", "application/x-www-form-urlencoded")], 415),
        ("/hooks/csa", BASIC, vec![("Content-Type", "multipart/form-data; boundary=x")], 415),
        ("/hooks/csa", BASIC, vec![JSON, ("Content-Encoding", "gzip")], 415),
        ("/hooks/csa", BASIC, vec![JSON, ("Content-Encoding", "br")], 415),
        ("/hooks/csa", BASIC, vec![JSON, ("Content-Encoding", "identity")], 202),
        ("/hooks/am", BASIC, vec![("Content-Type", "application/cloudevents+json")], 415),
    ] {
        let reply = server.send(&format!("POST {path}"), &[vec![sign_in], headers.clone()].concat(), ALERT).await;
        assert_eq!(reply.status, status, "{headers:?} {reply:?}");
    }
    assert_eq!(server.fake.reasons(), [RefusalReason::ContentType; 7]);
}

#[tokio::test]
async fn a_binary_event_is_taken_with_its_headers() {
    let server = start();
    let headers = [
        BEARER,
        ("Content-Type", "text/plain"),
        ("ce-specversion", "1.0"),
        ("ce-type", "a.b"),
        ("ce-source", "/s"),
        ("ce-id", "4"),
        ("ce-subject", "caf%C3%A9"),
    ];
    assert_eq!(server.send("POST /hooks/ce", &headers, "hello").await.status, 202);
    let taken = server.fake.taken.lock().unwrap();
    let document: serde_json::Value = serde_json::from_slice(taken[0].1.body.as_bytes()).unwrap();
    assert_eq!((&document["subject"], &document["data"]), (&json!("café"), &json!("hello")));
    assert_eq!(taken[0].2.reports[0].title, "café");
    assert_eq!(taken[0].1.content_type, "text/plain");
}

#[tokio::test]
async fn secrets_leave_before_a_delivery_is_handed_on() {
    let server = start();
    let body = r#"{"data":{"alerts":[{"alertId":1,"client_secret":"CANARY123","ruleName":"password=CANARY456"}]}}"#;
    assert_eq!(server.deliver(body).await.status, 202);
    assert_eq!(server.deliver(r#"{"password":"CANARY789","#).await.status, 400);
    for (_, delivery, normalised) in &*server.fake.taken.lock().unwrap() {
        assert!(!delivery.body.text().contains("CANARY") && !format!("{normalised:?}").contains("CANARY"));
    }
}

#[tokio::test]
async fn the_handshake_consents_to_configured_origins_only() {
    let server = start();
    let ask = ("WebHook-Request-Origin", "sender.example");
    for (line, headers, status) in [
        ("OPTIONS /hooks/csa", vec![ask], 200),
        (
            "OPTIONS /hooks/csa",
            vec![("WebHook-Request-Origin", "Sender.Example"), ("WebHook-Request-Rate", "120")],
            200,
        ),
        ("OPTIONS /hooks/ce", vec![("WebHook-Request-Origin", "any.example")], 200),
        ("OPTIONS /hooks/csa", vec![("WebHook-Request-Origin", "other.example")], 405),
        ("OPTIONS /hooks/csa", vec![], 405),
        ("OPTIONS /hooks/csa", vec![ask, ("WebHook-Request-Origin", "other.example")], 405),
        ("OPTIONS /hooks/am", vec![ask], 405),
        ("OPTIONS /hooks/addr", vec![ask], 405),
        ("OPTIONS /hooks/csa", vec![ask, ("Origin", "https://sender.example")], 403),
        ("OPTIONS /hooks/nobody", vec![ask], 404),
    ] {
        let reply = server.send(line, &headers, "").await;
        assert_eq!(reply.status, status, "{line} {headers:?}: {reply:?}");
        let consent = (reply.header("webhook-allowed-origin"), reply.header("webhook-allowed-rate"));
        if status == 200 {
            assert_eq!(consent, (Some(headers[0].1), Some("*")), "{reply:?}");
            assert_eq!(reply.header("allow"), Some("POST, OPTIONS"));
        } else {
            assert_eq!(consent, (None, None), "{reply:?}");
        }
    }
}

#[tokio::test]
async fn a_taken_port_is_explained() {
    let server = start();
    let Err(error) = Listener::bind(server.addr, Limits::default()) else { panic!("two listeners on one port") };
    let text = error.to_string();
    assert!(text.contains(&server.addr.to_string()) && text.contains("--listen 127.0.0.1:"), "{text}");
    let Err(error) = Listener::bind("203.0.113.77:0".parse().unwrap(), Limits::default()) else { panic!("not ours") };
    assert!(error.to_string().contains("no address 203.0.113.77:0"), "{error}");
}

#[tokio::test]
async fn one_connection_serves_many_requests_in_their_order() {
    let server = start();
    let mut client = server.connect().await;
    let good = server.request("POST /hooks/csa", &[BASIC, JSON], ALERT.as_bytes());
    let health = server.request("GET /healthz", &[], b"");
    client.write(&[good.clone(), health, good.clone()].concat()).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(client.reply().await.unwrap().status);
    }
    client.write(&good).await;
    seen.push(client.reply().await.unwrap().status);
    assert_eq!(seen, [202, 200, 202, 202]);
}
