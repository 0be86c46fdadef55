//! What a window is shown of rules, from a real store.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use tocsin_engine::{AlertListRequest, App, Clock, Config, EngineError, IngestFile, PreviewAsk, SourceSpec, templates};
use tocsin_model::source::SourceKind;
use tocsin_model::time::Timestamp;
use tocsin_wire::ErrorView;
use tocsin_wire::rules::{
    EditView, EventView, ExplainedView, PreviewView, RuleCheckView, RuleDetailsView, RuleFieldView, RuleRow,
    SavedRuleView, SuggestionsView, TemplateView, WhyView,
};

const START: i64 = 1_772_611_960_000;
const RULE: &str = r#"{"name": "Failures", "conditions": [{"type": "status_code", "values": ["500"]}],
    "groupBy": ["username"], "window": {"thresholdTime": "5m"}, "trigger": {"kind": "atLeast", "value": 2}}"#;

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(START + 120_000)
    }
}

/// A store with three failed calls, a minute apart, of one user, and one call that went well.
fn desk() -> (App, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        data_dir: dir.path().to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        desktop_notifications: false,
    };
    let app = App::open_with_clock(config, Arc::new(Stopped)).unwrap();
    let (kind, name) = (SourceKind::SecureAccess, "csa".parse().unwrap());
    let spec = SourceSpec { kind, name, sign_in: None, username: None, secret: None, origins: Vec::new() };
    app.add_source(spec).unwrap();
    (app, dir)
}

fn calls(app: &App) {
    let line = |(n, status): (i64, u32)| {
        let time = Timestamp::from_millis(START + n * 60_000);
        format!(
            r#"{{"id":"{n}","time":"{time}","kind":"api.request","fields":{{"status_code":{status},"username":"ana"}}}}"#
        ) + "\n"
    };
    let lines: String = [(0, 500), (1, 500), (2, 500), (3, 200)].into_iter().map(line).collect();
    app.ingest("csa", IngestFile { name: "calls".to_owned(), bytes: lines.into_bytes() }).unwrap();
}

#[test]
fn a_rule_is_saved_fires_and_says_why() {
    let (app, _dir) = desk();
    let added = app.save_rule(RULE, None).unwrap();
    let saved = SavedRuleView::new(&added, &app.rule_overview(added.rule.clone()).unwrap());
    assert_eq!((saved.added.as_str(), saved.row.state.as_str(), saved.row.firings_week), ("new", "live", 0));
    calls(&app);
    let row = RuleRow::from(&app.rule_overviews().unwrap()[0]);
    assert_eq!((row.name.as_str(), row.version, row.spark.len(), row.firings_week), ("Failures", 1, 30, 1));
    assert_eq!((row.severity.as_str(), row.last_fired_at), ("medium", Some(START + 60_000)));
    assert_eq!(serde_json::from_str::<Value>(&row.document).unwrap()["trigger"]["value"], 2);
    let details = RuleDetailsView::from(app.rule_details("failures").unwrap());
    assert_eq!((details.versions.len(), details.versions[0].state.as_str()), (1, "current"));
    let firing = &details.firings[0];
    assert_eq!((firing.group.as_str(), firing.value, firing.threshold), ("username=ana", Some(2.0), Some(2.0)));
    assert_eq!((firing.occurrences, firing.mode.as_str()), (2, "live"));

    let alert =
        app.list_alerts(&AlertListRequest { limit: 1, ..AlertListRequest::default() }).unwrap().alerts.remove(0);
    let why = WhyView::from(app.why_alert(alert.id).unwrap().remove(0));
    assert_eq!((why.rule.as_str(), why.version, why.events_total, why.events.len()), ("Failures", 1, 2, 2));
    assert_eq!((why.window_from, why.window_to), (Some(START - 240_000), Some(START + 60_000)));
    assert_eq!((why.event.as_ref(), why.conditions.len()), (firing.event.as_ref(), 1));
    assert!(why.conditions[0].holds && why.conditions[0].reason.contains("500"), "{why:?}");

    let edits = EditView::all(app.what_if("failures", alert.id).unwrap());
    let threshold = edits.iter().find(|edit| edit.kind == "threshold").unwrap();
    assert!(threshold.says.starts_with("raise the threshold to"), "{threshold:?}");
    assert!(serde_json::from_str::<Value>(&threshold.document).unwrap()["trigger"]["value"].as_u64() > Some(2));
}

#[test]
fn a_document_that_is_written_is_previewed_and_explained() {
    let (app, _dir) = desk();
    calls(&app);
    let fixed = RULE.replace(r#"{"thresholdTime": "5m"}"#, r#"{"kind": "fixed", "thresholdTime": "5m"}"#);
    let preview = |document: &str| {
        let (from, to) = (Timestamp::from_millis(START), Timestamp::from_millis(START + 300_000));
        let ask = PreviewAsk { document: document.to_owned(), rule: None, from, to, buckets: 5 };
        PreviewView::new(&app, app.preview(&ask).unwrap(), document)
    };
    let found = preview(&fixed);
    let effect = found.effect.unwrap();
    assert_eq!((effect.events, effect.matched, effect.firings, effect.groups), (4, 3, 1, 1));
    assert_eq!(effect.bars.iter().map(|bar| bar.matched).collect::<Vec<_>>(), [1, 1, 1, 0, 0]);
    assert_eq!((effect.marks[0].at, effect.marks[0].group.as_str()), (START + 60_000, "username=ana"));
    assert_eq!((effect.busiest[0].value.as_str(), effect.busiest[0].count), ("username=ana", 1));
    assert!(effect.curve.unwrap().iter().any(|point| point.threshold == 2.0 && point.firings == 1));
    assert_eq!((found.next_runs.len(), found.next_runs[1] - found.next_runs[0]), (5, 300_000));
    assert!(found.check.valid && found.check.document.is_some());
    let unfinished = preview(r#"{"name": "Half", "conditions": []}"#);
    assert!(unfinished.effect.is_none() && unfinished.next_runs.is_empty() && !unfinished.check.valid);
    assert_eq!(unfinished.check.name.as_deref(), Some("Half"));
    assert!(
        unfinished.check.problems.iter().all(|problem| problem.path.starts_with('$') && !problem.remedy.is_empty())
    );

    let recent = app.recent_events(RULE, 1).unwrap();
    let event = EventView::from(&recent[0]);
    assert_eq!(
        (event.kind.as_str(), event.matches, event.source.as_deref()),
        ("api.request", Some(false), Some("csa"))
    );
    let fields: Value = serde_json::from_str(&event.fields).unwrap();
    assert_eq!(fields, json!({"status_code": 200, "username": "ana"}));
    let explained = ExplainedView::from(&app.explain_document(RULE, &event.id).unwrap());
    assert_eq!((explained.fires, explained.failed.as_deref()), (false, Some("conditions")));
    assert!(explained.nearest.is_some() && !explained.conditions[0].holds);
    let fires = app.recent_events(RULE, 4).unwrap().remove(2);
    let explained = ExplainedView::from(&app.explain_document(RULE, &fires.event.id).unwrap());
    assert_eq!(
        (explained.fires, explained.groups[0].value, explained.groups[0].threshold),
        (true, Some(2.0), Some(2.0))
    );
}

#[test]
fn what_cannot_be_said_is_a_refusal_and_what_is_wrong_an_error() {
    let (app, _dir) = desk();
    calls(&app);
    let refused = SuggestionsView::new(app.suggestions_for(RULE, 7)).unwrap();
    assert!(refused.refusal.unwrap().contains("7 at least") && refused.suggestions.is_empty());
    assert!(matches!(SuggestionsView::new(app.suggestions_for("{}", 7)), Err(EngineError::Rule { .. })));
    app.save_rule(RULE, None).unwrap();
    let taken = ErrorView::from(app.save_rule(RULE, None).unwrap_err());
    assert_eq!((taken.code, taken.field.as_deref()), ("conflict", Some("name")));
    let check = RuleCheckView::from(app.look_at_document("name: [", None).unwrap());
    assert!(check.document.is_none() && !check.problems.is_empty());
}

#[test]
fn fields_and_templates_say_what_pickers_need() {
    let fields = RuleFieldView::all();
    let field = |name: &str| fields.iter().find(|field| field.name == name).unwrap();
    assert_eq!(
        (field("apps").kind.as_str(), &field("apps").of),
        ("set", &vec!["dlp.transaction".to_owned(), "generic".to_owned()])
    );
    assert_eq!((field("content_type").kind.as_str(), field("client_ip").kind.as_str()), ("media-type", "ip"));
    let views: Vec<TemplateView> = templates().iter().map(TemplateView::from).collect();
    assert!(views.iter().all(|view| !view.name.is_empty() && view.document.starts_with('{')));
    let placed = views.iter().find(|view| !view.places.is_empty()).unwrap();
    let document: Value = serde_json::from_str(&placed.document).unwrap();
    assert!(!document["conditions"][placed.places[0].condition as usize]["values"].is_null());
}
