//! Previews over a store against the plain evaluator over the same events: the same numbers on random rules, however
//! the rule was edited before, whatever came in between or late, and whatever retention took away.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tocsin_engine::{App, Bounds, Clock, Config, IngestFile, PreviewAsk, RuleEffect, RuleFile, RuleToTest, SourceSpec};
use tocsin_model::event::{Event, EventFile};
use tocsin_model::firing::Firing;
use tocsin_model::rule::document::{self, Format};
use tocsin_model::source::SourceKind;
use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::{Backtest, Compiled, Lists, backtest, compile, explain, group_key};
use tocsin_testkit::environment;
use tocsin_tests::cases::{Case, SHAPES};

const DAY: i64 = 86_400_000;

#[derive(Debug)]
struct ManualClock(Mutex<Timestamp>);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A store with one source, and what it holds as the plain evaluator gets it.
struct Desk {
    app: App,
    clock: Arc<ManualClock>,
    _dir: TempDir,
    /// With ids in the order in which they came, as the store gives them, each with when it was received.
    held: Vec<(Timestamp, Event)>,
    came: usize,
}

impl Desk {
    fn new(now: Timestamp) -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(ManualClock(Mutex::new(now))));
        let config = Config {
            data_dir: dir.path().to_owned(),
            listen: "127.0.0.1:0".parse().unwrap(),
            desktop_notifications: false,
        };
        let app = App::open_with_clock(config, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        app.add_source(SourceSpec {
            kind: SourceKind::CloudEvents,
            name: "edge".parse().unwrap(),
            sign_in: None,
            username: None,
            secret: None,
            origins: Vec::new(),
        })
        .unwrap();
        Self { app, clock, _dir: dir, held: Vec::new(), came: 0 }
    }

    /// A day later.
    fn sleep(&self) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus(Span::DAY);
    }

    fn take_in(&mut self, lines: &[Value]) {
        let mut text = String::new();
        for line in lines {
            let id = format!("{:08}", self.came);
            self.came += 1;
            let mut line = line.clone();
            line["id"] = json!(id);
            line.as_object_mut().unwrap().remove("source");
            if line["kind"] == "alert" && line["fields"]["username"].is_array() {
                // In the log an alert may name several users, in an events file it may not.
                line["fields"]["username"] = json!("ana");
            }
            text.push_str(&format!("{line}\n"));
            line["source"] = json!("edge");
            let event = EventFile::parse(&line.to_string()).unwrap().events.remove(0);
            self.held.push((self.clock.now(), event));
        }
        self.app.ingest("edge", IngestFile { name: "events".to_owned(), bytes: text.into_bytes() }).unwrap();
    }

    /// Lets go what was received more than so many days ago.
    fn forget(&mut self, days: u32) {
        self.app.apply_retention_of(Some(days), None, &|| true).unwrap();
        let kept = self.clock.now().millis() - i64::from(days) * DAY;
        self.held.retain(|(received, _)| received.millis() >= kept);
    }

    fn events(&self) -> Vec<Event> {
        let mut events: Vec<Event> = self.held.iter().map(|(_, event)| event.clone()).collect();
        events.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
        events
    }
}

/// The rule of a document, unless that is refused. Lists stand with rules of the store, and there is none.
fn compiled(rule: &Value) -> Option<Arc<Compiled>> {
    let document = document::read(&rule.to_string(), Format::Json).document?;
    compile(document.rule, &Lists::new()).ok().map(Arc::new)
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
        4 => rule["conditions"][0] = other["conditions"][0].clone(),
        5 => rule["groupBy"] = other.get("groupBy").cloned().unwrap_or(json!([])),
        6 => rule["conditions"].as_array_mut().unwrap().push(other["conditions"][0].clone()),
        _ => rule["measure"] = other.get("measure").cloned().unwrap_or(json!({"kind": "count"})),
    }
}

/// Which slice of the stretch a time is in: by the definition of each, asked one by one.
fn slice(ask: &PreviewAsk, at: Timestamp) -> Option<usize> {
    let (from, to, count) = (ask.from.millis(), ask.to.millis(), i64::from(ask.buckets));
    let begin = |slice: i64| from + ((to - from) * slice + count - 1) / count;
    (0..count).find(|slice| (begin(*slice)..begin(slice + 1)).contains(&at.millis())).map(|slice| slice as usize)
}

/// What the plain evaluator's firings say in the form of a preview.
fn same(effect: &RuleEffect, ask: &PreviewAsk, rule: &Arc<Compiled>, events: &[Event]) -> u64 {
    let of = || format!("{}\nfrom {} to {} in {}", ask.document, ask.from, ask.to, ask.buckets);
    let bounds = Bounds { from: Some(ask.from), to: Some(ask.to) };
    let Backtest { firings, curve, .. } = backtest(rule, events, bounds, true);
    let time = |event: Option<&Event>| event.map(|event| event.time);
    assert_eq!(
        (effect.events, effect.first, effect.last),
        (events.len() as u64, time(events.first()), time(events.last()))
    );
    let occurrences: u64 = firings.iter().map(|firing| firing.occurrences).sum();
    assert_eq!((effect.firings, effect.occurrences), (firings.len() as u64, occurrences), "{}", of());
    let groups: BTreeSet<_> = firings.iter().map(|firing| group_key(&firing.group)).collect();
    assert_eq!(effect.groups, groups.len() as u64, "{}", of());
    let mut counts = vec![(0, 0); ask.buckets as usize];
    events
        .iter()
        .filter(|event| rule.matches(event))
        .filter_map(|event| slice(ask, event.time))
        .for_each(|at| counts[at].0 += 1);
    firings.iter().filter_map(|firing| slice(ask, firing.fired_at)).for_each(|at| counts[at].1 += 1);
    let drawn: Vec<_> = effect.buckets.iter().map(|bucket| (bucket.matched, bucket.firings)).collect();
    assert_eq!(drawn, counts, "{}", of());
    assert_eq!(effect.matched, counts.iter().map(|(matched, _)| u64::from(*matched)).sum::<u64>());
    let marks: Vec<_> = effect.marks.iter().map(|mark| (mark.at, mark.group.clone(), mark.value)).collect();
    let mark = |firing: &Firing| (firing.fired_at, firing.group.clone(), firing.value.nearest());
    assert_eq!(marks, firings.iter().rev().map(mark).collect::<Vec<_>>(), "{}", of());
    assert_eq!(effect.curve, curve, "{}", of());
    let mut often: BTreeMap<_, u64> = BTreeMap::new();
    firings.iter().for_each(|firing| *often.entry(group_key(&firing.group)).or_default() += 1);
    for busy in &effect.busiest {
        assert_eq!(often.remove(&group_key(&busy.group)), Some(busy.firings), "{}", of());
    }
    let least = effect.busiest.last().map_or(0, |busy| busy.firings);
    assert!(often.values().all(|count| *count <= least && effect.busiest.len() == 5), "{}", of());
    assert!(effect.notifications <= effect.firings, "{}", of());
    peaks(effect, ask, rule, events, &of());
    effect.firings
}

/// Why a stored event fires or not: of a few, against the explanation from all events.
fn explained(desk: &Desk, document: &str, rule: &Arc<Compiled>, events: &[Event], random: &mut StdRng) -> usize {
    let matching: Vec<&Event> = events.iter().filter(|event| rule.matches(event)).collect();
    let picked = matching.choose_multiple(random, 2).copied().chain(events.choose(random));
    let mut fires = 0;
    for event in picked {
        let found = desk.app.explain_document(document, &event.id).unwrap();
        let expected = explain(rule, events, &event.id).unwrap();
        assert_eq!(found.explanation, expected, "{document}\n{event:?}");
        fires += usize::from(expected.fires);
    }
    fires
}

/// A backtest over the store, which goes through the columns too.
fn backtested(desk: &Desk, document: &str, rule: &Arc<Compiled>, events: &[Event], bounds: Bounds) {
    let expected = backtest(rule, events, bounds, true);
    let file = RuleFile { name: "rule.json".to_owned(), bytes: document.into(), lists: "/nowhere".into() };
    let found = desk.app.backtest_stored(RuleToTest::File(file), bounds, expected.curve.is_some()).unwrap();
    let marked = events.iter().filter(|event| !event.unreadable.is_empty()).count();
    assert_eq!((found.marked, found.dropped), (marked as u64, 0), "{document}");
    // The store has ids of its own.
    let nameless = |mut found: Backtest| {
        found.firings.iter_mut().for_each(|firing| {
            assert_eq!(firing.events.first.len() as u64, firing.events.total.min(100));
            firing.events.first.clear();
        });
        found
    };
    assert_eq!(nameless(found.result), nameless(expected), "{document}\n{bounds:?}");
}

/// The peak of a slice is the highest threshold at which a window of it holds: asked of the plain evaluator by running
/// the rule with that threshold and without suppression, and with one that is a little higher.
fn peaks(effect: &RuleEffect, ask: &PreviewAsk, rule: &Arc<Compiled>, events: &[Event], of: &str) {
    let at_least: Value = serde_json::from_str(&ask.document).unwrap();
    if effect.curve.is_none() {
        assert!(effect.buckets.iter().all(|bucket| bucket.peak.is_none()), "{of}");
        return;
    }
    let values: BTreeSet<i64> = effect.buckets.iter().filter_map(|bucket| bucket.peak).map(thousandths).collect();
    for value in values.into_iter().filter(|value| (1..1_000_000_000_000).contains(value)).take(3) {
        let reached = |thousandths: i64| -> BTreeSet<usize> {
            let mut document = at_least.clone();
            document["suppressFor"] = json!("0s");
            document["trigger"] = json!({"kind": "atLeast", "value": decimal(thousandths)});
            let whole = rule.rule().measure.is_whole();
            if whole {
                document["trigger"]["value"] = json!((thousandths + 999) / 1_000);
            }
            let Some(rule) = compiled(&document) else { return BTreeSet::new() };
            let firings = backtest(&rule, events, Bounds { from: None, to: Some(ask.to) }, false).firings;
            firings.iter().filter_map(|firing| slice(ask, firing.fired_at)).collect()
        };
        let (at_value, above) = (reached(value), reached(value + 1));
        for (at, bucket) in effect.buckets.iter().enumerate() {
            let peak = bucket.peak.map(thousandths);
            // In fixed windows a firing is only where the threshold was reached first.
            if at_value.contains(&at) {
                assert!(peak >= Some(value), "slice {at} has {peak:?}, and {value} is reached\n{of}");
            }
            if above.contains(&at) {
                assert!(peak > Some(value), "slice {at} has {peak:?}, and more than {value} is reached\n{of}");
            }
        }
        let has_its_own = effect.buckets.iter().enumerate().any(|(at, bucket)| {
            bucket.peak.map(thousandths) == Some(value) && at_value.contains(&at) && !above.contains(&at)
        });
        assert!(has_its_own || is_fixed(&at_least), "no slice reaches {value} and no more\n{of}");
    }
}

fn is_fixed(rule: &Value) -> bool {
    rule["window"]["kind"] == "fixed"
}

fn thousandths(value: f64) -> i64 {
    // The largest decimal that it reaches; sums and maxima are decimals to begin with.
    (value * 1_000.0 + 1e-6).floor() as i64
}

fn decimal(thousandths: i64) -> String {
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

#[test]
fn previews_say_what_the_plain_evaluator_says_of_the_store() {
    let mut random = environment::random("previews_say_what_the_plain_evaluator_says_of_the_store");
    let cases = environment::number("TOCSIN_TEST_CASES", 10_000) as usize / 100;
    let (mut asked, mut fired, mut cut, mut why) = (0, 0, 0, 0);
    for number in 0..cases {
        let mut random = StdRng::seed_from_u64(random.random());
        let shape = SHAPES[number % SHAPES.len()];
        let (case, _) = Case::random(&mut random, shape);
        let mut arriving = case.lines.clone();
        arriving.shuffle(&mut random);
        // Lines that repeat an id, too: here each is an event of its own.
        let last = case.lines.iter().map(time).max().unwrap();
        let mut desk = Desk::new(last.plus(Span::DAY));
        let mut rule = case.rule.clone();
        rule.as_object_mut().unwrap().remove("sources");
        for _ in 0..8 {
            let before = rule.clone();
            match random.random_range(0..10) {
                0..5 => {
                    let other = Case::random(&mut random, shape).0.rule;
                    edit(&mut random, &mut rule, &other);
                }
                5 => {
                    desk.forget(2);
                    cut += 1;
                }
                6 => desk.sleep(),
                _ => {
                    let count = random.random_range(0..=arriving.len());
                    desk.take_in(&arriving.drain(..count).collect::<Vec<_>>());
                }
            }
            let Some(now) = compiled(&rule) else {
                rule = before;
                continue;
            };
            let events = desk.events();
            let pick = |random: &mut StdRng| case.lines.choose(random).map(time).unwrap();
            let (one, other) =
                (pick(&mut random), pick(&mut random).plus(Span::from_millis(random.random_range(0..2))));
            let (from, to) = if random.random_bool(0.5) {
                (one.min(other), one.max(other))
            } else {
                (Timestamp::from_millis(0), last.plus(Span::DAY))
            };
            let to = if from < to { to } else { from.plus(Span::from_millis(1)) };
            let ask =
                PreviewAsk { document: rule.to_string(), rule: None, from, to, buckets: random.random_range(1..9) };
            let bounds = Bounds { from: Some(from), to: Some(to) };
            if random.random_bool(0.3) {
                backtested(&desk, &ask.document, &now, &events, bounds);
            }
            if random.random_bool(0.5) {
                why += explained(&desk, &ask.document, &now, &events, &mut random);
            }
            let effect = desk.app.preview(&ask).unwrap().effect.unwrap();
            fired += usize::from(same(&effect, &ask, &now, &events) > 0);
            asked += 1;
        }
    }
    println!("{fired} of {asked} previews fire; {cut} times something was let go");
    assert!(why * 10 > asked, "{why} events that fire were explained");
    assert!(fired * 10 > asked && cut * 50 > asked, "{fired} of {asked} previews fire, {cut} cuts");
}

fn time(line: &Value) -> Timestamp {
    Timestamp::parse(line["time"].as_str().unwrap()).unwrap()
}
