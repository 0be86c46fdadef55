//! The notifier against a real D-Bus and a server that records its calls.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it fails")]

mod bus;
#[path = "../src/samples.rs"]
mod samples;

use std::collections::HashMap;
use std::process::Command;
use std::time::{Duration, Instant};

use bus::{Bus, Notified, tools_are_there, within};
use samples::{NOW, delivered, imported, later};
use tocsin_model::notification::{Choice, Notification, Occasion, Outcome, SkipReason};
use tocsin_model::settings::NotifySettings;
use tocsin_model::severity::Severity;
use tocsin_model::time::{Span, Timestamp};
use tocsin_notify::{Bus as Address, Notifier, Problem, Settings};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use zbus::zvariant::{OwnedValue, Value};

const NO_SERVER: Outcome = Outcome::Skipped(SkipReason::NoServer);

fn notifier_at(address: String) -> (Notifier, UnboundedReceiver<Choice>) {
    let (choices, chosen) = unbounded_channel();
    (Notifier::new(choices, Settings { bus: Address::Address(address), ..Settings::default() }), chosen)
}

async fn deliver(notifier: &mut Notifier, batch: Vec<Notification>, now: Timestamp) -> Vec<Outcome> {
    let wishes = NotifySettings { from: Severity::Informational, quiet_hours: None };
    within(notifier.deliver(batch, &wishes, now)).await.into_iter().map(|(_, outcome)| outcome).collect()
}

async fn deliver_one(notifier: &mut Notifier, notification: Notification, now: Timestamp) -> Outcome {
    deliver(notifier, vec![notification], now).await.remove(0)
}

fn high(number: u32) -> Notification {
    delivered(number, Severity::High, NOW)
}

fn hints(urgency: u8, category: &str) -> HashMap<String, OwnedValue> {
    [
        ("urgency", Value::from(urgency)),
        ("category", Value::from(category)),
        ("desktop-entry", Value::from("tocsin-desktop")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.try_into().unwrap()))
    .collect()
}

fn expected(body: &str, actions: &[&str]) -> Notified {
    Notified {
        app_name: "Tocsin".to_owned(),
        replaces: 0,
        icon: "tocsin-desktop".to_owned(),
        summary: "High · ‹b›Key‹/b› & co".to_owned(),
        body: body.to_owned(),
        actions: actions.iter().map(|&action| action.to_owned()).collect(),
        hints: hints(1, "x-tocsin.alert"),
        timeout: -1,
    }
}

#[tokio::test]
async fn a_pop_up_uses_what_the_server_can_do() {
    if !tools_are_there() {
        return;
    }
    let plain = "Cisco Secure Access (csa) · <i>leak</i> & &amp; · svc-build@example.com";
    let escaped = "Cisco Secure Access (csa) · &lt;i&gt;leak&lt;/i&gt; &amp; &amp;amp; · svc-build@example.com";
    let buttons = ["default", "Open", "acknowledge", "Acknowledge", "snooze", "Snooze 1 h"];
    for (capabilities, body, actions) in
        [("body actions", plain, &buttons[..]), ("body body-markup actions", escaped, &buttons[..]), ("", plain, &[])]
    {
        let mut bus = Bus::start();
        bus.start_server(capabilities).await;
        let (mut notifier, _chosen) = notifier_at(bus.address());
        let mut notification = high(1);
        notification.alert.content.title = "<b>Key</b> &\u{202e}\u{7} co".to_owned();
        notification.alert.content.category = Some("<i>leak</i>\n& &amp;".to_owned());
        notification.alert.content.alert_type = None;
        assert_eq!(deliver_one(&mut notifier, notification, NOW).await, Outcome::Shown);
        assert_eq!(notifier.problem(), None);
        assert_eq!(bus.notified().await, [expected(body, actions)], "{capabilities:?}");
    }
}

#[tokio::test]
async fn a_click_on_each_button_comes_back_as_a_choice() {
    if !tools_are_there() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_server("body actions").await;
    let (mut notifier, mut chosen) = notifier_at(bus.address());
    let batch: Vec<_> = (1..=3).map(high).chain([imported(4, Severity::Low, Span::DAY, NOW)]).collect();
    let ids: Vec<_> = batch.iter().map(|notification| notification.alert.id).collect();
    deliver(&mut notifier, batch, NOW).await;
    // The summary was shown first.
    assert_eq!(bus.notified().await[0].summary, "1 older alert was imported");
    assert_eq!(bus.notified().await[0].actions, ["default", "Open"]);
    for (id, action, choice) in [
        (1, "default", Choice::OpenList),
        (2, "default", Choice::Open(ids[0])),
        (3, "acknowledge", Choice::Acknowledge(ids[1])),
        (4, "snooze", Choice::SnoozeHour(ids[2])),
    ] {
        bus.click(id, action).await;
        assert_eq!(within(chosen.recv()).await, Some(choice));
    }
    // What is closed, or of another program, means nothing any more; the click after it shows that it was heard.
    bus.close(2, 2).await;
    bus.click(2, "acknowledge").await;
    bus.click(77, "acknowledge").await;
    bus.click(3, "default").await;
    assert_eq!(within(chosen.recv()).await, Some(Choice::Open(ids[1])));
}

#[tokio::test]
async fn an_alert_that_worsens_takes_the_place_of_its_pop_up() {
    if !tools_are_there() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_server("body actions").await;
    let (mut notifier, mut chosen) = notifier_at(bus.address());
    deliver(&mut notifier, vec![high(1), high(2)], NOW).await;
    let mut worse = delivered(1, Severity::Critical, NOW);
    worse.occasion = Occasion::Worsened;
    let alert = worse.alert.id;
    deliver_one(&mut notifier, worse.clone(), later(1)).await;
    bus.click(1, "acknowledge").await;
    assert_eq!(within(chosen.recv()).await, Some(Choice::Acknowledge(alert)));
    let calls = bus.notified().await;
    assert_eq!(calls.iter().map(|call| call.replaces).collect::<Vec<_>>(), [0, 0, 1]);
    assert_eq!(calls[2].hints, hints(2, "x-tocsin.alert"));
    // Once it has left the screen there is no place to take.
    bus.close(1, 2).await;
    bus.click(2, "default").await;
    within(chosen.recv()).await.unwrap();
    deliver_one(&mut notifier, worse, later(2)).await;
    assert_eq!(bus.notified().await[3].replaces, 0);
}

#[tokio::test]
async fn a_storm_of_a_thousand_is_five_pop_ups_and_one_that_grows() {
    if !tools_are_there() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_server("body actions").await;
    let (mut notifier, _chosen) = notifier_at(bus.address());
    for batch in 0..10_u32 {
        let storm = (0..100).map(|number| high(batch * 100 + number)).collect();
        let outcomes = deliver(&mut notifier, storm, later(i64::from(batch))).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Shown | Outcome::Summarised)));
    }
    let calls = bus.notified().await;
    let (singles, summaries): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.actions.len() == 6);
    assert_eq!((singles.len(), summaries.len()), (5, 10));
    let replaced: Vec<_> = summaries.iter().map(|call| call.replaces).collect();
    assert_eq!(replaced, [0, 6, 6, 6, 6, 6, 6, 6, 6, 6]);
    assert_eq!(summaries[9].summary, "995 more alerts");
    assert_eq!(summaries[9].hints, hints(1, "x-tocsin.summary"));
}

#[tokio::test]
async fn no_bus_is_named_at_once() {
    let (mut notifier, _chosen) = notifier_at("unix:path=/nonexistent/tocsin/bus".to_owned());
    assert_eq!(notifier.problem(), None);
    let started = Instant::now();
    assert_eq!(deliver(&mut notifier, vec![high(1), high(2)], NOW).await, [NO_SERVER, NO_SERVER]);
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(notifier.problem(), Some(Problem::NoBus.to_string()));
    assert_eq!(notifier.probe(later(9)).await, Some(Problem::NoBus.to_string()));
}

#[tokio::test]
async fn a_server_that_appears_later_is_found() {
    if !tools_are_there() {
        return;
    }
    let mut bus = Bus::start();
    let (mut notifier, mut chosen) = notifier_at(bus.address());
    let started = Instant::now();
    assert_eq!(deliver_one(&mut notifier, high(1), NOW).await, NO_SERVER);
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(notifier.problem(), Some(Problem::NoServer.to_string()));
    bus.start_server("body actions").await;
    let told = high(1);
    let alert = told.alert.id;
    assert_eq!(deliver_one(&mut notifier, told, later(60)).await, Outcome::Shown);
    assert_eq!(notifier.problem(), None);
    bus.click(1, "default").await;
    assert_eq!(within(chosen.recv()).await, Some(Choice::Open(alert)));
}

#[tokio::test]
async fn the_problem_is_gone_as_soon_as_a_server_appears() {
    if !tools_are_there() {
        return;
    }
    let mut bus = Bus::start();
    let (mut notifier, _chosen) = notifier_at(bus.address());
    assert_eq!(notifier.probe(NOW).await, Some(Problem::NoServer.to_string()));
    bus.start_server("body actions").await;
    within(async {
        while notifier.problem().is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // And the pause between two questions is over with it.
    assert_eq!(deliver_one(&mut notifier, high(1), NOW).await, Outcome::Shown);
}

#[tokio::test]
async fn a_server_killed_while_a_click_is_waited_for_leaves_nothing_behind() {
    if !tools_are_there() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_server("body actions").await;
    let (mut notifier, mut chosen) = notifier_at(bus.address());
    assert_eq!(deliver_one(&mut notifier, high(1), NOW).await, Outcome::Shown);
    bus.kill_server().await;
    assert_eq!(deliver_one(&mut notifier, high(2), later(10)).await, NO_SERVER);
    bus.start_server("body body-markup").await;
    assert_eq!(deliver_one(&mut notifier, high(2), later(20)).await, Outcome::Shown);
    // The new server counts from one again, can do other things, and its first pop-up is another alert.
    assert_eq!(bus.notified().await[0].actions, [""; 0]);
    bus.click(1, "default").await;
    assert_eq!(within(chosen.recv()).await, Some(Choice::Open(high(2).alert.id)));
    drop(notifier);
    assert_eq!(within(chosen.recv()).await, None);
}

#[tokio::test]
async fn a_server_that_took_over_unseen_is_asked_what_it_can_do() {
    if !tools_are_there() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_server("body actions").await;
    let (mut notifier, _chosen) = notifier_at(bus.address());
    assert_eq!(deliver_one(&mut notifier, high(1), NOW).await, Outcome::Shown);
    bus.kill_server().await;
    bus.start_server("body").await;
    // The same alert again: its id on the old server is no place to take on the new one.
    assert_eq!(deliver_one(&mut notifier, high(1), later(1)).await, Outcome::Shown);
    let calls = bus.notified().await;
    assert_eq!((calls[0].replaces, calls[0].actions.len()), (0, 0));
}

#[tokio::test]
async fn a_bus_that_is_restarted_is_found_again() {
    if !tools_are_there() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_server("body actions").await;
    let (mut notifier, _chosen) = notifier_at(bus.address());
    assert_eq!(deliver_one(&mut notifier, high(1), NOW).await, Outcome::Shown);
    bus.kill_daemon();
    assert_eq!(deliver_one(&mut notifier, high(2), later(10)).await, NO_SERVER);
    assert_eq!(notifier.problem(), Some(Problem::NoBus.to_string()));
    bus.start_daemon();
    bus.start_server("body actions").await;
    assert_eq!(deliver_one(&mut notifier, high(2), later(20)).await, Outcome::Shown);
    assert_eq!(notifier.problem(), None);
}

#[tokio::test]
async fn a_server_that_never_answers_holds_a_batch_up_for_two_seconds_at_most() {
    if !tools_are_there() {
        return;
    }
    let bus = Bus::start();
    let silent = bus.connection().await;
    silent.request_name(bus::NAME).await.unwrap();
    let (mut notifier, _chosen) = notifier_at(bus.address());
    let started = Instant::now();
    let outcomes = deliver(&mut notifier, (0..50).map(high).collect(), NOW).await;
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Failed(_))));
    assert_eq!(notifier.problem(), Some(Problem::Slow.to_string()));
}

#[tokio::test]
async fn a_server_that_goes_while_it_is_asked_is_no_server() {
    if !tools_are_there() {
        return;
    }
    let bus = Bus::start();
    let silent = bus.connection().await;
    silent.request_name(bus::NAME).await.unwrap();
    let mut asked = zbus::MessageStream::from(&silent);
    let (mut notifier, _chosen) = notifier_at(bus.address());
    let going = async {
        use futures_lite::StreamExt as _;
        while asked.next().await.unwrap().unwrap().header().member().is_none_or(|name| name != "GetCapabilities") {}
        silent.close().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(deliver_one(&mut notifier, high(1), NOW), within(going));
    assert_eq!(outcome, NO_SERVER);
}

#[tokio::test]
async fn the_session_bus_comes_from_the_environment_and_a_waiting_pop_up_lets_the_program_end() {
    if !tools_are_there() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_server("body actions").await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "in_a_session", "--ignored"]).env("DBUS_SESSION_BUS_ADDRESS", bus.address());
    let ended = within(tokio::task::spawn_blocking(move || child.output())).await.unwrap().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    assert_eq!(bus.notified().await.len(), 1);
}

#[tokio::test]
#[ignore = "another test starts it with a session bus in its environment"]
async fn in_a_session() {
    let (choices, _chosen) = unbounded_channel();
    let mut notifier = Notifier::new(choices, Settings::default());
    assert_eq!(deliver_one(&mut notifier, high(1), NOW).await, Outcome::Shown);
}
