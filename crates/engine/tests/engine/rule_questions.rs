//! What the studio and the peek panel ask about rules: why, what if, which events, and rules as files.

use std::sync::Arc;

use tempfile::TempDir;
use tocsin_engine::{
    AlertListRequest, App, ErrorCode, FiringFacts, IfThere, IngestFile, PreviewAsk, RuleFile, WhyCondition, templates,
};
use tocsin_model::alert::{Action, Alert, Origin};
use tocsin_model::rule::document::{self, Format};
use tocsin_model::status::CloseReason;
use tocsin_model::time::{Span, Timestamp};

use crate::support::{ManualClock, START, add_source, alert, envelope, ingest, minute, open};

const RULE: &str = r#"{"name": "Failures", "conditions": [{"type": "status_code", "values": ["500"]},
    {"type": "username", "values": ["bob"], "isNot": true}], "groupBy": ["username"],
    "window": {"thresholdTime": "5m"}, "trigger": {"kind": "atLeast", "value": 2}}"#;

fn desk() -> (App, TempDir, Arc<ManualClock>) {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    let app = open(&dir, &clock);
    add_source(&app, "csa");
    (app, dir, clock)
}

fn call(app: &App, id: &str, status: u32, user: &str, at: Timestamp) {
    let line = format!(
        r#"{{"id":"{id}","time":"{at}","kind":"api.request","fields":{{"status_code":{status},"username":"{user}"}}}}"#
    );
    app.ingest("csa", IngestFile { name: "events".to_owned(), bytes: (line + "\n").into_bytes() }).unwrap();
}

fn rule_alerts(app: &App) -> Vec<Alert> {
    let request = AlertListRequest { limit: 100, ..AlertListRequest::default() };
    let mut found = app.list_alerts(&request).unwrap().alerts;
    found.retain(|alert| alert.origin == Origin::Rule);
    found
}

#[test]
fn an_alert_says_why_it_was_raised_whatever_became_of_rule_and_events() {
    let (app, _dir, clock) = desk();
    app.save_rule(RULE, None).unwrap();
    call(&app, "a", 500, "Ana", START);
    call(&app, "b", 500, "Ana", minute(1));
    let id = rule_alerts(&app)[0].id;
    app.save_rule(&RULE.replace("\"Failures\"", "\"Failed calls\""), Some("failures")).unwrap();
    app.remove_rule("failed calls").unwrap();
    let why = app.why_alert(id).unwrap();
    assert_eq!((why.len(), why[0].rule.as_str(), why[0].firing.version), (1, "Failed calls", 1));
    let facts = FiringFacts::of(&why[0].firing);
    assert_eq!((facts.group.as_str(), facts.value, facts.threshold), ("username=Ana", Some(2.0), Some(2.0)));
    assert_eq!(facts.window, Some((minute(-4), minute(1))));
    assert_eq!((facts.measure.as_str(), facts.trigger.as_str()), ("count", "atLeast"));
    assert_eq!((facts.total, facts.events.len(), facts.event.as_ref()), (2, 2, facts.events.last()));
    let expected = |path: &str, field: &str, reason: &str| WhyCondition {
        path: path.to_owned(),
        field: field.to_owned(),
        holds: true,
        reason: reason.to_owned(),
    };
    assert_eq!(
        why[0].conditions,
        [
            expected("$.conditions[0]", "status_code", "status_code has 500; wanted is “500”"),
            expected("$.conditions[1]", "username", "username is Ana; wanted is not “bob”"),
        ]
    );
    // Events go with time. What the conditions asked stays.
    clock.set(START.plus(Span::from_millis(4_000 * Span::DAY.millis())));
    let removed = app.apply_retention_of(Some(1), None, &|| true).unwrap();
    assert_eq!((removed.events, removed.kept_open), (2, 1), "the open alert stays");
    let reasons: Vec<String> =
        app.why_alert(id).unwrap().remove(0).conditions.into_iter().map(|one| one.reason).collect();
    assert_eq!(
        reasons,
        [
            "status_code is “500”, and every event behind the firing met it",
            "username is not “bob”, and every event behind the firing met it"
        ]
    );
}

#[test]
fn a_vendors_alert_has_no_firings_and_one_that_is_gone_is_missing() {
    let (app, _dir, _clock) = desk();
    ingest(&app, envelope("e", None, &[alert("v", "new", "high")])).unwrap();
    let vendors = app.list_alerts(&AlertListRequest { limit: 1, ..AlertListRequest::default() }).unwrap().alerts;
    assert!(app.why_alert(vendors[0].id).unwrap().is_empty());
    let error = app.why_alert("0199a5b2-7c1d-7e02-8f3a-4b5c6d7e8f90".parse().unwrap()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

#[test]
fn recent_events_are_of_the_kinds_that_the_document_looks_at() {
    let (app, _dir, _clock) = desk();
    app.load_demo().unwrap();
    let asked = |document: &str, limit: u32| {
        let found = app.recent_events(document, limit).unwrap();
        found.into_iter().map(|one| (one.event.time, one.event.kind.to_string(), one.matches)).collect::<Vec<_>>()
    };
    let on_alerts = r#"{"name": "x", "conditions": [{"type": "severity", "values": ["high"]}]}"#;
    let demo = asked(on_alerts, 5);
    assert_eq!(demo.len(), 5, "made-up events where there are no others");
    assert!(demo.iter().all(|(_, kind, matches)| kind == "alert" && matches.is_some()), "{demo:?}");
    call(&app, "a", 500, "ana", START);
    call(&app, "c", 500, "ana", minute(1));
    call(&app, "b", 200, "ana", minute(2));
    let request = |at, matches| (at, "api.request".to_owned(), matches);
    let all = [request(minute(2), Some(false)), request(minute(1), Some(true)), request(START, Some(true))];
    assert_eq!(asked(RULE, 10), all, "the newest first, matching or not");
    assert_eq!(asked(RULE, 1), all[..1]);
    // A document that is not finished shows what its conditions look at.
    let unfinished = r#"{"name": "", "conditions": [{"type": "status_code", "values": []}]}"#;
    assert_eq!(asked(unfinished, 1), [request(minute(2), None)]);
    ingest(&app, envelope("e", None, &[alert("v", "new", "high")])).unwrap();
    let vendors = asked(on_alerts, 5);
    assert_eq!(vendors.len(), 1, "made-up ones only where there are no others: {vendors:?}");
    assert_eq!(vendors[0].2, Some(true));
}

#[test]
fn a_document_is_looked_at_whether_or_not_it_is_a_rule_yet() {
    let (app, dir, _clock) = desk();
    let look = |text: &str| app.look_at_document(text, None).unwrap();
    let yaml = look("# mine\nname: Calls\nconditions:\n  - {type: method, values: [GET]}\n");
    assert!(yaml.check.is_valid());
    let json: String = yaml.json.unwrap().split_whitespace().collect();
    assert_eq!(json, r#"{"name":"Calls","conditions":[{"type":"method","values":["GET"]}]}"#);
    let wrong = look(r#"{"name": "Calls", "conditions": []}"#);
    assert_eq!((wrong.check.is_valid(), wrong.name.as_deref(), wrong.json.is_some()), (false, Some("Calls"), true));
    let none = look("{\"name\": ");
    assert_eq!((none.check.is_valid(), none.name, none.json), (false, None, None));
    assert!(!none.check.findings.errors.is_empty());
    let shields = r#"{"name": "Theirs", "thresholdTime": "5m", "conditions": [{"type": "detected", "values": ["x"]}]}"#;
    assert!(look(shields).is_shields, "also while it is wrong");
    // Lists are files of the data directory, and what the rule was kept with.
    let listed = r#"{"name": "Exits", "conditions": [{"type": "client_ip", "values": ["list:exits"]}]}"#;
    assert!(!look(listed).check.is_valid());
    let folder = dir.path().join("lists");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("exits"), "10.0.0.1\n").unwrap();
    assert!(look(listed).check.is_valid());
    app.save_rule(listed, None).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(look(listed).check.is_valid());
    let renamed = listed.replace("Exits", "Tor exits");
    assert!(!look(&renamed).check.is_valid());
    assert!(app.look_at_document(&renamed, Some("exits")).unwrap().check.is_valid());
    let ask = PreviewAsk { document: renamed, rule: Some("exits".to_owned()), from: START, to: minute(1), buckets: 1 };
    assert!(app.preview(&ask).unwrap().effect.is_some());
    assert!(app.save_rule(&listed.replace("10.0", "10.1"), Some("exits")).is_ok());
}

#[test]
fn lists_are_told_by_name_as_far_as_a_rule_can_name_them() {
    let (app, dir, _clock) = desk();
    assert!(app.value_lists().is_empty(), "there is no folder yet");
    let folder = dir.path().join("lists");
    std::fs::create_dir_all(folder.join("folder")).unwrap();
    std::fs::write(folder.join("tor-exits.txt"), "# nodes\n10.0.0.1\n\n10.0.0.2\n").unwrap();
    std::fs::write(folder.join("partners"), "").unwrap();
    std::fs::write(folder.join(".hidden"), "a\n").unwrap();
    std::fs::write(folder.join("two words"), "a\n").unwrap();
    std::fs::write(folder.join("binary"), [0xff, 0xfe]).unwrap();
    let naming = |name: &str| RULE.replace("\"bob\"", &format!("\"list:{name}\""));
    assert!(app.look_at_document(&naming("tor-exits"), None).unwrap().check.is_valid());
    for (unfit, why) in [("binary", "stream did not contain valid UTF-8"), ("folder", "directory")] {
        let error = app.look_at_document(&naming(unfit), None).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Invalid);
        assert!(error.to_string().contains(why) && error.to_string().contains(unfit), "{error}");
    }
    assert_eq!(app.value_lists(), [("partners".to_owned(), 0), ("tor-exits".to_owned(), 2)]);
}

#[test]
fn the_next_runs_are_the_ends_of_windows_from_now_on() {
    let (app, _dir, clock) = desk();
    let runs = |window: &str| {
        let text = RULE.replace(r#"{"thresholdTime": "5m"}"#, window);
        let looked = app.look_at_document(&text, None).unwrap();
        app.next_runs(&looked.check.document.unwrap().rule).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    clock.set(Timestamp::parse("2026-03-28T23:30:00Z").unwrap());
    // The night in which the clocks go forward: two is three.
    let nightly = runs(
        r#"{"kind": "schedule", "thresholdTime": "30 2 * * *", "thresholdType": "CRON", "zone": "Europe/Berlin"}"#,
    );
    assert_eq!(nightly[..2], ["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]);
    assert_eq!(nightly.len(), 5);
    let daily = runs(r#"{"kind": "fixed", "thresholdTime": "1d", "zone": "Europe/Berlin"}"#);
    assert_eq!(daily[..2], ["2026-03-29T22:00:00.000Z", "2026-03-30T22:00:00.000Z"]);
    assert!(runs(r#"{"thresholdTime": "5m"}"#).is_empty());
}

#[test]
fn a_document_that_is_being_edited_explains_a_stored_event() {
    let (app, _dir, _clock) = desk();
    call(&app, "a", 500, "ana", START);
    call(&app, "b", 404, "ana", minute(1));
    assert!(!app.explain_document(RULE, "b").unwrap().explanation.fires);
    let edited = RULE.replace("\"500\"", "\"404\"").replace("\"value\": 2", "\"value\": 1");
    let explained = app.explain_document(&edited, "b").unwrap();
    assert!(explained.explanation.fires, "{explained:?}");
    assert_eq!(app.explain_document(&edited, "nobody").unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(app.explain_document("{}", "b").unwrap_err().code(), ErrorCode::Invalid);
}

#[test]
fn every_edit_comes_with_its_document() {
    let (app, _dir, clock) = desk();
    app.save_rule(RULE, None).unwrap();
    for (n, user) in ["ana", "ana", "eve", "eve"].into_iter().enumerate() {
        let at = minute(i64::try_from(n).unwrap());
        clock.set(at);
        call(&app, &n.to_string(), 500, user, at);
    }
    let found = rule_alerts(&app);
    let reason = CloseReason::from_person("false-positive").unwrap();
    app.act_on_alerts(&[found[0].id], &Action::Close { reason, note: None }).unwrap();
    let what_if = app.what_if("failures", found[0].id).unwrap();
    assert!(!what_if.edits.is_empty());
    assert_eq!(what_if.edits.len(), what_if.documents.len());
    for (edit, document) in what_if.edits.iter().zip(&what_if.documents) {
        let check = app.look_at_document(document, None).unwrap().check;
        assert_eq!(check.document.map(|document| document.rule), Some(edit.rule.clone()), "{document}");
    }
}

#[test]
fn rules_are_written_into_a_file() {
    let (app, dir, _clock) = desk();
    app.save_rule(RULE, None).unwrap();
    app.save_rule(&RULE.replace("Failures", "Another"), None).unwrap();
    let path = dir.path().join("rules.json");
    let written = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let count = app.export_rules_to(&path, &names, Format::Json, IfThere::Replace).unwrap();
        (count, std::fs::read_to_string(&path).unwrap())
    };
    let compact = |text: &str| text.split_whitespace().collect::<String>();
    let (count, one) = written(&["failures"]);
    assert_eq!((count, compact(&one)), (1, compact(RULE)), "one is its document, keys in their order");
    let (count, both) = written(&["failures", "another"]);
    let expected = format!("[{RULE},{}]", RULE.replace("Failures", "Another"));
    assert_eq!((count, compact(&both)), (2, compact(&expected)));
    assert_eq!(written(&[]).0, 2, "no names are all");
    let as_yaml = dir.path().join("rules.yaml");
    assert_eq!(app.export_rules_to(&as_yaml, &[], Format::Yaml, IfThere::Replace).unwrap(), 2);
    let text = std::fs::read_to_string(&as_yaml).unwrap();
    let again: Vec<_> =
        text.split("---\n").map(|one| document::read(one, Format::Yaml).document.unwrap().rule.name).collect();
    assert_eq!(again, ["Another", "Failures"]);
    let error = app.export_rules_to(&path, &["nobody".to_owned()], Format::Json, IfThere::Replace).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with('['), "the file is as it was");
    let nowhere = dir.path().join("no/such/folder.json");
    let error = app.export_rules_to(&nowhere, &[], Format::Json, IfThere::Replace).unwrap_err();
    assert!(error.to_string().contains("folder.json"), "{error}");
}

#[test]
fn templates_keep_the_order_of_their_keys() {
    for template in templates() {
        let document = &template.document;
        let place = |key: &str| document.find(&format!("\"{key}\"")).unwrap();
        assert!(place("name") < place("conditions"), "{document}");
        let bytes = document.clone().into_bytes();
        let file = RuleFile { name: "x.json".to_owned(), bytes, lists: "/nowhere".into() };
        assert!(tocsin_engine::check_rule(file).unwrap().document.is_some(), "{document}");
    }
}
