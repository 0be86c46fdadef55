//! End to end in the real window: `cargo xtask test window`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is how a test fails")]

use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;

use tocsin_tests::notifications::NotificationServer;
use tocsin_tests::product::{Product, Sender};
use tocsin_tests::wait::until;
use tocsin_tests::webdriver::{Window, app};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const ROW: &str = "[data-testid=alert-row]";

/// A delivery of Cisco Secure Access with one alert.
fn delivery(id: &str, rule: &str, status: &str) -> String {
    json!({
        "specversion": "1.0", "type": "secureaccess.alerts.api.anomaly.v1", "source": "secureaccess.alerts",
        "id": format!("envelope-{id}-{status}"), "time": "2026-05-06T07:08:09Z", "datacontenttype": "application/json",
        "data": { "alerts": [{
            "status": status, "severity": "High", "ruleName": rule, "ruleId": 77,
            "alertType": "Authentication failures", "time": "2026-05-06T07:00:00Z", "category": "API anomaly",
            "alertId": id, "apiKeyId": "0123456789abcdef0123456789abcdef",
        }] }
    })
    .to_string()
}

/// The product with notifications on, its window, and where it listens.
fn open(product: &Product) -> (Window, SocketAddr) {
    std::fs::write(product.dir().join("tocsin.toml"), "").unwrap();
    let dir = product.dir();
    let window = Window::open(&["--data-dir", dir.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    let _ = window.wait_for("[data-testid=status-listening]", "Listening");
    (window, address(&dir))
}

/// Presses Tab until the control of that test id has the focus.
fn tab_to(window: &Window, control: &str) {
    let focused = "return document.activeElement?.dataset?.testid ?? ''";
    until(&format!("the focus to reach {control}"), || {
        if window.run(focused) == control {
            return Some(());
        }
        window.press(TAB);
        None
    });
}

/// The address the engine left for other processes.
fn address(dir: &Path) -> SocketAddr {
    until("the engine to say where it listens", || {
        let note = std::fs::read_to_string(dir.join("engine.json")).ok()?;
        let note: serde_json::Value = serde_json::from_str(&note).ok()?;
        note["listening"].as_str()?.strip_prefix("http://")?.parse().ok()
    })
}

fn deliver(sender: &Sender, address: SocketAddr, body: &str) -> u16 {
    sender.delivery(body).send(address).status
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn a_delivery_becomes_a_row_and_a_notification_that_can_be_acknowledged_and_undone() {
    let server = NotificationServer::start();
    let product = Product::new();
    let (window, address) = open(&product);
    let sender = product.add_source("secure-access", "csa", &[]);
    // The source is known to the running engine before its first delivery.
    until("the source to be taken up", || (deliver(&sender, address, "{") == 400).then_some(()));

    assert_eq!(deliver(&sender, address, &delivery("77.1.1", "Key under attack", "Active")), 202);
    let row = window.wait_for(ROW, "Key under attack");
    assert!(row.contains("High") && row.contains("New"), "{row}");

    let call = server.wait_for("Key under attack");
    for part in ["High", "Cisco Secure Access", "default", "acknowledge", "snooze", "Open", "Acknowledge", "Snooze 1 h"]
    {
        assert!(call.contains(part), "{part} is not in {call}");
    }
    window.picture("window-delivery");

    server.click(1, "acknowledge");
    let _ = window.wait_for(ROW, "Acknowledged");
    assert_eq!(product.alerts("")[0]["status"], "acknowledged");

    let _ = window.wait_for("[data-testid=toast]", "Acknowledged");
    window.click("[data-testid=toast-undo]");
    let _ = window.wait_for(ROW, "New");
    assert_eq!(product.alerts("")[0]["status"], "new");
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn opening_a_notification_shows_the_alert_and_a_later_report_closes_it() {
    let server = NotificationServer::start();
    let product = Product::new();
    let (window, address) = open(&product);
    let sender = product.add_source("secure-access", "csa", &[]);
    until("the source to be taken up", || (deliver(&sender, address, "{") == 400).then_some(()));
    assert_eq!(deliver(&sender, address, &delivery("77.1.2", "Tunnel lost", "Active")), 202);
    let _ = server.wait_for("Tunnel lost");

    server.click(1, "default");
    let _ = window.wait_for("[data-testid=peek-title]", "Tunnel lost");
    window.picture("window-peek");

    assert_eq!(deliver(&sender, address, &delivery("77.1.2", "Tunnel lost", "Resolved")), 202);
    // Open alerts are shown, so the row goes.
    window.wait_gone(ROW);
    let alert = &product.alerts("")[0];
    assert_eq!((&alert["status"], &alert["closeReason"]), (&json!("closed"), &json!("source-resolved")));
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn a_source_is_added_and_alerts_are_handled_with_the_keyboard_alone() {
    // Also here: without one the bus would start whatever server is installed, and that one stays.
    let _server = NotificationServer::start();
    let product = Product::new();
    let (window, address) = open(&product);
    window.press("gs");
    let _ = window.wait_for("[data-testid=sources-empty]", "Connect your first source");
    window.picture("window-empty");
    // Tab reaches each control; what the form proposes is taken as it stands.
    for (control, key) in [("source-add", ENTER), ("kind-secure-access", " "), ("source-submit", ENTER)] {
        tab_to(&window, control);
        window.press(key);
    }
    let curl = window.wait_for("[data-testid=credentials]", "curl");
    window.picture("window-credentials");
    assert!(curl.contains(&address.to_string()), "{curl}");

    // The line works when it is pasted.
    let line = window.run("return [...document.querySelectorAll('[data-testid=credentials] code, [data-testid=credentials] pre')].map(found => found.textContent).find(text => text.startsWith('curl '))");
    let pasted = std::process::Command::new("sh").arg("-c").arg(line.as_str().expect("a curl line")).output().unwrap();
    assert!(pasted.status.success() && String::from_utf8_lossy(&pasted.stdout).contains("\"stored\":1"), "{pasted:?}");
    let _ = window.wait_for("[data-testid=first-delivery]", "first alert");

    window.press(ESCAPE);
    window.press("ga");
    let _ = window.wait_for(ROW, "Tocsin can hear you");
    window.press("ja");
    let _ = window.wait_for(ROW, "Acknowledged");
    window.press("e1");
    window.wait_gone(ROW);
    assert_eq!(product.alerts("")[0]["closeReason"], "true-positive");
    window.press("z");
    let _ = window.wait_for(ROW, "Acknowledged");
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn the_page_runs_nothing_but_its_own_code_and_leaves_for_nowhere() {
    let _server = NotificationServer::start();
    let product = Product::new();
    let (window, address) = open(&product);
    let sender = product.add_source("secure-access", "csa", &[]);
    until("the source to be taken up", || (deliver(&sender, address, "{") == 400).then_some(()));
    let hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>\u{202e}x";
    assert_eq!(deliver(&sender, address, &delivery("77.1.3", hostile, "Active")), 202);
    let row = window.wait_for(ROW, "<img src=x");
    assert!(row.contains("<script>"), "{row}");
    assert_eq!(window.run("return document.querySelectorAll('main img, body script:not([src])').length"), 0);
    assert_eq!(window.run("return document.title"), "Tocsin");
    // Inline code is refused by the policy, whoever asks for it.
    let refused = "const bad = document.createElement('script'); bad.textContent = 'document.title = \"owned\"'; document.body.append(bad); return document.title";
    assert_eq!(window.run(refused), "Tocsin");
    let _ = window.run("location.href = 'https://example.invalid/'; return 0");
    let _ = window.wait_for(ROW, "<img src=x");
    // A command that no capability names is refused.
    let denied = "return window.__TAURI_INTERNALS__.invoke('plugin:window|close').then(() => 'done', String)";
    let answer = window.run(denied);
    assert!(answer.as_str().is_some_and(|text| text.contains("not allowed")), "{answer}");
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn a_second_start_hands_over_to_the_first_and_ends() {
    let _server = NotificationServer::start();
    let product = Product::new();
    let (window, address) = open(&product);
    let dir = product.dir();
    let mut second = std::process::Command::new(app()).arg("--data-dir").arg(&dir).spawn().unwrap();
    let ended = until("the second start to end", || second.try_wait().unwrap());
    assert!(ended.success(), "{ended}");
    // The first still takes deliveries and shows them.
    let sender = product.add_source("secure-access", "csa", &[]);
    until("the source to be taken up", || (deliver(&sender, address, "{") == 400).then_some(()));
    assert_eq!(deliver(&sender, address, &delivery("77.1.4", "Still here", "Active")), 202);
    let _ = window.wait_for(ROW, "Still here");
}
