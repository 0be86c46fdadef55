//! A real web page in a real browser cannot reach the listener, even when it knows the token.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use tocsin_tests::binary::{not_run, other};
use tocsin_tests::product::{Product, Sender};
use tocsin_tests::wait::{PATIENCE, until};

/// The ways of a page to send something elsewhere without asking; each is tried with the right token.
const PAGE: &str = r#"<!doctype html><title>evil</title>
<iframe name="away"></iframe>
<form id="plain" method="post" enctype="text/plain" target="away" action="ADDRESS"><textarea name='{"x":"'>"}</textarea></form>
<form id="form" method="post" target="away" action="ADDRESS"><input name="data" value="1"></form>
<script>
const body = BODY, address = 'ADDRESS';
const tries = [
  () => fetch(address, {method: 'POST', mode: 'no-cors', body}),
  () => fetch(address, {method: 'POST', mode: 'no-cors', body: new Blob([body], {type: 'text/plain'}), credentials: 'include'}),
  () => fetch(address, {method: 'POST', headers: {'content-type': 'application/json'}, body}),
  () => fetch(address, {method: 'POST', headers: {'ce-id': '1', 'ce-type': 't', 'ce-source': '/s', 'ce-specversion': '1.0'}, body}),
  () => navigator.sendBeacon(address, body),
  () => navigator.sendBeacon(address, new Blob([body], {type: 'application/x-www-form-urlencoded'})),
  () => { document.getElementById('plain').submit(); },
  () => { document.getElementById('form').submit(); },
  () => { const x = new XMLHttpRequest(); x.open('POST', address); x.send(body); return new Promise(done => { x.onloadend = done; }); },
  () => { new Image().src = address; },
  () => { new WebSocket(address.replace('http', 'ws')); },
];
(async () => {
  for (const one of tries) { try { await one(); } catch (refused) {} }
  await fetch('/done');
})();
</script>"#;

/// Serves the page to one browser and tells when the page has tried everything.
fn serve_page(page: String) -> (SocketAddr, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (done, all_tried) = mpsc::channel();
    let serve = move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut head = vec![0; 16 * 1024];
            let count = stream.read(&mut head).unwrap_or(0);
            let finished = head[..count].starts_with(b"GET /done");
            let body = if finished { "" } else { page.as_str() };
            let kind = "Content-Type: text/html; charset=utf-8\r\nConnection: close";
            let _ = write!(stream, "HTTP/1.1 200 OK\r\n{kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            if finished && done.send(()).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("page".into()).spawn(serve).unwrap();
    (address, all_tried)
}

/// Ends the browser with the test.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn count(product: &Product, source: &str, reason: &str) -> u64 {
    let shown = product.json(&["source", "show", source]);
    let refused = shown["refused"].as_array().unwrap();
    refused.iter().find(|one| one["reason"] == reason).map_or(0, |one| one["count"].as_u64().unwrap())
}

#[test]
fn a_web_page_that_knows_the_token_stores_nothing() {
    let Some(chromium) = other("CHROMIUM", &["/usr/bin/chromium", "/usr/bin/chromium-browser"]) else {
        return not_run("there is no Chromium: set CHROMIUM, or install Debian's chromium");
    };
    let product = Product::new();
    let engine = product.serve();
    let sender: Sender = product.add_source("cloudevents", "open", &["--sign-in", "address-token", "--origin", "*"]);
    let event = json!({"specversion": "1.0", "type": "t", "source": "/page", "id": "from a page"}).to_string();
    let address = format!("http://{}{}", engine.address, sender.path());
    let page = PAGE.replace("ADDRESS", &address).replace("BODY", &json!(event).to_string());
    let (page, all_tried) = serve_page(page);
    let profile = tempfile::tempdir().unwrap();
    let _browser = Browser(
        Command::new(chromium)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--no-proxy-server"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("http://{page}/"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the browser starts"),
    );
    all_tried.recv_timeout(PATIENCE).expect("the page runs and tries everything");
    // They did arrive: fetch twice, two preflights, two beacons, two forms, XMLHttpRequest, image, socket.
    until("the page's attempts to be counted", || (count(&product, "open", "web-origin") >= 9).then_some(()));
    assert_eq!(product.json(&["source", "show", "open"])["deliveries"], 0);
    assert!(product.alerts("").is_empty());
    assert_eq!(product.json(&["quarantine", "list"])["items"], json!([]));
    // What kept them out is that a page sent them: the same from a sender passes.
    let honest = sender.delivery(event).header("Content-Type", "application/cloudevents+json").send(engine.address);
    assert_eq!(honest.status, 202, "{}", honest.body);
    assert_eq!(product.alerts("").len(), 1);
}
