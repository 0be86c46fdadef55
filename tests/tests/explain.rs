//! Explanations against backtests: what is said to have fired is what fired, and each remedy that names a number works.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::sync::Arc;

use tocsin_model::event::{Event, EventFile};
use tocsin_model::firing::GroupValue;
use tocsin_model::rule::Trigger;
use tocsin_model::rule::document::{self, Format};
use tocsin_model::time::Timestamp;
use tocsin_model::value::Canonical;
use tocsin_rules::{Bounds, Compiled, Gaps, Stage, backtest, compile, explain};
use tocsin_testkit::environment;
use tocsin_tests::cases::{Case, SHAPES, lists};

/// Cases of each shape.
const CASES: usize = 25;

fn read(case: &Case) -> Option<(Arc<Compiled>, Vec<Event>)> {
    let document = document::read(&case.document(), Format::Json).document?;
    let compiled = compile(document.rule, &lists().into_iter().collect()).ok()?;
    let at = Timestamp::from_millis;
    let gaps = Gaps::new(case.gaps.iter().map(|&(from, to)| (at(from), at(to))));
    Some((Arc::new(compiled).with_gaps(&gaps), EventFile::parse(&case.file()).ok()?.events))
}

fn key(group: &[GroupValue]) -> Vec<Option<Canonical>> {
    group.iter().map(|value| value.canonical.clone()).collect()
}

#[test]
fn what_is_explained_is_what_a_backtest_finds() {
    let mut random = environment::random("explanations against backtests");
    let (mut fired, mut joined, mut short) = (0, 0, 0);
    for shape in SHAPES {
        for _ in 0..CASES {
            let (case, _) = Case::random(&mut random, shape);
            let Some((rule, events)) = read(&case) else { continue };
            let found = backtest(&rule, &events, Bounds::default(), false);
            let expected: BTreeSet<_> = found.firings.iter().map(|one| (one.fired_at, key(&one.group))).collect();
            let mut said = BTreeSet::new();
            let mut matched = 0;
            for event in &events {
                let told = explain(&rule, &events, &event.id).unwrap();
                let meets = told.stages.iter().take(3).all(|stage| stage.passed == Some(true));
                assert_eq!(meets, !told.groups.is_empty(), "{told:#?}\n{}", case.scenario());
                matched += u64::from(meets);
                assert_eq!(told.fires, told.groups.iter().any(|one| one.fired_at.is_some()));
                let failed = told.failed();
                assert_eq!(
                    told.nearest.is_some(),
                    failed.is_some_and(|stage| stage != Stage::Group),
                    "{told:#?}\n{}",
                    case.scenario()
                );
                for group in &told.groups {
                    said.extend(group.fired_at.map(|at| (at, key(&group.group))));
                    joined += usize::from(group.joined.is_some());
                    short += usize::from(!group.holds);
                    if let (Trigger::AtLeast(threshold), Some(value)) = (&rule.rule().trigger, group.value) {
                        assert_eq!(group.holds, value.reaches(*threshold), "{}", case.scenario());
                    }
                }
            }
            assert_eq!(matched, found.matched, "{}", case.scenario());
            assert_eq!(said, expected, "{shape:?}\n{}", case.scenario());
            fired += expected.len();
        }
    }
    println!("{fired} firings, {joined} that joined, {short} that fell short");
    assert!(fired > 500 && joined > 20 && short > 500, "too little happened");
}

/// `count` events of one user, one a minute.
fn steps(count: i64) -> Vec<Event> {
    let lines: Vec<String> = (0..count)
        .map(|minute| {
            format!(
                r#"{{"id":"e{minute}","time":"2026-03-01T10:{minute:02}:00Z","kind":"api.request","fields":{{"username":"Ana","status_code":401}}}}"#
            )
        })
        .collect();
    EventFile::parse(&lines.join("\n")).unwrap().events
}

fn rule(text: &str) -> Arc<Compiled> {
    let reading = document::read(text, Format::Json);
    let document = reading.document.unwrap_or_else(|| panic!("{:?}", reading.findings.errors));
    Arc::new(compile(document.rule, &lists().into_iter().collect()).unwrap())
}

#[test]
fn a_window_that_fell_short_names_what_would_have_been_enough() {
    let text = |minutes: u32, threshold: u32| {
        format!(
            r#"{{"name":"x","conditions":[{{"type":"status_code","values":["401"]}}],"groupBy":["username"],
            "window":{{"kind":"rolling","thresholdTime":"{minutes}","thresholdType":"minutes"}},
            "trigger":{{"kind":"atLeast","value":{threshold}}}}}"#
        )
    };
    let events = steps(6);
    let told = explain(&rule(&text(3, 5)), &events, "e5").unwrap();
    assert_eq!(told.failed(), Some(Stage::Window));
    assert_eq!(told.groups[0].reason, "the count is 3, below 5");
    assert_eq!(
        told.nearest.as_deref(),
        Some("2 more matching events in the window, or a threshold of 3 or less, or a window of 5 min")
    );
    // Each of the last two is true, and less is not enough.
    assert!(explain(&rule(&text(3, 3)), &events, "e5").unwrap().groups[0].holds);
    assert!(!explain(&rule(&text(3, 4)), &events, "e5").unwrap().groups[0].holds);
    assert!(explain(&rule(&text(5, 5)), &events, "e5").unwrap().groups[0].holds);
    assert!(!explain(&rule(&text(4, 5)), &events, "e5").unwrap().groups[0].holds);
}

#[test]
fn a_candidate_that_joined_names_the_firing_and_the_time() {
    let rule = rule(
        r#"{"name":"x","conditions":[{"type":"status_code","op":"gte","values":["400"]}],"suppressFor":"10m","mode":"shadow"}"#,
    );
    let told = explain(&rule, &steps(6), "e3").unwrap();
    assert_eq!(told.failed(), Some(Stage::Suppression));
    assert_eq!(told.groups[0].reason, "it joined the firing of 2026-03-01T10:00:00.000Z: 3 min of 10 min had passed");
    assert_eq!(told.nearest.as_deref(), Some("suppressFor of 3 min or less"));
    let told = explain(&rule, &steps(6), "e0").unwrap();
    assert!(told.fires);
    assert_eq!((told.failed(), told.nearest.as_deref()), (Some(Stage::Mode), Some("mode live")));
}

#[test]
fn conditions_say_what_they_wanted_and_what_was_there() {
    let rule = rule(
        r#"{"name":"x","sources":["edge"],"conditions":[{"type":"hostname","values":["*.corp.example","api.example"]},
        {"type":"status_code","op":"gte","values":["500"]},{"type":"username","values":["ana"],"isNot":true},
        {"type":"client_ip","values":["list:scanners"]},{"type":"detected","values":["true"]}]}"#,
    );
    let line = r#"{"id":"e","source":"Edge","time":"2026-03-01T10:00:00Z","kind":"api.request","fields":
        {"hostname":"Host.Example.","status_code":"many","username":"ANA"}}"#
        .replace('\n', " ");
    let events = EventFile::parse(&line).unwrap().events;
    let told = explain(&rule, &events, "e").unwrap();
    let reasons: Vec<&str> = told.conditions.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "hostname is Host.Example.; wanted is one of “*.corp.example”, “api.example”",
            "status_code cannot be read, so it counts as missing; wanted is at least 500",
            "username has ANA; wanted is not “ana”",
            "client_ip is missing; wanted is the list “scanners”",
            "api.request events do not have detected, so they never meet a condition on it, negated or not",
        ]
    );
    assert_eq!(told.failed(), Some(Stage::Parse));
    let passed: Vec<Option<bool>> = told.stages.iter().map(|stage| stage.passed).collect();
    assert_eq!(passed, [Some(true), Some(false), None, None, None, None, None, None]);
    assert!(explain(&rule, &events, "nobody").is_none());
}
