//! The rule studio in the real window, by keyboard alone: the rules that Shield's reference prints are built, previewed
//! and promoted, fire on posted events, and say why; and what people do with rules every week.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is how a test fails")]

use serde_json::{Value, json};
use std::net::SocketAddr;

use tocsin_model::rule::Rule;
use tocsin_model::rule::document::{self, Format};
use tocsin_tests::bench::say;
use tocsin_tests::http::Request;
use tocsin_tests::keys::Stroke;
use tocsin_tests::notifications::NotificationServer;
use tocsin_tests::product::{Product, Sender};
use tocsin_tests::wait::until;
use tocsin_tests::webdriver::Window;

/// The patterns of Shield's reference, as it prints them, with the keys that build each from a new rule.
const PATTERNS: [(&str, &[&str]); 3] = [
    (
        r#"{"name": "HIPAA Data Leakage", "thresholdTime": "1", "thresholdType": "minutes", "conditions": [
            {"type": "datatypes_detected", "values": ["phi-uuid"]}, {"type": "obfuscated", "values": ["false"]}]}"#,
        &[
            "\"HIPAA Data Leakage",
            "<",
            "c",
            "\"data types found",
            "Enter",
            "\"phi-uuid",
            "Enter",
            "<",
            "<",
            "c",
            "\"masked",
            "Enter",
            "Tab",
            "Space",
            "<",
            "d",
            "\"1m",
            "<",
        ],
    ),
    (
        r#"{"name": "Potential Data Exfiltration", "thresholdTime": "5", "thresholdType": "minutes", "conditions": [
            {"type": "detected", "values": ["true"]}, {"type": "icap_mode", "values": ["REQMOD"]}]}"#,
        &[
            "\"Potential Data Exfiltration",
            "<",
            "c",
            "\"sensitive",
            "Enter",
            "<",
            "c",
            "\"icap",
            "Enter",
            "\"REQMOD",
            "Enter",
            "<",
            "<",
        ],
    ),
    (
        r#"{"name": "Bypass Activity", "thresholdTime": "1", "thresholdType": "hours", "conditions": [
            {"type": "bypassed", "values": ["true"]}]}"#,
        &["\"Bypass Activity", "<", "c", "\"bypassed", "Enter", "<", "d", "\"1h", "<"],
    ),
];

fn rule_of(text: &str) -> Rule {
    document::read(text, Format::Json).document.expect("a rule").rule
}

/// Does what is written: keys, `"…` typed text; `~…` waits for a sign by its test id, and `>…` presses Tab until the
/// focus is there, `<` Escape until no control has it. Answers how many keys it took.
fn play(window: &Window, keys: &[&str]) -> usize {
    let mut pressed = 0;
    for key in keys {
        if let Some(sign) = key.strip_prefix('~') {
            window.wait_until(&format!("find('{sign}') !== null"));
            continue;
        }
        if let Some(control) = key.strip_prefix('>') {
            pressed += tab_to(window, control);
            continue;
        }
        if *key == "<" {
            pressed += leave(window);
            continue;
        }
        let stroke = Stroke::read(key);
        pressed += usize::from(matches!(stroke, Stroke::Key(..)));
        window.stroke(&stroke);
        if *key != "g" {
            window.settle();
        }
    }
    pressed
}

/// Presses Escape until no control has the focus; answers how often.
fn leave(window: &Window) -> usize {
    let mut pressed = 0;
    until("the focus to leave", || {
        if window.read("document.activeElement === document.body") == true {
            return Some(pressed);
        }
        pressed += 1;
        window.stroke(&Stroke::read("Escape"));
        None
    })
}

/// Presses Tab until the control of that test id has the focus; answers how often.
fn tab_to(window: &Window, control: &str) -> usize {
    let mut pressed = 0;
    let tab = Stroke::read("Tab");
    until(&format!("the focus to reach {control}"), || {
        if window.read("document.activeElement?.dataset?.testid") == control {
            return Some(pressed);
        }
        pressed += 1;
        window.stroke(&tab);
        None
    })
}

fn open(product: &Product) -> Window {
    std::fs::write(product.dir().join("tocsin.toml"), "").unwrap();
    let dir = product.dir();
    let window = Window::open(&["--data-dir", dir.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    let _ = window.wait_for("[data-testid=status-listening]", "Listening");
    window
}

fn address(product: &Product) -> SocketAddr {
    let path = product.dir().join("engine.json");
    until("the engine to say where it listens", || {
        let note: Value = serde_json::from_str(&std::fs::read_to_string(&path).ok()?).ok()?;
        note["listening"].as_str()?.strip_prefix("http://")?.parse().ok()
    })
}

/// Posts transactions to the event feed, one a line of `fields`.
fn post(address: SocketAddr, sender: &Sender, time: &str, fields: &[Value]) {
    let lines: Vec<Value> = fields
        .iter()
        .enumerate()
        .map(|(at, fields)| {
            json!({"id": format!("{time} {at}"), "time": time, "kind": "dlp.transaction", "fields": fields})
        })
        .collect();
    let request = Request::post(&format!("{}/events", sender.path()), json!(lines).to_string())
        .header("Content-Type", "application/json")
        .bearer(&sender.password);
    let answer = until("the source to be taken up", || {
        let answer = request.clone().send(address);
        (answer.status != 404).then_some(answer)
    });
    assert_eq!(answer.status, 202, "{:?}", answer.json());
}

fn kept(product: &Product, name: &str) -> Value {
    product.json(&["rule", "show", name])
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn the_printed_patterns_are_built_promoted_fired_and_explained_by_keyboard_alone() {
    let _server = NotificationServer::start();
    let product = Product::new();
    let sender = product.add_source("api-traffic", "proxy", &[]);
    let window = open(&product);
    let address = address(&product);
    post(address, &sender, "2026-05-06T07:00:00Z", &[json!({"detected": false, "username": "ana"})]);
    for (seed, keys) in PATTERNS {
        let meant = rule_of(seed);
        play(&window, &["g", "r", "~rules-view", "c", "~rule-name"]);
        play(&window, keys);
        // What it would have done is there before it is kept.
        window.wait_until("find('strip').dataset.provisional === 'false' && find('effect-firings') !== null");
        window.picture(&format!("window-studio-{}", meant.name.replace(' ', "-")));
        play(&window, &["Ctrl+s"]);
        let _ = window.wait_for("[data-testid=studio-state]", "Shadow");
        assert_eq!(kept(&product, &meant.name)["mode"], "shadow");
        play(&window, &["p"]);
        let _ = window.wait_for("[data-testid=studio-state]", "Live");
        let saved = rule_of(&kept(&product, &meant.name)["document"].to_string());
        assert_eq!(saved, meant);
        play(&window, &["Escape"]);
        window.wait_until("find('studio') === null");
    }
    // Each pattern finds its own.
    let fields = [
        json!({"datatypes_detected": ["phi-uuid"], "obfuscated": false, "detected": false, "icap_mode": "RESPMOD"}),
        json!({"detected": true, "icap_mode": "REQMOD", "obfuscated": true}),
        json!({"bypassed": true, "detected": false}),
    ];
    post(address, &sender, "2026-05-06T07:30:00Z", &fields);
    for (seed, _) in PATTERNS {
        let name = rule_of(seed).name;
        let alert = until(&format!("an alert of {name}"), || {
            product.alerts("").into_iter().find(|alert| alert["rule"] == name.as_str())
        });
        // The list as it is in the morning.
        window.reload();
        window.wait_until("find('alert-row') !== null");
        let id = format!("\"id:{} ", alert["id"].as_str().unwrap());
        play(&window, &["/", &id, "Enter", "j", "w"]);
        let _ = window.wait_for("[data-testid=why-rule]", &name);
        let why = window.wait_for("[data-testid=why-value]", "the rule asks for at least 1");
        assert!(why.starts_with("1 event"), "{why}");
        window.picture(&format!("window-why-{}", name.replace(' ', "-")));
    }
}

/// What people do with rules: what is pressed, and what must be true afterwards.
struct Task {
    name: &'static str,
    keys: &'static [&'static str],
    check: fn(&Window, &Product),
}

const NOISY: &str = "Uploads by one user";
const STRICT: &str = "Very many uploads";
const DAILY: &str = "Uploads, each day";

/// Opens a rule from wherever one is.
const fn opened(name: &'static str) -> [&'static str; 7] {
    ["g", "r", "~rule-table", "/", name, "Enter", "Enter"]
}

const TASKS: [Task; 5] = [
    Task {
        name: "tune a noisy rule by its threshold",
        keys: &["~effect", "t", "Up", "Up", "Up", "Up", "<", "Ctrl+s", "~promote", "p"],
        check: |window, product| {
            let said = until("the threshold of 5", || {
                let rule = kept(product, NOISY);
                (rule["document"]["trigger"]["value"] == 5).then_some(rule)
            });
            assert_eq!((said["mode"].as_str(), said["candidate"].is_null()), (Some("live"), true), "{said}");
            window.picture("window-rules-tuned");
        },
    },
    Task {
        name: "turn a false positive into an exception",
        keys: &[
            "g",
            "a",
            "~alert-row",
            "j",
            "e",
            "3",
            "~toast-undo",
            "3",
            "/",
            "\"status:closed ",
            "Enter",
            "j",
            "w",
            "~why-weigh",
            ">why-weigh",
            "Enter",
            "~why-edit-open",
            ">why-edit-open",
            "Enter",
            "~studio",
            "Ctrl+s",
            "~promote",
            "p",
        ],
        check: |window, product| {
            let said = until("a further condition", || {
                let document = kept(product, NOISY)["document"].clone();
                document["conditions"].as_array().is_some_and(|all| all.len() == 2).then_some(document)
            });
            assert_eq!(said["conditions"][1]["isNot"], true, "{said}");
            window.picture("window-rules-exception");
        },
    },
    Task {
        name: "find out why a rule did not fire, and make it fire",
        keys: &["~effect", "w", "~why-event", "Enter", "~why", "<", "t", "Home", "<", "Ctrl+s"],
        check: |window, product| {
            let why = window.wait_for("[data-testid=why]", "It fires");
            assert!(why.contains("Window"), "{why}");
            until("the threshold of 1", || {
                kept(product, STRICT)["document"]["trigger"]["value"].is_null().then_some(())
            });
            window.picture("window-rules-why");
        },
    },
    Task {
        name: "schedule a daily rule in another zone, over a change of its clock",
        keys: &[
            "~effect",
            "d",
            "Shift+Tab",
            "Right",
            "Right",
            "~window-cron",
            ">window-cron",
            "\"0 2 * * *",
            ">window-zone",
            "Ctrl+a",
            "\"Lord_Howe",
            "Down",
            "Enter",
            "~next-runs",
            "<",
            "<",
            "Ctrl+s",
        ],
        check: |window, product| {
            let runs = window.texts("[data-testid=next-runs] li");
            assert_eq!(runs.len(), 5, "{runs:?}");
            assert!(runs.iter().all(|run| run.ends_with("02:00")), "{runs:?}");
            let said = until("the schedule", || {
                let window = kept(product, DAILY)["document"]["window"].clone();
                (window["kind"] == "schedule").then_some(window)
            });
            assert_eq!((&said["thresholdTime"], &said["zone"]), (&json!("0 2 * * *"), &json!("Australia/Lord_Howe")));
            // Its clock goes by half an hour, twice a year.
            let note = window.texts("[data-section=window] .hint").join(" ");
            assert!(note.contains("30 minutes"), "{note}");
            window.picture("window-rules-schedule");
        },
    },
    Task {
        name: "restore the version of before",
        keys: &["~effect", "v", "~restore-1", "Enter", "~toast"],
        check: |window, product| {
            until("the window of before", || {
                (kept(product, DAILY)["document"]["window"]["kind"] == "rolling").then_some(())
            });
            window.picture("window-rules-restored");
        },
    },
];
/// The rule that each task begins with; none begins with alerts.
const BEGIN: [Option<&str>; 5] =
    [Some("\"uploads by one"), None, Some("\"very many"), Some("\"each day"), Some("\"each day")];

fn add(product: &Product, name: &str, mode: &str, threshold: u32) {
    let rule = json!({
        "name": name, "description": "Sensitive data in uploads of one user", "mode": mode, "groupBy": ["username"],
        "conditions": [{"type": "detected", "values": ["true"]}],
        "window": {"kind": "rolling", "thresholdTime": "1", "thresholdType": "hours"},
        "trigger": {"kind": "atLeast", "value": threshold},
    });
    let file = product.file(&format!("{mode}-{threshold}.json"), rule.to_string());
    let _ = product.json(&["rule", "add", &file]);
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn weekly_work_with_rules_takes_few_keys_and_no_mouse() {
    let _server = NotificationServer::start();
    let product = Product::new();
    let sender = product.add_source("api-traffic", "proxy", &[]);
    add(&product, NOISY, "live", 1);
    add(&product, STRICT, "shadow", 50);
    add(&product, DAILY, "shadow", 3);
    let window = open(&product);
    let address = address(&product);
    for day in 1..=20 {
        let uploads = |user: &str, count: usize| vec![json!({"detected": true, "username": user}); count];
        let mut fields = uploads("backup", 9);
        fields.extend(uploads("ana", 1));
        post(address, &sender, &format!("2026-05-{day:02}T07:00:00Z"), &fields);
    }
    until("the noisy rule to have fired", || (product.count("") > 0).then_some(()));
    for (task, begin) in TASKS.iter().zip(BEGIN) {
        let start = std::time::Instant::now();
        let mut keys = 0;
        if let Some(name) = begin {
            keys += play(&window, &opened(name));
        }
        keys += play(&window, task.keys);
        (task.check)(&window, &product);
        say(&format!("{keys} keys, {} ms  {}", start.elapsed().as_millis(), task.name));
        assert!(keys <= 40, "{} takes {keys} keys", task.name);
        play(&window, &["<", "Escape"]);
    }
}

/// Ends the app as a crash would, with its window.
fn crash(window: Window, product: &Product) {
    let dir = product.dir().display().to_string();
    let named = |pid: &str| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.contains("tocsin-desktop") && line.contains(&dir)
    };
    let all = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let pids: Vec<String> = all.filter(|name| name.parse::<u32>().is_ok() && named(name)).collect();
    assert!(!pids.is_empty(), "no app of {dir}");
    let status = std::process::Command::new("kill").arg("-KILL").args(&pids).status().unwrap();
    assert!(status.success());
    drop(window);
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn nothing_typed_is_lost_when_the_app_is_killed_at_any_moment_of_editing() {
    let _server = NotificationServer::start();
    let product = Product::new();
    add(&product, NOISY, "live", 1);
    let sentence = "Sensitive data that leaves in uploads of one user";
    let mut random = tocsin_testkit::environment::random("window_rules");
    let mut typed = String::new();
    for round in 0..6 {
        let window = open(&product);
        play(&window, &opened("\"uploads by one"));
        window.wait_until("find('effect') !== null");
        let shown = window.read("find('rule-description').value");
        if round > 0 {
            assert_eq!(shown, typed.as_str(), "after {round} crashes");
            window.wait_until("find('studio-restored') !== null");
        }
        // Killed after a random letter, the moment the page has it and says that it is kept.
        let until_letter = rand::Rng::random_range(&mut random, 1..sentence.len());
        let _ = window.run("const field = document.querySelector('[data-testid=rule-description]'); field.focus(); field.select(); return 0");
        typed.clear();
        for letter in sentence[..until_letter].chars() {
            typed.push(letter);
            window.stroke(&Stroke::Text(letter.to_string()));
        }
        window.wait_until(&format!(
            "find('rule-description').value === {} && find('studio-kept').dataset.kept === 'true'",
            json!(typed)
        ));
        crash(window, &product);
    }
    // What was never saved as a rule is a draft like any other: a text that cannot even be read.
    let window = open(&product);
    play(&window, &["g", "r", "~rules-view", "c", "~rule-name", "<", "y"]);
    let half = "name: half\nconditions: [";
    let _ = window
        .run("const area = document.querySelector('[data-testid=rule-text]'); area.focus(); area.select(); return 0");
    window.stroke(&Stroke::Text(half.to_owned()));
    window.wait_until("find('studio-kept').dataset.kept === 'true'");
    let text = window.read("find('rule-text').value").as_str().unwrap().to_owned();
    crash(window, &product);
    let window = open(&product);
    play(&window, &["g", "r", "~draft-resume", ">draft-resume", "Enter", "~studio-unreadable"]);
    assert_eq!(window.read("find('rule-text').value"), text.as_str());
    assert!(text.contains("conditions: ["), "{text}");
}
