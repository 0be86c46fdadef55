//! Rules in the running engine, with a clock that only the tests move.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tocsin_engine::{AlertListRequest, App, FeedItem, IngestFile, Live, LiveOptions, RuleFile};
use tocsin_model::alert::{Action, Alert, Origin};
use tocsin_model::time::{Span, Timestamp};
use tokio::time::timeout;

use crate::support::{ManualClock, START, add_source, minute, open};

const PATIENCE: Duration = Duration::from_secs(20);

fn rule(text: &str) -> RuleFile {
    RuleFile { name: "rule.json".to_owned(), bytes: text.as_bytes().to_vec(), lists: "/nowhere".into() }
}

fn events(lines: &[(&str, Timestamp)]) -> IngestFile {
    let one = |(id, time): &(&str, Timestamp)| {
        format!(
            "{{\"id\":\"{id}\",\"time\":\"{time}\",\"kind\":\"api.request\",\"fields\":{{\"status_code\":500,\"username\":\"ana\"}}}}\n"
        )
    };
    IngestFile { name: "events".to_owned(), bytes: lines.iter().map(one).collect::<String>().into_bytes() }
}

fn after(seconds: i64) -> Timestamp {
    START.plus(Span::from_millis(seconds * 1_000))
}

/// A data directory with one source, and nobody else who evaluates.
fn desk() -> (App, TempDir, Arc<ManualClock>) {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    let app = open(&dir, &clock);
    add_source(&app, "csa");
    (app, dir, clock)
}

fn alerts(app: &App) -> Vec<Alert> {
    let request = AlertListRequest { limit: 100, ..AlertListRequest::default() };
    let mut found = app.list_alerts(&request).unwrap().alerts;
    found.retain(|alert| alert.origin == Origin::Rule);
    found
}

const EACH: &str =
    r#"{"name": "Each", "conditions": [{"type": "status_code", "values": ["500"]}], "groupBy": ["username"]}"#;

#[test]
fn firings_update_the_open_alert_for_a_day_and_then_a_linked_one_opens() {
    let (app, _dir, clock) = desk();
    app.add_rule(rule(EACH)).unwrap();
    app.ingest("csa", events(&[("a", START)])).unwrap();
    clock.set(minute(24 * 60));
    app.ingest("csa", events(&[("b", minute(24 * 60))])).unwrap();
    assert_eq!(alerts(&app).iter().map(|alert| alert.occurrences).collect::<Vec<_>>(), [2]);
    clock.set(minute(48 * 60 + 1));
    app.ingest("csa", events(&[("c", minute(48 * 60 + 1))])).unwrap();
    let all = alerts(&app);
    assert_eq!(all.iter().map(|alert| alert.occurrences).collect::<Vec<_>>(), [1, 2], "newest first");
    let words = |alert: &Alert| {
        app.show_alert(alert.id).unwrap().activity.iter().map(|entry| entry.what.clone()).collect::<Vec<_>>()
    };
    assert!(words(&all[0]).contains(&"continues".to_owned()), "{:?}", words(&all[0]));
    assert!(words(&all[1]).contains(&"continued".to_owned()), "{:?}", words(&all[1]));
    // What is closed is over: the next firing raises another one.
    app.act_on_alerts(
        &[all[0].id],
        &Action::Close { reason: tocsin_model::status::CloseReason::from_person("benign").unwrap(), note: None },
    )
    .unwrap();
    app.ingest("csa", events(&[("d", minute(48 * 60 + 1))])).unwrap();
    assert_eq!(alerts(&app).len(), 3);
}

#[test]
fn an_acknowledged_alert_grows_silently_until_it_doubles() {
    let (app, _dir, _clock) = desk();
    app.add_rule(rule(EACH)).unwrap();
    app.ingest("csa", events(&[("a", START), ("b", after(1))])).unwrap();
    let id = alerts(&app)[0].id;
    app.mark_seen(&[id]).unwrap();
    app.act_on_alerts(&[id], &Action::Acknowledge).unwrap();
    app.ingest("csa", events(&[("c", after(2))])).unwrap();
    let alert = app.show_alert(id).unwrap().alert;
    assert_eq!((alert.occurrences, alert.seen), (3, true), "two became three: silently");
    app.ingest("csa", events(&[("d", after(3))])).unwrap();
    let alert = app.show_alert(id).unwrap().alert;
    assert_eq!((alert.occurrences, alert.seen), (4, false), "twice as many are news");
}

#[test]
fn a_rule_whose_channels_leave_out_the_desktop_raises_alerts_and_tells_nobody() {
    for (channels, told) in
        [("[]", true), (r#"["desktop"]"#, true), (r#"["soc-mail", "desktop"]"#, true), (r#"["soc-mail"]"#, false)]
    {
        let (app, _dir, _clock) = desk();
        app.add_rule(rule(&EACH.replace(r#""groupBy""#, &format!(r#""channels": {channels}, "groupBy""#)))).unwrap();
        app.ingest("csa", events(&[("a", START)])).unwrap();
        let waiting = || app.store_status().unwrap().outbox_waiting;
        let id = alerts(&app)[0].id;
        assert_eq!(waiting(), u64::from(told), "{channels}");
        // One that was taken on is told again when it has doubled.
        app.act_on_alerts(&[id], &Action::Acknowledge).unwrap();
        let before = waiting();
        app.ingest("csa", events(&[("b", after(1)), ("c", after(2))])).unwrap();
        assert_eq!(waiting() > before, told, "{channels}");
        let history = app.show_alert(id).unwrap().activity;
        let why: Vec<&str> =
            history.iter().filter(|entry| entry.what == "not-notified").map(|entry| entry.detail.as_str()).collect();
        assert_eq!(why.is_empty(), told, "{channels}: {why:?}");
        assert!(why.iter().all(|why| *why == "the channels of its rule leave out the desktop"), "{why:?}");
    }
}

#[test]
fn what_comes_too_late_is_kept_and_counted_and_fires_nothing() {
    let (app, _dir, clock) = desk();
    app.add_rule(rule(EACH)).unwrap();
    clock.set(minute(60));
    app.ingest("csa", events(&[("new", minute(60))])).unwrap();
    // A clock far ahead makes nobody late: the time of receipt takes its place.
    app.ingest("csa", events(&[("ahead", minute(600))])).unwrap();
    app.ingest("csa", events(&[("in time", minute(51)), ("late", minute(49))])).unwrap();
    let kept = app.kept_rule("each").unwrap();
    assert_eq!((kept.record.late, kept.record.current.firings), (1, 3));
    let backtest = app
        .backtest_stored(tocsin_engine::RuleToTest::Kept("each".to_owned()), tocsin_engine::Bounds::default(), false)
        .unwrap();
    assert_eq!(backtest.result.firings.len(), 4, "a backtest sees it");
}

#[tokio::test]
async fn the_end_of_a_window_is_decided_ten_seconds_after_it() {
    let (app, _dir, clock) = tokio::task::spawn_blocking(|| {
        let desk = desk();
        let mean = r#"{"name": "Share", "conditions": [{"type": "username", "values": ["ana"]}],
            "window": {"kind": "fixed", "thresholdTime": "1m"}, "measure": {"kind": "mean", "field": "status_code"},
            "trigger": {"kind": "atLeast", "value": 500}}"#;
        desk.0.add_rule(rule(mean)).unwrap();
        desk
    })
    .await
    .unwrap();
    let app = Arc::new(app);
    let options =
        LiveOptions { listen: "127.0.0.1:0".parse().unwrap(), public_hosts: Vec::new(), notifications: false };
    let live = Live::start(Arc::clone(&app), options).await.unwrap();
    let mut feed = app.subscribe();
    let taking = Arc::clone(&app);
    tokio::task::spawn_blocking(move || taking.ingest("csa", events(&[("a", START)])).unwrap()).await.unwrap();
    // START is forty seconds into its minute.
    clock.set(after(31));
    let told = async {
        loop {
            if let Ok(FeedItem::Alerts { added, .. }) = feed.recv().await
                && !added.is_empty()
            {
                return added[0];
            }
        }
    };
    let id = timeout(PATIENCE, told).await.expect("the window's end is decided");
    let reading = Arc::clone(&app);
    let alert = tokio::task::spawn_blocking(move || reading.show_alert(id).unwrap().alert).await.unwrap();
    assert_eq!((alert.content.time, alert.origin), (after(20), Origin::Rule));
    live.stop().await;
}
