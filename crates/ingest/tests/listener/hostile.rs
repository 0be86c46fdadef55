//! Web pages, other hosts, and bodies that are too much.

use tocsin_ingest::listener::Limits;
use tocsin_model::source::RefusalReason;

use crate::support::{ALERT, BASIC, JSON, start, start_with};

#[tokio::test]
async fn web_pages_cannot_deliver() {
    let server = start();
    for header in [
        ("Origin", "https://evil.example"),
        ("Origin", "http://127.0.0.1:8787"),
        ("Origin", "http://localhost"),
        ("Origin", "null"),
        ("Origin", ""),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "None"),
        ("Sec-Fetch-Site", ""),
    ] {
        let reply = server.send("POST /hooks/csa", &[BASIC, JSON, header], ALERT).await;
        assert_eq!((reply.status, reply.code().as_str()), (403, "web-origin"), "{header:?}");
    }
    assert_eq!(server.fake.reasons(), [RefusalReason::WebOrigin; 10]);
    let typed = [BASIC, JSON, ("Sec-Fetch-Site", "none"), ("WebHook-Request-Origin", "sender.example")];
    assert_eq!(server.send("POST /hooks/csa", &typed, ALERT).await.status, 202);
}

#[tokio::test]
async fn other_host_names_reach_nothing() {
    let server = start();
    let port = server.addr.port();
    let ask = |start: &str, hosts: &[String]| {
        let hosts: String = hosts.iter().map(|host| format!("{host}\r\n")).collect();
        format!(
            "{start}\r\n{hosts}Authorization: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{ALERT}",
            BASIC.1,
            ALERT.len()
        )
    };
    let plain = "POST /hooks/csa HTTP/1.1";
    for (start, hosts) in [
        (plain.to_owned(), vec![]),
        ("POST /hooks/csa HTTP/1.0".to_owned(), vec![]),
        (plain.to_owned(), vec!["Host:".to_owned()]),
        (plain.to_owned(), vec![format!("Host: localhost:{port}"), format!("Host: localhost:{port}")]),
        (plain.to_owned(), vec![format!("Host: localhost:{port}"), "Host: evil.example".to_owned()]),
        (plain.to_owned(), vec!["Host: evil.example".to_owned(), "X-Forwarded-Host: localhost".to_owned()]),
        (plain.to_owned(), vec![format!("Host: localhost:{}", port.wrapping_add(1))]),
        (plain.to_owned(), vec!["Host: localhost.evil.example".to_owned()]),
        (plain.to_owned(), vec![format!("Host: 0.0.0.0:{port}")]),
        ("POST http://evil.example/hooks/csa HTTP/1.1".to_owned(), vec![format!("Host: localhost:{port}")]),
        (format!("POST http://localhost:{port}/hooks/csa HTTP/1.1"), vec!["Host: evil.example".to_owned()]),
        ("POST http://evil.example/hooks/csa HTTP/1.1".to_owned(), vec!["Host: evil.example".to_owned()]),
        (
            format!("POST http://localhost:{port}@evil.example/hooks/csa HTTP/1.1"),
            vec![format!("Host: localhost:{port}")],
        ),
    ] {
        let reply = server.raw(ask(&start, &hosts).as_bytes()).await;
        assert_eq!(reply.status, 421, "{start} {hosts:?}: {reply:?}");
    }
    assert_eq!(server.fake.reasons(), [RefusalReason::ForeignHost; 13]);
    for (start, host) in [
        (plain.to_owned(), "LOCALHOST.".to_owned()),
        (plain.to_owned(), format!("[::1]:{port}")),
        (format!("POST http://localhost:{port}/hooks/csa HTTP/1.1"), format!("localhost:{port}")),
    ] {
        assert_eq!(server.raw(ask(&start, &[format!("Host: {host}")]).as_bytes()).await.status, 202, "{host}");
    }
    let public = start_with(Limits { public_hosts: vec!["console.example.net".into()], ..Limits::default() });
    assert_eq!(public.raw(ask(plain, &["Host: console.example.net".to_owned()]).as_bytes()).await.status, 202);
}

fn chunked(size: usize) -> Vec<u8> {
    let chunk = [format!("{:x}\r\n", 64 * 1024).into_bytes(), vec![b' '; 64 * 1024], b"\r\n".to_vec()].concat();
    [chunk.repeat(size / (64 * 1024)), b"0\r\n\r\n".to_vec()].concat()
}

#[tokio::test]
async fn a_sender_of_too_much_still_reads_the_answer() {
    let server = start();
    for mib in [2, 5, 9] {
        let reply = server.deliver(vec![b' '; mib * 1024 * 1024]).await;
        assert_eq!(
            (reply.status, reply.code().as_str(), reply.header("connection")),
            (413, "too-large", Some("close"))
        );
        let head = server.request("POST /hooks/csa", &[BASIC, JSON, ("Transfer-Encoding", "chunked")], b"");
        let reply = server.raw(&[head, chunked(mib * 1024 * 1024)].concat()).await;
        assert_eq!(reply.status, 413, "chunked {mib}");
    }
    // The same holds of every other early answer.
    let reply = server.send("POST /hooks/csa", &[JSON], vec![b' '; 2 * 1024 * 1024]).await;
    assert_eq!(reply.status, 401);
    assert!(server.fake.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_sender_who_asks_first_need_not_send_too_much() {
    let server = start();
    let mut client = server.connect().await;
    let head = format!(
        "POST /hooks/csa HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n",
        server.addr, BASIC.1
    );
    client.write(format!("{head}Content-Length: 2000000\r\n\r\n").as_bytes()).await;
    assert_eq!(client.reply().await.unwrap().status, 413);
    let mut client = server.connect().await;
    client.write(format!("{head}Content-Length: {}\r\n\r\n", ALERT.len()).as_bytes()).await;
    assert_eq!(client.reply().await.unwrap().status, 100);
    client.write(ALERT.as_bytes()).await;
    assert_eq!(client.reply().await.unwrap().status, 202);
}

#[tokio::test]
async fn the_largest_delivery_is_exactly_one_mebibyte() {
    let server = start();
    let padded = |size: usize| format!("{ALERT}{}", " ".repeat(size - ALERT.len()));
    assert_eq!(server.deliver(padded(1_048_576)).await.status, 202);
    assert_eq!(server.deliver(padded(1_048_577)).await.status, 413);
    let alerts = |count: usize| format!(r#"{{"data":{{"alerts":[{}]}}}}"#, vec![r#"{"alertId":1}"#; count].join(","));
    assert_eq!(server.deliver(alerts(1_000)).await.status, 202);
    let reply = server.deliver(alerts(1_001)).await;
    assert!(reply.status == 413 && reply.body.contains("1,000 alerts"), "{reply:?}");
    assert_eq!(server.fake.taken.lock().unwrap().len(), 2);
    assert_eq!(server.fake.reasons(), [RefusalReason::TooLarge; 2]);
}

#[tokio::test]
async fn odd_documents_are_answered_and_kept() {
    let server = start();
    for (name, body) in [
        ("deep lists", vec![b'['; 1_000_000]),
        ("deep objects", br#"{"a":"#.repeat(200_000)),
        ("not UTF-8", b"{\"data\":\"\xff\xfe\"}".to_vec()),
        ("gzip without saying so", b"\x1f\x8b\x08\x00\x00".to_vec()),
        ("a number out of range", b"1e999".to_vec()),
        ("empty", Vec::new()),
        ("two documents", b"{} {}".to_vec()),
        (
            "many keys",
            format!("{{{}}}", (0..60_000).map(|key| format!("\"{key}\":0")).collect::<Vec<_>>().join(",")).into_bytes(),
        ),
    ] {
        let reply = server.deliver(&body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "unreadable"), "{name}: {reply:?}");
    }
    assert_eq!(server.fake.taken.lock().unwrap().len(), 8);
}

#[tokio::test]
async fn malformed_requests_end_the_connection() {
    let server = start();
    let host = format!("Host: {}\r\n", server.addr);
    let many: String = (0..150).map(|number| format!("x-{number}: 1\r\n")).collect();
    for (request, status) in [
        (format!("POST /hooks/csa HTTP/1.1\r\n{host}{many}\r\n"), 431),
        (format!("POST /hooks/csa HTTP/1.1\r\n{host}X: {}\r\n\r\n", "x".repeat(64 * 1024)), 431),
        (format!("POST /hooks/csa HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"), 400),
        (format!("POST /hooks/csa HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\nx"), 400),
        (format!("POST /hooks/csa HTTP/1.1\r\n{host}Transfer-Encoding: gzip\r\n\r\nx"), 400),
        (format!("POST /hooks/csa HTTP/1.1\r\n{host}A b: c\r\n\r\n"), 400),
        (format!("POST /hooks/csa HTTP/9.9\r\n{host}\r\n"), 400),
        (format!("P\u{0}ST /hooks/csa HTTP/1.1\r\n{host}\r\n"), 400),
        ("GARBAGE\r\n\r\n".to_owned(), 400),
    ] {
        let mut client = server.connect().await;
        client.write(request.as_bytes()).await;
        let reply = client.reply().await.unwrap_or_else(|| panic!("{request:.80}"));
        assert_eq!(reply.status, status, "{request:.80}: {reply:?}");
        client.ended().await;
    }
    let mut client = server.connect().await;
    let head = server.request("POST /hooks/csa", &[BASIC, JSON, ("Transfer-Encoding", "chunked")], b"");
    client.write(&[head, b"zz\r\n{}\r\n0\r\n\r\n".to_vec()].concat()).await;
    assert_eq!(client.reply().await.unwrap().status, 400);
    client.ended().await;
    assert!(server.fake.taken.lock().unwrap().is_empty());
    assert_eq!(server.deliver(ALERT).await.status, 202);
}

/// Both framings at once: the length is ignored and the connection ends, so no second request can hide in the body.
#[tokio::test]
async fn a_smuggled_request_is_never_served() {
    let server = start();
    let inner = String::from_utf8(server.request("POST /hooks/csa", &[BASIC, JSON], ALERT.as_bytes())).unwrap();
    let request = format!(
        "POST /hooks/csa HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
        server.addr, BASIC.1
    );
    let mut client = server.connect().await;
    client.write(request.as_bytes()).await;
    let first = client.reply().await.unwrap();
    assert_eq!(first.status, 400, "{first:?}");
    let taken: Vec<_> =
        server.fake.taken.lock().unwrap().iter().map(|(_, _, normalised)| normalised.reports.len()).collect();
    assert!(taken.iter().all(|reports| *reports == 0), "{taken:?}");
}
