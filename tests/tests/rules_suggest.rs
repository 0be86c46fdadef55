//! Suggestions over seeded histories with made-up labels: “balanced” keeps every alert that was right, “quiet” stays
//! within its budget, and both say what they rest on. Checked with backtests, which know nothing of suggestions.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

use tocsin_model::event::{Event, EventFile};
use tocsin_model::field::Field;
use tocsin_model::firing::Firing;
use tocsin_model::rule::document::{self, Format};
use tocsin_model::rule::{Measure, Rule, Trigger};
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::Decimal;
use tocsin_rules::{
    Basis, Bounds, Columns, Compiled, Edit, EditKind, LEAST_READINGS, Label, Lists, Preview, Refusal, Stretch,
    Suggestions, backtest, compile, edits, edits_among, exceptions, is_behind, suggest,
};

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;
const START: i64 = 1_772_323_200_000;
const USERS: [&str; 4] = ["ana", "bo", "café", "Zoë"];

/// Shapes of rules: measure, window, threshold.
const SHAPES: [(&str, &str); 5] = [
    (r#"{"kind": "count"}"#, r#"{"kind": "rolling", "thresholdTime": "10", "thresholdType": "minutes"}"#),
    (r#"{"kind": "count"}"#, r#"{"kind": "fixed", "thresholdTime": "1h"}"#),
    (r#"{"kind": "distinct", "field": "hostname"}"#, r#"{"kind": "rolling", "thresholdTime": "15m"}"#),
    (r#"{"kind": "sum", "field": "request_bytes"}"#, r#"{"kind": "rolling", "thresholdTime": "5m"}"#),
    (r#"{"kind": "mean", "field": "request_bytes"}"#, r#"{"kind": "fixed", "thresholdTime": "15m"}"#),
];

fn rule(number: usize, random: &mut StdRng) -> Rule {
    let (measure, window) = SHAPES[number % SHAPES.len()];
    let threshold = if measure.contains("bytes") { 4.5 } else { 2.0 };
    let span = *["0s", "10m", "2h"].choose(random).unwrap();
    let text = format!(
        r#"{{"name": "r", "conditions": [{{"type": "status_code", "op": "gte", "values": ["400"]}}], "groupBy": ["username"],
        "measure": {measure}, "window": {window}, "trigger": {{"kind": "atLeast", "value": {threshold}}}, "suppressFor": "{span}"}}"#
    );
    document::read(&text, Format::Json).document.unwrap().rule
}

/// A history of so many days: noise all over, and now and then a burst.
fn history(random: &mut StdRng, days: i64) -> Vec<Event> {
    let mut times: Vec<(i64, &str)> = Vec::new();
    for _ in 0..days * random.random_range(3..12) {
        times.push((random.random_range(0..=days * DAY), USERS.choose(random).unwrap()));
    }
    for _ in 0..random.random_range(5..25) {
        let (mut at, user) = (random.random_range(0..days * DAY - 30 * MINUTE), *USERS.choose(random).unwrap());
        for _ in 0..random.random_range(2..18) {
            at += random.random_range(1..2 * MINUTE);
            times.push((at, user));
        }
    }
    // The history is exactly so long.
    times.extend([(0, "ana"), (days * DAY, "ana")]);
    let line = |(at, (time, user)): (usize, &(i64, &str))| {
        let host = format!("h{}.example", random.random_range(0..9));
        let bytes = random.random_range(0..9);
        let status = *[200, 404, 500, 403].choose(random).unwrap();
        let fields =
            json!({"username": user, "hostname": host, "request_bytes": bytes, "status_code": status, "method": "GET"});
        let time = Timestamp::from_millis(START + time).to_string();
        json!({"id": format!("e{at:05}"), "time": time, "kind": "api.request", "fields": fields}).to_string() + "\n"
    };
    let text: String = times.iter().enumerate().map(line).collect();
    EventFile::parse(&text).unwrap().events
}

fn firings(rule: &Rule, threshold: Decimal, suppress_for: Option<Span>, events: &[Event]) -> Vec<Firing> {
    let suppress_for = suppress_for.unwrap_or(rule.suppress_for);
    let rule = Rule { trigger: Trigger::AtLeast(threshold), suppress_for, ..rule.clone() };
    let compiled = Arc::new(compile(rule, &Lists::new()).unwrap());
    backtest(&compiled, events, Bounds::default(), false).firings
}

fn group(firing: &Firing) -> String {
    let text = |value: &tocsin_model::firing::GroupValue| value.canonical.as_ref().map(ToString::to_string);
    json!(firing.group.iter().map(text).collect::<Vec<_>>()).to_string()
}

/// Each firing of the rule as it is was an alert, and somebody closed some of them.
fn labels(random: &mut StdRng, rule: &Rule, own: Decimal, events: &[Event]) -> Vec<Label> {
    let mut all = Vec::new();
    for (at, firing) in firings(rule, own, None, events).iter().enumerate() {
        // What went on for longer is right more often.
        let right = if firing.occurrences > 3 { 0.8 } else { 0.1 };
        if random.random_bool(0.7) {
            let span = Label::span(rule, (firing.fired_at, firing.last_seen), (firing.window_start, firing.window_end));
            let is_true = random.random_bool(right);
            all.push(Label { alert: format!("a{at}"), group_key: group(firing), spans: vec![span], is_true });
        }
    }
    all
}

fn stretch(events: &[Event]) -> Stretch {
    let time = |event: Option<&Event>| event.map(|event| event.time);
    Stretch { events: events.len() as u64, from: time(events.first()), to: time(events.last()) }
}

/// The most firings in any seven days, looked at one by one.
fn busiest(firings: &[Firing]) -> u64 {
    let within = |first: &Firing, other: &Firing| {
        let apart = other.fired_at.millis() - first.fired_at.millis();
        (0..7 * DAY).contains(&apart)
    };
    let count = |first: &Firing| firings.iter().filter(|other| within(first, other)).count() as u64;
    firings.iter().map(count).max().unwrap_or_default()
}

/// Whether the alert would still be there: with a firing that goes on in it, or without suppression one in it.
fn keeps(rule: &Rule, threshold: Decimal, label: &Label, events: &[Event]) -> [bool; 2] {
    let (from, to) = label.spans[0];
    let going_on =
        |firing: &Firing| group(firing) == label.group_key && firing.fired_at <= to && firing.last_seen >= from;
    [None, Some(Span::default())].map(|suppress| firings(rule, threshold, suppress, events).iter().any(going_on))
}

fn check(rule: &Rule, own: Decimal, labels: &[Label], events: &[Event], budget: u64, found: &Suggestions) {
    assert_eq!(found.stretch, stretch(events));
    let right: Vec<&Label> = labels.iter().filter(|label| label.is_true).collect();
    assert_eq!((found.labelled_true, found.labelled_false), (right.len() as u64, (labels.len() - right.len()) as u64));
    assert_eq!(found.out_of_reach, 0);
    for (suggestion, most) in [(&found.quiet, budget), (&found.sensitive, 167)] {
        let effect = &suggestion.effect;
        let fired = firings(rule, effect.threshold, None, events);
        assert_eq!((effect.firings, effect.busiest_week), (fired.len() as u64, busiest(&fired)));
        assert!(effect.busiest_week <= most, "{suggestion:?} has more than {most} a week");
    }
    assert_eq!(found.quiet.basis, Basis::Budget(budget));
    assert_eq!(found.now.firings, firings(rule, own, None, events).len() as u64);

    let threshold = found.balanced.effect.threshold;
    if right.is_empty() {
        assert_eq!(found.balanced.basis, Basis::Halfway);
        return;
    }
    assert_eq!(found.balanced.basis, Basis::Labels(right.len() as u64));
    assert_eq!(found.balanced.effect.true_kept, right.len() as u64);
    for label in &right {
        assert_eq!(keeps(rule, threshold, label, events), [true, true], "{threshold} loses {label:?}");
    }
    // It is the highest: a thousandth more loses one.
    let more = Decimal::from_thousandths(threshold.thousandths() + 1);
    assert!(right.iter().any(|label| !keeps(rule, more, label, events)[1]), "{threshold} could be higher");
}

#[test]
fn balanced_keeps_what_was_right_and_quiet_its_budget_on_a_hundred_histories() {
    let (mut with_labels, mut above_own, mut quieter) = (0, 0, 0);
    for seed in 0..100 {
        let mut random = StdRng::seed_from_u64(seed);
        let rule = rule(seed as usize, &mut random);
        let Trigger::AtLeast(own) = rule.trigger else { panic!("{rule:?}") };
        let days = random.random_range(7..35);
        let events = history(&mut random, days);
        let labels = labels(&mut random, &rule, own, &events);
        let compiled = Arc::new(compile(rule.clone(), &Lists::new()).unwrap());
        let budget = *[1, 3, 7, 20].choose(&mut random).unwrap();
        let found = suggest(&compiled, &events, stretch(&events), &labels, budget);
        let found = found.unwrap_or_else(|refusal| panic!("{seed}: {refusal:?}"));
        check(&rule, own, &labels, &events, budget, &found);
        with_labels += u64::from(found.labelled_true > 0);
        above_own += u64::from(found.balanced.effect.threshold > own);
        quieter += u64::from(found.quiet.effect.firings < found.now.firings);

        // Six days of the same are too few, however much happened.
        let six: Vec<Event> = events.iter().filter(|event| event.time.millis() <= START + 6 * DAY).cloned().collect();
        let refused = suggest(&compiled, &six, stretch(&six), &labels, budget);
        assert!(matches!(refused, Err(Refusal::TooShort(span)) if span.millis() <= 6 * DAY), "{refused:?}");
    }
    println!(
        "{with_labels} histories with true positives, balanced above the rule's own {above_own} times, quiet quieter {quieter} times"
    );
    assert!(with_labels >= 60 && above_own >= 20 && quieter >= 50);
}

#[test]
fn what_cannot_be_suggested_is_refused() {
    let mut random = StdRng::seed_from_u64(1);
    let rule = rule(0, &mut random);
    let events = history(&mut random, 10);
    let run = |rule: &Rule, events: &[Event], stretch: Stretch| {
        suggest(&Arc::new(compile(rule.clone(), &Lists::new()).unwrap()), events, stretch, &[], 7)
    };
    let whole = stretch(&events);
    assert!(run(&rule, &events, whole).is_ok());
    assert_eq!(run(&Rule { trigger: Trigger::Absent, ..rule.clone() }, &events, whole), Err(Refusal::NoThreshold));
    // No event is ever two, so that another threshold could not even be written down.
    let alone = Rule {
        window: None,
        measure: Measure::Count,
        trigger: Trigger::AtLeast(Decimal::from_thousandths(1_000)),
        ..rule.clone()
    };
    assert_eq!(run(&alone, &events, whole), Err(Refusal::NoWindow));
    let almost = whole.to.map(|_| Timestamp::from_millis(START + 7 * DAY - 1));
    let short = Span::from_millis(7 * DAY - 1);
    assert_eq!(run(&rule, &events, Stretch { to: almost, ..whole }), Err(Refusal::TooShort(short)));
    let few: Vec<Event> = events[..10].to_vec();
    let refused = run(&rule, &few, whole);
    assert!(matches!(refused, Err(Refusal::TooFew(count)) if count < LEAST_READINGS), "{refused:?}");
}

/// The same edits as the product finds them: events come out of columns with the fields that the rule and the exceptions
/// look at, and only those behind the target have all of theirs.
fn in_columns(rule: &Arc<Compiled>, events: &[Event], labels: &[Label], target: &Label) -> Vec<Edit> {
    let mut fields = Columns::fields_of(rule);
    let load = |fields: &BTreeSet<Field>| {
        let mut columns = Columns::new(fields.iter().cloned());
        events.iter().for_each(|event| columns.append(event));
        Preview::default().matching_events(&mut columns, rule, fields).unwrap()
    };
    let slim = load(&fields);
    let kinds = slim.iter().map(|event| event.kind).collect();
    let ids: Vec<&str> =
        slim.iter().filter(|event| is_behind(rule.rule(), event, target)).map(|event| event.id.as_str()).collect();
    let behind: Vec<&Event> = events.iter().filter(|event| ids.contains(&event.id.as_str())).collect();
    let tried = exceptions(rule.rule(), &kinds, &behind);
    fields.extend(tried.iter().filter_map(|kind| match kind {
        EditKind::Exception { field, .. } => Some(field.clone()),
        EditKind::Threshold(_) | EditKind::Window(_) => None,
    }));
    edits_among(rule, &Lists::new(), &load(&fields), labels, target, tried)
}

#[test]
fn edits_keep_a_false_positive_away_and_say_what_they_lose() {
    let (mut offered, mut losing, mut kinds) = (0, 0, [0; 3]);
    for seed in 0..60 {
        let mut random = StdRng::seed_from_u64(1_000 + seed);
        let rule = rule(seed as usize, &mut random);
        let Trigger::AtLeast(own) = rule.trigger else { panic!("{rule:?}") };
        let events = history(&mut random, 8);
        let labels = labels(&mut random, &rule, own, &events);
        let Some(target) = labels.iter().find(|label| !label.is_true) else { continue };
        let compiled = Arc::new(compile(rule.clone(), &Lists::new()).unwrap());
        let found = edits(&compiled, &Lists::new(), &events, &labels, target);
        assert!(found.is_sorted_by_key(|edit| edit.loses.len()));
        assert_eq!(found, in_columns(&compiled, &events, &labels, target), "{:?}", compiled.rule());
        for edit in &found {
            let Trigger::AtLeast(threshold) = edit.rule.trigger else { panic!("{edit:?}") };
            assert_eq!(edit.firings, firings(&edit.rule, threshold, None, &events).len() as u64);
            assert_eq!(edit.firings_before, firings(&rule, own, None, &events).len() as u64);
            for label in &labels {
                let kept = keeps(&edit.rule, threshold, label, &events)[1];
                let said = if label.is_true { &edit.loses } else { &edit.removes };
                assert_eq!(!kept, said.contains(&label.alert), "{label:?} {edit:?}");
            }
            assert!(edit.removes.contains(&target.alert));
            offered += 1;
            losing += u64::from(!edit.loses.is_empty());
            kinds[match edit.kind {
                EditKind::Exception { .. } => 0,
                EditKind::Threshold(_) => 1,
                EditKind::Window(_) => 2,
            }] += 1;
        }
    }
    println!("{offered} edits, {losing} of them lose a true positive; {kinds:?} of each kind");
    assert!(offered >= 60 && losing >= 10 && kinds.iter().all(|count| *count >= 5));
}
