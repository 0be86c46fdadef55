//! What the app has of the desktop, for real: the tray, links, the settings that reach outside the window.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is how a test fails")]

use serde_json::{Value, json};
use std::process::{Child, Command, ExitStatus, Stdio};

use tocsin_tests::notifications::NotificationServer;
use tocsin_tests::product::Product;
use tocsin_tests::tray::TrayHost;
use tocsin_tests::wait::until;
use tocsin_tests::webdriver::{Window, app};

const PEEK: &str = "[data-testid=peek-title]";
const LISTENING: &str = "[data-testid=status-listening]";

/// A window manager, so that a window can be closed as a person closes it.
struct Manager(Child);

impl Manager {
    fn start() -> Self {
        let quiet = || Stdio::null();
        let child = Command::new("openbox").stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn().expect("openbox");
        until("a window manager", || {
            let asked = Command::new("xprop").args(["-root", "_NET_SUPPORTING_WM_CHECK"]).output().unwrap();
            String::from_utf8_lossy(&asked.stdout).contains("window id").then_some(())
        });
        Self(child)
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The visible windows of the app, by their numbers.
fn visible() -> Vec<String> {
    let found = Command::new("xdotool").args(["search", "--onlyvisible", "--name", "^Tocsin$"]).output().unwrap();
    String::from_utf8_lossy(&found.stdout).split_whitespace().map(str::to_owned).collect()
}

/// Closes the window with the window manager's own key.
fn close_window() {
    let window = until("the window", || visible().pop());
    let focused = Command::new("xdotool").args(["windowactivate", "--sync", &window]).status().unwrap();
    assert!(focused.success());
    let pressed = Command::new("xdotool").args(["key", "--clearmodifiers", "alt+F4"]).status().unwrap();
    assert!(pressed.success());
}

fn wait_hidden() {
    until("the window to be hidden", || visible().is_empty().then_some(()));
}

fn wait_visible() {
    until("the window to be shown", || visible().pop());
}

/// Whether the engine of this data still runs: it holds the note while it does.
fn wait_ended(product: &Product) {
    until("the app to end", || {
        let doctor = product.run(&["doctor", "--output", "json"]);
        (!doctor.stdout.contains("answers")).then_some(())
    });
}

fn open(product: &Product, more: &[&str]) -> Window {
    let dir = product.dir();
    let mut arguments = vec!["--data-dir", dir.to_str().unwrap(), "--listen", "127.0.0.1:0"];
    arguments.extend(more);
    let window = Window::open(&arguments);
    let _ = window.wait_for(LISTENING, "Listening");
    window
}

/// Starts the app once more on the same data.
fn start_again(product: &Product, more: &[&str]) -> ExitStatus {
    let mut second = Command::new(app()).arg("--data-dir").arg(product.dir()).args(more).spawn().unwrap();
    until("the second start to end", || second.try_wait().unwrap())
}

/// Calls a command as the page does; what it answers, or the error.
fn invoke(window: &Window, command: &str, arguments: &Value) -> Value {
    window.run(&format!("return window.__TAURI_INTERNALS__.invoke('{command}', {arguments}).catch(error => error)"))
}

/// Three alerts, and the id of the first.
fn with_alerts(product: &Product) -> String {
    let _ = product.add_source("cloudevents", "events", &[]);
    for (id, severity) in [("1", "low"), ("2", "critical"), ("3", "high")] {
        let event = json!({ "specversion": "1.0", "type": "t", "source": "/s", "id": id,
            "time": "2026-05-06T07:08:09Z", "data": { "title": format!("Alert {id}"), "severity": severity } });
        let file = product.file(&format!("{id}.json"), event.to_string());
        assert_eq!(product.run(&["ingest", "--source", "events", &file]).code, 0);
    }
    let alert = product.alerts("").into_iter().find(|alert| alert["title"] == "Alert 1").expect("the first alert");
    alert["id"].as_str().expect("an id").to_owned()
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn the_tray_counts_what_is_open_and_its_menu_leads_somewhere() {
    let _server = NotificationServer::start();
    let tray = TrayHost::start();
    let product = Product::new();
    let id = with_alerts(&product);
    let window = open(&product, &[]);
    let icon = tray.icon();
    icon.wait_for_label("3");
    icon.wait_for_line("3 open alerts, the worst critical");

    // What another process does is counted too.
    assert_eq!(product.run(&["alert", "close", &id, "--reason", "benign"]).code, 0);
    icon.wait_for_label("2");

    let heard = "window.heard = []; const hear = window.__TAURI_INTERNALS__.transformCallback(event => window.heard.push(event.payload.name)); \
        return window.__TAURI_INTERNALS__.invoke('plugin:event|listen', { event: 'command-chosen', target: { kind: 'Any' }, handler: hear }).then(() => true)";
    assert_eq!(window.run(heard), true);
    icon.click("Settings…");
    until("the window to hear of the choice", || {
        (window.run("return window.heard") == json!(["settings"])).then_some(())
    });
    icon.click("Quit");
    wait_ended(&product);
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn closing_leaves_the_app_in_the_tray_as_long_as_there_is_one() {
    let _server = NotificationServer::start();
    let _manager = Manager::start();
    let tray = TrayHost::start();
    let product = Product::new();
    let window = open(&product, &[]);
    let mut settings = invoke(&window, "get_settings", &json!({}));
    settings["closeToTray"] = json!(true);
    assert_eq!(invoke(&window, "set_settings", &json!({ "settings": settings })), settings);
    let icon = tray.icon();

    close_window();
    wait_hidden();
    icon.click("Open Tocsin");
    wait_visible();

    // Started once more, it comes back as well.
    close_window();
    wait_hidden();
    assert!(start_again(&product, &[]).success());
    wait_visible();

    // The tray goes while the window is hidden: nobody could get at it any more.
    close_window();
    wait_hidden();
    drop(tray);
    wait_visible();
    let _ = window.wait_for(LISTENING, "Listening");

    // Without a tray closing ends the app, whatever the settings say.
    close_window();
    wait_ended(&product);
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn without_a_tray_the_app_starts_and_says_so_once() {
    let _server = NotificationServer::start();
    let product = Product::new();
    let window = open(&product, &[]);
    assert_eq!(invoke(&window, "engine_status", &json!({}))["openAlerts"], 0);
    let log = until("the log to say so", || {
        let files = std::fs::read_dir(product.dir().join("logs")).ok()?;
        let text: String = files.filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok()).collect();
        text.contains("no tray icon").then_some(text)
    });
    assert_eq!(log.matches("no tray icon").count(), 1, "{log}");
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn a_link_opens_its_alert_and_does_nothing_else() {
    let _server = NotificationServer::start();
    let product = Product::new();
    let id = with_alerts(&product);
    let link = format!("tocsin://alert/{id}");
    {
        // The link that starts the app.
        let window = open(&product, &[&link]);
        let _ = window.wait_for(PEEK, "Alert 1");
        assert_eq!(window.run("return location.hash"), "");
    }
    wait_ended(&product);
    let window = open(&product, &[]);
    window.wait_gone(PEEK);
    for hostile in ["tocsin://quit", &format!("{link}/close"), &format!("{link}?action=close"), "tocsin://alert/x"] {
        let ended = start_again(&product, &[hostile]);
        assert!(ended.success(), "{hostile}: {ended}");
    }
    assert!(start_again(&product, &[&link]).success());
    let _ = window.wait_for(PEEK, "Alert 1");
    assert!(product.alerts("").iter().all(|alert| alert["status"] == "new"));
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn settings_go_to_the_store_and_back_and_a_wrong_one_is_named() {
    let _server = NotificationServer::start();
    let product = Product::new();
    let window = open(&product, &[]);
    let mut settings = invoke(&window, "get_settings", &json!({}));
    assert_eq!((&settings["theme"], &settings["retention"]["days"]), (&json!("system"), &json!(365)));
    settings["theme"] = json!("dark");
    settings["notify"]["quietHours"] = json!({
        "from": "22:00", "to": "07:00", "days": ["mon", "sun"], "zone": "Europe/Madrid", "criticalAnyway": false
    });
    assert_eq!(invoke(&window, "set_settings", &json!({ "settings": settings })), settings);
    assert_eq!(invoke(&window, "get_settings", &json!({})), settings);

    let mut wrong = settings.clone();
    wrong["theme"] = json!("light");
    wrong["notify"]["quietHours"]["from"] = json!("25:00");
    let error = invoke(&window, "set_settings", &json!({ "settings": wrong }));
    assert_eq!((&error["code"], &error["field"]), (&json!("invalid"), &json!("notify.quietHours.from")), "{error}");
    assert_eq!(invoke(&window, "get_settings", &json!({})), settings, "a wrong setting takes none with it");
}
