//! The real window on very many alerts: two hundred things people do to find one, each timed in the page from the
//! input to the frame that shows the answer, and each answer compared with what the command line counts.
//!
//! `TOCSIN_TEST_ALERTS` says how many alerts there are. `cargo xtask bench window-million` runs it on a release build
//! with a million of them and holds the times to their goal.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is how a test fails")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

use tocsin_model::time::Timestamp;
use tocsin_testkit::many::{RARE_WORD, WORD_OF_ALL, WORD_OF_SOME, make_store};
use tocsin_tests::bench::{from_environment, now, say};
use tocsin_tests::notifications::NotificationServer;
use tocsin_tests::product::Product;
use tocsin_tests::webdriver::Window;

/// As many as a shared machine makes, and counts again and again, within two minutes.
const USUAL: u64 = 5_000;
const ROUNDS: usize = 20;
const MEASURE: &str = include_str!("../src/measure.js");

/// What is done in one round: a word for `measure.js`, and how it is done.
fn round(number: usize) -> [(&'static str, Value); 10] {
    let part = |step: usize| json!(((number * 37 + step * 13) % 97) as f64 / 97.0);
    let words = [WORD_OF_SOME, "token", RARE_WORD, WORD_OF_ALL, "quota"];
    let from = (number % 9) as f64 / 10.0;
    let sort = ["severity", "source", "title"][number % 3];
    let field = ["source", "category", "status"][number % 3];
    [
        ("view", json!(2)),
        ("scroll", part(1)),
        ("facet", json!(["severity", number % 5])),
        ("scroll", part(2)),
        ("sort", json!(sort)),
        ("brush", json!([from, from + 0.1])),
        ("scroll", json!(1)),
        ("facet", json!([field, number % 3])),
        ("back", Value::Null),
        ("search", json!(words[number % words.len()])),
    ]
}

/// The value below which this share of the sorted times lies.
fn quantile(times: &[f64], share: f64) -> f64 {
    times[((times.len() as f64 * share).ceil() as usize).clamp(1, times.len()) - 1]
}

/// Times of each kind of step, in ms.
#[derive(Default)]
struct Times(BTreeMap<&'static str, Vec<f64>>);

impl Times {
    fn all(&self) -> Vec<f64> {
        let mut all: Vec<f64> = self.0.values().flatten().copied().collect();
        all.sort_by(f64::total_cmp);
        all
    }

    fn say(&self) {
        for (kind, times) in &self.0 {
            let mut times = times.clone();
            times.sort_by(f64::total_cmp);
            let [p50, p95, most] = [0.5, 0.95, 1.0].map(|share| quantile(&times, share));
            say(&format!("  {kind:8} {:4} steps  p50 {p50:6.1}  p95 {p95:6.1}  most {most:6.1} ms", times.len()));
        }
    }
}

#[test]
#[ignore = "needs a display: cargo xtask test window"]
fn every_step_over_very_many_alerts_ends_with_the_numbers_of_the_command_line() {
    let _server = NotificationServer::start();
    let count = from_environment("TOCSIN_TEST_ALERTS").unwrap_or(USUAL);
    let product = Product::new();
    let start = Instant::now();
    make_store(&product.dir(), count, 7, Timestamp::from_millis(now())).unwrap();
    say(&format!("{count} alerts, made in {:.0} s", start.elapsed().as_secs_f64()));
    let dir = product.dir();
    let window = Window::open(&["--data-dir", dir.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    window.wait_until("find('alert-row') !== null");
    window.settle();
    let _ = window.run(MEASURE);

    let mut counted: BTreeMap<String, u64> = BTreeMap::new();
    let mut times = Times::default();
    for (kind, how) in (0..ROUNDS).flat_map(round) {
        let done = window.run_async(&format!("return await window.measure({}, {how})", json!(kind)));
        let query = window.query();
        let number = *counted.entry(query.clone()).or_insert_with(|| product.count(&query));
        assert_eq!(window.number(), number, "after {kind} {how} the window counts otherwise than “{query}”");
        // A step that had nothing to ask, such as a second click on the view shown, would only flatter the numbers.
        if done["asked"] == true || kind == "scroll" {
            times.0.entry(kind).or_default().push(done["ms"].as_f64().unwrap());
        }
    }
    assert!(counted.len() > ROUNDS * 3, "{} queries", counted.len());
    window.picture("window-million");
    report(&times, &counted);
}

/// Says how long it took; with a goal in `TOCSIN_TEST_PAINT_MS`, fails when it is missed.
fn report(times: &Times, counted: &BTreeMap<String, u64>) {
    let all = times.all();
    assert!(all.len() >= ROUNDS * 9, "only {} steps asked for anything", all.len());
    let p95 = quantile(&all, 0.95);
    let numbers = counted.values().filter(|&&number| number > 0).count();
    say(&format!(
        "{} steps, {} queries ({numbers} with alerts), all as the command line counts",
        all.len(),
        counted.len()
    ));
    times.say();
    say(&format!("input to paint: p50 {:.1}  p95 {p95:.1} ms", quantile(&all, 0.5)));
    if let Some(goal) = from_environment("TOCSIN_TEST_PAINT_MS") {
        assert!(p95 < goal as f64, "p95 is {p95:.1} ms; the goal is {goal} ms");
    }
}
