//! Silence while nobody listened says nothing: after a stop, a crash, and a sleep of the machine.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tempfile::TempDir;
use tocsin_model::rule::Mode;
use tocsin_model::source::SourceKind;
use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::Bounds;
use tocsin_testkit::firings::found;

use super::Evaluation;
use crate::AlertListRequest;
use crate::app::ingest::IngestFile;
use crate::app::rules::RuleFile;
use crate::app::rules_kept::RuleToTest;
use crate::app::{App, SourceSpec};
use crate::clock::Clock;
use crate::config::Config;

const START: Timestamp = Timestamp::from_millis(1_772_611_200_000);
const SILENT: &str = r#"{"name": "Silent", "conditions": [{"type": "username", "values": ["*"]}], "groupBy": ["username"],
    "window": {"kind": "rolling", "thresholdTime": "5m"}, "trigger": {"kind": "absent"}, "suppressFor": "0s"}"#;

fn second(seconds: i64) -> Timestamp {
    START.plus(Span::from_millis(seconds * 1_000))
}

#[derive(Debug)]
struct Hand(Mutex<Timestamp>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An engine that a test moves by hand: its clock, what comes in, and when it looks.
struct Desk {
    app: App,
    clock: Arc<Hand>,
    dir: TempDir,
    evaluation: Option<Evaluation>,
    events: usize,
    /// When the last of them was.
    last: i64,
}

impl Desk {
    fn new() -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(Hand(Mutex::new(START))));
        let app = Self::open(&dir, &clock);
        let name = "a".parse().unwrap();
        let kind = SourceKind::ApiTraffic;
        app.add_source(SourceSpec { kind, name, sign_in: None, username: None, secret: None, origins: Vec::new() })
            .unwrap();
        let rule = RuleFile { name: "r".to_owned(), bytes: SILENT.as_bytes().to_vec(), lists: "/nowhere".into() };
        app.add_rule(rule).unwrap();
        Self { app, clock, dir, evaluation: None, events: 0, last: 0 }
    }

    fn open(dir: &TempDir, clock: &Arc<Hand>) -> App {
        let config = Config {
            data_dir: dir.path().to_owned(),
            listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
            desktop_notifications: false,
        };
        App::open_with_clock(config, Arc::clone(clock) as Arc<dyn Clock>).unwrap()
    }

    fn set(&self, at: i64) {
        *self.clock.0.lock().unwrap() = second(at);
    }

    /// The engine starts at this second.
    fn start(&mut self, at: i64) {
        self.set(at);
        self.app.begin_to_listen().unwrap();
        self.app.set_evaluating();
        self.evaluation = Some(Evaluation::start(&self.app).unwrap());
    }

    /// It is there, and looks, every ten seconds from one to another.
    fn run(&mut self, from: i64, to: i64) {
        for at in (from..=to).step_by(10) {
            self.set(at);
            self.app.is_here().unwrap();
            self.look();
        }
    }

    fn look(&mut self) {
        self.evaluation.as_mut().unwrap().catch_up(&self.app, &|| true).unwrap();
    }

    fn say(&mut self, at: i64, user: &str) {
        self.events += 1;
        self.last = self.last.max(at);
        let (id, time) = (self.events, second(at));
        let line = format!(
            "{{\"id\":\"e{id}\",\"time\":\"{time}\",\"kind\":\"api.request\",\"fields\":{{\"username\":\"{user}\"}}}}\n"
        );
        self.app.ingest("a", IngestFile { name: "events".to_owned(), bytes: line.into_bytes() }).unwrap();
    }

    /// The process ends as it stands; another one opens the same data directory.
    fn crash(self) -> Self {
        let Self { app, clock, dir, events, last, .. } = self;
        drop(app);
        Self { app: Self::open(&dir, &clock), clock, dir, evaluation: None, events, last }
    }

    /// When the rule fired and for whom, in seconds; the same over what is stored.
    fn fired(&self) -> Vec<(i64, String)> {
        let told = found(self.dir.path()).unwrap().firings["Silent"].clone();
        let seconds = |time: &str| (Timestamp::parse(time).unwrap().millis() - START.millis()) / 1_000;
        let one = |firing: &String| {
            let firing: Value = serde_json::from_str(firing).unwrap();
            (seconds(firing[0].as_str().unwrap()), firing[1].as_str().unwrap().to_owned())
        };
        let live: Vec<_> = told.iter().map(one).collect();
        let tested = self.app.backtest_stored(RuleToTest::Kept("Silent".to_owned()), Bounds::default(), false).unwrap();
        let own = |firing: &tocsin_model::firing::Firing| {
            let user = firing.group[0].canonical.as_ref().map(ToString::to_string).unwrap_or_default();
            (seconds(&firing.fired_at.to_string()), format!("[\"{user}\"]"))
        };
        // A backtest ends at the last event, live silences go on.
        let told = live.iter().filter(|(at, _)| *at <= self.last).cloned().collect::<Vec<_>>();
        assert_eq!(tested.result.firings.iter().map(own).collect::<Vec<_>>(), told, "a backtest knows the gaps too");
        live
    }
}

impl Desk {
    /// What the alert says that was raised of somebody.
    fn said_of(&self, user: &str) -> String {
        let ask =
            AlertListRequest { query: format!("user:{user}"), sort: String::new(), after: None, skip: 0, limit: 2 };
        let [alert] = <[_; 1]>::try_from(self.app.list_alerts(&ask).unwrap().alerts).unwrap();
        self.app.show_alert(alert.id).unwrap().alert.content.description.unwrap()
    }
}

fn at(seconds: i64, user: &str) -> (i64, String) {
    (seconds, format!("[\"{user}\"]"))
}

#[test]
fn time_without_an_engine_is_no_silence() {
    for crashes in [false, true] {
        let mut desk = Desk::new();
        desk.start(0);
        desk.say(0, "ana");
        desk.run(0, 120);
        if !crashes {
            desk.app.stop_listening().unwrap();
        }
        let mut desk = desk.crash();
        desk.start(3_600);
        desk.run(3_600, 3_770);
        assert_eq!(desk.fired(), [], "two minutes before the gap, less than three after it");
        desk.say(3_775, "bo");
        desk.run(3_780, 4_110);
        assert_eq!(desk.fired(), [at(3_780, "ana"), at(4_075, "bo")]);
        desk.say(4_110, "ana");
        // What was decided stays so, whatever comes later; now a backtest goes as far.
        let mut desk = desk.crash();
        desk.start(9_000);
        desk.run(9_000, 9_400);
        assert_eq!(desk.fired(), [at(3_780, "ana"), at(4_075, "bo"), at(9_300, "ana")]);
    }
}

#[test]
fn the_doctor_and_an_explanation_say_when_nobody_listened() {
    let listening = |desk: &Desk| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let findings = runtime.block_on(desk.app.doctor()).unwrap();
        findings.into_iter().find(|finding| finding.check == "listening").unwrap().message
    };
    let mut desk = Desk::new();
    desk.app.set_rule_mode("Silent", Mode::Live).unwrap();
    assert_eq!(listening(&desk), "no engine has listened here yet, so no gap is known");
    desk.start(0);
    desk.say(0, "ana");
    desk.run(0, 120);
    assert_eq!(listening(&desk), "no gap in the last 7 days");
    desk.app.stop_listening().unwrap();
    let mut desk = desk.crash();
    desk.start(3_600);
    desk.run(3_600, 3_800);
    let said = listening(&desk);
    assert!(said.starts_with("not watching: 1 gap in the last 7 days, the longest 58 min from "), "{said}");
    desk.say(3_790, "bo");
    desk.run(3_800, 4_000);
    let why = desk.app.explain_stored(RuleToTest::Kept("Silent".to_owned()), "e1").unwrap().explanation;
    let reason = &why.groups[0].reason;
    assert!(why.fires && reason.contains("; 58 min from ") && reason.ends_with("nobody listened then"), "{reason}");
    let said = desk.said_of("ana");
    assert!(said.starts_with("nothing came from ") && said.contains("; 58 min from "), "{said}");
    desk.run(4_010, 4_110);
    let said = desk.said_of("bo");
    assert!(said.starts_with("nothing came from ") && !said.contains("listened"), "{said}");
    // A week later it is history.
    desk.set(3_600 + 7 * 86_400 + 1);
    assert_eq!(listening(&desk), "no gap in the last 7 days");
}

#[test]
fn what_was_decided_just_before_a_crash_is_not_decided_again() {
    let mut desk = Desk::new();
    desk.start(0);
    desk.say(0, "ana");
    // It was written down at 300 that it is there; it fires at 310, and ends.
    desk.run(0, 310);
    assert_eq!(desk.fired(), [at(300, "ana")]);
    let mut desk = desk.crash();
    desk.start(330);
    desk.run(330, 3_000);
    assert_eq!(desk.fired(), [at(300, "ana")]);
}

#[test]
fn a_machine_that_sleeps_hears_nothing() {
    let mut desk = Desk::new();
    desk.start(0);
    desk.say(0, "ana");
    desk.run(0, 100);
    // Six hours later evaluation wakes first, then something comes that was said meanwhile.
    desk.set(21_700);
    desk.look();
    assert_eq!(desk.fired(), []);
    desk.say(21_600, "bo");
    desk.run(21_700, 21_890);
    assert_eq!(desk.fired(), []);
    desk.run(21_900, 22_020);
    assert_eq!(desk.fired(), [at(21_900, "ana"), at(22_000, "bo")]);
}

/// Who never runs the engine takes events in from files, in which silence is what it is.
#[test]
fn without_an_engine_there_are_no_gaps() {
    let mut desk = Desk::new();
    desk.say(0, "ana");
    desk.set(3_600);
    desk.say(3_600, "bo");
    assert_eq!(desk.fired(), [at(300, "ana")]);
    assert_eq!(desk.app.gaps().unwrap(), tocsin_rules::Gaps::default());
    // Once there was one, commands know that it is gone.
    desk.app.begin_to_listen().unwrap();
    desk.app.stop_listening().unwrap();
    let mut desk = desk.crash();
    desk.set(7_200);
    desk.say(7_200, "bo");
    assert_eq!(desk.fired(), [at(300, "ana")]);
}
