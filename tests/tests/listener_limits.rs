//! Senders that send too much, too deep, too slow or no text at all: refused with the reason, and no honest sender waits
//! for it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tocsin_tests::http::{Answer, connect};
use tocsin_tests::payload::{document, many, of_size};
use tocsin_tests::product::Product;

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

const MIB: usize = 1024 * 1024;

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

/// Connections that are held open and say no more than `beginning`.
fn slow(engine: SocketAddr, count: usize, beginning: &[u8]) -> Vec<TcpStream> {
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
