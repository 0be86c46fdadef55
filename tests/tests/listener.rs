//! The listener of the real binary against requests it must not take: the documented answer each, in the documented
//! order, and honest senders are served meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tocsin_tests::http::{Answer, Request, connect};
use tocsin_tests::product::{Product, Sender};
use tocsin_tests::wait::until;

/// A document of one alert that nobody has sent before.
fn document(id: &str) -> String {
    json!({"type": "secureaccess.alerts.api.anomaly.v1", "id": format!("envelope {id}"), "data": {"alerts": [
        {"alertId": id, "severity": "High", "status": "Active", "ruleName": "R", "time": "2026-10-05T08:00:00Z"}]}})
    .to_string()
}

/// As many alerts in one document.
fn many(count: usize) -> String {
    let alerts: Vec<Value> = (0..count).map(|n| json!({"alertId": format!("many {n}"), "severity": "Low"})).collect();
    json!({"type": "secureaccess.alerts.api.anomaly.v1", "data": {"alerts": alerts}}).to_string()
}

/// A document of exactly so many bytes, made longer with space.
fn of_size(id: &str, size: usize) -> String {
    let document = document(id);
    format!("{}{document}", " ".repeat(size - document.len()))
}

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
fn too_much_is_refused_and_the_sender_reads_why() {
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "csa", &[]);
    let send = |body: String| engine.deliver(&sender, body);
    assert_eq!(send(of_size("fits", MIB)).status, 202, "exactly 1 MiB");
    assert_eq!(send(of_size("one more", MIB + 1)).status, 413);
    // A sender that writes all of it before it looks for the answer.
    for body in [of_size("2 MiB", 2 * MIB), of_size("8 MiB", 8 * MIB)] {
        let mut stream = connect(engine.address).unwrap();
        stream.write_all(&sender.delivery(body).bytes(engine.address)).expect("all of it can be written");
        let answer = Answer::read(&mut stream).expect("the answer can be read");
        assert_eq!((answer.status, code(&answer).as_str()), (413, "too-large"));
    }
    // Chunks do not say how much comes.
    let mut chunked = sender.delivery("").header("Transfer-Encoding", "chunked").bytes(engine.address);
    for _ in 0..32 {
        chunked.extend_from_slice(format!("10000\r\n{}\r\n", " ".repeat(0x10000)).as_bytes());
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let mut stream = connect(engine.address).unwrap();
    stream.write_all(&chunked).expect("all of it can be written");
    assert_eq!(Answer::read(&mut stream).unwrap().status, 413);

    assert_eq!(send(many(1_000)).json()["stored"], 1_000);
    let too_many = send(many(1_001));
    assert_eq!(too_many.status, 413, "{}", too_many.body);
    assert!(too_many.json()["error"]["message"].as_str().unwrap().contains("1,000"));
    assert_eq!(product.alerts("").len(), 1_001);
    assert_eq!(product.json(&["quarantine", "list"])["items"], json!([]), "what is too large is not kept");

    let header = sender.delivery(document("x")).header("X-Long", &"x".repeat(64 * 1024)).send(engine.address);
    assert_eq!(header.status, 431);
}

#[test]
fn documents_made_to_break_a_parser_are_refused_fast_and_kept() {
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "csa", &[]);
    let deep_objects = format!("{}1{}", "{\"a\":".repeat(150_000), "}".repeat(150_000));
    let mut not_text = document("latin").into_bytes();
    not_text.extend_from_slice(b"\xff\xfe\xc3\x28");
    let mut inside = document("inside").into_bytes();
    let at = inside.windows(5).position(|five| five == b"Activ").unwrap();
    inside[at] = 0xc3;
    for (what, body) in [
        ("a million lists", "[".repeat(1_000_000).into_bytes()),
        ("deep objects", deep_objects.into_bytes()),
        ("deep inside an alert", document("deep").replace("\"R\"", &"[".repeat(900_000)).into_bytes()),
        ("invalid UTF-8 at the end", not_text),
        ("invalid UTF-8 inside", inside),
        ("a key twice", document("twice").replacen("\"data\"", "\"data\":{},\"data\"", 1).into_bytes()),
        ("NUL", b"\0\0\0\0".to_vec()),
        ("no number", document("number").replace("\"R\"", "1e99999x").into_bytes()),
        ("UTF-16", document("wide").encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ] {
        let began = Instant::now();
        let answer = engine.deliver(&sender, body);
        let took = began.elapsed();
        assert_eq!(answer.status, 400, "{what}: {}", answer.body);
        assert_eq!(answer.json()["quarantined"], 1, "{what}");
        assert!(took < Duration::from_secs(5), "{what} took {took:?}");
        let newest = &product.json(&["quarantine", "list", "--limit", "1"])["items"][0];
        let shown = product.json(&["quarantine", "show", newest["id"].as_str().unwrap()]);
        assert_eq!(shown["reason"], answer.json()["error"]["message"], "{what}");
        assert!(!shown["body"].as_str().unwrap().is_empty(), "{what}: the text is kept");
    }
    assert!(product.alerts("").is_empty());
    // Half a surrogate is JSON, though no text: it comes in with a mark in its place.
    let half = document("surrogate").replace("\"R\"", r#""R \ud800 R""#);
    assert_eq!(engine.deliver(&sender, half).status, 202);
    assert_eq!(product.alerts("")[0]["title"], "R \u{fffd} R");
    assert_eq!(engine.deliver(&sender, document("after")).status, 202, "and it still listens");
    assert_eq!(engine.stop(), 0);
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

/// Connections that are held open and say no more than `beginning`.
fn slow(engine: std::net::SocketAddr, count: usize, beginning: &[u8]) -> Vec<TcpStream> {
    (0..count)
        .map(|_| {
            let mut stream = connect(engine).unwrap();
            stream.write_all(beginning).unwrap();
            stream
        })
        .collect()
}

#[test]
fn three_hundred_slow_connections_keep_no_honest_sender_out() {
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "csa", &[]);
    assert_eq!(engine.deliver(&sender, document("before")).status, 202);
    let half_a_body = format!("POST /hooks/csa HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\n\r\n{{", engine.address);
    let mut held = Vec::new();
    for (what, beginning) in [
        ("silent", &b""[..]),
        ("half a header", &b"POST /hooks/csa HTTP/1.1\r\nHost: 127.0"[..]),
        ("half a body", half_a_body.as_bytes()),
    ] {
        held.extend(slow(engine.address, 300, beginning));
        let began = Instant::now();
        for number in 0..20 {
            let answer = engine.deliver(&sender, document(&format!("{what} {number}")));
            assert_eq!(answer.status, 202, "beside {} slow connections ({what}): {}", held.len(), answer.body);
        }
        let took = began.elapsed();
        // Far less than the five seconds after which a slow connection is cut anyway.
        assert!(took < Duration::from_secs(4), "20 deliveries beside slow connections ({what}) took {took:?}");
    }
    assert_eq!(product.alerts("").len(), 61);
    // And a slow one is told so, or finds its connection closed, instead of holding it for good.
    let mut first = held.swap_remove(0);
    let mut rest = Vec::new();
    let ended = first.read_to_end(&mut rest);
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
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
