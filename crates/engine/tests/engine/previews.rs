//! What a rule would have done, over what is stored, while it is being edited.

use std::sync::Arc;

use tempfile::TempDir;
use tocsin_engine::{App, Before, ErrorCode, IngestFile, Known, MarkLabel, PreviewAsk, RuleEffect, RuleFile};
use tocsin_model::alert::Action;
use tocsin_model::status::CloseReason;
use tocsin_model::time::Span;
use tocsin_model::tree::Tree;

use crate::support::{ManualClock, START, add_source, minute, open};

/// At least so many failures of one user within five minutes.
fn rule(least: u32) -> String {
    format!(
        r#"{{"name": "Failures", "conditions": [{{"type": "status_code", "values": ["500"]}}], "groupBy": ["username"],
            "window": {{"kind": "rolling", "thresholdTime": "5m"}}, "trigger": {{"kind": "atLeast", "value": {least}}},
            "suppressFor": "10m", "severity": "high"}}"#
    )
}

fn file(text: &str) -> RuleFile {
    RuleFile { name: "rule.json".to_owned(), bytes: text.as_bytes().to_vec(), lists: "/nowhere".into() }
}

/// A data directory with one source, an hour after its events begin.
struct Bench {
    app: App,
    _dir: TempDir,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new() -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
        clock.set(minute(60));
        let app = open(&dir, &clock);
        add_source(&app, "csa");
        Self { app, _dir: dir, clock }
    }

    /// Failures of users, each at a minute.
    fn failures(&self, of: &[(&str, i64)]) {
        let line = |(user, at): &(&str, i64)| {
            let (id, time) = (format!("{user}-{at}-{}", self.clock_text()), minute(*at));
            format!(
                "{{\"id\":\"{id}\",\"time\":\"{time}\",\"kind\":\"api.request\",\
                 \"fields\":{{\"status_code\":500,\"username\":\"{user}\"}}}}\n"
            )
        };
        let bytes = of.iter().map(line).collect::<String>().into_bytes();
        self.app.ingest("csa", IngestFile { name: "events".to_owned(), bytes }).unwrap();
    }

    fn clock_text(&self) -> String {
        tocsin_engine::Clock::now(&*self.clock).to_string()
    }

    fn ask(&self, least: u32, rule_name: Option<&str>) -> RuleEffect {
        let ask = PreviewAsk {
            document: rule(least),
            rule: rule_name.map(str::to_owned),
            from: START,
            to: minute(60),
            buckets: 6,
        };
        let previewed = self.app.preview(&ask).unwrap();
        assert!(previewed.check.is_valid(), "{:?}", previewed.check.findings);
        previewed.effect.unwrap()
    }
}

const SOME: &[(&str, i64)] =
    &[("ana", 0), ("ana", 1), ("ana", 2), ("bo", 2), ("ana", 21), ("ana", 22), ("bo", 40), ("bo", 41)];

#[test]
fn a_preview_says_what_a_rule_would_have_done() {
    let bench = Bench::new();
    bench.failures(SOME);
    let effect = bench.ask(2, None);
    assert_eq!((effect.events, effect.first, effect.last), (8, Some(minute(0)), Some(minute(41))));
    assert_eq!((effect.matched, effect.firings, effect.occurrences, effect.groups), (8, 3, 4, 2));
    // Ana's second firing is told, since her alert has doubled: it has three occurrences.
    assert_eq!((effect.notifications, effect.demo, effect.before), (3, false, None));
    let buckets: Vec<_> = effect.buckets.iter().map(|one| (one.from, one.matched, one.firings, one.peak)).collect();
    let bucket = |at, matched, firings, peak| (minute(at), matched, firings, peak);
    let expected = [
        bucket(0, 4, 1, Some(3.0)),
        bucket(10, 0, 0, None),
        bucket(20, 2, 1, Some(2.0)),
        bucket(30, 0, 0, None),
        bucket(40, 2, 1, Some(2.0)),
        bucket(50, 0, 0, None),
    ];
    assert_eq!(buckets, expected);
    let marks: Vec<_> = effect.marks.iter().map(|mark| (mark.at, mark.group[0].spelling.clone(), mark.value)).collect();
    let mark = |at, user: &str| (minute(at), Tree::Text(user.to_owned()), 2.0);
    assert_eq!(marks, [mark(41, "bo"), mark(22, "ana"), mark(1, "ana")]);
    let curve: Vec<_> = effect
        .curve
        .unwrap()
        .iter()
        .map(|point| (point.threshold.to_string(), point.candidates, point.firings))
        .collect();
    assert_eq!(curve, [("1".to_owned(), 8, 4), ("2".to_owned(), 4, 3), ("3".to_owned(), 1, 1)]);
    assert_eq!(effect.busiest.iter().map(|busy| busy.firings).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(bench.ask(4, None).firings, 0);
}

#[test]
fn what_comes_later_or_is_removed_is_followed() {
    let bench = Bench::new();
    bench.failures(SOME);
    assert_eq!((bench.ask(2, None).events, bench.ask(3, None).firings), (8, 1));
    // One more, and one that comes late: it makes ana's first firing earlier.
    bench.clock.set(minute(61));
    bench.failures(&[("bo", 42), ("ana", -1)]);
    let effect = bench.ask(2, None);
    assert_eq!((effect.events, effect.first, effect.occurrences), (10, Some(minute(-1)), 6));
    assert_eq!(effect.marks.last().unwrap().at, minute(0), "the first firing is earlier now");
    // A field that was not needed so far is read in a second pass.
    let document = rule(2).replace("\"groupBy\": [\"username\"],", "\"groupBy\": [\"username\", \"hostname\"],");
    let ask = PreviewAsk { document, rule: None, from: minute(-5), to: minute(60), buckets: 1 };
    assert_eq!(bench.app.preview(&ask).unwrap().effect.unwrap().firings, 3);
    // Retention lets everything go that was received a day ago.
    bench.clock.set(minute(60 + 2 * 24 * 60));
    bench.app.apply_retention_of(Some(1), None, &|| true).unwrap();
    assert_eq!(bench.ask(2, None).events, 0);
    bench.failures(&[("bo", 44), ("bo", 45)]);
    let effect = bench.ask(2, None);
    assert_eq!((effect.events, effect.firings, effect.marks[0].at), (2, 1, minute(45)));
}

#[test]
fn the_version_that_counts_and_closed_alerts_stand_beside() {
    let bench = Bench::new();
    bench.app.add_rule(file(&rule(2))).unwrap();
    for at in [0, 1, 2, 21, 22, 40, 41, 42] {
        let user = if at < 20 { "ana" } else { "bo" };
        bench.failures(&[(user, at)]);
    }
    let raised: Vec<_> = bench.ask(2, Some("failures")).marks.iter().map(|mark| mark.alert.unwrap()).collect();
    assert!(raised.len() == 3 && raised[0] == raised[1] && raised[1] != raised[2], "{raised:?}");
    let close = |alert, reason: &str| {
        let action = Action::Close { reason: CloseReason::from_person(reason).unwrap(), note: None };
        bench.app.act_on_alerts(&[alert], &action).unwrap();
    };
    close(raised[0], "false-positive");
    close(raised[2], "true-positive");
    let effect = bench.ask(3, Some("Failures"));
    let before = Before { firings: 3, notifications: 3 };
    assert_eq!((effect.firings, effect.before), (2, Some(before)));
    let labels: Vec<_> = effect.marks.iter().map(|mark| mark.label).collect();
    assert_eq!(labels, [Some(MarkLabel::False), Some(MarkLabel::True)]);
    assert_eq!(effect.known, Known { true_kept: 1, false_kept: 1, ..Known::default() });
    let effect = bench.ask(4, Some("Failures"));
    assert_eq!(effect.known, Known { true_lost: 1, false_lost: 1, ..Known::default() });
    assert_eq!((effect.firings, effect.before), (0, Some(before)));
    assert_eq!(bench.ask(2, None).known, Known::default(), "a new rule has no alerts");
}

#[test]
fn only_demo_data_is_shown_as_long_as_there_is_nothing_else() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    let bench = Bench { app: open(&dir, &clock), _dir: dir, clock };
    bench.app.load_demo().unwrap();
    let ask = PreviewAsk {
        document: r#"{"name": "High", "conditions": [{"type": "severity", "values": ["high", "critical"]}]}"#
            .to_owned(),
        rule: None,
        from: START.minus(Span::from_millis(90 * Span::DAY.millis())),
        to: START,
        buckets: 90,
    };
    let effect = bench.app.preview(&ask).unwrap().effect.unwrap();
    assert!(effect.demo && effect.firings > 100 && effect.events > effect.matched, "{} events", effect.events);
    let severities = bench.app.field_values("severity", "i", 2).unwrap();
    assert_eq!(severities.len(), 2);
    assert!(severities[0].1 >= severities[1].1 && severities.iter().all(|(value, _)| value.contains('i')));
    add_source(&bench.app, "csa");
    assert!(bench.app.preview(&ask).unwrap().effect.unwrap().demo, "a source alone says nothing yet");
    bench.clock.set(minute(60));
    bench.failures(SOME);
    let effect = bench.app.preview(&ask).unwrap().effect.unwrap();
    assert_eq!((effect.demo, effect.events, effect.firings), (false, 8, 0));
    bench.app.wipe_demo().unwrap();
    assert_eq!(bench.app.preview(&ask).unwrap().effect.unwrap().events, 8);
}

#[test]
fn what_makes_no_sense_is_said() {
    let bench = Bench::new();
    let ask = |document: &str, from: i64, to: i64, buckets| PreviewAsk {
        document: document.to_owned(),
        rule: None,
        from: minute(from),
        to: minute(to),
        buckets,
    };
    for (from, to, buckets, field) in [(0, 0, 1, "to"), (1, 0, 1, "to"), (0, 1, 0, "buckets"), (0, 1, 5_000, "buckets")]
    {
        let error = bench.app.preview(&ask(&rule(2), from, to, buckets)).unwrap_err();
        assert_eq!(error.field(), Some(field), "{error}");
    }
    let wrong = bench.app.preview(&ask(r#"{"name": "x", "conditions": [{"type": "nothing"}]}"#, 0, 1, 1)).unwrap();
    assert!(wrong.effect.is_none() && !wrong.check.findings.errors.is_empty());
    let unknown = PreviewAsk { rule: Some("nobody".to_owned()), ..ask(&rule(2), 0, 1, 1) };
    assert_eq!(bench.app.preview(&unknown).unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(bench.app.field_values("colour", "", 5).unwrap_err().field(), Some("field"));
    assert_eq!(bench.app.suggestions_for("{", 7).unwrap_err().code(), ErrorCode::Invalid);
    assert_eq!(bench.app.suggestions_for(&rule(2), 7).unwrap_err().field(), Some("events"), "no history");
}
