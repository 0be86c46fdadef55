//! Many rules at once against each rule alone: the set has to match and fire as they do, on random rules over events
//! that several of them bite on.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use tocsin_model::event::{Event, EventFile};
use tocsin_model::rule::document::{self, Format};
use tocsin_rules::{Bounds, Columns, Compiled, Evaluator, Index, Lists, Outcome, Preview, RuleSet, backtest, compile};
use tocsin_testkit::environment;
use tocsin_tests::cases::{Case, SHAPES, lists};

/// Rules of several cases, and the events of all of them.
fn draw(random: &mut StdRng) -> (Vec<Case>, Vec<Event>) {
    let count = random.random_range(1..12);
    // Often only the shapes that the set evaluates itself: they bite on the same groups then.
    let rolling = random.random_bool(0.5);
    let cases: Vec<Case> = (0..count)
        .map(|_| {
            let shape = if rolling { SHAPES[random.random_range(3..5)] } else { SHAPES[random.random_range(0..28)] };
            Case::random(random, shape).0
        })
        .collect();
    let mut lines: Vec<_> = cases.iter().flat_map(|case| case.lines.clone()).collect();
    lines.shuffle(random);
    for (at, line) in lines.iter_mut().enumerate() {
        line["id"] = json!(format!("{at:05}"));
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    (cases, EventFile::parse(&text).unwrap().events)
}

/// Every rule of the cases, some of them twice: a set shares what they have in common.
fn compiled(random: &mut StdRng, cases: &[Case]) -> Vec<Arc<Compiled>> {
    let lists = lists().into_iter().collect();
    let read = |case: &Case| {
        let document = document::read(&case.document(), Format::Json).document.unwrap();
        Arc::new(compile(document.rule, &lists).unwrap())
    };
    let mut rules: Vec<_> = cases.iter().map(read).collect();
    let again: Vec<_> = rules.iter().filter(|_| random.random_bool(0.2)).cloned().collect();
    rules.extend(again);
    // Sets are laid out by how many they are: up to 64, up to 128, and more.
    if random.random_bool(0.04) {
        let many = [64, 65, 128, 129, 200][random.random_range(0..5)];
        rules = rules.iter().cycle().take(many).cloned().collect();
        rules.shuffle(random);
    }
    rules
}

/// What each rule says on its own.
fn alone(rules: &[Arc<Compiled>], events: &[Event]) -> Vec<Vec<Outcome>> {
    let run = |rule: &Arc<Compiled>| {
        let mut evaluator = Evaluator::new(Arc::clone(rule));
        let mut found: Vec<Outcome> = events.iter().flat_map(|event| evaluator.process(event)).collect();
        found.extend(evaluator.finish(events.last().unwrap().time));
        found
    };
    rules.iter().map(run).collect()
}

/// What the set says of each, which takes so many events at once.
fn together(rules: &[Arc<Compiled>], events: &[Event], at_once: usize) -> Vec<Vec<Outcome>> {
    let mut set = RuleSet::new(rules);
    let mut found = vec![Vec::new(); rules.len()];
    let mut all = Vec::new();
    events.chunks(at_once).for_each(|events| set.process_all(events, &mut all));
    all.extend(set.finish(events.last().unwrap().time));
    for (rule, outcome) in all {
        found[rule].push(outcome);
    }
    found
}

#[test]
fn a_set_says_of_each_rule_what_the_rule_says_alone() {
    let mut random = environment::random("a_set_says_of_each_rule_what_the_rule_says_alone");
    let draws = environment::number("TOCSIN_TEST_CASES", 10_000) / 10;
    let (mut matches, mut fired, mut joined) = (0, 0, 0);
    for _ in 0..draws {
        let mut random = StdRng::seed_from_u64(random.random());
        let (cases, events) = draw(&mut random);
        let rules = compiled(&mut random, &cases);
        let documents = || rules.iter().map(|rule| format!("{:?}\n", rule.rule())).collect::<String>();
        let mut index = Index::new(&rules);
        for event in &events {
            let expected: Vec<usize> = (0..rules.len()).filter(|rule| rules[*rule].matches(event)).collect();
            assert_eq!(index.matching(event), expected, "{event:?}\n{}", documents());
            matches += expected.len();
        }
        let at_once = [1, 2, 7, 64, 65, events.len()][random.random_range(0..6)];
        let (expected, found) = (alone(&rules, &events), together(&rules, &events, at_once));
        assert_eq!(found, expected, "{}", documents());
        let is_fired = |outcome: &&Outcome| matches!(outcome, Outcome::Fired(_));
        fired += expected.iter().flatten().filter(is_fired).count();
        joined += expected.iter().flatten().filter(|outcome| !is_fired(outcome)).count();
    }
    println!("{draws} sets: {matches} matches, {fired} firings, {joined} more occurrences");
    assert!(fired > draws as usize && joined > draws as usize, "{fired} firings, {joined} more occurrences");
}

/// Three sets of forty members are sixty-four thousand groups: the first ten thousand count, the same for everyone.
#[test]
fn an_event_with_huge_sets_is_in_its_first_ten_thousand_groups_whoever_asks() {
    let rule = r#"{"name": "r", "conditions": [{"type": "detected", "values": ["true"]}],
        "groupBy": ["apps", "rules", "usergroup"], "suppressFor": "0s",
        "window": {"thresholdTime": "5m"}, "trigger": {"kind": "atLeast", "value": 2}}"#;
    let document = document::read(rule, Format::Json).document.unwrap();
    let rule = Arc::new(compile(document.rule, &Lists::new()).unwrap());
    let members = (0..40).map(|member| format!("\"{member}\"")).collect::<Vec<_>>().join(",");
    let line = |id: &str| {
        format!(
            r#"{{"id":"{id}","time":"2026-03-04T08:12:40Z","kind":"dlp.transaction","fields":{{"detected":true,"apps":[{members}],"rules":[{members}],"usergroup":[{members}]}}}}"#
        )
    };
    let events = EventFile::parse(&format!("{}\n{}\n", line("a"), line("b"))).unwrap().events;
    let plain = backtest(&rule, &events, Bounds::default(), false);
    assert_eq!(plain.firings.len(), 10_000);
    let mut columns = Columns::new(Columns::fields_of(&rule));
    events.iter().for_each(|event| columns.append(event));
    let found = Preview::default().run(&mut columns, &rule, Bounds::default()).unwrap().backtest(false);
    assert!(found == plain, "columns say {} firings", found.firings.len());
    let rules = [rule];
    assert!(together(&rules, &events, 2) == alone(&rules, &events), "the set says something else");
}
