//! The listener of the real binary against requests it must not take: the documented answer each, in the documented
//! order, and honest senders are served meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::io::{Read, Write};
use tocsin_tests::http::{Answer, Request, connect};
use tocsin_tests::payload::document;
use tocsin_tests::product::{Product, Sender};
use tocsin_tests::wait::until;

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

const MIB: usize = 1024 * 1024;

#[test]
fn checks_come_in_the_order_of_the_contract() {
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "csa", &[]);
    let username = sender.username.clone().unwrap();
    // Wrong in every way; each step puts one thing right.
    let wrong = |method: &str, path: &str| {
        Request::new(method, path)
            .header("Host", "evil.example")
            .header("Origin", "https://evil.example")
            .header("Content-Type", "text/plain")
            .basic(&username, "wrong password")
            .body("x".repeat(2 * MIB))
    };
    let here = engine.address.to_string();
    let hosted = |method: &str, path: &str| wrong(method, path).header("Host", &here);
    let local = |method: &str, path: &str| {
        Request::new(method, path)
            .header("Content-Type", "text/plain")
            .basic(&username, "wrong password")
            .body("x".repeat(2 * MIB))
    };
    let posted = local("POST", "/hooks/csa");
    let signed = posted.clone().basic(&username, &sender.password);
    let typed = signed.clone().header("Content-Type", "application/json");
    let small = typed.clone().body("not JSON");
    for (step, request, status) in [
        ("host", wrong("GET", "/hooks/nobody"), 421),
        ("origin", hosted("GET", "/hooks/nobody"), 403),
        ("source", local("GET", "/hooks/nobody"), 404),
        ("method", local("GET", "/hooks/csa"), 405),
        ("sign-in", posted, 401),
        ("content type", signed, 415),
        ("size", typed, 413),
        ("parse", small, 400),
        ("nothing wrong", sender.delivery(document("1")), 202),
    ] {
        let answer = request.send(engine.address);
        assert_eq!(answer.status, status, "{step}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{step}");
        let cors = ["access-control-allow-origin", "server"].iter().find(|name| answer.header(name).is_some());
        assert_eq!(cors, None, "{step}: no page may read an answer, and no version is told");
        match status {
            401 => assert!(answer.header("www-authenticate").unwrap().starts_with("Basic "), "{answer:?}"),
            405 => assert_eq!(answer.header("allow"), Some("POST")),
            _ => {}
        }
    }
    assert_eq!(product.alerts("").len(), 1);

    // Every refusal of this source is counted with its reason, and shown.
    let expected = json!({
        "foreign-host": 0, "web-origin": 0, "method": 1, "sign-in-wrong": 1, "content-type": 1, "too-large": 1,
        "unreadable": 1,
    });
    until("the refusals to be shown", || {
        let shown = product.json(&["source", "show", "csa"]);
        let counts: Value = shown["refused"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["reason"].as_str().unwrap().to_owned(), one["count"].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let fits = expected
            .as_object()
            .unwrap()
            .iter()
            .all(|(reason, count)| counts.get(reason).cloned().unwrap_or_else(|| json!(0)) == *count);
        (fits && shown["deliveries"] == 1 && shown["quarantined"] == 1).then_some(())
    });
}

#[test]
fn wrong_sign_ins_are_limited_and_the_right_one_always_passes() {
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "csa", &["--username", "cisco"]);
    let other = product.add_source("secure-access", "other", &[]);
    let send = |request: Request| request.send(engine.address);
    let missing = send(Request::post("/hooks/csa", document("1")));
    assert_eq!((missing.status, code(&missing).as_str()), (401, "sign-in-missing"));
    for (number, request) in [
        Request::post("/hooks/csa", "{}").basic("cisco", "guess"),
        Request::post("/hooks/csa", "{}").basic("tocsin", &sender.password),
        Request::post("/hooks/csa", "{}").basic("cisco", ""),
        Request::post("/hooks/csa", "{}").basic("cisco", &format!("{} ", sender.password)),
        Request::post("/hooks/csa", "{}").header("Authorization", "Basic !!!"),
        Request::post("/hooks/csa", "{}").basic("cisco", &other.password),
        Request::post("/hooks/csa", "{}").basic("CISCO", &sender.password),
        Request::post("/hooks/csa", "{}").basic("cisco", &sender.password.to_uppercase()),
        Request::post("/hooks/csa", "{}").basic("", ""),
        Request::post("/hooks/csa", "{}").basic("cisco", "guess 10"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = send(request);
        assert_eq!(answer.status, 401, "wrong sign-in {}: {}", number + 1, answer.body);
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic "));
    }
    let limited = send(Request::post("/hooks/csa", "{}").basic("cisco", "guess 11"));
    assert_eq!((limited.status, code(&limited).as_str()), (429, "sign-in-limited"));
    let seconds: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "Retry-After: {seconds}");
    assert_eq!(engine.deliver(&sender, document("2")).status, 202, "right credentials always pass");
    assert_eq!(engine.deliver(&other, document("3")).status, 202);
    let elsewhere = send(Request::post("/hooks/other", "{}").basic("tocsin", "guess"));
    assert_eq!(elsewhere.status, 401, "limits are counted for each source");
    let mut stored: Vec<Value> = product.alerts("").into_iter().map(|alert| alert["externalId"].clone()).collect();
    stored.sort_by_key(Value::to_string);
    assert_eq!(stored, ["2", "3"]);
}

#[test]
fn foreign_hosts_and_web_pages_are_turned_away() {
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "csa", &[]);
    let port = engine.address.port();
    let with = |name: &str, value: &str| sender.delivery(document("1")).header(name, value).send(engine.address).status;
    for host in ["evil.example", "127.0.0.1.nip.io", "127.0.0.1:1", "0.0.0.0", "localhost.evil.example", ""] {
        assert_eq!(with("Host", host), 421, "{host:?}");
    }
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", &format!("http://127.0.0.1:{port}")),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "same-origin"),
    ] {
        assert_eq!(with(name, value), 403, "{name}: {value}");
    }
    // Two names at once, and the name in the request line.
    let doubled = format!(
        "POST /hooks/csa HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n"
    );
    let absolute =
        format!("POST http://evil.example/hooks/csa HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\r\n");
    for raw in [doubled, absolute] {
        let mut stream = connect(engine.address).unwrap();
        stream.write_all(raw.as_bytes()).unwrap();
        let status = Answer::read(&mut stream).unwrap().status;
        assert!(matches!(status, 400 | 421), "{status} for {raw:?}");
    }
    assert!(product.alerts("").is_empty());
    for (name, value) in [("Host", format!("localhost:{port}")), ("Sec-Fetch-Site", "none".to_owned())] {
        assert_eq!(with(name, &value), 202, "{name}: {value}");
    }
}

#[test]
fn only_documented_methods_types_and_encodings_are_taken() {
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "csa", &[]);
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let mut stream = connect(engine.address).unwrap();
        stream.write_all(&Request::new(method, "/hooks/csa").bytes(engine.address)).unwrap();
        let mut head = vec![0; 4096];
        let count = stream.read(&mut head).unwrap();
        let head = String::from_utf8_lossy(&head[..count]).to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 405 ") && head.contains("allow: post\r\n"), "{method}: {head}");
    }
    let send = |content_type: &str| {
        sender.delivery(document(content_type)).header("Content-Type", content_type).send(engine.address).status
    };
    for taken in [
        "application/json",
        "Application/JSON; Charset=\"utf-8\"",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
    ] {
        assert_eq!(send(taken), 202, "{taken}");
    }
    for refused in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/json; charset=utf-16",
        "application/jsonx",
        "application/cloudevents+avro",
    ] {
        assert_eq!(send(refused), 415, "{refused}");
    }
    // `{}` as gzip, so that only the header tells; the body is never unpacked.
    let packed: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0";
    for encoding in ["gzip", "deflate", "br", "identity, gzip", "zstd"] {
        let answer = sender.delivery(packed).header("Content-Encoding", encoding).send(engine.address);
        assert_eq!(answer.status, 415, "{encoding}: {}", answer.body);
    }
    assert_eq!(product.alerts("").len(), 4);
}

#[test]
fn bearer_tokens_come_in_the_header_or_the_query_and_stay_out_of_the_log() {
    let product = Product::new();
    let engine = product.serve_with(&[("TOCSIN_LOG", "trace")]);
    let bearer = product.add_source("cloudevents", "ce", &[]);
    assert_eq!(bearer.sign_in, "bearer");
    let event = |id: &str| json!({"specversion": "1.0", "type": "t", "source": "/s", "id": id}).to_string();
    let send = |request: Request| request.header("Content-Type", "application/cloudevents+json").send(engine.address);
    let path = |query: &str| format!("/hooks/ce?{query}");
    assert_eq!(send(bearer.delivery(event("1"))).status, 202);
    let query = format!("a=b&access_token={}", bearer.password);
    assert_eq!(send(Request::post(&path(&query), event("2"))).status, 202);
    for request in [
        Request::post("/hooks/ce", event("3")),
        Request::post("/hooks/ce", event("3")).basic("tocsin", &bearer.password),
        Request::post("/hooks/ce", event("3")).bearer("wrong"),
        Request::post(&path("access_token=wrong"), event("3")),
        Request::post(&path("Access_Token=wrong"), event("3")),
    ] {
        let answer = send(request);
        assert_eq!(answer.status, 401);
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer "), "{answer:?}");
    }
    assert_eq!(product.alerts("").len(), 2);
    assert_eq!(engine.stop(), 0);
    assert_eq!(product.files_with(&bearer.password), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_token_in_the_address_lets_in_and_is_written_nowhere() {
    let product = Product::new();
    let engine = product.serve_with(&[("TOCSIN_LOG", "trace")]);
    let sender = product.add_source("secure-access", "shield", &["--sign-in", "address-token"]);
    let basic = product.add_source("secure-access", "basic", &[]);
    let address = sender.added["deliveryAddress"].as_str().unwrap();
    assert_eq!(address, format!("http://{}/hooks/shield/k/{}", engine.address, sender.password));
    assert_eq!(engine.deliver(&sender, document("1")).status, 202);
    let post = |path: &str| Request::post(path, document("2")).send(engine.address).status;
    assert_eq!(post("/hooks/shield"), 401);
    assert_eq!(post("/hooks/shield/k/wrong-token-wrong-token"), 401);
    assert_eq!(post(&format!("/hooks/shield/k/{}/more", sender.password)), 404);
    assert_eq!(post(&format!("/hooks/basic/k/{}", basic.password)), 404, "only where the source signs in that way");
    // A refusal is logged too, and its path holds the right token here.
    let refused = sender.delivery("{").header("Content-Type", "text/plain").send(engine.address);
    assert_eq!(refused.status, 415);
    assert_eq!(product.alerts("").len(), 1);
    let shown = product.run(&["source", "show", "shield", "--output", "json"]);
    assert!(!shown.stdout.contains(&sender.password));
    assert_eq!(engine.stop(), 0);
    let log = std::fs::read_dir(product.dir().join("logs")).unwrap().next().unwrap().unwrap().path();
    assert!(std::fs::metadata(log).unwrap().len() > 0, "there is a log that could have held it");
    assert_eq!(product.files_with(&sender.password), Vec::<std::path::PathBuf>::new());
}

#[test]
fn the_cloudevents_handshake_consents_to_configured_origins_alone() {
    let product = Product::new();
    let engine = product.serve();
    let _ = product.add_source("cloudevents", "grid", &["--origin", "eventgrid.example.net", "--origin", "b.example"]);
    let _ = product.add_source("cloudevents", "any", &["--origin", "*"]);
    let _ = product.add_source("cloudevents", "none", &[]);
    let _ = product.add_source("alertmanager", "am", &[]);
    let ask = |source: &str, origin: Option<&str>| {
        let request = Request::new("OPTIONS", &format!("/hooks/{source}"));
        let request =
            origin.into_iter().fold(request, |request, origin| request.header("WebHook-Request-Origin", origin));
        request.header("WebHook-Request-Callback", "http://127.0.0.1:1/never").send(engine.address)
    };
    for (source, origin) in [("grid", "eventgrid.example.net"), ("grid", "b.example"), ("any", "whoever.example")] {
        let answer = ask(source, Some(origin));
        assert_eq!(answer.status, 200, "{source} {origin}: {}", answer.body);
        assert_eq!(answer.header("webhook-allowed-origin"), Some(origin));
        assert_eq!(answer.header("webhook-allowed-rate"), Some("*"));
        assert!(answer.header("allow").unwrap().contains("POST"));
    }
    for (source, origin) in
        [("grid", Some("evil.example")), ("grid", None), ("none", Some("b.example")), ("am", Some("b.example"))]
    {
        let answer = ask(source, origin);
        assert_eq!(answer.status, 405, "{source} {origin:?}");
        assert_eq!(answer.header("webhook-allowed-origin"), None);
        assert!(answer.header("allow").unwrap().contains("POST"));
    }
    assert_eq!(ask("nobody", Some("b.example")).status, 404);
}

#[test]
fn liveness_and_readiness_tell_no_secret() {
    let product = Product::new();
    let engine = product.serve();
    let sender: Sender = product.add_source("secure-access", "csa", &["--username", "hidden-user"]);
    assert_eq!(engine.deliver(&sender, "not JSON").status, 400);
    let get = |path: &str| Request::new("GET", path).send(engine.address);
    assert_eq!((get("/healthz").status, get("/healthz").json()), (200, json!({"status": "ok"})));
    let ready = get("/readyz");
    assert_eq!(ready.status, 200);
    let said = ready.json();
    assert_eq!(
        (&said["ready"], &said["sources"][0]["name"], &said["sources"][0]["quarantined"]),
        (&json!(true), &json!("csa"), &json!(1))
    );
    assert!(!ready.body.contains("hidden-user") && !ready.body.contains(&sender.password), "{}", ready.body);
    for path in
        ["/", "/hooks", "/hooks/", "/healthz/", "/hooks/csa/", "/hooks/csa/k", "/hooks/csa/k/", "/hooks/%63sa/../csa"]
    {
        assert_eq!(get(path).status, 404, "{path}");
    }
    assert_eq!(Request::new("GET", "/readyz").header("Host", "evil.example").send(engine.address).status, 421);
}
