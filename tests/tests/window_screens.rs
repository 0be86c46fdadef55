//! Every screen of the real window: usable for everyone, and unmoved by what attackers write into alerts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is how a test fails")]

use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};

use tocsin_tests::binary::root;
use tocsin_tests::keys::Stroke;
use tocsin_tests::notifications::NotificationServer;
use tocsin_tests::product::Product;
use tocsin_tests::wait::until;
use tocsin_tests::webdriver::Window;

/// What is serious or critical among `violations`, a line each.
macro_rules! faults {
    () => {
        "return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, help, nodes }) =>
                `${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`);"
    };
}
const WATCH: &str = include_str!("../src/watch.js");
/// Runs axe; its answer is what is a fault, and where.
const CHECK: &str =
    concat!("const { violations } = await axe.run(document, { resultTypes: ['violations'] });", faults!());
/// The same for colours alone: nothing else is another in another theme.
const CHECK_COLOURS: &str =
    concat!("const { violations } = await axe.run(document, { runOnly: ['color-contrast'] });", faults!());

/// A screen: its name, the keys that lead there from the list, and a sign that it is there.
const SCREENS: &[(&str, &[&str], &str)] = &[
    ("list", &["j"], "alert-row"),
    ("panel", &["j", "Enter"], "peek-content"),
    ("why", &["j", "w"], "activity"),
    ("similar", &["j", "Enter", "Shift+Tab", "Right", "Right"], "similar"),
    ("payload", &["j", "Enter", "Shift+Tab", "Right", "Right", "Right"], "payload"),
    ("entity", &["j", "i"], "entity-content"),
    ("menu", &["j", "m"], "alert-menu"),
    ("quarantine", &["Ctrl+k", "\"could not be read", "Enter"], "quarantine-open"),
    ("selection", &["j", "Shift+J", "Shift+J"], "selection-bar"),
    ("closing", &["j", "e"], "close-dialog"),
    ("snoozing", &["j", "s"], "snooze-dialog"),
    ("note", &["j", "n"], "note-dialog"),
    ("time", &["t"], "time-popover"),
    ("saving a view", &["v"], "name-view"),
    ("no match", &["/", "\"nothing has this word", "Enter"], "alerts-no-match"),
    ("search error", &["/", "\"severty:high", "Enter"], "search-error"),
    ("keys", &["?"], "keys-sheet"),
    ("palette", &["Ctrl+k", "\"the"], "palette"),
    ("sources", &["g", "s"], "sources-view"),
    ("adding a source", &["Ctrl+k", "\"add a source", "Enter", "Space"], "source-name"),
    ("settings", &["g", "c"], "settings-view"),
];

fn strike(window: &Window, keys: &[&str]) {
    for key in keys {
        window.stroke(&Stroke::read(key));
        if *key != "g" {
            window.settle();
        }
    }
}

/// Opens the window with desktop notifications off: nothing here is about them.
fn open(product: &Product) -> Window {
    let dir = product.dir();
    Window::open(&["--data-dir", dir.to_str().unwrap(), "--listen", "127.0.0.1:0"])
}

/// Puts a theme on as the settings do, without leaving the screen to choose it there.
fn wear(window: &Window, theme: &str) {
    let _ = window.run(&format!("document.documentElement.dataset.theme = {}; return 0", json!(theme)));
    // Colours go over into one another, and what is painted lags behind.
    let _ = window.run_async(
        "await Promise.all(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < 1000)
            .map((one) => one.finished.catch(() => undefined)));
        for (let frames = 0; frames < 3; frames += 1) await new Promise((next) => requestAnimationFrame(next));
        return 0",
    );
}

/// What axe finds serious or critical on the screen shown.
fn faults(window: &Window, axe: &str, check: &str, screen: &str) -> Vec<String> {
    if window.read("typeof window.axe") == "undefined" {
        let _ = window.run(axe);
    }
    let found = window.run_async(check);
    let found = found.as_array().expect("axe answers with a list").iter();
    found.map(|fault| format!("{screen}: {}", fault.as_str().unwrap_or_default())).collect()
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn every_screen_can_be_used_by_everyone_in_light_and_dark() {
    let _server = NotificationServer::start();
    let axe = std::fs::read_to_string(root().join("ui/node_modules/axe-core/axe.min.js")).expect("npm packages");
    let product = Product::new();
    let window = open(&product);
    let mut found = Vec::new();
    window.wait_until("find('first-run') !== null");
    for (theme, check) in [("light", CHECK), ("dark", CHECK_COLOURS)] {
        wear(&window, theme);
        found.extend(faults(&window, &axe, check, &format!("first run, {theme}")));
    }
    let _ = product.json(&["demo", "load"]);
    let mut checked = 0;
    for (name, keys, sign) in SCREENS {
        window.reload();
        window.wait_until("find('alert-row') !== null");
        window.settle();
        if *name == "search error" {
            // The rows stay those of the last search that could be read, so nothing settles.
            keys.iter().for_each(|key| window.stroke(&Stroke::read(key)));
        } else {
            strike(&window, keys);
        }
        window.wait_until(&format!("find('{sign}') !== null"));
        for (theme, check) in [("light", CHECK), ("dark", CHECK_COLOURS)] {
            wear(&window, theme);
            window.picture(&format!("window-{}-{theme}", name.replace(' ', "-")));
            found.extend(faults(&window, &axe, check, &format!("{name}, {theme}")));
            checked += 1;
        }
    }
    assert_eq!(checked, SCREENS.len() * 2);
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}

/// The address the engine left for other processes.
fn listening(product: &Product) -> SocketAddr {
    until("the engine to say where it listens", || {
        let note: Value =
            serde_json::from_str(&std::fs::read_to_string(product.dir().join("engine.json")).ok()?).ok()?;
        note["listening"].as_str()?.strip_prefix("http://")?.parse().ok()
    })
}

/// A delivery whose alert holds the text wherever a text can stand.
fn filled(text: &str, number: usize) -> String {
    json!({
        "specversion": "1.0", "type": "secureaccess.alerts.api.anomaly.v1", "source": "secureaccess.alerts",
        "id": format!("envelope-{number}"), "time": "2026-05-06T07:08:09Z", "datacontenttype": "application/json",
        "data": { "alerts": [{
            "alertId": format!("{number}"), "status": text, "severity": text, "ruleName": text, "ruleId": number,
            "ruleDescription": text, "alertType": text, "category": text, "time": "2026-05-06T07:00:00Z",
            "apiKeyId": text, "user": [text], "changesMade": [text],
            "conditionsApplied": { "conditions": [text] }, text: { text: [text] },
        }] }
    })
    .to_string()
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn hostile_text_that_came_in_over_the_listener_stays_text_everywhere() {
    let _server = NotificationServer::start();
    let product = Product::new();
    let window = open(&product);
    let address = listening(&product);
    let sender = product.add_source("secure-access", "csa", &[]);
    until("the source to be taken up", || (sender.delivery("{").send(address).status == 400).then_some(()));
    let list = std::fs::read_to_string(root().join("ui/tests/hostile.json")).unwrap();
    // One a line; half a character pair is JSON for a browser, but no text that Rust could hold.
    let mut texts: Vec<String> =
        list.lines().filter_map(|line| serde_json::from_str(line.trim().trim_end_matches(',')).ok()).collect();
    assert!(texts.len() >= 145, "{}", texts.len());
    // Whoever follows one of these is heard here.
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let port = trap.local_addr().unwrap().port();
    texts.push(format!("<img src=http://127.0.0.1:{port}/pixel.png>"));
    texts.push(format!("<link rel=stylesheet href=http://127.0.0.1:{port}/x.css><script src=//127.0.0.1:{port}/x.js>"));
    for (number, text) in texts.iter().enumerate() {
        let answer = sender.delivery(filled(text, number)).send(address);
        assert_eq!(answer.status, 202, "{text:?}: {}", answer.body);
    }
    let stored = usize::try_from(product.count("")).unwrap();
    let kept = product.json(&["quarantine", "list"])["items"].as_array().map_or(0, Vec::len);
    assert_eq!(stored, texts.len(), "{kept} are in quarantine");

    window.reload();
    window.press("3");
    window.wait_until("find('alert-row') !== null");
    window.settle();
    let _ = window.run(WATCH);
    for row in 0..stored {
        let _ = window.run_async(&format!("return String(await window.readRow({row}))"));
        if row == 0 {
            window.picture("window-hostile");
        }
    }
    assert!(window.read("window.entities ?? 0").as_u64().unwrap() > 100, "hardly any alert led to an entity");
    walk_on(&window);
    let found = window.read("[...window.findings]");
    let found: Vec<&str> = found.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found[..found.len().min(30)].join("\n"));
    // What hides or turns round text was there, as chips.
    let chips = window.read("[...window.chips]").to_string();
    for hidden in ["U+202E", "U+200B", "U+2066", "U+FEFF"] {
        assert!(chips.contains(hidden), "{hidden} is not among {chips}");
    }
    assert!(trap.accept().is_err(), "a request left the window");
}

/// The other places where text from alerts is shown: facets, menu, dialogs, toast, palette, sources.
fn walk_on(window: &Window) {
    let inspect = |place: &str| {
        window.settle();
        let _ = window.run(&format!("window.inspect({}); return 0", json!(place)));
    };
    strike(window, &["Escape", "Escape", "Escape"]);
    let _ = window.run(
        "document.querySelector('[data-testid=alert-row] [data-cell=source]')
            .dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: 300, clientY: 300 }));
        return 0",
    );
    inspect("menu");
    strike(window, &["Escape"]);
    let _ = window.run("document.querySelectorAll('[data-testid$=-more]').forEach(more => more.click()); return 0");
    inspect("facets");
    for (keys, place) in [
        (&["Ctrl+a", "e"][..], "closing"),
        (&["2"], "closed"),
        (&["z"], "undone"),
        (&["Ctrl+k", "\"owned"], "palette"),
        (&["Escape", "g", "s"], "sources"),
    ] {
        strike(window, keys);
        inspect(place);
    }
}
