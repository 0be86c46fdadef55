//! What is proven of rules from what they say has to be so: of thousands of random pairs every event of a small world is
//! looked at, with the oracle's reading of conditions, which shares no code with the proof.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use rand::Rng;
use rand::seq::IndexedRandom as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tocsin_model::event::EventFile;
use tocsin_model::firing::Firing;
use tocsin_model::rule::Rule;
use tocsin_model::rule::document::{self, Format};
use tocsin_model::value::Canonical;
use tocsin_rules::{
    Bounds, Lists, Relation, Side, Standing, Together, backtest, compile, inspect, prove, relate, same_firings, wide,
};
use tocsin_testkit::environment;
use tocsin_tests::cases::{Case, SHAPES, lists};
use tocsin_tests::oracle::condition::Condition;
use tocsin_tests::oracle::fact::Fact;
use tocsin_tests::oracle::value::{Member, has, members};

const KINDS: [&str; 5] = ["generic", "dlp.transaction", "api.request", "alert", "governance"];
const FIELDS: [&str; 9] =
    ["detected", "username", "hostname", "client_ip", "usergroup", "status_code", "content_type", "user_id", "attr:x"];
const SOURCES: [Option<&str>; 4] = [None, Some("edge"), Some("other"), Some("third")];

/// What an event can say in a field, one value each.
fn values(field: &str) -> Vec<Value> {
    let texts = |all: &[&str]| all.iter().map(|text| json!(text)).collect();
    match field {
        "detected" => vec![json!(true), json!(false)],
        "status_code" => {
            let numbers = [json!(-1), json!(0), json!("0.5"), json!(0.999), json!(1), json!("1.001"), json!(2)];
            let far = [json!("2.5"), json!(3), json!("1000000000000000000000000000"), json!(-5)];
            numbers.into_iter().chain(far).collect()
        }
        "client_ip" => texts(&[
            "10.0.0.0",
            "10.0.0.1",
            "10.0.0.2",
            "10.0.1.0",
            "10.255.255.255",
            "11.0.0.0",
            "9.255.255.255",
            "255.255.255.255",
            "::ffff:10.0.0.1",
            "::1",
            "::ffff:0:0:1",
            "2001:db8::1",
            "2001:db8::2",
            "2001:db9::",
        ]),
        "hostname" => texts(&["a", "b", "a.b", "b.a", "c.a.b", "A.B.", "aa.b", "x", ".b"]),
        "content_type" => texts(&["a/b", "A/B; q=1", "a/c", "b/b", "", "x"]),
        "usergroup" => texts(&["", "a", "A", "b", "ab", "ba", "aa", "c"]),
        _ => texts(&["", "a", "A", "b", "c", "aa", "ab", "ba", "bb", "cb", "aab", "aba", "bab", "abab", "*", "a*"]),
    }
}

/// What a condition can ask of it.
fn asked(random: &mut impl Rng, field: &str) -> Vec<Value> {
    let all: &[&str] = match field {
        "detected" => &["true", "false", "TRUE"],
        // The last one is more than an event can say.
        "status_code" => &["0", "1", "1.001", "2", "0.5", "-1", "2000000000000000000000000000"],
        "client_ip" => &[
            "10.0.0.0/8",
            "10.0.0.0/24",
            "10.0.0.0/31",
            "10.0.0.1",
            "::ffff:10.0.0.1",
            "0.0.0.0/0",
            "::/0",
            "::ffff:0.0.0.0/96",
            "2001:db8::/32",
            "2001:db8::1",
            "list:here",
        ],
        "hostname" => &["a", "*.b", "a.*", "*", "?", "A.b.", "*a*", "?.?", "list:hosts"],
        "content_type" => &["a/b", "a/*", "*/b", "*", "A/?"],
        _ => &["a", "b", "A*", "*b", "a?", "?", "*", "ab", "*a*", "??", "a*b", "", "?*", "\\*", "list:names"],
    };
    let lists = random.random_bool(0.1);
    let all: Vec<&&str> = all.iter().filter(|text| lists || !text.starts_with("list:")).collect();
    let count = *[1, 1, 1, 2, 3].choose(random).unwrap();
    let chosen: BTreeSet<&str> = (0..count).map(|_| **all.choose(random).unwrap()).collect();
    chosen.into_iter().map(|text| json!(text)).collect()
}

fn condition(random: &mut impl Rng, field: &str) -> Value {
    let mut condition = json!({"type": field, "values": asked(random, field)});
    let is_text = !["detected", "status_code", "client_ip"].contains(&field);
    if field == "status_code" && random.random_bool(0.7) {
        let op = *["gte", "gt", "lte", "lt"].choose(random).unwrap();
        condition["op"] = json!(op);
    } else if is_text && random.random_bool(0.08) {
        condition["op"] = json!("regex");
        let text = *["^a", "b$", "A"].choose(random).unwrap();
        condition["values"] = json!([text]);
    }
    if random.random_bool(0.35) {
        condition["isNot"] = json!(true);
    }
    condition
}

/// The conditions of a rule and its sources.
fn rule(random: &mut impl Rng, fields: &[&str], most: usize) -> Value {
    let mut conditions: Vec<Value> = Vec::new();
    for _ in 0..random.random_range(1..=most) {
        let field = fields.choose(random).unwrap();
        let one = condition(random, field);
        if !conditions.contains(&one) {
            conditions.push(one);
        }
    }
    let sources = match random.random_range(0..12) {
        0 => json!(["Edge"]),
        1 => json!(["edge", "other"]),
        _ => json!([]),
    };
    json!({"name": "a rule", "conditions": conditions, "sources": sources})
}

/// A rule that has something to do with another one.
fn akin(random: &mut impl Rng, other: &Value, fields: &[&str]) -> Value {
    let mut rule = other.clone();
    let conditions = rule["conditions"].as_array_mut().unwrap();
    let at = random.random_range(0..conditions.len());
    match random.random_range(0..5) {
        0 if conditions.len() > 1 => drop(conditions.remove(at)),
        1 => {
            let one = conditions[at].as_object_mut().unwrap();
            if one.remove("isNot").is_none() {
                one.insert("isNot".to_owned(), json!(true));
            }
        }
        2 => {
            let (op, field) = (conditions[at]["op"].clone(), conditions[at]["type"].as_str().unwrap().to_owned());
            if op != json!("regex") {
                conditions[at]["values"] = json!(asked(random, &field));
            }
        }
        3 => conditions.rotate_left(at),
        _ => {
            let field = fields.choose(random).unwrap();
            let more = condition(random, field);
            conditions.push(more);
        }
    }
    let all = std::mem::take(conditions);
    all.into_iter().for_each(|one| {
        if !conditions.contains(&one) {
            conditions.push(one);
        }
    });
    rule
}

/// The values of lists, for both readings.
fn named() -> Lists {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    Lists::from([
        ("here".to_owned(), texts(&["10.0.0.0/30"])),
        ("hosts".to_owned(), texts(&["a", "*.b"])),
        ("names".to_owned(), texts(&["a", "b?"])),
    ])
}

fn read(document: &Value) -> Rule {
    let reading = document::read(&document.to_string(), Format::Json);
    reading.document.unwrap_or_else(|| panic!("{document}: {:?}", reading.findings.errors)).rule
}

/// Everything that an event of a kind can show in a field: nothing, one value, and where it may show several, several.
fn states(kind: &str, field: &str) -> Vec<Vec<Member>> {
    let one: Vec<Member> = values(field).iter().map(|value| members(field, value).unwrap().remove(0)).collect();
    let mut all = vec![Vec::new()];
    all.extend(one.iter().map(|member| vec![member.clone()]));
    if field != "usergroup" && kind != "alert" {
        return all;
    }
    for (at, first) in one.iter().enumerate() {
        for (next, second) in one.iter().enumerate().skip(at + 1) {
            all.push(vec![first.clone(), second.clone()]);
            all.extend(one.iter().skip(next + 1).map(|third| vec![first.clone(), second.clone(), third.clone()]));
        }
    }
    let differ = |members: &Vec<Member>| {
        let canonical: BTreeSet<&str> = members.iter().map(|member| member.canonical.as_str()).collect();
        canonical.len() == members.len()
    };
    all.retain(differ);
    all
}

/// The world: for each kind and field, what events show there.
struct World(BTreeMap<(&'static str, &'static str), Vec<Fact>>);

impl World {
    fn new() -> Self {
        let mut world = BTreeMap::new();
        for kind in KINDS {
            for field in FIELDS.iter().filter(|field| has(kind, field)) {
                let fact = |members: Vec<Member>| Fact {
                    id: "x".to_owned(),
                    time: 0,
                    kind: kind.to_owned(),
                    source: None,
                    fields: if members.is_empty() {
                        BTreeMap::new()
                    } else {
                        BTreeMap::from([((*field).to_owned(), members)])
                    },
                    marked: false,
                };
                world.insert((kind, *field), states(kind, field).into_iter().map(fact).collect());
            }
        }
        Self(world)
    }

    /// Which conditions, as bits, hold together in some event of a kind: every event is looked at, field by field. One
    /// whose kind lacks a field meets no condition on it.
    fn outcomes(&self, kind: &'static str, conditions: &[(&'static str, Condition)]) -> BTreeSet<u32> {
        let mut found = BTreeSet::from([0]);
        for field in FIELDS {
            let Some(facts) = self.0.get(&(kind, field)) else { continue };
            let own: Vec<_> = conditions.iter().enumerate().filter(|(_, (of, _))| *of == field).collect();
            let met = |fact: &Fact| {
                let holds = own.iter().filter(|(_, (_, condition))| condition.met(fact, None) == Some(true));
                holds.fold(0, |all, (at, _)| all | 1 << at)
            };
            let of_field: BTreeSet<u32> = facts.iter().map(met).collect();
            found = found.iter().flat_map(|seen| of_field.iter().map(move |new| seen | new)).collect();
        }
        found
    }
}

fn conditions(rule: &Value, lists: &Lists) -> Vec<(&'static str, Condition)> {
    let lists = lists.clone().into_iter().collect();
    let field = |one: &Value| FIELDS.into_iter().find(|field| one["type"] == json!(field)).unwrap();
    rule["conditions"].as_array().unwrap().iter().map(|one| (field(one), Condition::read(one, &lists))).collect()
}

fn takes(rule: &Value, source: Option<&str>) -> bool {
    let names = rule["sources"].as_array().unwrap();
    let is = |source: &str| names.iter().any(|name| name.as_str().unwrap().eq_ignore_ascii_case(source));
    names.is_empty() || source.is_none_or(is)
}

/// What there is in the world of two rules: an event that matches both, only the first, only the second.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Seen {
    both: bool,
    first: bool,
    second: bool,
}

fn look(world: &World, first: &Value, second: &Value, lists: &Lists) -> Seen {
    let (one, other) = (conditions(first, lists), conditions(second, lists));
    let (of_one, of_other) = ((1_u32 << one.len()) - 1, ((1_u32 << other.len()) - 1) << one.len());
    let all: Vec<_> = one.into_iter().chain(other).collect();
    let mut seen = Seen::default();
    for kind in KINDS {
        for bits in world.outcomes(kind, &all) {
            for source in SOURCES {
                let one = bits & of_one == of_one && takes(first, source);
                let other = bits & of_other == of_other && takes(second, source);
                seen.both |= one && other;
                seen.first |= one && !other;
                seen.second |= other && !one;
            }
        }
    }
    seen
}

#[test]
fn what_is_proven_of_two_rules_holds_for_every_event() {
    let pairs = environment::number("TOCSIN_TEST_PAIRS", 5_000);
    let mut random = environment::random("what_is_proven_of_two_rules_holds_for_every_event");
    let (world, lists) = (World::new(), named());
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut missed = Vec::new();
    for number in 0..pairs {
        let count = random.random_range(1..=3);
        let fields: Vec<&str> = (0..count).map(|_| *FIELDS.choose(&mut random).unwrap()).collect();
        let first = rule(&mut random, &fields, 3);
        let second = if number % 3 == 0 { rule(&mut random, &fields, 3) } else { akin(&mut random, &first, &fields) };
        let (left, right) = (read(&first), read(&second));
        let side = |rule| Side { rule, lists: &lists };
        let proven = relate(side(&left), side(&right));
        let seen = look(&world, &first, &second, &lists);
        let text = format!("{first}\n{second}\n{proven:?}, and there is {seen:?}");
        let word = match proven {
            Some(Relation::Equal) => {
                assert!(!seen.first && !seen.second, "{text}");
                "equal"
            }
            Some(Relation::Within) => {
                assert!(!seen.first, "{text}");
                "within"
            }
            Some(Relation::Covers) => {
                assert!(!seen.second, "{text}");
                "covers"
            }
            Some(Relation::Apart) => {
                assert!(!seen.both, "{text}");
                "apart"
            }
            None => "not proven",
        };
        // What is said of the other way round is the same.
        let mirrored = proven.map(|relation| match relation {
            Relation::Within => Relation::Covers,
            Relation::Covers => Relation::Within,
            Relation::Equal | Relation::Apart => relation,
        });
        assert_eq!(relate(side(&right), side(&left)), mirrored, "{text}");
        let all = prove(side(&left), side(&right));
        assert_eq!((all.events, all.fire_alike), (proven, same_firings(side(&left), side(&right))), "{text}");
        let wide = [wide(side(&left), side(&right)), wide(side(&right), side(&left))];
        assert_eq!([all.left_with_right, all.right_with_left], wide, "{text}");
        *counts.entry(word).or_default() += 1;
        // Nothing is left open that could be known, but for what nobody can look into.
        let opaque = text.contains("list:") || text.contains("regex");
        let matches = (seen.first || seen.both, seen.second || seen.both) == (true, true);
        if proven.is_none() && matches && !opaque && !(seen.both && seen.first && seen.second) {
            missed.push(text.clone());
        }
        let never = inspect(side(&left)).never;
        assert!(!(never && (seen.first || seen.both)), "never: {text}");
        *counts.entry(if never { "never" } else { "can match" }).or_default() += 1;
    }
    println!("{counts:?}; not proven though it is so in the small world: {}", missed.len());
    missed.iter().take(5).for_each(|text| println!("{text}"));
    let some = |word: &str, percent: u64| counts.get(word).copied().unwrap_or_default() * 100 >= pairs * percent;
    assert!(some("equal", 3) && some("within", 8) && some("covers", 8) && some("apart", 8), "{counts:?}");
    assert!(some("never", 1), "{counts:?}");
    assert!(missed.len() as u64 * 100 <= pairs, "too much is left open: {}", missed.len());
}

#[test]
fn what_is_proven_of_one_condition_holds_for_every_event() {
    let mut random = environment::random("what_is_proven_of_one_condition_holds_for_every_event");
    let (world, lists) = (World::new(), named());
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for _ in 0..environment::number("TOCSIN_TEST_PAIRS", 5_000) {
        let field = *FIELDS.choose(&mut random).unwrap();
        let document = rule(&mut random, &[field, "detected"], 4);
        let read = read(&document);
        let inspection = inspect(Side { rule: &read, lists: &lists });
        let all = conditions(&document, &lists);
        let outcomes: Vec<(&str, u32)> = KINDS
            .into_iter()
            .flat_map(|kind| world.outcomes(kind, &all).into_iter().map(move |bits| (kind, bits)))
            .collect();
        let implied: u32 = inspection
            .conditions
            .iter()
            .filter(|(_, standing)| *standing == Standing::Implied)
            .fold(0, |all, (at, _)| all | 1 << at);
        let everything = (1_u32 << all.len()) - 1;
        for (at, standing) in &inspection.conditions {
            let met = |bits: u32| bits & 1 << at != 0;
            let field = all[*at].0;
            let fault = match standing {
                Standing::Never => outcomes.iter().any(|(_, bits)| met(*bits)),
                Standing::Always => outcomes.iter().any(|(kind, bits)| has(kind, field) && !met(*bits)),
                // With all that are implied left out, the rest has to mean the same.
                Standing::Implied => outcomes.iter().any(|(_, bits)| bits | implied == everything && !met(*bits)),
                Standing::IfPresent => world.0.iter().any(|((_, of), facts)| {
                    let shows = |fact: &&Fact| !fact.fields.is_empty();
                    *of == field && facts.iter().filter(shows).any(|fact| all[*at].1.met(fact, None) != Some(true))
                }),
            };
            assert!(!fault, "{document}: {at} is said to be {standing:?}");
            *counts.entry(format!("{standing:?}")).or_default() += 1;
        }
    }
    println!("{counts:?}");
    assert!(counts.len() == 4 && counts.values().all(|count| *count >= 5), "{counts:?}");
}

/// A rule with which `rule` may be proven to fire: less is asked of it.
fn wider(random: &mut impl Rng, rule: &Value) -> Value {
    let mut other = rule.clone();
    for _ in 0..random.random_range(1..=3) {
        match random.random_range(0..6) {
            0 => {
                let conditions = other["conditions"].as_array_mut().unwrap();
                if conditions.len() > 1 {
                    conditions.pop();
                }
            }
            1 if other["trigger"]["kind"] == "atLeast" => {
                other["trigger"]["value"] = if rule["measure"]["kind"] == "share" { json!(20) } else { json!(1) };
            }
            2 if other["groupBy"].as_array().is_some_and(|fields| fields.len() > 1) => {
                drop(other["groupBy"].as_array_mut().unwrap().pop());
            }
            3 if other["window"]["kind"] == "rolling" && other["trigger"]["kind"] != "absent" => {
                other["window"] = json!({"kind": "rolling", "thresholdTime": "7d"});
            }
            4 => {
                let span = *["0s", "10m", "1h"].choose(random).unwrap();
                other["suppressFor"] = json!(span);
            }
            _ if other["trigger"]["kind"] == "atLeast" && other["measure"].is_null() => {
                other["window"] = json!({"kind": "rolling", "thresholdTime": "1h"});
                other["trigger"] = json!({"kind": "atLeast", "value": 1});
            }
            _ => {}
        }
    }
    other
}

fn key(rule: &Rule, firing: &Firing, fields: &Rule) -> Vec<Option<Canonical>> {
    let place = |field| rule.group_by.iter().position(|own| own == field).unwrap();
    fields.group_by.iter().map(|field| firing.group[place(field)].canonical.clone()).collect()
}

#[test]
fn whenever_a_rule_fires_a_wider_one_fires_or_goes_on() {
    let mut random = environment::random("whenever_a_rule_fires_a_wider_one_fires_or_goes_on");
    let lists: Lists = lists().into_iter().collect();
    let cases = environment::number("TOCSIN_TEST_PAIRS", 5_000) / 2;
    let (mut proven, mut alike, mut looked_at) = (0, 0, 0);
    for number in 0..cases {
        let (case, _) = Case::random(&mut random, SHAPES[number as usize % SHAPES.len()]);
        let (narrow, other) = (read(&case.rule), read(&wider(&mut random, &case.rule)));
        let (first, second) = (Side { rule: &narrow, lists: &lists }, Side { rule: &other, lists: &lists });
        let (found, same) = (wide(first, second), same_firings(first, second));
        proven += u64::from(found.is_some());
        alike += u64::from(same);
        if found.is_none() && !same {
            continue;
        }
        let events = EventFile::parse(&case.file()).unwrap().events;
        let run = |rule: &Rule| {
            let compiled = Arc::new(compile(rule.clone(), &lists).unwrap());
            backtest(&compiled, &events, Bounds::default(), false).firings
        };
        let (of_narrow, of_other) = (run(&narrow), run(&other));
        if same {
            assert_eq!(of_narrow, of_other, "{}", case.scenario());
        }
        for firing in found.iter().flat_map(|_| &of_narrow) {
            let group = key(&narrow, firing, &other);
            let from = match found.unwrap().together {
                Together::SameMoment => firing.fired_at,
                Together::SameWindow => firing.window_start,
            };
            let goes_on = |one: &&Firing| {
                one.fired_at <= firing.fired_at && one.last_seen >= from && key(&other, one, &other) == group
            };
            let with = of_other.iter().find(goes_on);
            assert!(with.is_some(), "{firing:?}\n{}\n{:?}", case.scenario(), other);
            looked_at += 1;
        }
    }
    println!("{cases} pairs, {proven} proven to come together, {alike} to fire alike; {looked_at} firings looked at");
    assert!(proven * 100 >= cases * 25 && alike * 100 >= cases * 3 && looked_at >= cases / 4);
}
