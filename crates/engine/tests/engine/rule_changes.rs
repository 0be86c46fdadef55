//! Changing rules: what a new version is, names, what waits, what is taken back, drafts.

use std::sync::Arc;

use tempfile::TempDir;
use tocsin_engine::{
    Added, AlertListRequest, App, EngineError, ErrorCode, FeedItem, IngestFile, RuleState, VersionState,
};
use tocsin_model::alert::{Action, Alert, Origin};
use tocsin_model::rule::Mode;
use tocsin_model::status::CloseReason;
use tocsin_model::time::{Span, Timestamp};

use crate::support::{ManualClock, START, add_source, minute, open};

/// Fires at every failure and is quiet for an hour then.
const RULE: &str = r#"{"name": "Failures", "conditions": [{"type": "status_code", "values": ["500"]}],
    "groupBy": ["username"], "suppressFor": "1h"}"#;

fn desk() -> (App, TempDir, Arc<ManualClock>) {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    let app = open(&dir, &clock);
    add_source(&app, "csa");
    (app, dir, clock)
}

fn fail(app: &App, id: &str, at: Timestamp) {
    let line = format!(
        r#"{{"id":"{id}","time":"{at}","kind":"api.request","fields":{{"status_code":500,"username":"ana"}}}}"#
    );
    app.ingest("csa", IngestFile { name: "events".to_owned(), bytes: (line + "\n").into_bytes() }).unwrap();
}

fn alerts(app: &App) -> Vec<Alert> {
    let request = AlertListRequest { limit: 100, ..AlertListRequest::default() };
    let mut found = app.list_alerts(&request).unwrap().alerts;
    found.retain(|alert| alert.origin == Origin::Rule);
    found
}

fn states(app: &App, name: &str) -> Vec<(u64, VersionState)> {
    let versions = app.rule_details(name).unwrap().versions;
    versions.iter().map(|(state, version)| (version.number, *state)).collect()
}

fn named_taken(error: &EngineError) -> bool {
    error.code() == ErrorCode::Conflict && error.field() == Some("name") && error.to_string().contains("another name")
}

#[test]
fn a_new_name_keeps_the_rule_its_versions_and_what_it_has_told() {
    let (app, dir, clock) = desk();
    app.save_rule(RULE, None).unwrap();
    fail(&app, "a", START);
    let renamed = RULE.replace(r#""Failures""#, r#""Failed calls", "description": "d", "tags": ["t"]"#);
    let saved = app.save_rule(&renamed, Some("FAILURES")).unwrap();
    assert_eq!((saved.added, saved.rule.record.name.as_str()), (Added::Replaced, "Failed calls"), "live, and at once");
    assert_eq!(saved.rule.record.current.number, 2);
    assert!(matches!(app.kept_rule("failures"), Err(EngineError::Missing(_))));
    assert_eq!(states(&app, "failed calls"), [(2, VersionState::Current), (1, VersionState::Past)]);
    // Within the hour it goes on being quiet: what comes joins the firing of the old words.
    clock.set(minute(10));
    fail(&app, "b", minute(10));
    let found = alerts(&app);
    assert_eq!(found.iter().map(|alert| alert.occurrences).collect::<Vec<_>>(), [2]);
    // After a start too, when all it knows is in the store.
    drop(app);
    let app = open(&dir, &clock);
    fail(&app, "c", minute(20));
    assert_eq!(alerts(&app)[0].occurrences, 3);
    let details = app.rule_details("failed calls").unwrap();
    assert_eq!((details.firings.len(), details.firings[0].occurrences), (1, 3));
    assert_eq!((details.overview.firings_week, details.overview.fired_at), (1, Some(START)));
    // And it fires again when the hour is over, as the rule of the new name.
    clock.set(minute(61));
    fail(&app, "d", minute(61));
    let details = app.rule_details("failed calls").unwrap();
    assert_eq!(details.firings.iter().map(|firing| firing.version).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(details.overview.rule.record.current.all_firings, 2);
}

#[test]
fn whoever_shows_rules_hears_of_changes_and_of_firings_in_shadow_too() {
    let (app, _dir, _clock) = desk();
    let mut feed = app.subscribe();
    let mut heard = || std::iter::from_fn(|| feed.try_recv().ok()).collect::<Vec<_>>();
    app.save_rule(&RULE.replace("{\"name\"", "{\"mode\": \"shadow\", \"name\""), None).unwrap();
    assert_eq!(heard(), [FeedItem::Rules]);
    assert_eq!(
        app.save_rule(&app.rule_overviews().unwrap()[0].rule.document.to_json(), Some("failures")).unwrap().added,
        Added::Unchanged
    );
    assert_eq!(heard(), []);
    fail(&app, "a", START);
    let items = heard();
    assert!(items.contains(&FeedItem::Fired), "{items:?}");
    assert!(!items.iter().any(|item| matches!(item, FeedItem::Rules | FeedItem::Alerts { .. })), "{items:?}");
}

#[test]
fn a_name_is_one_rules_alone() {
    let (app, _dir, _clock) = desk();
    app.save_rule(RULE, None).unwrap();
    app.save_rule(&RULE.replace("Failures", "Other"), None).unwrap();
    assert!(named_taken(&app.save_rule(&RULE.replace("Failures", "FAILURES"), None).unwrap_err()));
    assert!(named_taken(&app.save_rule(&RULE.replace("Failures", "oTHER"), Some("failures")).unwrap_err()));
    assert_eq!(states(&app, "failures").len(), 1, "nothing was kept");
    // Another spelling of its own name is fine.
    assert_eq!(app.save_rule(&RULE.replace("Failures", "FAILURES"), Some("failures")).unwrap().added, Added::Replaced);
    assert_eq!(app.save_rule(RULE, Some("nobody")).unwrap_err().code(), ErrorCode::NotFound);
    // A name that is taken while a version waits shows when that is promoted.
    let waiting = RULE.replace("Failures", "Third").replace("500", "501");
    assert_eq!(app.save_rule(&waiting, Some("failures")).unwrap().added, Added::Candidate);
    app.save_rule(&RULE.replace("Failures", "Third"), None).unwrap();
    assert!(named_taken(&app.set_rule_state("failures", RuleState::Live).unwrap_err()));
    assert_eq!(app.discard_candidate("failures").unwrap().record.candidate, None);
}

#[test]
fn what_fires_otherwise_waits_beside_a_live_rule_and_nothing_else_does() {
    let (app, _dir, _clock) = desk();
    app.save_rule(RULE, None).unwrap();
    assert_eq!(app.save_rule(RULE, Some("failures")).unwrap().added, Added::Unchanged);
    for other in [
        RULE.replace("500", "501"),
        RULE.replace("1h", "2h"),
        RULE.replace(r#""suppressFor""#, r#""severity": "high", "suppressFor""#),
        RULE.replace(r#""suppressFor""#, r#""channels": ["soc"], "suppressFor""#),
    ] {
        assert_eq!(app.save_rule(&other, Some("failures")).unwrap().added, Added::Candidate, "{other}");
        app.discard_candidate("failures").unwrap();
    }
    assert_eq!(app.discard_candidate("failures").unwrap_err().code(), ErrorCode::NotFound, "nothing waits");
    // Words of a version that waits are changed where it waits; saying what counts drops what waits.
    let waiting = RULE.replace("500", "501");
    app.save_rule(&waiting, Some("failures")).unwrap();
    let worded = waiting.replace(r#""groupBy""#, r#""description": "d", "groupBy""#);
    let saved = app.save_rule(&worded, Some("failures")).unwrap();
    assert_eq!((saved.added, saved.rule.record.candidate.map(|version| version.number)), (Added::Candidate, Some(7)));
    let saved = app.save_rule(RULE, Some("failures")).unwrap();
    assert_eq!(
        (saved.added, saved.rule.record.candidate, saved.rule.record.current.number),
        (Added::Replaced, None, 1)
    );
    // The tests that are kept with a rule are words; in shadow everything counts at once.
    let tested = RULE.replace(
        r#""groupBy""#,
        r#""tests": [{"name": "t", "fires": false, "events": [{"time": "2026-01-01T00:00:00Z", "kind": "api.request",
        "fields": {"status_code": 200}}]}], "groupBy""#,
    );
    let saved = app.save_rule(&tested, Some("failures")).unwrap();
    assert_eq!(
        (saved.added, saved.rule.record.mode, saved.rule.document.tests.len()),
        (Added::Replaced, Mode::Live, 1)
    );
    app.set_rule_state("failures", RuleState::Shadow).unwrap();
    let shadow = waiting.replace(r#""groupBy""#, r#""mode": "shadow", "groupBy""#);
    let saved = app.save_rule(&shadow, Some("failures")).unwrap();
    assert_eq!((saved.added, saved.rule.state()), (Added::Replaced, RuleState::Shadow));
}

#[test]
fn an_earlier_version_is_kept_anew_and_runs_as_the_rule_runs() {
    let (app, _dir, _clock) = desk();
    app.save_rule(RULE, None).unwrap();
    app.set_rule_state("failures", RuleState::Shadow).unwrap();
    app.save_rule(&RULE.replace("500", "501").replace("[\"username\"]", "[], \"mode\": \"shadow\""), Some("failures"))
        .unwrap();
    let restored = app.restore_rule_version("failures", 1).unwrap();
    assert_eq!((restored.added, restored.rule.record.current.number), (Added::Replaced, 3));
    assert_eq!(restored.rule.record.mode, Mode::Shadow, "the first version said live");
    assert_eq!(restored.rule.document.rule.group_by.len(), 1);
    assert_eq!(app.restore_rule_version("failures", 3).unwrap().added, Added::Unchanged);
    app.set_rule_state("failures", RuleState::Live).unwrap();
    assert_eq!(app.restore_rule_version("failures", 2).unwrap().added, Added::Candidate, "a live rule goes on");
    let error = app.restore_rule_version("failures", 9).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert!(error.to_string().contains("no version 9"), "{error}");
}

#[test]
fn a_rule_is_off_in_shadow_or_live() {
    let (app, _dir, _clock) = desk();
    app.save_rule(RULE, None).unwrap();
    for state in [RuleState::Off, RuleState::Shadow, RuleState::Live, RuleState::Off, RuleState::Live] {
        assert_eq!(app.set_rule_state("failures", state).unwrap().state(), state);
        assert_eq!(app.kept_rule("failures").unwrap().state(), state);
        assert_eq!(state.as_str().parse(), Ok(state));
    }
    assert!("on".parse::<RuleState>().unwrap_err().to_string().contains("off, shadow or live"));
    app.save_rule(&RULE.replace("500", "501"), Some("failures")).unwrap();
    assert!(app.set_rule_state("failures", RuleState::Off).unwrap().record.candidate.is_some(), "it goes on waiting");
    let promoted = app.set_rule_state("failures", RuleState::Live).unwrap();
    assert_eq!((promoted.record.candidate, promoted.record.current.number), (None, 2));
    // Events of the time when it was off fire nothing.
    app.set_rule_state("failures", RuleState::Off).unwrap();
    fail(&app, "a", START);
    app.set_rule_state("failures", RuleState::Live).unwrap();
    assert!(alerts(&app).is_empty());
}

#[test]
fn a_rule_that_was_removed_comes_back_as_it_was() {
    let (app, _dir, clock) = desk();
    app.save_rule(RULE, None).unwrap();
    fail(&app, "a", START);
    app.save_rule(&RULE.replace("500", "501"), Some("failures")).unwrap();
    app.remove_rule("failures").unwrap();
    clock.set(minute(120));
    fail(&app, "b", minute(120));
    let back = app.unremove_rule("FAILURES").unwrap();
    assert_eq!((back.state(), back.record.candidate.map(|version| version.number)), (RuleState::Live, Some(2)));
    assert_eq!(app.rule_details("failures").unwrap().firings.len(), 1);
    assert_eq!(alerts(&app)[0].occurrences, 1, "what came while it was away fires nothing");
    fail(&app, "c", minute(121));
    assert_eq!(alerts(&app)[0].occurrences, 2);
    let error = app.unremove_rule("failures").unwrap_err();
    assert!(named_taken(&error), "{error}");
    app.remove_rule("failures").unwrap();
    app.save_rule(&RULE.replace("500", "503"), None).unwrap();
    assert!(named_taken(&app.unremove_rule("failures").unwrap_err()));
    app.remove_rule("failures").unwrap();
    assert_eq!(app.unremove_rule("failures").unwrap().document.rule.conditions.len(), 1);
    let now = serde_json::to_string(&app.kept_rule("failures").unwrap().to_document()).unwrap();
    assert!(now.contains("503"), "the one that was removed last: {now}");
    assert_eq!(app.unremove_rule("nobody").unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn a_rule_of_shields_that_is_off_stays_off() {
    let (app, _dir, _clock) = desk();
    let shields = |hours: u8, enable: bool| {
        let conditions = r#"[{"type": "status_code", "values": ["500"]}]"#;
        format!(
            r#"{{"name": "Failures", "enable": {enable}, "thresholdTime": "{hours}", "thresholdType": "hours", "conditions": {conditions}}}"#
        )
    };
    app.save_rule(&shields(1, true), None).unwrap();
    app.set_rule_enabled("failures", false).unwrap();
    // Written down and read elsewhere it is a shadow at most.
    let written = serde_json::to_string(&app.kept_rule("failures").unwrap().to_document()).unwrap();
    assert!(written.contains(r#""enable":false"#), "{written}");
    assert_eq!(app.save_rule(&written, Some("failures")).unwrap().added, Added::Unchanged);
    assert_eq!(app.save_rule(&shields(2, false), Some("failures")).unwrap().rule.state(), RuleState::Off);
    let restored = app.restore_rule_version("failures", 1).unwrap();
    assert_eq!((restored.added, restored.rule.state()), (Added::Replaced, RuleState::Off));
    // It comes back as it was before, or as a document says.
    assert_eq!(app.set_rule_enabled("failures", true).unwrap().state(), RuleState::Live);
    app.set_rule_enabled("failures", false).unwrap();
    assert_eq!(app.save_rule(&shields(3, true), Some("failures")).unwrap().rule.state(), RuleState::Live);
}

#[test]
fn the_list_counts_what_rules_did() {
    let (app, _dir, clock) = desk();
    app.save_rule(RULE, None).unwrap();
    app.save_rule(&RULE.replace("Failures", "Quiet").replace("500", "404"), None).unwrap();
    fail(&app, "a", START);
    clock.set(START.plus(Span::from_millis(8 * Span::DAY.millis())));
    let later = START.plus(Span::from_millis(8 * Span::DAY.millis()));
    fail(&app, "b", later);
    let ids: Vec<_> = alerts(&app).iter().map(|alert| alert.id).collect();
    assert_eq!(ids.len(), 2);
    let close = |reason: &str| Action::Close { reason: CloseReason::from_person(reason).unwrap(), note: None };
    app.act_on_alerts(&ids[..1], &close("true-positive")).unwrap();
    app.act_on_alerts(&ids[1..], &close("benign")).unwrap();
    app.undo(None).unwrap();
    app.act_on_alerts(&ids[1..], &close("false-positive")).unwrap();
    let list = app.rule_overviews().unwrap();
    let names: Vec<&str> = list.iter().map(|one| one.rule.record.name.as_str()).collect();
    assert_eq!(names, ["Failures", "Quiet"]);
    let one = &list[0];
    assert_eq!((one.spark.len(), one.spark[21], one.spark[29], one.spark.iter().sum::<u64>()), (30, 1, 1, 2));
    assert_eq!((one.firings_week, one.notifications_week, one.fired_at), (1, 0, Some(later)));
    assert_eq!((one.true_positives, one.false_positives, one.benign), (1, 1, 0));
    let quiet = &list[1];
    assert_eq!((quiet.spark.iter().sum::<u64>(), quiet.firings_week, quiet.fired_at), (0, 0, None));
    assert!(list.iter().all(|one| one.advice.iter().any(|advice| advice.code == "no-description")));
}

#[test]
fn a_draft_outlives_the_app_and_the_demo_and_has_its_limits() {
    let (app, dir, clock) = desk();
    app.load_demo().unwrap();
    app.save_draft("new 1", "{\"name\": ".to_owned()).unwrap();
    clock.set(minute(1));
    app.save_draft("Failures", "first".to_owned()).unwrap();
    app.save_draft("Failures", "second".to_owned()).unwrap();
    app.wipe_demo().unwrap();
    // Nothing is closed in good order: what was acknowledged is read by another process at once.
    let other = open(&dir, &clock);
    let drafts: Vec<(String, String, Timestamp)> =
        other.drafts().unwrap().into_iter().map(|draft| (draft.key, draft.text, draft.updated_at)).collect();
    let expected = [("Failures", "second", minute(1)), ("new 1", "{\"name\": ", START)];
    assert_eq!(drafts, expected.map(|(key, text, at)| (key.to_owned(), text.to_owned(), at)));
    app.remove_draft("Failures").unwrap();
    app.remove_draft("Failures").unwrap();
    assert_eq!(other.drafts().unwrap().len(), 1);

    app.save_draft("big", "x".repeat(1 << 20)).unwrap();
    let error = app.save_draft("big", "x".repeat((1 << 20) + 1)).unwrap_err();
    assert_eq!((error.code(), error.field()), (ErrorCode::Invalid, Some("text")));
    assert!(error.to_string().contains("1048577 bytes"), "{error}");
    for key in ["", "a\nb", &"x".repeat(129)] {
        assert_eq!(app.save_draft(key, String::new()).unwrap_err().field(), Some("key"), "{key}");
    }
    for n in 2..500 {
        app.save_draft(&format!("new {n}"), "x".to_owned()).unwrap();
    }
    assert_eq!(app.save_draft("one more", String::new()).unwrap_err().field(), Some("key"));
    app.save_draft("new 2", "known".to_owned()).unwrap();
}
