//! Windows and silences that take late events by themselves, beside runs of the evaluator over the whole stretch.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use tocsin_model::event::EventFile;
use tocsin_model::rule::document::{self, Format};
use tocsin_model::time::{Span, Timestamp};

use super::plan::{ALWAYS, Way};
use super::{Live, LiveEvent};
use crate::compile::{Compiled, Lists, compile};

const START: i64 = 1_772_409_600_000;

fn rule(window: &Value, measure: &Value, trigger: &Value, suppress: Option<&str>) -> Arc<Compiled> {
    let mut document = json!({
        "name": "late", "conditions": [{"type": "username", "values": ["*"]}], "groupBy": ["username"],
        "window": window, "measure": measure, "trigger": trigger,
    });
    if let Some(suppress) = suppress {
        document["suppressFor"] = json!(suppress);
    }
    let reading = document::read(&document.to_string(), Format::Json);
    Arc::new(compile(reading.document.unwrap().rule, &Lists::new()).unwrap())
}

fn rules() -> Vec<Arc<Compiled>> {
    let minute = json!({"kind": "fixed", "thresholdTime": "1m"});
    let ticks = json!({"thresholdTime": "*/2 * * * *", "thresholdType": "CRON", "zone": "Europe/Berlin"});
    let silent = |time: &str| json!({"kind": "rolling", "thresholdTime": time});
    let detected = json!([{"type": "detected", "values": ["true"]}]);
    let share = json!({"kind": "share", "conditions": detected, "minimumEvents": 2});
    let mean = json!({"kind": "mean", "field": "latency_ms"});
    let least = |value: u32| json!({"kind": "atLeast", "value": value});
    let (count, absent) = (json!({"kind": "count"}), json!({"kind": "absent"}));
    vec![
        rule(&minute, &share, &least(50), None),
        rule(&minute, &mean, &least(40), Some("90s")),
        rule(&ticks, &count, &least(3), None),
        rule(&ticks, &json!({"kind": "distinct", "field": "hostname"}), &least(2), Some("5m")),
        rule(&ticks, &json!({"kind": "sum", "field": "latency_ms"}), &least(60), None),
        rule(&silent("2m"), &count, &absent, None),
        rule(&silent("1m"), &count, &absent, Some("0s")),
    ]
}

/// Seconds until a delivery comes, and its events: how late they are in seconds, user, host, latency, whether detected.
type Delivery = (u16, Vec<(u16, u8, u8, i16, bool)>);

fn deliveries() -> impl Strategy<Value = Vec<Delivery>> {
    let late = prop_oneof![4 => 0_u16..12, 2 => 50_u16..140, 1 => Just(60), 1 => Just(120), 1 => 200_u16..600];
    let event = (late, 0_u8..2, 0_u8..3, -80_i16..80, any::<bool>());
    let wait = prop_oneof![4 => 0_u16..20, 2 => 40_u16..140, 1 => 200_u16..400];
    prop::collection::vec((wait, prop::collection::vec(event, 0..6)), 1..24)
}

/// Plays deliveries to a rule that is kept this way, and gives all that it said.
fn play(rule: &Arc<Compiled>, deliveries: &[Delivery], way: Option<Way>) -> Vec<String> {
    let mut live = Live::new(Arc::clone(rule), ALWAYS, [], 1_000_000);
    live.plan.way = way.unwrap_or(live.plan.way);
    let (mut now, mut said) = (Timestamp::from_millis(START), Vec::new());
    for (at, (wait, events)) in deliveries.iter().enumerate() {
        now = now.plus(Span::from_millis(i64::from(*wait) * 1_000));
        let line = |(place, (late, user, host, latency, detected)): (usize, &(u16, u8, u8, i16, bool))| {
            let time = now.minus(Span::from_millis(i64::from(*late) * 1_000)).to_string();
            let fields = json!({"username": (["ana", "bo"][usize::from(*user)]), "hostname": format!("h{host}"),
                "latency_ms": latency, "detected": detected});
            format!(
                "{}\n",
                json!({"id": format!("{at:03}-{place}"), "time": time, "kind": "generic", "fields": fields})
            )
        };
        let text: String = events.iter().enumerate().map(line).collect();
        let events = EventFile::parse(&text).unwrap().events;
        let events: Vec<LiveEvent<'_>> =
            events.iter().map(|event| LiveEvent { event, source: 1, received_at: now }).collect();
        let outcomes = if events.is_empty() { live.advance(now) } else { live.offer(&events) };
        said.extend(outcomes.into_iter().map(|outcome| format!("{at}: {outcome:?}")));
    }
    said.extend(live.advance(now.plus(Span::HOUR)).into_iter().map(|outcome| format!("end: {outcome:?}")));
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn what_takes_late_events_by_itself_says_what_a_run_would(deliveries in deliveries()) {
        for rule in rules() {
            let (own, run) = (play(&rule, &deliveries, None), play(&rule, &deliveries, Some(Way::Runs)));
            prop_assert_eq!(own, run, "{:?}", rule.rule());
        }
    }
}

/// The comparison above means something: these rules are kept in a way of their own, and late events make them speak.
#[test]
fn late_events_add_to_what_was_decided() {
    let event = |late, user, latency, detected| (late, user, 0, latency, detected);
    let before = [(0, vec![event(0, 0, 10, false)]), (400, vec![event(0, 1, 1, false)])];
    let late = (5, vec![event(390, 0, 90, true), event(250, 0, 90, true), event(249, 0, 90, true)]);
    let mut said = 0;
    for rule in rules() {
        assert!(Live::new(Arc::clone(&rule), ALWAYS, [], 1_000).is_replayed(), "{:?}", rule.rule());
        let all = play(&rule, &[&before[..], std::slice::from_ref(&late)].concat(), None);
        said += all.iter().filter(|said| said.starts_with("2: ")).count();
    }
    assert!(said >= 6, "{said} are few");
}
