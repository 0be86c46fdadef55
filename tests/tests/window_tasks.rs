//! What people do every day, by keyboard alone in the real window, in at most eight keystrokes besides typed text.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is how a test fails")]

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tocsin_tests::keys::Stroke;
use tocsin_tests::notifications::NotificationServer;
use tocsin_tests::product::Product;
use tocsin_tests::wait::until;
use tocsin_tests::webdriver::Window;

/// More keystrokes than this is work for whoever does it forty times a day.
const MOST: usize = 8;

/// A task: what it is called, what is pressed, and what must be true afterwards.
struct Task {
    name: &'static str,
    /// `"…` is typed text and `~…` waits for a sign by its test id; neither counts.
    keys: &'static [&'static str],
    /// The query of the alerts it is about.
    about: &'static str,
    check: fn(&Case<'_>),
}

/// What a check looks at.
struct Case<'a> {
    window: &'a Window,
    product: &'a Product,
    /// The newest three alerts the task is about, before the keys were pressed.
    rows: Vec<String>,
    /// Open alerts before the keys were pressed.
    open: u64,
    /// Alerts the task is about, before the keys were pressed.
    about: u64,
}

impl Case<'_> {
    /// Waits until the store says this of an alert.
    fn stored(&self, id: &str, field: &str, wanted: &str) {
        until(&format!("{field} of {id} to be {wanted}"), || {
            let alert = self.product.alert(id);
            alert[field].as_str().is_some_and(|text| text.contains(wanted)).then_some(())
        });
    }

    /// Waits until a JavaScript expression is true in the window.
    fn shown(&self, expression: &str) {
        self.window.wait_until(expression);
    }

    /// The window shows this query, with the number the command line counts for it.
    fn counted(&self, query: &str) {
        self.window.settle();
        assert_eq!(self.window.query(), query);
        assert_eq!(self.window.number(), self.product.count(query), "{query}");
    }
}

const OPEN: &str = "-status:closed snoozed:false";
const NEW: &str = "-status:closed snoozed:false status:new";
const LOW: &str = "-status:closed snoozed:false severity:low";

const TASKS: &[Task] = &[
    Task {
        name: "open the newest alert",
        keys: &["Enter"],
        about: OPEN,
        check: |case| {
            case.shown(&format!("find('peek-content') && find('peek').dataset.alertId === '{}'", case.rows[0]));
            let newest = &case.product.json(&["alert", "list", "--query", OPEN, "--limit", "1"])["items"][0];
            assert_eq!(newest["id"], case.rows[0]);
        },
    },
    Task {
        name: "acknowledge the newest new alert",
        keys: &["/", "\"status:new ", "Enter", "j", "a"],
        about: NEW,
        check: |case| {
            case.stored(&case.rows[0], "status", "acknowledged");
            assert_eq!(case.product.count(NEW) + 1, case.about);
        },
    },
    Task {
        name: "close an alert as a false positive",
        keys: &["j", "e", "3"],
        about: OPEN,
        check: |case| {
            case.stored(&case.rows[0], "closeReason", "false-positive");
            case.shown(&format!("document.querySelector('[data-alert-id=\"{}\"]') === null", case.rows[0]));
        },
    },
    Task {
        name: "snooze an alert for an hour",
        keys: &["j", "s", "1"],
        about: OPEN,
        check: |case| {
            case.stored(&case.rows[0], "snoozedUntil", "T");
            let snoozed = case.product.count(&format!("-status:closed snoozed:true id:{}", case.rows[0]));
            assert_eq!(snoozed, 1);
        },
    },
    Task {
        name: "write a note on an alert",
        keys: &["j", "n", "\"Asked the owner of the key.", "Ctrl+Enter"],
        about: OPEN,
        check: |case| case.stored(&case.rows[0], "notes", "Asked the owner of the key."),
    },
    Task {
        name: "close an alert and take it back",
        keys: &["j", "e", "2", "~toast-undo", "z"],
        about: OPEN,
        check: |case| {
            let _ = case.window.wait_for("[data-testid=toast]", "Undone: Closed 1 alert as benign");
            assert_eq!(case.product.count(OPEN), case.open);
            let activity = case.product.alert(&case.rows[0])["activity"].to_string();
            assert!(activity.contains("\"undone\":true"), "{activity}");
        },
    },
    Task {
        name: "reopen a closed alert",
        keys: &["3", "/", "\"status:closed ", "Enter", "j", "o"],
        about: "status:closed",
        check: |case| {
            until("one more open alert", || (case.product.count(OPEN) == case.open + 1).then_some(()));
            assert_eq!(case.product.count(&format!("{OPEN} id:{}", case.rows[0])), 1);
        },
    },
    Task {
        name: "show critical alerts only",
        keys: &["f", "Space"],
        about: OPEN,
        check: |case| case.counted("-status:closed snoozed:false severity:critical"),
    },
    Task {
        name: "hide what one source sends",
        keys: &["/", "\"-source:demo-shield ", "Enter"],
        about: OPEN,
        check: |case| case.counted(&format!("{OPEN} -source:demo-shield")),
    },
    Task {
        name: "search for a word",
        keys: &["/", "\"quota", "Enter"],
        about: OPEN,
        check: |case| case.counted(&format!("{OPEN} quota")),
    },
    Task {
        name: "open the saved view “Critical and high, open”",
        keys: &["2"],
        about: OPEN,
        check: |case| {
            case.shown("document.querySelectorAll('[data-testid=views] li button')[1].ariaPressed === 'true'");
            case.window.settle();
            let query = case.window.query();
            assert_ne!(query, OPEN);
            case.counted(&query);
        },
    },
    Task {
        name: "save a search as a view",
        keys: &["/", "\"user:m.kowalczyk", "Enter", "v", "\"The partner’s account", "Enter"],
        about: OPEN,
        check: |case| {
            let _ = case.window.wait_for("[data-testid=views] [aria-pressed=true]", "The partner’s account");
            case.counted(&format!("{OPEN} user:m.kowalczyk"));
        },
    },
    Task {
        name: "select three alerts and close them",
        keys: &["j", "Shift+J", "Shift+J", "e", "1"],
        about: OPEN,
        check: |case| {
            for id in &case.rows[..3] {
                case.stored(id, "closeReason", "true-positive");
            }
            assert_eq!(case.product.count(OPEN), case.open - 3);
        },
    },
    Task {
        name: "acknowledge all that match, and take it back",
        keys: &["/", "\"status:new ", "Enter", "Ctrl+a", "Ctrl+a", "a", "~toast-undo", "Ctrl+z"],
        about: NEW,
        check: |case| {
            let undone = format!("Undone: Acknowledged {} alerts", case.about);
            let _ = case.window.wait_for("[data-testid=toast]", &undone);
            assert_eq!(case.product.count(NEW), case.about);
        },
    },
    Task {
        name: "look at what is like an alert",
        keys: &["j", "Enter", "Shift+Tab", "Right", "Right"],
        about: OPEN,
        check: |case| {
            case.shown("find('similar') && find('peek-tab-similar').ariaSelected === 'true'");
            case.shown("document.querySelectorAll('[data-testid=similar] [data-testid=alert-line]').length > 0");
        },
    },
    Task {
        name: "see why an alert is as it is",
        keys: &["j", "w"],
        about: OPEN,
        check: |case| {
            let _ = case.window.wait_for("[data-testid=activity]", "");
            case.shown(&format!("find('peek').dataset.alertId === '{}'", case.rows[0]));
        },
    },
    Task { name: "look at whom an alert is about", keys: &["j", "i"], about: OPEN, check: |case| check_entity(case) },
    Task {
        name: "look up an address and all it did",
        keys: &["/", "\"ip:203.0.113.47 ", "Enter", "i"],
        about: OPEN,
        check: |case| {
            check_entity(case);
            case.shown("find('entity-value').textContent.trim() === '203.0.113.47'");
        },
    },
    Task {
        name: "hide all that comes from an alert’s source",
        keys: &["j", "Right", "Right", "Right", "m", "Down", "Enter"],
        about: OPEN,
        check: |case| {
            let source = case.product.alert(&case.rows[0])["source"].as_str().unwrap().to_owned();
            case.counted(&format!("{OPEN} -source:{source}"));
        },
    },
    Task {
        name: "close all alerts that match",
        keys: &["/", "\"severity:low ", "Enter", "Ctrl+a", "Ctrl+a", "e", "4"],
        about: LOW,
        check: |case| {
            assert!(case.about > 1, "{} alerts", case.about);
            let _ = case.window.wait_for("[data-testid=toast]", &format!("Closed {} alerts", case.about));
            assert_eq!(case.product.count(LOW), 0);
        },
    },
    Task {
        name: "look at the last seven days",
        keys: &["/", "\"time:7d", "Enter"],
        about: OPEN,
        check: |case| case.counted(&format!("{OPEN} time:7d")),
    },
    Task {
        name: "zoom into the newest stretch of time",
        keys: &["h", "Shift+Left", "Shift+Left", "Enter"],
        about: OPEN,
        check: |case| {
            case.shown("find('zoom-out') !== null");
            case.window.settle();
            let query = case.window.query();
            assert!(query.starts_with(&format!("{OPEN} time:")), "{query}");
            case.counted(&query);
        },
    },
    Task {
        name: "worst alerts first",
        keys: &["j", "Tab", "Enter"],
        about: OPEN,
        check: |case| {
            case.shown("find('alerts-view').dataset.shown.startsWith('severity ')");
            let worst = &case.product.json(&["alert", "list", "--query", OPEN, "--sort", "severity", "--limit", "1"]);
            case.shown("document.querySelector('[data-index=\"0\"]') !== null");
            until("the worst alert to stand first", || (worst["items"][0]["id"] == case.window.row(0)).then_some(()));
        },
    },
    Task {
        name: "add a source",
        keys: &["Ctrl+k", "\"add a source", "Enter", "Space", "Enter"],
        about: OPEN,
        check: |case| {
            let _ = case.window.wait_for("[data-testid=credentials]", "curl");
            let sources = case.product.json(&["source", "list"]).to_string();
            assert!(sources.contains("\"name\":\"csa\""), "{sources}");
        },
    },
    Task {
        name: "look at what could not be read",
        keys: &["Ctrl+k", "\"could not be read", "Enter", "~quarantine-open", "Enter"],
        about: OPEN,
        check: |case| {
            let _ = case.window.wait_for("[data-testid=quarantine-body]", "");
            let kept = case.product.json(&["quarantine", "list"]);
            assert!(kept["items"].as_array().is_some_and(|parts| !parts.is_empty()), "{kept}");
        },
    },
    Task {
        name: "see how the next source is doing",
        keys: &["g", "s", "j"],
        about: OPEN,
        check: |case| {
            case.shown("document.querySelectorAll('[data-testid=source-card]')[1].ariaCurrent === 'true'");
            case.shown("find('source-detail').dataset.source === document.activeElement.dataset.source");
        },
    },
    Task {
        name: "set quiet hours",
        keys: &["Ctrl+k", "\"quiet", "Enter", "Tab", "Tab", "Space"],
        about: OPEN,
        check: |case| {
            case.shown("find('quiet-from') !== null");
            // They are kept: a window opened later knows them.
            case.window.reload();
            case.shown("find('status-notification')?.title.includes('from 22:00 to 07:00')");
        },
    },
    Task {
        name: "go to the settings",
        keys: &["g", "c"],
        about: OPEN,
        check: |case| case.shown("find('settings-view') !== null"),
    },
    Task {
        name: "wear the dark theme",
        keys: &["Ctrl+k", "\"theme dark", "Enter"],
        about: OPEN,
        check: |case| {
            case.shown("document.documentElement.dataset.theme === 'dark'");
            case.window.picture("window-tasks-dark");
            // It stays: a window opened later wears it too.
            case.window.reload();
            case.shown("find('alert-row') !== null && document.documentElement.dataset.theme === 'dark'");
        },
    },
    Task {
        name: "read all keys",
        keys: &["?"],
        about: OPEN,
        check: |case| {
            let _ = case.window.wait_for("[data-testid=keys-sheet]", "Acknowledge");
        },
    },
    Task {
        name: "more rows at a glance, by the palette",
        keys: &["Ctrl+k", "\"compact", "Enter"],
        about: OPEN,
        check: |case| case.shown("document.documentElement.dataset.density === 'compact'"),
    },
];

/// The entity shown is one that the store knows, with the number of its alerts that the command line counts.
fn check_entity(case: &Case<'_>) {
    case.shown("find('entity-content') !== null");
    let value = case.window.read("find('entity-value').textContent.trim()");
    let kind = case.window.read("find('entity').dataset.kind");
    let field = match kind.as_str().unwrap() {
        "clientIp" => "ip",
        "username" => "user",
        "hostname" => "host",
        "apiKeyId" => "key",
        "endpoint" => "endpoint",
        other => panic!("{other}"),
    };
    let all = case.product.count(&format!("{field}:\"{}\"", value.as_str().unwrap()));
    let said = case.window.read("find('entity-content').querySelector('dd').textContent");
    assert_eq!(said.as_str().unwrap().replace(',', ""), all.to_string());
}

/// Opens the list as it is in the morning, does the task and looks at what came of it.
fn do_task(task: &Task, window: &Window, product: &Product) {
    window.reload();
    window.wait_until("find('alert-row') !== null");
    window.settle();
    assert_eq!(window.query(), OPEN);
    let case = Case {
        rows: product.alerts(task.about).iter().take(3).map(|alert| alert["id"].as_str().unwrap().to_owned()).collect(),
        open: product.count(OPEN),
        about: product.count(task.about),
        window,
        product,
    };
    let mut keys = 0;
    for key in task.keys {
        if let Some(sign) = key.strip_prefix('~') {
            window.wait_until(&format!("find('{sign}') !== null"));
            continue;
        }
        let stroke = Stroke::read(key);
        keys += usize::from(matches!(stroke, Stroke::Key(..)));
        window.stroke(&stroke);
        // As a person does: the next key when the window shows what the last one did.
        if *key != "g" {
            window.settle();
        }
    }
    (task.check)(&case);
    // Not with `println`, which the test runner keeps to itself.
    let line = format!("{keys} keys  {:46} {}\n", task.name, task.keys.join("  "));
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    assert!(keys <= MOST, "{} takes {keys} keys", task.name);
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn daily_tasks_take_few_keys_and_no_mouse() {
    let _server = NotificationServer::start();
    let product = Product::new();
    let loaded = product.json(&["demo", "load"]);
    assert!(loaded["loaded"].as_u64().is_some_and(|alerts| alerts > 1_000), "{loaded}");
    let dir = product.dir();
    let window = Window::open(&["--data-dir", dir.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    assert!(TASKS.len() >= 20);
    // One that fails does not hide the others.
    let failed: Vec<&str> = TASKS
        .iter()
        .filter(|task| catch_unwind(AssertUnwindSafe(|| do_task(task, &window, &product))).is_err())
        .map(|task| task.name)
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}
