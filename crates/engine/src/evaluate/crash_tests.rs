//! A crash at any step of evaluation changes nothing of what rules find: the clock is asked before and after every
//! write and every delivery, and here it may end the process instead of answering.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;
use tocsin_model::source::SourceKind;
use tocsin_model::time::{Span, Timestamp};
use tocsin_testkit::environment::{number, random};
use tocsin_testkit::firings::{Found, found};

use super::Evaluation;
use crate::app::ingest::IngestFile;
use crate::app::rules::RuleFile;
use crate::app::{App, SourceSpec};
use crate::clock::Clock;
use crate::config::Config;

const START: Timestamp = Timestamp::from_millis(1_772_611_200_000);

fn second(seconds: i64) -> Timestamp {
    START.plus(Span::from_millis(seconds * 1_000))
}

/// Tells the time until it is asked once too often.
#[derive(Debug)]
struct Fuse(Mutex<(Timestamp, Option<u32>)>);

impl Fuse {
    fn set(&self, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = now;
    }

    /// Lets the clock answer so often; none: always. Gives what was left.
    fn burn(&self, left: Option<u32>) -> Option<u32> {
        std::mem::replace(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).1, left)
    }
}

impl Clock for Fuse {
    fn now(&self) -> Timestamp {
        let mut fuse = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut fuse.1 {
            None => {}
            // Without a word: it is meant.
            Some(0) => std::panic::resume_unwind(Box::new("the process ends here")),
            Some(left) => *left -= 1,
        }
        fuse.0
    }
}

/// An event: its time in seconds and its user.
type Seen = (i64, &'static str);

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// A delivery of a source, at this second.
    Deliver(i64, &'static str, Vec<Seen>),
    Add(&'static str),
    /// The engine learns of rules that were added.
    Reload,
}

struct Desk {
    app: App,
    clock: Arc<Fuse>,
    dir: TempDir,
    evaluation: Option<Evaluation>,
    events: usize,
}

fn open(dir: &TempDir, clock: &Arc<Fuse>) -> App {
    let config = Config {
        data_dir: dir.path().to_owned(),
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        desktop_notifications: false,
    };
    let app = App::open_with_clock(config, Arc::clone(clock) as Arc<dyn Clock>).unwrap();
    // What is taken in waits for this evaluation.
    app.set_evaluating();
    app
}

impl Desk {
    fn new() -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(Fuse(Mutex::new((START, None)))));
        let app = open(&dir, &clock);
        for name in ["a", "b"] {
            let name = name.parse().unwrap();
            let kind = SourceKind::ApiTraffic;
            let spec = SourceSpec { kind, name, sign_in: None, username: None, secret: None, origins: Vec::new() };
            app.add_source(spec).unwrap();
        }
        Self { app, clock, dir, evaluation: None, events: 0 }
    }

    fn add(&self, rule: &str) {
        let bytes = rule.as_bytes().to_vec();
        self.app.add_rule(RuleFile { name: "rule.json".to_owned(), bytes, lists: "/nowhere".into() }).unwrap();
    }

    fn deliver(&mut self, at: i64, source: &str, events: &[Seen]) {
        self.clock.set(second(at));
        let mut lines = String::new();
        for (time, user) in events {
            self.events += 1;
            let (id, time) = (self.events, second(*time));
            lines += &format!(
                "{{\"id\":\"e{id}\",\"time\":\"{time}\",\"kind\":\"api.request\",\"fields\":{{\"username\":\"{user}\"}}}}\n"
            );
        }
        self.app.ingest(source, IngestFile { name: "events".to_owned(), bytes: lines.into_bytes() }).unwrap();
    }

    /// Evaluates all there is; the process may end while it does.
    fn evaluate(&mut self, reload: bool) {
        let evaluation = self.evaluation.take();
        let app = &self.app;
        let round = catch_unwind(AssertUnwindSafe(|| {
            let mut evaluation = evaluation.unwrap_or_else(|| Evaluation::start(app).unwrap());
            if reload {
                evaluation.reload(app).unwrap();
            }
            evaluation.catch_up(app, &|| true).unwrap();
            evaluation
        }));
        self.evaluation = round.ok();
    }

    /// A new process on the same data directory.
    fn restart(self) -> Self {
        let Self { app, clock, dir, events, .. } = self;
        drop(app);
        clock.burn(None);
        Self { app: open(&dir, &clock), clock, dir, evaluation: None, events }
    }

    /// Plays it, and ends the process when the clock has been asked so often; gives what was found, and whether it came
    /// to that.
    fn play(steps: &[Step], mut crashes: Vec<u32>) -> (Found, bool) {
        let mut desk = Self::new();
        let mut crashed = false;
        let mut left = crashes.pop();
        for step in steps {
            match step {
                Step::Deliver(at, source, events) => desk.deliver(*at, source, events),
                Step::Add(rule) => {
                    desk.add(rule);
                    continue;
                }
                Step::Reload => {}
            }
            let reload = matches!(step, Step::Reload);
            desk.clock.burn(left);
            desk.evaluate(reload);
            left = desk.clock.burn(None);
            while desk.evaluation.is_none() {
                crashed = true;
                desk = desk.restart();
                left = crashes.pop();
                desk.clock.burn(left);
                desk.evaluate(false);
                left = desk.clock.burn(None);
            }
        }
        if let Some(mut evaluation) = desk.evaluation.take() {
            evaluation.save(&desk.app).unwrap();
        }
        (found(desk.dir.path()).unwrap(), crashed)
    }
}

#[track_caller]
fn a_crash_at_any_step_changes_nothing(steps: &[Step]) -> Found {
    let (calm, _) = Desk::play(steps, Vec::new());
    for asked in 0.. {
        let (found, crashed) = Desk::play(steps, vec![asked]);
        assert_eq!(found, calm, "a crash when the clock was asked {asked} times");
        if !crashed {
            assert!(asked > 5, "{asked} steps are few");
            return calm;
        }
    }
    unreachable!("it ends")
}

const JOINS: &str = r#"{"name": "Joins", "conditions": [{"type": "username", "values": ["*"]}], "groupBy": ["username"],
    "window": {"kind": "rolling", "thresholdTime": "5m"}, "trigger": {"kind": "atLeast", "value": 2}, "suppressFor": "1h"}"#;
const SHORT: &str = r#"{"name": "Short", "conditions": [{"type": "username", "values": ["*"]}], "groupBy": ["username"],
    "window": {"kind": "rolling", "thresholdTime": "1m"}, "trigger": {"kind": "atLeast", "value": 2}}"#;
const HOUR: &str = r#"{"name": "Hour", "conditions": [{"type": "username", "values": ["*"]}],
    "window": {"kind": "rolling", "thresholdTime": "1h"}, "trigger": {"kind": "atLeast", "value": 4}, "suppressFor": "0m"}"#;
const SIX: &str = r#"{"name": "Six", "conditions": [{"type": "username", "values": ["*"]}],
    "window": {"kind": "rolling", "thresholdTime": "1h"}, "trigger": {"kind": "atLeast", "value": 6}}"#;
const FIXED: &str = r#"{"name": "Fixed", "conditions": [{"type": "username", "values": ["*"]}], "groupBy": ["username"],
    "window": {"kind": "fixed", "thresholdTime": "5m"}, "trigger": {"kind": "atLeast", "value": 2}}"#;
const NEW: &str = r#"{"name": "New", "conditions": [{"type": "username", "values": ["*"]}],
    "trigger": {"kind": "unseen", "field": "username", "learn": "1d", "minimumHistory": 2}}"#;

const TICK: &str = r#"{"name": "Tick", "conditions": [{"type": "username", "values": ["*"]}], "groupBy": ["username"],
    "window": {"thresholdTime": "*/2 * * * *", "thresholdType": "CRON"}, "trigger": {"kind": "atLeast", "value": 3}}"#;
const SHARE: &str = r#"{"name": "Share", "conditions": [{"type": "username", "values": ["*"]}],
    "window": {"kind": "fixed", "thresholdTime": "1m"}, "measure": {"kind": "share", "conditions": [{"type": "username",
    "values": ["ana"]}]}, "trigger": {"kind": "atLeast", "value": 50}}"#;
const SILENT: &str = r#"{"name": "Silent", "conditions": [{"type": "username", "values": ["*"]}], "groupBy": ["username"],
    "window": {"kind": "rolling", "thresholdTime": "2m"}, "trigger": {"kind": "absent"}}"#;

/// An event that reaches back further than a rule remembers makes it begin anew, in the middle of a delivery.
#[test]
fn a_crash_in_the_middle_of_a_delivery_doubles_no_occurrence() {
    let calm = a_crash_at_any_step_changes_nothing(&[
        Step::Add(JOINS),
        Step::Add(SHORT),
        Step::Deliver(3_600, "a", vec![(3_600, "ana"), (3_601, "ana")]),
        Step::Deliver(3_660, "a", vec![(3_660, "ana")]),
        Step::Deliver(3_720, "b", vec![(3_720, "ana"), (1_800, "bo"), (1_810, "bo")]),
        Step::Deliver(3_730, "a", vec![(3_730, "ana")]),
    ]);
    assert_eq!((calm.firings["Joins"].len(), calm.firings["Short"].len()), (2, 3), "{calm:#?}");
}

#[test]
fn what_came_too_late_is_too_late_after_a_restart_as_well() {
    let late = [
        Step::Deliver(3_600, "a", vec![(3_600, "ana"), (3_601, "ana")]),
        Step::Deliver(3_620, "a", vec![(2_700, "ana")]),
        // Fires, so that it is kept how far evaluation has come.
        Step::Deliver(3_630, "a", vec![(3_630, "bo"), (3_631, "bo")]),
        Step::Deliver(3_640, "a", vec![(3_640, "ana")]),
    ];
    let (joins, six) = (Step::Add(JOINS), Step::Add(SIX));
    let calm = a_crash_at_any_step_changes_nothing(&[&[joins.clone(), six.clone()], &late[..]].concat());
    assert_eq!((calm.firings["Six"].len(), calm.health["Six"].2), (0, 1), "{calm:#?}");
    // What was late before a rule counted is its history, as in a backtest.
    let after = [&[joins], &late[..2], &[six, Step::Reload], &late[2..]].concat();
    let calm = a_crash_at_any_step_changes_nothing(&after);
    assert_eq!((calm.firings["Six"].len(), calm.health["Six"].2), (1, 0), "{calm:#?}");
}

#[test]
fn a_rule_that_is_taken_up_later_finds_what_it_would_have_found_at_once() {
    let events = [
        Step::Deliver(3_600, "a", vec![(3_600, "ana"), (3_601, "ana")]),
        Step::Deliver(3_620, "a", vec![(2_700, "ana")]),
        Step::Deliver(3_630, "b", vec![(1_800, "bo"), (3_630, "ana"), (1_810, "bo")]),
        Step::Deliver(3_640, "a", vec![(3_640, "ana"), (2_701, "ana")]),
    ];
    let rules = [Step::Add(JOINS), Step::Add(HOUR), Step::Add(FIXED)];
    let first = [Step::Add(SHORT), Step::Deliver(3_000, "a", vec![(3_000, "cy"), (3_001, "cy")])];
    let before = Step::Deliver(3_500, "b", vec![(1_790, "bo")]);
    let known = [&first[..], &[before], &rules[..]].concat();
    let at_once = a_crash_at_any_step_changes_nothing(&[&known[..], &[Step::Reload], &events[..]].concat());
    let later = a_crash_at_any_step_changes_nothing(&[&known[..], &events[..], &[Step::Reload]].concat());
    assert_eq!(at_once, later);
    assert!(at_once.firings.values().all(|firings| !firings.is_empty()), "{at_once:#?}");
    assert_eq!(at_once.health["Joins"].2, 2, "{at_once:#?}");
}

/// One look-up serves all rules, and yet the one whose expression takes too long is found and taken out.
#[test]
fn a_rule_with_a_deadly_expression_is_taken_out_alone() {
    const DEADLY: &str = r#"{"name": "Deadly", "conditions": [{"type": "username", "op": "regex",
        "values": ["[ab]*a[ab]{600}c"]}]}"#;
    let mut random = StdRng::seed_from_u64(42);
    let mut user = || {
        let text: String = (0..8_000).map(|_| if random.random_bool(0.5) { 'a' } else { 'b' }).collect();
        &*Box::leak(text.into_boxed_str())
    };
    let mut steps = vec![Step::Add(DEADLY), Step::Add(JOINS)];
    steps.extend((0..4).map(|at| Step::Deliver(3_600 + at, "a", vec![(3_600 + at, "ana"), (3_600 + at, user())])));
    let (found, _) = Desk::play(&steps, Vec::new());
    let error = found.health["Deadly"].0.clone();
    assert!(error.is_some_and(|error| error.contains("more than 50 ms an event")), "{:?}", found.health);
    assert_eq!((found.health["Joins"].0.clone(), found.firings["Joins"].len()), (None, 1));
}

/// What a late event says depends on what was decided before it came: that is so after crashes too.
#[test]
fn late_events_mean_the_same_to_what_was_decided_before_a_crash() {
    let mut steps: Vec<Step> = [JOINS, SHORT, HOUR, FIXED, NEW, TICK, SHARE, SILENT].map(Step::Add).into();
    steps.extend([
        Step::Deliver(7_238, "b", vec![(7_234, "ana")]),
        Step::Deliver(7_320, "a", vec![(4_435, "ana")]),
        Step::Deliver(7_346, "a", vec![(7_323, "cy"), (6_290, "ana"), (7_343, "ana"), (7_342, "bo"), (7_270, "bo")]),
        Step::Deliver(7_389, "a", vec![(7_341, "bo"), (7_389, "bo"), (6_942, "ana"), (7_355, "bo")]),
        Step::Deliver(7_469, "b", vec![(7_434, "ana"), (5_275, "ana")]),
        Step::Deliver(7_566, "b", vec![(7_566, "ana"), (7_517, "cy"), (7_221, "ana"), (7_566, "ana")]),
        Step::Deliver(7_588, "a", vec![(7_556, "cy"), (5_348, "bo"), (7_588, "ana")]),
        Step::Deliver(7_687, "b", vec![(7_683, "cy")]),
        Step::Deliver(7_753, "b", vec![(7_699, "ana")]),
        Step::Deliver(7_821, "a", vec![(7_821, "bo"), (7_753, "cy"), (7_816, "cy"), (7_821, "cy")]),
        Step::Deliver(7_845, "a", vec![(7_845, "ana"), (7_638, "ana"), (7_785, "ana")]),
    ]);
    let (calm, _) = Desk::play(&steps, Vec::new());
    let (found, crashed) = Desk::play(&steps, vec![1, 2, 5, 1, 6]);
    assert!(crashed);
    assert_eq!(found, calm);
}

/// Deliveries of two sources, in order and out of it and too late, and crashes one after the other.
#[test]
fn crashes_change_nothing_of_what_is_found() {
    let mut seeds = random("evaluation crashes");
    let mut total = 0;
    for _ in 0..number("TOCSIN_TEST_EVALUATION_CASES", 6) {
        let mut random = StdRng::from_rng(&mut seeds);
        let in_order = random.random_bool(0.5);
        let rules = [JOINS, SHORT, HOUR, FIXED, NEW, TICK, SHARE, SILENT];
        let mut steps: Vec<Step> = rules.iter().map(|rule| Step::Add(rule)).collect();
        let mut now = 7_200;
        for _ in 0..random.random_range(3..12) {
            now += random.random_range(1..120);
            let source = ["a", "b"][random.random_range(0..2)];
            let event = |random: &mut StdRng| {
                let behind = if in_order { 0 } else { [0, 5, 60, 400, 900, 3_000][random.random_range(0..6)] };
                (now - random.random_range(0..=behind), ["ana", "bo", "cy"][random.random_range(0..3)])
            };
            let events = (0..random.random_range(1..6)).map(|_| event(&mut random)).collect();
            steps.push(Step::Deliver(now, source, events));
        }
        let (calm, _) = Desk::play(&steps, Vec::new());
        total += calm.firings.values().map(Vec::len).sum::<usize>();
        for _ in 0..2 {
            let crashes: Vec<u32> = (0..5).map(|_| random.random_range(0..14)).collect();
            let (found, _) = Desk::play(&steps, crashes.clone());
            assert_eq!(found, calm, "crashes {crashes:?}, {steps:#?}");
        }
    }
    assert!(total > 20, "{total} firings are few");
}
