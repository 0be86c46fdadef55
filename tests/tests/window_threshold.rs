//! The threshold of a rule, dragged two hundred times in the real window over very many stored events: each move timed
//! in the page from the input to the painted canvas, and the final numbers compared with those of `rule backtest`.
//!
//! `TOCSIN_TEST_ALERTS` says how many events there are (a vendor's alert is one). `cargo xtask bench window-threshold`
//! runs it on a release build with a million of them and holds the times to their goal.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is how a test fails")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

use tocsin_model::time::Timestamp;
use tocsin_testkit::many::make_store;
use tocsin_tests::bench::{from_environment, now, say};
use tocsin_tests::notifications::NotificationServer;
use tocsin_tests::product::Product;
use tocsin_tests::webdriver::Window;

/// As many as a shared machine makes within a minute.
const USUAL: u64 = 5_000;
const MOVES: usize = 200;
/// Thresholds whose numbers are compared with the command line's.
const COMPARED: usize = 5;
const SCRIPT: &str = include_str!("../src/threshold.js");

fn rule(threshold: &str) -> Value {
    json!({
        "name": "Many severe alerts", "description": "of one source", "mode": "shadow", "groupBy": ["source"],
        "conditions": [{"type": "severity", "values": ["critical", "high", "medium"]}],
        "window": {"kind": "rolling", "thresholdTime": "1", "thresholdType": "hours"},
        "trigger": {"kind": "atLeast", "value": threshold}, "suppressFor": "15m",
    })
}

/// How often the command line says that it fires.
fn backtest(product: &Product, threshold: &str, window: &Window) -> u64 {
    let edge = |name: &str| {
        let ms = window.read(&format!("Number(find('strip').dataset.{name})")).as_i64().unwrap();
        Timestamp::from_millis(ms).to_string()
    };
    let file = product.file("moved.json", rule(threshold).to_string());
    let found = product.json(&["rule", "backtest", &file, "--from", &edge("from"), "--to", &edge("to")]);
    found["firings"].as_array().unwrap().len() as u64
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn two_hundred_moves_of_a_threshold_are_painted_with_the_numbers_of_a_backtest() {
    let _server = NotificationServer::start();
    let count = from_environment("TOCSIN_TEST_ALERTS").unwrap_or(USUAL);
    let product = Product::new();
    let start = Instant::now();
    make_store(&product.dir(), count, 7, Timestamp::from_millis(now())).unwrap();
    say(&format!("{count} events, made in {:.0} s", start.elapsed().as_secs_f64()));
    let file = product.file("rule.json", rule("3").to_string());
    let _ = product.json(&["rule", "add", &file]);
    let dir = product.dir();
    let window = Window::open(&["--data-dir", dir.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    window.wait_until("find('alert-row') !== null");
    window.press("gr");
    window.wait_until("find('rule-open') !== null");
    let start = Instant::now();
    window.click("[data-testid=rule-open]");
    window.wait_until("find('strip')?.dataset.provisional === 'false' && find('effect-firings') !== null");
    say(&format!("first numbers after {:.1} s", start.elapsed().as_secs_f64()));
    window.wait_until("find('suggestions-sample') !== null");
    window.settle();
    let _ = window.run(SCRIPT);
    let _ = window.run("window.grab(); return 0");
    let mut times = Vec::new();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for number in 0..MOVES * 2 {
        let part = ((number * 37) % 97) as f64 / 97.0;
        let done = window.run_async(&format!("return await window.moveTo({part})"));
        if done["moved"] == true {
            times.push(done["ms"].as_f64().unwrap());
            seen.insert(done["threshold"].as_str().unwrap().to_owned(), done["firings"].as_u64().unwrap());
        }
        if times.len() == MOVES {
            break;
        }
    }
    let _ = window.run("window.release(); return 0");
    assert_eq!(times.len(), MOVES, "moves that moved it");
    window.picture("window-threshold");
    let step = (seen.len() / COMPARED).max(1);
    for (threshold, firings) in seen.iter().step_by(step) {
        assert_eq!(backtest(&product, threshold, &window), *firings, "at {threshold}");
    }
    times.sort_by(f64::total_cmp);
    let [p50, p95] = [0.5, 0.95].map(|share| times[(times.len() as f64 * share) as usize]);
    say(&format!("{MOVES} moves to {} thresholds, input to paint: p50 {p50:.1}  p95 {p95:.1} ms", seen.len()));
    if let Some(goal) = from_environment("TOCSIN_TEST_PAINT_MS") {
        assert!(p95 < goal as f64, "p95 is {p95:.1} ms; the goal is {goal} ms");
    }
}
