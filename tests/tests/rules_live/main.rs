//! Live evaluation against backtests over the same events: in order, out of order, started anew, and short of memory.
//! `TOCSIN_TEST_LIVE_CASES` makes the runs longer.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod together;

use rand::Rng;
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tocsin_model::event::{Event, EventFile};
use tocsin_model::rule::document::{self, Format};
use tocsin_model::rule::{Measure, Rule, Trigger};
use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::{Bounds, Compiled, Gaps, Lists, Live, LiveEvent, LiveOutcome, Passed, SETTLE, backtest, compile};
use tocsin_testkit::environment::{number, random};
use tocsin_tests::cases::{Case, SHAPES, lists};

const ALWAYS: Timestamp = Timestamp::from_millis(i64::MIN);
const MUCH: usize = 1_000_000;

/// A firing as far as a backtest and live evaluation both tell it: time, group, window, value, occurrences, last seen,
/// events.
type Told = (Timestamp, String, Timestamp, Timestamp, String, u64, Timestamp, Vec<String>, u64);

/// What was found live so far.
#[derive(Debug, Clone, Default)]
struct Ledger {
    told: BTreeMap<(String, Timestamp, String), Told>,
    /// A firing may come again, as it may to the store, which knows it then.
    knows_again: bool,
}

impl Ledger {
    fn note(&mut self, outcomes: Vec<LiveOutcome>) {
        for outcome in outcomes {
            match outcome {
                LiveOutcome::Fired(live) => {
                    let firing = live.firing;
                    let told = (
                        firing.fired_at,
                        live.group_key.to_string(),
                        firing.window_start,
                        firing.window_end,
                        format!("{:?}", firing.value.parts()),
                        1,
                        firing.fired_at,
                        firing.events.first,
                        firing.events.total,
                    );
                    let key = (live.group_key.to_string(), firing.fired_at, live.candidate);
                    assert!(self.knows_again || !self.told.contains_key(&key), "a firing was told twice: {key:?}");
                    self.told.entry(key).or_insert(told);
                }
                LiveOutcome::Joined { group_key, fired_at, at } => {
                    let group = group_key.to_string();
                    let last = (group.clone(), fired_at, "\u{10ffff}".to_owned());
                    let joined = self.told.range_mut((group, fired_at, String::new())..=last).next_back();
                    let told = joined.expect("it joins a firing").1;
                    told.5 += 1;
                    told.6 = told.6.max(at);
                }
            }
        }
    }

    fn told(&self) -> BTreeSet<Told> {
        self.told.values().cloned().collect()
    }

    fn fired(&self) -> Vec<(String, Timestamp)> {
        self.told.keys().map(|(group, at, _)| (group.clone(), *at)).collect()
    }
}

struct Setting {
    rule: Arc<Compiled>,
    events: Vec<Event>,
}

impl Setting {
    fn of(case: &Case) -> Option<Self> {
        let rule = document::read(&case.document(), Format::Json).document?.rule;
        let all: Lists = lists().into_iter().collect();
        let events = EventFile::parse(&case.file()).ok()?.events;
        let at = Timestamp::from_millis;
        let gaps = Gaps::new(case.gaps.iter().map(|&(from, to)| (at(from), at(to))));
        Some(Self { rule: Arc::new(compile(rule, &all).ok()?).with_gaps(&gaps), events })
    }

    fn last(&self) -> Timestamp {
        self.events.last().map_or(ALWAYS, |event| event.time)
    }

    fn backtest(&self) -> BTreeSet<Told> {
        let found = backtest(&self.rule, &self.events, Bounds::default(), false);
        let key = |group: &[tocsin_model::firing::GroupValue]| {
            let one = |value: &tocsin_model::firing::GroupValue| {
                value
                    .canonical
                    .as_ref()
                    .map_or_else(|| "null".to_owned(), |one| serde_json::to_string(&one.to_string()).unwrap())
            };
            format!("[{}]", group.iter().map(one).collect::<Vec<_>>().join(","))
        };
        let told = found.firings.into_iter().map(|firing| {
            (
                firing.fired_at,
                key(&firing.group),
                firing.window_start,
                firing.window_end,
                format!("{:?}", firing.value.parts()),
                firing.occurrences,
                firing.last_seen,
                firing.events.first,
                firing.events.total,
            )
        });
        told.collect()
    }

    /// What is told live that a backtest tells too: it stops at the last event, while live silences go on.
    fn comparable(&self, told: BTreeSet<Told>) -> BTreeSet<Told> {
        let absent = matches!(self.rule.rule().trigger, Trigger::Absent);
        told.into_iter().filter(|one| !absent || one.0 <= self.last()).collect()
    }

    /// All windows of the case are over by then.
    fn much_later(&self) -> Timestamp {
        self.last().plus(Span::from_millis(4_000 * Span::DAY.millis()))
    }
}

fn cases(run: &str, usual: u64, mut check: impl FnMut(&mut rand::rngs::StdRng, &Setting, &Case)) {
    let mut random = random(run);
    let count = number("TOCSIN_TEST_LIVE_CASES", usual);
    let mut fired = 0;
    for at in 0..count {
        let shape = SHAPES[usize::try_from(at).unwrap() % SHAPES.len()];
        let (case, verdict) = Case::random(&mut random, shape);
        let Some(setting) = Setting::of(&case) else { panic!("{}", case.scenario()) };
        fired += verdict.firings.len();
        check(&mut random, &setting, &case);
    }
    assert!(fired as u64 > count, "too little fires to say anything: {fired} in {count}");
}

fn live(setting: &Setting, floor: Timestamp, fired: Vec<(String, Timestamp)>) -> Live {
    Live::new(Arc::clone(&setting.rule), floor, fired, MUCH)
}

/// Events one by one or a few at a time, each received a moment after it happened, or all of them long after, every
/// second some.
fn deliveries(random: &mut impl Rng, setting: &Setting) -> Vec<(Timestamp, Vec<usize>)> {
    let long_after = random.random_bool(0.3).then(|| setting.much_later());
    let mut all = Vec::new();
    let mut at = 0;
    while at < setting.events.len() {
        let mut size = random.random_range(1..4).min(setting.events.len() - at);
        // What is received more than ten seconds after a window's end is late for it.
        while long_after.is_none() && setting.events[at + size - 1].time >= setting.events[at].time.plus(SETTLE) {
            size -= 1;
        }
        let second = Span::from_millis(1_000 * all.len() as i64);
        let received = long_after.map_or(setting.events[at + size - 1].time, |start| start.plus(second));
        all.push((received, (at..at + size).collect()));
        at += size;
    }
    all
}

/// A rule that is evaluated live, and can be started anew.
struct Desk<'a> {
    setting: &'a Setting,
    live: Live,
    ledger: Ledger,
    seen: Vec<(usize, Timestamp)>,
    clock: Timestamp,
}

impl<'a> Desk<'a> {
    fn new(setting: &'a Setting) -> Self {
        Self {
            setting,
            live: live(setting, ALWAYS, Vec::new()),
            ledger: Ledger::default(),
            seen: Vec::new(),
            clock: ALWAYS,
        }
    }

    fn offer(&mut self, received_at: Timestamp, places: &[usize]) {
        let setting = self.setting;
        let events: Vec<LiveEvent<'_>> =
            places.iter().map(|place| LiveEvent { event: &setting.events[*place], source: 1, received_at }).collect();
        if let Some(floor) = self.live.needs(&events) {
            let clock = self.live.clock();
            self.start(floor);
            self.live.filled(Passed::up_to(clock));
            assert_eq!(self.live.needs(&events), None, "all is known");
        }
        self.ledger.note(self.live.offer(&events));
        self.seen.extend(places.iter().map(|place| (*place, received_at)));
        self.clock = received_at;
    }

    fn start(&mut self, floor: Timestamp) {
        self.live = live(self.setting, floor, self.ledger.fired());
        for (place, received_at) in &self.seen {
            let event = &self.setting.events[*place];
            self.live.fill(LiveEvent { event, source: 1, received_at: *received_at });
        }
    }

    /// The process ends and another one starts.
    fn restart(&mut self, random: &mut impl Rng, floor: Timestamp) {
        self.seen.shuffle(random);
        self.start(floor);
        self.live.filled(Passed::up_to(self.clock));
    }

    fn newest(&self) -> Timestamp {
        self.seen.iter().map(|(place, _)| self.setting.events[*place].time).max().unwrap_or(ALWAYS)
    }

    fn advance(&mut self, now: Timestamp) {
        self.ledger.note(self.live.advance(now));
        self.clock = self.clock.max(now);
    }

    /// What was told once all is over.
    fn end(mut self) -> BTreeSet<Told> {
        if matches!(self.setting.rule.rule().trigger, Trigger::Absent) {
            // A backtest ends at the last event, live silences go on.
            self.live
                .advance(self.setting.much_later().plus(Span::from_millis(Span::DAY.millis())))
                .into_iter()
                .for_each(|outcome| {
                    let at = match &outcome {
                        LiveOutcome::Fired(live) => live.firing.fired_at,
                        LiveOutcome::Joined { at, .. } => *at,
                    };
                    if at <= self.setting.last() {
                        self.ledger.note(vec![outcome]);
                    }
                });
            return self.setting.comparable(self.ledger.told());
        }
        self.advance(self.setting.much_later().plus(Span::from_millis(Span::DAY.millis())));
        self.setting.comparable(self.ledger.told())
    }
}

#[track_caller]
fn agree(live: &BTreeSet<Told>, tested: &BTreeSet<Told>, case: &Case) {
    let (more, less) = (live.difference(tested), tested.difference(live));
    let differ: (Vec<_>, Vec<_>) = (more.collect(), less.collect());
    assert!(live == tested, "live alone, backtest alone: {differ:?}\n{}", case.scenario());
}

#[test]
fn live_equals_backtest_firing_for_firing() {
    cases("live", 600, |random, setting, case| {
        let mut desk = Desk::new(setting);
        for (received, places) in deliveries(random, setting) {
            desk.offer(received, &places);
            if random.random_bool(0.3) {
                desk.advance(received);
            }
        }
        agree(&desk.end(), &setting.backtest(), case);
    });
}

/// A stop at any moment, and a start with what is stored, or with no more of it than windows reach: nothing is lost
/// and nothing is told twice.
#[test]
fn a_restart_at_any_moment_changes_nothing() {
    cases("live restart", 600, |random, setting, case| {
        let mut desk = Desk::new(setting);
        for (received, places) in deliveries(random, setting) {
            desk.offer(received, &places);
            if random.random_bool(0.3) {
                let near = Live::floor_for(&setting.rule, desk.newest());
                let floor = if random.random_bool(0.5) { near } else { ALWAYS };
                desk.restart(random, floor);
            }
        }
        agree(&desk.end(), &setting.backtest(), case);
    });
}

fn wavers(rule: &Rule) -> bool {
    matches!(rule.trigger, Trigger::Unseen { .. } | Trigger::Rare { .. } | Trigger::Baseline { .. })
        || matches!(rule.measure, Measure::Sum(_) | Measure::Mean(_) | Measure::Share { .. })
}

/// Whatever the order in which events come: who fires in the sorted run fires live too.
#[test]
fn no_group_is_lost_when_events_come_out_of_order() {
    cases("live shuffled", 600, |random, setting, case| {
        let mut places: Vec<usize> = (0..setting.events.len()).collect();
        places.shuffle(random);
        let mut desk = Desk::new(setting);
        // One late event takes away what a rare value or a mean made fire, another one brings it back. What is filled
        // anew in between cannot know.
        desk.ledger.knows_again = wavers(setting.rule.rule());
        // Received at once, or with so much time between that windows are decided before all of their events came.
        let pause = Span::from_millis([0, 20_000][random.random_range(0..2)]);
        let mut now = setting.last();
        for place in places {
            now = now.plus(pause);
            desk.offer(now, &[place]);
        }
        let groups = |told: BTreeSet<Told>| told.into_iter().map(|one| one.1).collect::<BTreeSet<_>>();
        let (found, sorted) = (groups(desk.end()), groups(setting.backtest()));
        assert!(
            sorted.is_subset(&found),
            "lost: {:?}\n{}",
            sorted.difference(&found).collect::<Vec<_>>(),
            case.scenario()
        );
    });
}

fn rule(json: &str) -> Arc<Compiled> {
    Arc::new(compile(document::read(json, Format::Json).document.unwrap().rule, &Lists::new()).unwrap())
}

fn event(id: usize, at: Timestamp, user: usize) -> Event {
    let line = format!(
        "{{\"id\":\"{id:08}\",\"time\":\"{at}\",\"kind\":\"api.request\",\"fields\":{{\"username\":\"user {user}\"}}}}"
    );
    tocsin_model::event::event(&line).unwrap()
}

#[test]
fn a_million_groups_stay_within_memory_and_are_counted() {
    let by_user = r#"{"name": "r", "conditions": [{"type": "username", "values": ["*"]}], "groupBy": ["username"],
        "window": {"kind": "rolling", "thresholdTime": "1h"}, "trigger": {"kind": "atLeast", "value": 2}}"#;
    let mut live = Live::new(rule(by_user), ALWAYS, Vec::new(), 5_000);
    let start = Timestamp::from_millis(1_772_611_960_000);
    let (mut forgotten, mut fired) = (0, 0);
    for user in 0..30_000 {
        let now = start.plus(Span::from_millis(user as i64));
        let seen = [event(user, now, user), event(100_000 + user, now, 7)];
        let events: Vec<_> = seen.iter().map(|event| LiveEvent { event, source: 1, received_at: now }).collect();
        fired += live.offer(&events[..]).iter().filter(|one| matches!(one, LiveOutcome::Fired(_))).count();
        forgotten += live.take_forgotten();
        assert!(live.kept_events() <= 5_000);
    }
    assert!(forgotten > 25_000, "{forgotten}");
    assert!(fired >= 1, "a group that is seen all the time is not the one that goes");
}

#[test]
fn one_event_does_not_take_all_memory() {
    let by_sets = r#"{"name": "r", "conditions": [{"type": "detected", "values": ["true"]}],
        "groupBy": ["apps", "rules", "usergroup"]}"#;
    let members: Vec<String> = (0..400).map(|member| format!("\"{member}\"")).collect();
    let set = members.join(",");
    let line = format!(
        r#"{{"id":"a","time":"2026-03-04T08:12:40Z","kind":"dlp.transaction","fields":{{"detected":true,"apps":[{set}],"rules":[{set}],"usergroup":[{set}]}}}}"#
    );
    let event = tocsin_model::event::event(&line).unwrap();
    let mut live = Live::new(rule(by_sets), ALWAYS, Vec::new(), 1_000_000);
    let fired = live.offer(&[LiveEvent { event: &event, source: 1, received_at: event.time }]).len() as u64;
    assert_eq!((fired, live.take_forgotten()), (10_000, 64_000_000 - 10_000), "what is not counted is said");
}

#[test]
fn a_window_that_ended_is_decided_ten_seconds_later() {
    let mean = r#"{"name": "r", "conditions": [{"type": "username", "values": ["*"]}],
        "window": {"kind": "fixed", "thresholdTime": "1m"}, "measure": {"kind": "share", "conditions":
        [{"type": "username", "values": ["user 1"]}]}, "trigger": {"kind": "atLeast", "value": 50}}"#;
    let start = Timestamp::parse("2026-03-04T08:00:00Z").unwrap();
    let second = |seconds: i64| start.plus(Span::from_millis(seconds * 1_000));
    let mut live = Live::new(rule(mean), ALWAYS, Vec::new(), MUCH);
    let one = event(1, second(5), 1);
    let _ = live.offer(&[LiveEvent { event: &one, source: 1, received_at: second(6) }]);
    assert_eq!(live.next_decision(), Some(second(60).plus(SETTLE)));
    assert_eq!(live.advance(second(69)), []);
    assert_eq!(live.advance(second(70)).len(), 1);
    // One that comes late may add nothing and takes nothing back.
    let late = event(2, second(6), 2);
    assert_eq!(live.offer(&[LiveEvent { event: &late, source: 1, received_at: second(80) }]), []);
    assert_eq!((live.advance(second(999)), live.next_decision()), (Vec::new(), None));
}
