//! Columns against the plain evaluator and against the oracle: the same firings and curves on random rules, however the
//! rule was edited before and in whatever order events came.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tocsin_model::event::{Event, EventFile};
use tocsin_model::field::Field;
use tocsin_model::rule::document::{self, Format};
use tocsin_model::time::Timestamp;
use tocsin_model::value::Decimal;
use tocsin_rules::{Backtest, Bounds, Columns, ColumnsError, Compiled, Gaps, Preview, backtest, coincide, compile};
use tocsin_testkit::environment;
use tocsin_tests::cases::{Case, SHAPES, lists};
use tocsin_tests::oracle::Oracle;

/// The rule of a document, unless that is refused.
fn compiled(rule: &Value) -> Option<Arc<Compiled>> {
    let document = document::read(&rule.to_string(), Format::Json).document?;
    compile(document.rule, &lists().into_iter().collect()).ok().map(Arc::new)
}

fn events(case: &Case) -> Vec<Event> {
    EventFile::parse(&case.file()).unwrap().events
}

fn gaps(case: &Case) -> Gaps {
    let at = Timestamp::from_millis;
    Gaps::new(case.gaps.iter().map(|&(from, to)| (at(from), at(to))))
}

fn bounds(case: &Case) -> Bounds {
    let time = |at: Option<i64>| at.map(Timestamp::from_millis);
    Bounds { from: time(case.bounds.from), to: time(case.bounds.to) }
}

/// Every field that a rule of a case may look at.
fn fields() -> Vec<Field> {
    const NAMES: &[&str] = &[
        "detected",
        "username",
        "usergroup",
        "hostname",
        "client_ip",
        "content_type",
        "apps",
        "status_code",
        "latency_ms",
        "request_bytes",
        "attr:x",
    ];
    NAMES.iter().map(|name| Field::named(name).unwrap()).collect()
}

fn columns<'a>(fields: impl IntoIterator<Item = Field>, events: impl IntoIterator<Item = &'a Event>) -> Columns {
    let mut columns = Columns::new(fields);
    events.into_iter().for_each(|event| columns.append(event));
    columns
}

/// Says what differs.
fn same(found: &Backtest, expected: &Backtest, of: impl FnOnce() -> String) {
    assert!(found == expected, "columns say\n{found:#?}\nthe evaluator says\n{expected:#?}\nof {}", of());
}

fn cases() -> u64 {
    environment::number("TOCSIN_TEST_CASES", 10_000)
}

#[test]
fn columns_say_what_the_plain_evaluator_says() {
    let mut random = environment::random("columns_say_what_the_plain_evaluator_says");
    let mut fired = 0;
    for number in 0..cases() as usize / 4 {
        let mut random = StdRng::seed_from_u64(random.random());
        let (case, _) = Case::random(&mut random, SHAPES[number % SHAPES.len()]);
        let (rule, mut events) = (compiled(&case.rule).unwrap(), events(&case));
        let expected = backtest(&rule, &events, bounds(&case), true);
        if random.random_bool(0.5) {
            events.shuffle(&mut random);
        }
        let mut columns = columns(Columns::fields_of(&rule), &events);
        let mut preview = Preview::default();
        let found = preview.run(&mut columns, &rule, bounds(&case)).unwrap().backtest(true);
        same(&found, &expected, || case.scenario());
        fired += usize::from(!expected.firings.is_empty());
    }
    println!("{fired} of {} cases fire", cases() / 4);
    assert!(fired as u64 > cases() / 16, "{fired} cases fire");
}

#[test]
fn rules_coincide_in_columns_as_they_do_over_events() {
    let mut random = environment::random("rules_coincide_in_columns_as_they_do_over_events");
    let (mut asked, mut together) = (0, 0);
    for number in 0..cases() as usize / 20 {
        let mut random = StdRng::seed_from_u64(random.random());
        let (case, _) = Case::random(&mut random, SHAPES[number % SHAPES.len()]);
        let mut documents = vec![case.rule.clone()];
        for _ in 0..random.random_range(0..5) {
            let shape = *SHAPES.choose(&mut random).unwrap();
            let (other, _) = Case::random(&mut random, shape);
            let mut akin = documents.choose(&mut random).unwrap().clone();
            edit(&mut random, &mut akin, &other.rule);
            documents.push(akin);
        }
        let rules: Vec<Arc<Compiled>> = documents.iter().filter_map(compiled).collect();
        let pairs: Vec<(usize, usize)> =
            (0..rules.len()).flat_map(|right| (0..right).map(move |left| (left, right))).collect();
        let mut events = events(&case);
        let expected = coincide(&rules, &pairs, &events);
        events.shuffle(&mut random);
        let mut columns = columns(fields(), &events);
        let found = Preview::default().coincide(&mut columns, &rules, &pairs).unwrap();
        assert_eq!(found, expected, "{documents:#?}\n{}", case.file());
        asked += pairs.len();
        together += expected.pairs.iter().filter(|pair| pair.matched > 0 && pair.left > 0 && pair.right > 0).count();
    }
    println!("{together} of {asked} pairs fire together");
    assert!(together > asked / 20, "{together} of {asked} pairs fire together");
}

/// Another threshold, suppression, window, condition or group, as a person would try.
fn edit(random: &mut StdRng, rule: &mut Value, other: &Value) {
    match random.random_range(0..7) {
        0 => rule["suppressFor"] = json!(["0s", "1m", "90s", "1h", "1d"].choose(random).unwrap()),
        1 | 2 if rule["trigger"]["kind"] == "atLeast" => {
            let whole = matches!(rule["measure"]["kind"].as_str(), None | Some("count" | "distinct"));
            let value =
                if whole { json!(random.random_range(1..5)) } else { json!(["0.5", "1", "2.001"].choose(random)) };
            rule["trigger"]["value"] = value;
        }
        3 if !other["window"].is_null() => rule["window"] = other["window"].clone(),
        4 => {
            let count = rule["conditions"].as_array().map_or(0, Vec::len);
            rule["conditions"][random.random_range(0..count)] = other["conditions"][0].clone();
        }
        5 => rule["groupBy"] = other.get("groupBy").cloned().unwrap_or(json!([])),
        6 => rule["conditions"].as_array_mut().unwrap().push(other["conditions"][0].clone()),
        _ => rule["measure"] = other.get("measure").cloned().unwrap_or(json!({"kind": "count"})),
    }
}

/// Bounds at times of events, or none.
fn drawn_bounds(random: &mut StdRng, events: &[Event]) -> Bounds {
    let mut pick = || events.choose(random).filter(|_| random.random_bool(0.3)).map(|event| event.time);
    Bounds { from: pick(), to: pick() }
}

#[test]
fn what_is_kept_from_one_edit_to_the_next_is_right() {
    let mut random = environment::random("what_is_kept_from_one_edit_to_the_next_is_right");
    let (mut asked, mut fired) = (0, 0);
    for number in 0..cases() as usize / 20 {
        let mut random = StdRng::seed_from_u64(random.random());
        let shape = SHAPES[number % SHAPES.len()];
        let (case, _) = Case::random(&mut random, shape);
        let mut arriving = events(&case);
        arriving.shuffle(&mut random);
        let (mut columns, mut preview) = (Columns::new(fields()), Preview::default());
        let (mut rule, mut arrived, mut within) = (case.rule.clone(), Vec::new(), bounds(&case));
        for _ in 0..12 {
            let before = rule.clone();
            // A little of everything, most often one thing alone.
            match random.random_range(0..10) {
                0..6 => {
                    let other = Case::random(&mut random, shape).0.rule;
                    edit(&mut random, &mut rule, &other);
                }
                6 => within = drawn_bounds(&mut random, &events(&case)),
                _ => {
                    let count = random.random_range(0..=arriving.len());
                    for event in arriving.drain(..count) {
                        columns.append(&event);
                        arrived.push(event);
                    }
                }
            }
            let Some(now) = compiled(&rule) else {
                rule = before;
                continue;
            };
            arrived.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
            let expected = backtest(&now, &arrived, within, true);
            let found = preview.run(&mut columns, &now, within).unwrap().backtest(true);
            same(&found, &expected, || format!("{rule}\nwithin {within:?}"));
            asked += 1;
            fired += usize::from(!expected.firings.is_empty());
        }
    }
    println!("{fired} of {asked} edits fire");
    assert!(fired * 5 > asked, "{fired} of {asked} edits fire");
}

/// What the oracle finds, which gathers every window anew, in buckets.
fn brute_timeline(oracle: &Oracle, events: &[Event], bounds: Bounds, buckets: usize) -> Vec<u64> {
    let fired: Vec<i64> = oracle.verdict().firings.iter().map(|fired| fired.at).collect();
    let first = events.iter().map(|event| event.time.millis()).min().unwrap();
    let last = events.iter().map(|event| event.time.millis()).chain(fired.iter().copied()).max().unwrap();
    let from = first.max(bounds.from.map_or(first, Timestamp::millis));
    let to = bounds.to.map_or(last + 1, |to| to.millis().min(last.max(from) + 1)).max(from + 1);
    // Each bucket begins at its share of the stretch, rounded up to a whole ms.
    let begin = |bucket: usize| from + ((to - from) * bucket as i64 + buckets as i64 - 1) / buckets as i64;
    let within = |bucket: usize| fired.iter().filter(|at| begin(bucket) <= **at && **at < begin(bucket + 1)).count();
    (0..buckets).map(|bucket| within(bucket) as u64).collect()
}

#[test]
fn curve_timeline_and_firings_are_those_of_brute_force() {
    let mut random = environment::random("curve_timeline_and_firings_are_those_of_brute_force");
    let (mut curves, mut points) = (0, 0);
    for number in 0..(cases() as usize / 5) {
        let mut random = StdRng::seed_from_u64(random.random());
        let (case, verdict) = Case::random(&mut random, SHAPES[number % SHAPES.len()]);
        let (rule, events, bounds) = (compiled(&case.rule).unwrap(), events(&case), bounds(&case));
        let rule = rule.with_gaps(&gaps(&case));
        let oracle = case.oracle(None);
        let (mut columns, mut preview) = (columns(fields(), &events), Preview::default());
        let mut found = preview.run(&mut columns, &rule, bounds).unwrap();

        let firings = found.firings(usize::MAX);
        let told: Vec<_> =
            firings.iter().map(|one| (one.fired_at.millis(), one.occurrences, one.events.first.clone())).collect();
        let expected: Vec<_> =
            verdict.firings.iter().map(|one| (one.at, one.occurrences, one.events.clone())).collect();
        assert_eq!(told, expected, "{}", case.scenario());
        assert_eq!(found.firings(2), firings[..firings.len().min(2)], "{}", case.scenario());
        let summary = found.summary();
        assert_eq!((summary.matched as usize, summary.firings as usize), (verdict.matched, verdict.firings.len()));

        let timeline = found.timeline(7).unwrap();
        assert_eq!(timeline.counts, brute_timeline(&oracle, &events, bounds, 7), "{}", case.scenario());

        let busiest = found.busiest(3);
        let often = |group: &_| firings.iter().filter(|firing| firing.group == *group).count() as u64;
        assert!(busiest.iter().all(|busy| busy.firings == often(&busy.group)), "{busiest:?}");
        let mut counts: Vec<u64> = firings.iter().map(|firing| often(&firing.group)).collect();
        counts.sort_unstable_by(|one, other| other.cmp(one));
        let first = counts.first().copied();
        assert_eq!(busiest.first().map(|busy| busy.firings), first, "{}", case.scenario());

        let curve = found.curve();
        assert_eq!(
            curve.is_some(),
            case.rule["trigger"]["kind"] == json!("atLeast") || case.rule.get("trigger").is_none()
        );
        for point in curve.into_iter().flatten() {
            let expected = oracle.at_threshold(point.threshold.thousandths());
            let has = (point.candidates as usize, point.firings as usize);
            assert_eq!(has, expected, "at {}\n{}", point.threshold, case.scenario());
            points += 1;
        }
        // Any threshold, also one that no window reached.
        for thousandths in [1, 333, 334, 1_000, 1_001, 2_000, 3_000, 50_000, 1_000_000_000] {
            let Some(candidates) = found.candidates(Decimal::from_thousandths(thousandths)) else { continue };
            assert_eq!(candidates as usize, oracle.at_threshold(thousandths).0, "{thousandths}\n{}", case.scenario());
            curves += 1;
        }
    }
    println!("{points} points of curves, {curves} other thresholds");
    assert!(points > cases() / 5, "{points} points");
}

const RULE: &str = r#"{"name": "r", "groupBy": ["username"], "measure": {"kind": "distinct", "field": "hostname"},
    "conditions": [{"type": "detected", "values": ["true"]}, {"type": "usergroup", "values": ["fin*"], "isNot": true}],
    "window": {"kind": "rolling", "thresholdTime": "1h"}, "trigger": {"kind": "atLeast", "value": 2}}"#;

/// Events of a case of that rule's shape.
fn some_events(random: &mut StdRng) -> Vec<Event> {
    let mut lines = Vec::new();
    for _ in 0..40 {
        lines.extend(Case::random(random, ("rolling", "distinct", "atLeast")).0.lines);
    }
    for (at, line) in lines.iter_mut().enumerate() {
        line["id"] = json!(format!("0190163d-8694-739b-aea5-{at:012x}"));
    }
    lines.shuffle(random);
    EventFile::parse(&lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap().events
}

#[test]
fn an_edit_redoes_only_what_follows_from_it() {
    let events = some_events(&mut environment::random("an_edit_redoes_only_what_follows_from_it"));
    let (mut columns, mut preview) = (columns(fields(), &events), Preview::default());
    let mut rule: Value = serde_json::from_str(RULE).unwrap();
    let mut runs = |rule: &Value| {
        let now = compiled(rule).unwrap();
        let expected = backtest(&now, &events, Bounds::default(), true);
        same(&preview.run(&mut columns, &now, Bounds::default()).unwrap().backtest(true), &expected, || {
            rule.to_string()
        });
        let runs = preview.runs();
        (runs.filter, runs.groups, runs.windows, runs.verdicts)
    };
    assert_eq!(runs(&rule), (1, 1, 1, 1));
    assert_eq!(runs(&rule), (1, 1, 1, 1));
    rule["trigger"]["value"] = json!(3);
    rule["name"] = json!("another name");
    assert_eq!(runs(&rule), (1, 1, 1, 2));
    rule["suppressFor"] = json!("1d");
    assert_eq!(runs(&rule), (1, 1, 1, 3));
    rule["window"]["thresholdTime"] = json!("5m");
    assert_eq!(runs(&rule), (1, 1, 2, 4));
    rule["measure"] = json!({"kind": "count"});
    assert_eq!(runs(&rule), (1, 1, 3, 5));
    rule["groupBy"] = json!(["usergroup", "client_ip"]);
    assert_eq!(runs(&rule), (1, 2, 4, 6));
    rule["conditions"][1]["isNot"] = json!(false);
    assert_eq!(runs(&rule), (2, 3, 5, 7));
}

#[test]
fn fields_are_loaded_when_a_rule_needs_them() {
    let mut random = environment::random("fields_are_loaded_when_a_rule_needs_them");
    let mut events = some_events(&mut random);
    let rule = compiled(&serde_json::from_str(RULE).unwrap()).unwrap();
    let expected = backtest(&rule, &events, Bounds::default(), true);
    let field = |name: &str| Field::named(name).unwrap();
    let mut some = columns([field("detected"), field("username")], &events);
    let mut preview = Preview::default();
    let missing = preview.run(&mut some, &rule, Bounds::default()).unwrap_err();
    assert_eq!(missing, ColumnsError::NotLoaded(BTreeSet::from([field("hostname"), field("usergroup")])));
    assert!(missing.to_string().contains("hostname, usergroup"), "{missing}");
    // The rest, read again in another order.
    events.shuffle(&mut random);
    assert_eq!(some.join(columns(fields(), events.iter().skip(1))), Err(ColumnsError::OtherEvents));
    some.join(columns(Columns::fields_of(&rule), &events)).unwrap();
    assert_eq!(some.fields(), Columns::fields_of(&rule));
    same(&preview.run(&mut some, &rule, Bounds::default()).unwrap().backtest(true), &expected, || RULE.to_owned());
}

/// Sets of few different values over more than one block of events: what each value's events are kept for is found
/// alike before events come late, after, and when more have come.
#[test]
fn many_events_with_sets_are_found_by_their_values() {
    let mut random = environment::random("many_events_with_sets_are_found_by_their_values");
    let line = |at: usize, random: &mut StdRng| {
        let members: Vec<String> =
            (0..random.random_range(0..5)).map(|_| format!("\"app {}\"", random.random_range(0..90))).collect();
        let time = Timestamp::from_millis(1_790_000_000_000 + at as i64 * 1_000);
        format!(
            r#"{{"id":"{at:08}","time":"{time}","kind":"dlp.transaction","fields":{{"detected":true,"username":"u{}","apps":[{}]}}}}"#,
            at % 11,
            members.join(",")
        )
    };
    let lines: Vec<String> = (0..70_000).map(|at| line(at, &mut random)).collect();
    let events = EventFile::parse(&lines.join("\n")).unwrap().events;
    let rules = [json!(["app 1", "app 50"]), json!(["app 8?"]), json!(["*"])].map(|values| {
        compiled(&json!({"name": "r", "conditions": [{"type": "apps", "values": values}], "groupBy": ["username"],
            "window": {"thresholdTime": "2h"}, "trigger": {"kind": "atLeast", "value": 12}}))
        .unwrap()
    });
    // One late event within the block, and one that comes after all of it was kept.
    let late = [1_000, 66_000];
    let first: Vec<&Event> =
        events.iter().enumerate().filter(|(at, _)| !late.contains(at)).map(|(_, event)| event).collect();
    let mut columns = columns([Field::named("apps").unwrap(), Field::named("username").unwrap()], first);
    columns.shrink();
    let check = |columns: &mut Columns, events: &[Event]| {
        for rule in &rules {
            let expected = backtest(rule, events, Bounds::default(), false);
            let found = Preview::default().run(columns, rule, Bounds::default()).unwrap().backtest(false);
            assert!(!expected.firings.is_empty(), "the rule has to bite");
            assert!(found.firings == expected.firings, "{}: {}", found.firings.len(), expected.firings.len());
        }
    };
    let without = |left_out: &[usize]| {
        let kept = events.iter().enumerate().filter(|(at, _)| !left_out.contains(at));
        kept.map(|(_, event)| event.clone()).collect::<Vec<_>>()
    };
    check(&mut columns, &without(&late));
    columns.append(&events[late[1]]);
    check(&mut columns, &without(&late[..1]));
    columns.append(&events[late[0]]);
    check(&mut columns, &events);
}
