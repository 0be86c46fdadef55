//! Windows that are dense, whose numbers run out and whose values come again and again, beside the evaluator.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use tocsin_model::event::{Event, EventFile};
use tocsin_model::rule::document::{self, Format};
use tocsin_model::time::Timestamp;

use super::RuleSet;
use crate::compile::{Compiled, Lists, compile};
use crate::evaluator::{Evaluator, Outcome};

fn rule(minutes: u32, counted: Option<&str>, least: u32, suppress: Option<u32>, by: &[&str]) -> Arc<Compiled> {
    let mut document = json!({
        "name": "dense", "conditions": [{"type": "detected", "values": ["true"]}], "groupBy": by,
        "window": {"kind": "rolling", "thresholdTime": minutes.to_string(), "thresholdType": "minutes"},
        "trigger": {"kind": "atLeast", "value": least},
    });
    if let Some(field) = counted {
        document["measure"] = json!({"kind": "distinct", "field": field});
    }
    if let Some(seconds) = suppress {
        document["suppressFor"] = json!(format!("{seconds}s"));
    }
    let reading = document::read(&document.to_string(), Format::Json);
    Arc::new(compile(reading.document.unwrap().rule, &Lists::new()).unwrap())
}

/// A step from the last event, the user, the host, and the groups.
type Step = (u16, u8, u16, Vec<u8>);

fn events(steps: &[Step]) -> Vec<Event> {
    let mut time = 1_772_409_600_000;
    let mut line = |(at, (step, user, host, groups)): (usize, &Step)| {
        time += i64::from(*step);
        let user = if user % 5 == 0 { json!(null) } else { json!(["Ana", "ana", "bo", "cy"][usize::from(user % 4)]) };
        let groups: Vec<String> = groups.iter().map(|group| format!("g{group}")).collect();
        json!({"id": format!("{at:06}"), "time": Timestamp::from_millis(time).to_string(), "kind": "generic", "fields":
            {"detected": host % 17 != 0, "username": user, "hostname": format!("h{host}"), "usergroup": groups}})
    };
    let text: String = steps.iter().enumerate().map(|step| format!("{}\n", line(step))).collect();
    EventFile::parse(&text).unwrap().events
}

fn rules() -> Vec<Arc<Compiled>> {
    vec![
        rule(1, None, 3, Some(0), &["username"]),
        rule(5, None, 40, None, &["username"]),
        rule(2, None, 9, Some(20), &["usergroup", "username"]),
        rule(1, Some("hostname"), 5, Some(0), &["username"]),
        rule(5, Some("hostname"), 20, Some(30), &[]),
        rule(3, Some("usergroup"), 4, Some(1), &["username"]),
        rule(2, Some("usergroup"), 2, Some(0), &["usergroup"]),
        rule(4, Some("username"), 3, Some(10), &["hostname"]),
    ]
}

fn check(steps: &[Step], last_number: u32) -> usize {
    let (rules, events) = (rules(), events(steps));
    let mut set = RuleSet::numbering_up_to(&rules, last_number);
    let mut alone: Vec<Evaluator> = rules.iter().map(|rule| Evaluator::new(Arc::clone(rule))).collect();
    let (mut fired, mut all) = (0, Vec::new());
    for event in &events {
        let expected: Vec<(usize, Outcome)> = alone
            .iter_mut()
            .enumerate()
            .flat_map(|(rule, one)| one.process(event).into_iter().map(move |outcome| (rule, outcome)))
            .collect();
        fired += expected.len();
        let mut found = Vec::new();
        set.process(event, &mut found);
        assert_eq!(found, expected, "at {} of {}", event.id, events.len());
        all.extend(found);
    }
    let (mut at_once, mut found) = (RuleSet::numbering_up_to(&rules, last_number), Vec::new());
    at_once.process_all(&events, &mut found);
    assert_eq!(found, all, "of {} at once", events.len());
    for (number, one) in alone.iter().enumerate() {
        assert_eq!(set.matched(number), one.matched());
    }
    fired
}

/// Times that stand still, go on, and leap beyond every window; few or many values.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![6 => 0..3_000_u16, 2 => Just(0), 1 => 3_000..60_000_u16];
    let groups = prop::collection::vec(0..9_u8, 0..5);
    (prop_oneof![Just(6_u16), Just(60), Just(2_000)], 20..500_usize).prop_flat_map(move |(hosts, count)| {
        prop::collection::vec((step.clone(), any::<u8>(), 0..hosts, groups.clone()), count)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn dense_windows_fire_as_the_evaluator_says(steps in steps()) {
        check(&steps, u32::MAX);
    }

    #[test]
    fn numbers_that_run_out_begin_anew(steps in steps(), room in 1..200_u32) {
        // No more events than that are in a window, so they always fit.
        check(&steps, steps.len() as u32 + room);
        check(&steps[..steps.len().min(150)], 150);
    }
}

#[test]
fn long_runs_let_go_of_what_is_over() {
    let steps: Vec<Step> = (0..20_000).map(|at| (200, (at % 7) as u8, (at * 31 % 1_000) as u16, vec![])).collect();
    assert!(check(&steps, 5_000) > 1_000, "they fire");
    let mut set = RuleSet::new(&rules());
    let mut run = |events: &[Event]| {
        events.iter().for_each(|event| set.process(event, &mut Vec::new()));
        set.memory()
    };
    let events = events(&steps);
    let (half, whole) = (run(&events[..10_000]), run(&events[10_000..]));
    assert!(whole.bytes < half.bytes * 3 / 2, "{half:?} {whole:?}");
}
