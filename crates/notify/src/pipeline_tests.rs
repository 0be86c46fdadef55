//! The whole way of a batch against a channel that only remembers.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use proptest::prelude::*;
use tocsin_model::notification::{Notification, Occasion, Outcome, SkipReason};
use tocsin_model::settings::NotifySettings;
use tocsin_model::severity::Severity;
use tocsin_model::status::Status;
use tocsin_model::time::{Span, Timestamp};

use crate::channel::{Capabilities, Card, Channel, Target};
use crate::pipeline::Pipeline;
use crate::problem::Problem;
use crate::samples::{NOW, delivered, imported, later};

#[derive(Debug, Default)]
struct Memory {
    capabilities: Capabilities,
    server_gone: bool,
    /// What the next calls do; when it is used up they succeed.
    answers: Vec<Result<(), Problem>>,
    calls: usize,
    cards: Vec<(Timestamp, Card)>,
}

impl Channel for Memory {
    async fn ready(&mut self, _: Timestamp) -> Result<Capabilities, Problem> {
        if self.server_gone { Err(Problem::NoServer) } else { Ok(self.capabilities) }
    }

    async fn show(&mut self, card: Card, now: Timestamp) -> Result<(), Problem> {
        self.calls += 1;
        if !self.answers.is_empty() {
            self.answers.remove(0)?;
        }
        self.cards.push((now, card));
        Ok(())
    }
}

fn deliver(pipeline: &mut Pipeline<Memory>, batch: Vec<Notification>, now: Timestamp) -> Vec<Outcome> {
    deliver_as(pipeline, batch, &everything(), now)
}

fn deliver_as(
    pipeline: &mut Pipeline<Memory>,
    batch: Vec<Notification>,
    wishes: &NotifySettings,
    now: Timestamp,
) -> Vec<Outcome> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(pipeline.deliver(batch, wishes, now))
}

fn everything() -> NotifySettings {
    NotifySettings { from: Severity::Informational, quiet_hours: None }
}

fn pipeline() -> Pipeline<Memory> {
    Pipeline::new(Memory::default())
}

fn summaries(pipeline: &Pipeline<Memory>) -> Vec<&str> {
    pipeline.channel.cards.iter().map(|(_, card)| card.summary.as_str()).collect()
}

fn many(count: u32, at: Timestamp) -> Vec<Notification> {
    (0..count).map(|number| delivered(number, Severity::Medium, at)).collect()
}

#[test]
fn outcomes_stand_in_the_order_of_the_batch() {
    let mut batch = many(8, NOW);
    batch[0].alert.handling.status = Status::Closed;
    batch[3].queued_at = NOW.minus(Span::DAY);
    batch[7].alert.content.severity = Severity::Critical;
    let mut pipeline = pipeline();
    let outcomes = deliver(&mut pipeline, batch, NOW);
    let shown = Outcome::Shown;
    let (skipped, summarised) = (Outcome::Skipped(SkipReason::AlreadyClosed), Outcome::Summarised);
    assert_eq!(
        outcomes,
        [skipped, shown.clone(), shown.clone(), summarised.clone(), shown.clone(), shown.clone(), summarised, shown]
    );
    assert_eq!(
        summaries(&pipeline),
        [
            "1 older alert",
            "Critical · Shared automation key",
            "Medium · Shared automation key",
            "Medium · Shared automation key",
            "Medium · Shared automation key",
            "Medium · Shared automation key",
            "1 more alert"
        ]
    );
}

#[test]
fn several_rows_of_one_alert_are_one_pop_up() {
    let mut worse = delivered(1, Severity::High, NOW);
    worse.occasion = Occasion::Worsened;
    let mut pipeline = pipeline();
    let outcomes = deliver(&mut pipeline, vec![delivered(1, Severity::Low, NOW), worse], NOW);
    assert_eq!(outcomes, [Outcome::Shown, Outcome::Shown]);
    assert_eq!(summaries(&pipeline), ["High · Shared automation key"]);
    assert!(pipeline.channel.cards[0].1.body.starts_with("Became worse · "));
}

#[test]
fn a_storm_grows_in_one_summary_until_its_minute_is_over() {
    let mut pipeline = pipeline();
    deliver(&mut pipeline, many(7, NOW), NOW);
    deliver(&mut pipeline, many(100, later(30)), later(30));
    assert_eq!(summaries(&pipeline)[5..], ["2 more alerts", "102 more alerts"]);
    let places: Vec<_> = pipeline.channel.cards[5..].iter().map(|(_, card)| card.in_place).collect();
    assert_eq!(places, [false, true]);
    // The minute is over: singles again, and the next summary is a new one.
    deliver(&mut pipeline, many(6, later(60)), later(60));
    assert_eq!(summaries(&pipeline)[7..].len(), 6);
    assert_eq!(summaries(&pipeline)[12], "1 more alert");
    assert!(!pipeline.channel.cards[12].1.in_place);
}

#[test]
fn the_worst_of_a_storm_are_told_by_themselves() {
    let mut batch = many(100, NOW);
    batch[90].alert.content.severity = Severity::Critical;
    batch[95].alert.content.severity = Severity::High;
    let mut pipeline = pipeline();
    let outcomes = deliver(&mut pipeline, batch, NOW);
    assert_eq!((&outcomes[90], &outcomes[95]), (&Outcome::Shown, &Outcome::Shown));
    assert_eq!((&outcomes[2], &outcomes[3]), (&Outcome::Shown, &Outcome::Summarised));
}

#[test]
fn batches_of_one_import_make_one_summary() {
    let old = |from: u32, at| (from..from + 40).map(|n| imported(n, Severity::Low, Span::DAY, at)).collect();
    let mut pipeline = pipeline();
    for (from, seconds) in [(0, 0), (40, 50), (80, 100)] {
        assert_eq!(deliver(&mut pipeline, old(from, later(seconds)), later(seconds)), vec![Outcome::Summarised; 40]);
    }
    assert_eq!(
        summaries(&pipeline),
        ["40 older alerts were imported", "80 older alerts were imported", "120 older alerts were imported"]
    );
    assert!(pipeline.channel.cards[1..].iter().all(|(_, card)| card.in_place));
    deliver(&mut pipeline, old(0, later(160)), later(160));
    assert_eq!(summaries(&pipeline)[3], "40 older alerts were imported");
    assert!(!pipeline.channel.cards[3].1.in_place);
}

#[test]
fn a_summary_that_failed_is_counted_once_when_it_is_told_again() {
    let mut pipeline = pipeline();
    deliver(&mut pipeline, many(5, NOW), NOW);
    pipeline.channel.answers = vec![Err(Problem::Refused("busy".to_owned()))];
    let outcomes = deliver(&mut pipeline, many(3, later(1)), later(1));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Failed(why) if why.contains("busy"))));
    deliver(&mut pipeline, many(3, later(2)), later(2));
    assert_eq!(summaries(&pipeline)[5], "3 more alerts");
}

#[test]
fn one_refused_pop_up_does_not_hold_up_the_next() {
    let mut pipeline = pipeline();
    pipeline.channel.answers = vec![Err(Problem::Refused("too rude".to_owned()))];
    let outcomes = deliver(&mut pipeline, many(2, NOW), NOW);
    assert!(matches!(&outcomes[0], Outcome::Failed(_)));
    assert_eq!(outcomes[1], Outcome::Shown);
}

#[test]
fn a_server_that_hangs_or_goes_is_not_asked_for_the_rest_of_the_batch() {
    for problem in [Problem::Slow, Problem::NoServer, Problem::NoBus] {
        let mut pipeline = pipeline();
        pipeline.channel.answers = vec![Ok(()), Err(problem.clone())];
        let outcomes = deliver(&mut pipeline, many(4, NOW), NOW);
        let rest = problem.outcome();
        assert_eq!(outcomes, [Outcome::Shown, rest.clone(), rest.clone(), rest]);
        assert_eq!(pipeline.channel.calls, 2);
    }
}

#[test]
fn what_waited_for_a_server_joins_one_summary_after_an_hour() {
    let mut pipeline = pipeline();
    pipeline.channel.server_gone = true;
    let mut batch = many(3, NOW);
    batch[1].alert.handling.status = Status::Acknowledged;
    let no_server = Outcome::Skipped(SkipReason::NoServer);
    assert_eq!(
        deliver(&mut pipeline, batch.clone(), NOW),
        [no_server.clone(), Outcome::Skipped(SkipReason::AlreadyAcknowledged), no_server]
    );
    pipeline.channel.server_gone = false;
    batch.remove(1);
    assert_eq!(deliver(&mut pipeline, batch.clone(), later(3_600)), [Outcome::Shown, Outcome::Shown]);
    assert_eq!(deliver(&mut pipeline, batch, later(3_601)), [Outcome::Summarised, Outcome::Summarised]);
    assert_eq!(summaries(&pipeline)[2], "2 older alerts");
}

#[test]
fn a_clock_that_was_set_back_does_not_silence_the_desktop() {
    let mut pipeline = pipeline();
    deliver(&mut pipeline, many(5, NOW), NOW);
    let earlier = NOW.minus(Span::DAY);
    assert_eq!(deliver(&mut pipeline, many(2, earlier), earlier), [Outcome::Shown, Outcome::Shown]);
}

/// Text as a hostile sender would write it.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[<>&;a-z\"'/= \u{0}-\u{1f}\u{80}-\u{9f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]{0,400}",
        Just("<b>bold</b> <img src=\"http://x/\"> <a href='x'>y</a> &amp;lt; &#x3c;script&gt;".repeat(5)),
    ]
}

fn notification() -> impl Strategy<Value = Notification> {
    let text = (hostile(), hostile(), hostile());
    let kind = (0_u32..40, 0_usize..6, any::<bool>(), 0_i64..8_000, 0_i64..8_000);
    (text, kind, 0_usize..3, prop::option::of(-100_i64..100)).prop_map(|(text, kind, status, snooze)| {
        let (number, severity, import, alert_age, queue_age) = kind;
        let age = Span::from_millis(alert_age * 1_000);
        let mut one = delivered(number, Severity::ALL[severity], NOW);
        if import {
            one = imported(number, Severity::ALL[severity], age, NOW);
        }
        one.queued_at = NOW.minus(Span::from_millis(queue_age * 1_000));
        (one.alert.content.title, one.alert.content.category) = (text.0, Some(text.1));
        one.alert.content.entities.username = vec![text.2];
        one.alert.handling.status = if status == 0 { Status::ALL[number as usize % 3] } else { Status::New };
        one.alert.handling.snoozed_until = snooze.map(later);
        one
    })
}

fn answer() -> impl Strategy<Value = Result<(), Problem>> {
    prop_oneof![
        6 => Just(Ok(())),
        1 => Just(Err(Problem::Slow)),
        1 => Just(Err(Problem::NoServer)),
        1 => Just(Err(Problem::Refused("no".to_owned()))),
    ]
}

fn assert_fit(text: &str, markup: bool) {
    assert!(text.chars().count() <= 200, "{text:?}");
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(!text.contains(['\u{200b}', '\u{200e}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{feff}']), "{text:?}");
    if markup {
        let bare = text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
        assert!(!bare.contains(['<', '>', '&']), "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_dropped_and_no_minute_has_more_than_five_singles(
        batches in prop::collection::vec((prop::collection::vec(notification(), 0..12), 0_i64..40_000), 1..12),
        answers in prop::collection::vec(answer(), 0..40),
        capabilities in any::<(bool, bool)>(),
    ) {
        let (actions, body_markup) = capabilities;
        let mut pipeline = pipeline();
        pipeline.channel.capabilities = Capabilities { actions, body_markup };
        pipeline.channel.answers = answers;
        let mut now = NOW;
        for (batch, wait) in batches {
            now = now.plus(Span::from_millis(wait));
            let size = batch.len();
            prop_assert_eq!(deliver(&mut pipeline, batch, now).len(), size);
        }
        let cards = &pipeline.channel.cards;
        let singles: Vec<_> =
            cards.iter().filter(|(_, card)| matches!(card.target, Target::Alert(_))).map(|(at, _)| *at).collect();
        for sixth in singles.windows(6) {
            prop_assert!(sixth[5].millis() - sixth[0].millis() >= 60_000);
        }
        for (_, card) in cards {
            assert_fit(&card.summary, false);
            prop_assert!(!card.summary.contains(['<', '>']), "{:?}", card.summary);
            assert_fit(&card.body, body_markup);
            prop_assert_eq!(card.actions.is_empty(), !actions);
        }
    }
}

#[test]
fn a_night_comes_as_one_summary_in_the_morning() {
    let zone = tocsin_model::zone::Zone::default();
    // NOW is 08:12:40 UTC.
    let (from, to) = ("08:00".parse().unwrap(), "09:00".parse().unwrap());
    let quiet = tocsin_model::zone::QuietHours { from, to, ..tocsin_model::zone::QuietHours::nights(zone) };
    let wishes = NotifySettings { from: Severity::Medium, quiet_hours: Some(quiet) };
    let mut pipeline = pipeline();
    let mut batch = many(3, NOW);
    batch[1].alert.content.severity = Severity::Critical;
    batch[2].alert.content.severity = Severity::Low;
    let end = Timestamp::parse("2026-03-04T09:00:00Z").unwrap();
    let outcomes = deliver_as(&mut pipeline, batch.clone(), &wishes, NOW);
    let below = Outcome::Skipped(SkipReason::Below(Severity::Medium));
    assert_eq!(outcomes, [Outcome::Held(end), Outcome::Shown, below]);
    assert_eq!(summaries(&pipeline), ["Critical · Shared automation key"]);
    // In the morning: what was held, what was handled over night, and something new.
    let mut morning: Vec<_> =
        many(700, NOW).into_iter().map(|held| Notification { held_until: Some(end), ..held }).collect();
    morning[5].alert.handling.status = Status::Closed;
    morning.push(delivered(9_999, Severity::High, end));
    let outcomes = deliver_as(&mut pipeline, morning, &wishes, end);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Summarised).count(), 699);
    assert_eq!(outcomes[5], Outcome::Skipped(SkipReason::AlreadyClosed));
    assert_eq!(outcomes[700], Outcome::Shown);
    assert_eq!(summaries(&pipeline)[1..], ["699 alerts in quiet hours", "High · Shared automation key"]);
    assert!(pipeline.channel.cards[1].1.body.starts_with("699 medium"));
}
