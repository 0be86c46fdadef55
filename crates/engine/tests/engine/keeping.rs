//! What a person keeps: settings, saved views, and what was looked at.

use std::sync::Arc;

use tempfile::TempDir;
use tocsin_engine::{App, ColumnChoice, EngineError, ErrorCode, FeedItem, SavedViewSpec};
use tocsin_model::alert::Action;
use tocsin_model::id::AlertId;
use tocsin_model::settings::{Settings, Theme};

use crate::support::{ManualClock, add_source, alert, envelope, ingest, minute, open};

struct Bench {
    app: App,
    dir: TempDir,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new() -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
        let app = open(&dir, &clock);
        add_source(&app, "csa");
        Self { app, dir, clock }
    }

    /// Takes in alerts of these ids; gives theirs here.
    fn alerts(&self, ids: &[&str]) -> Vec<AlertId> {
        let alerts: Vec<_> = ids.iter().map(|id| alert(id, "Active", "High")).collect();
        ingest(&self.app, envelope(&ids.concat(), Some(minute(0)), &alerts)).unwrap();
        ids.iter().map(|id| self.find(id)).collect()
    }

    fn find(&self, external: &str) -> AlertId {
        let request = tocsin_engine::AlertListRequest {
            query: format!("external:{external}"),
            limit: 2,
            ..tocsin_engine::AlertListRequest::default()
        };
        self.app.list_alerts(&request).unwrap().alerts[0].id
    }

    fn count(&self, query: &str) -> u64 {
        self.app.count_alerts(query, u64::MAX).unwrap()
    }
}

fn told(feed: &mut tokio::sync::broadcast::Receiver<FeedItem>) -> Vec<FeedItem> {
    std::iter::from_fn(|| feed.try_recv().ok()).collect()
}

fn view(name: &str, query: &str) -> SavedViewSpec {
    SavedViewSpec { name: name.to_owned(), query: query.to_owned(), ..SavedViewSpec::default() }
}

#[test]
fn looking_at_an_alert_is_no_change_of_it() {
    let bench = Bench::new();
    let ids = bench.alerts(&["1", "2"]);
    assert_eq!((bench.count("seen:false"), bench.count("seen:true")), (2, 0));
    let before = bench.app.show_alert(ids[0]).unwrap();
    bench.clock.set(minute(5));
    let mut feed = bench.app.subscribe();
    bench.app.mark_seen(&ids[..1]).unwrap();
    let after = bench.app.show_alert(ids[0]).unwrap();
    assert!(!before.alert.seen && after.alert.seen);
    assert_eq!((after.alert.revision, after.alert.updated_at), (before.alert.revision, before.alert.updated_at));
    assert_eq!((after.activity, bench.count("seen:false")), (before.activity, 1));
    let updated = FeedItem::Alerts { added: vec![], updated: vec![ids[0]], many: false };
    assert_eq!(told(&mut feed), [updated], "lists and counts follow");
    bench.app.mark_seen(&ids[..1]).unwrap();
    assert_eq!(told(&mut feed), [], "seen is seen");
    assert!(matches!(bench.app.undo(None), Err(EngineError::Missing(_))), "there is nothing to take back");
}

#[test]
fn who_acts_has_looked_and_news_is_unseen() {
    let bench = Bench::new();
    let ids = bench.alerts(&["1", "2"]);
    bench.app.act_on_alerts(&ids, &Action::Acknowledge).unwrap();
    assert_eq!(bench.count("seen:false"), 0);
    bench.app.undo(None).unwrap();
    assert_eq!(bench.count("seen:false"), 2, "undo puts this back too");
    bench.app.mark_seen(&ids).unwrap();
    // A report that says nothing to tell leaves it seen; one that makes it worse does not.
    ingest(&bench.app, envelope("b", Some(minute(1)), &[alert("1", "Active", "Low")])).unwrap();
    assert_eq!(bench.count("seen:false"), 0);
    ingest(&bench.app, envelope("c", Some(minute(2)), &[alert("1", "Active", "Critical")])).unwrap();
    assert_eq!(bench.count("seen:false external:1"), 1);
}

#[test]
fn settings_are_checked_kept_and_told() {
    let bench = Bench::new();
    assert_eq!(bench.app.settings().unwrap(), Settings::default());
    let mut feed = bench.app.subscribe();
    let settings = Settings { theme: Theme::Dark, ..Settings::default() };
    assert_eq!(bench.app.set_settings(settings.clone()).unwrap(), settings);
    assert_eq!(told(&mut feed), [FeedItem::Settings]);
    bench.app.set_settings(settings.clone()).unwrap();
    assert_eq!(told(&mut feed), [], "nothing changed");
    let changed = bench.app.set_setting("retention.days", "30").unwrap();
    assert_eq!((changed.theme, changed.retention.days), (Theme::Dark, Some(30)));
    let error = bench.app.set_setting("retention.days", "0").unwrap_err();
    assert_eq!((error.code(), error.field()), (ErrorCode::Invalid, Some("retention.days")));
    let mut wrong = changed.clone();
    wrong.retention.megabytes = Some(1);
    assert_eq!(bench.app.set_settings(wrong).unwrap_err().field(), Some("retention.megabytes"));
    let Bench { app, dir, clock } = bench;
    drop(app);
    assert_eq!(open(&dir, &clock).settings().unwrap(), changed, "it lasts");
}

#[test]
fn three_views_are_always_there() {
    let bench = Bench::new();
    let ids = bench.alerts(&["1", "2", "3"]);
    bench.app.mark_seen(&ids[..1]).unwrap();
    bench.app.act_on_alerts(&ids[1..2], &bench.app.snooze(tocsin_model::time::Span::HOUR)).unwrap();
    let views = bench.app.saved_views().unwrap();
    let names: Vec<_> = views.iter().map(|view| (view.name.as_str(), view.is_default, view.builtin)).collect();
    assert_eq!(names, [("Needs me", true, true), ("Critical and high, open", false, true), ("All", false, true)]);
    let counts = bench.app.view_counts().unwrap();
    let expected = [("needs-me", 2, 1), ("critical-and-high", 3, 1), ("all", 3, 1)];
    assert_eq!(counts, expected.map(|(id, count, unseen)| (id.to_owned(), count, unseen)));
    let mut changed = SavedViewSpec { id: Some("all".to_owned()), is_default: true, ..view("All", "") };
    changed.columns = vec![ColumnChoice { field: "title".to_owned(), width: Some(300) }];
    let saved = bench.app.save_view(changed.clone()).unwrap();
    assert!(saved.is_default && saved.builtin && saved.columns == changed.columns);
    assert!(!bench.app.saved_view("needs ME").unwrap().is_default, "one opens first");
    changed.query = "source:csa".to_owned();
    assert_eq!(bench.app.save_view(changed).unwrap_err().code(), ErrorCode::Conflict);
    assert_eq!(bench.app.remove_view("all").unwrap_err().code(), ErrorCode::Conflict);
}

#[test]
fn views_are_saved_changed_and_removed() {
    let bench = Bench::new();
    let mut feed = bench.app.subscribe();
    let spec = SavedViewSpec { sort: "severity".to_owned(), is_default: true, ..view(" My  queue ", " rule:x ") };
    let saved = bench.app.save_view(spec).unwrap();
    assert_eq!((saved.name.as_str(), saved.query.as_str(), saved.sort.as_str()), ("My queue", "rule:x", "severity"));
    assert!(saved.is_default && !bench.app.saved_views().unwrap()[0].is_default);
    assert_eq!(told(&mut feed), [FeedItem::Views]);
    let other = bench.app.save_view(view("Other", "status:new")).unwrap();
    let renamed = SavedViewSpec { id: Some(other.id.clone()), ..view("OTHER", "") };
    assert_eq!(bench.app.save_view(renamed).unwrap().name, "OTHER", "its own name is free to it");
    let names: Vec<_> = bench.app.saved_views().unwrap().into_iter().skip(3).map(|view| view.name).collect();
    assert_eq!(names, ["My queue", "OTHER"]);
    bench.app.remove_view(&saved.id).unwrap();
    assert!(bench.app.saved_view("Needs me").unwrap().is_default, "the first opens first again");
    assert_eq!(bench.app.remove_view(&saved.id).unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn a_view_that_does_not_fit_says_why() {
    let bench = Bench::new();
    bench.app.save_view(view("Taken", "")).unwrap();
    let wide = |field: &str, width| vec![ColumnChoice { field: field.to_owned(), width }];
    let columns = |columns| SavedViewSpec { columns, ..view("Fresh", "") };
    for (spec, code, field) in [
        (view("", ""), ErrorCode::Invalid, Some("name")),
        (view(&"x".repeat(65), ""), ErrorCode::Invalid, Some("name")),
        (view("all", ""), ErrorCode::Invalid, Some("name")),
        (view("needs me", ""), ErrorCode::Conflict, None),
        (view("TAKEN", ""), ErrorCode::Conflict, None),
        (view("Fresh", "sevrity:high"), ErrorCode::Invalid, Some("query")),
        (view("Fresh", &"x ".repeat(64)), ErrorCode::Invalid, Some("query")),
        (SavedViewSpec { sort: "colour".to_owned(), ..view("Fresh", "") }, ErrorCode::Invalid, Some("sort")),
        (SavedViewSpec { id: Some("nobody".to_owned()), ..view("Fresh", "") }, ErrorCode::NotFound, None),
        (columns(wide("<b>", None)), ErrorCode::Invalid, Some("columns")),
        (columns(wide("title", Some(0))), ErrorCode::Invalid, Some("columns")),
        (columns([wide("title", None), wide("title", None)].concat()), ErrorCode::Invalid, Some("columns")),
    ] {
        let given = format!("{spec:?}");
        let error = bench.app.save_view(spec).unwrap_err();
        assert_eq!((error.code(), error.field()), (code, field), "{given}: {error}");
    }
    assert_eq!(bench.app.saved_views().unwrap().len(), 4, "nothing of it was kept");
}
