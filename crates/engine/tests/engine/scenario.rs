//! What happens to alerts, as data: steps, and how things stand after them.

use std::sync::Arc;

use tempfile::TempDir;
use tocsin_engine::{AlertDetails, AlertListRequest, App};
use tocsin_model::alert::{Action, Alert};
use tocsin_model::delivery::Accepted;
use tocsin_model::id::AlertId;
use tocsin_model::status::CloseReason;
use tocsin_model::time::{Span, Timestamp};
use tocsin_store::Store;

use crate::support::{ManualClock, START, add_source, alert, envelope, ingest, minute, open};

/// One thing that happens. Minutes count from the start.
pub enum Step {
    /// A delivery: envelope id, the minute the vendor says it was sent, its alerts (id, status, severity), and the
    /// answer: stored, updated, duplicate, quarantined.
    Deliver(&'static str, Option<i64>, &'static [(&'static str, &'static str, &'static str)], [u64; 4]),
    /// The clock moves to this minute.
    At(i64),
    Acknowledge,
    Snooze(i64),
    Close,
    Reopen,
    /// The last thing a person did is taken back.
    Undo,
}

/// How things stand: each alert (id, status with its reason, severity) and what waits in the outbox (id, occasion, the
/// minute it is due).
pub struct Stand {
    pub alerts: &'static [(&'static str, &'static str, &'static str)],
    pub outbox: &'static [(&'static str, &'static str, i64)],
}

/// A data directory in which things happen.
pub struct World {
    pub app: App,
    pub clock: Arc<ManualClock>,
    /// Seen from beside the app, as another process would.
    beside: Store,
    now: Timestamp,
    _dir: TempDir,
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new();
        let app = open(&dir, &clock);
        add_source(&app, "csa");
        Self { app, clock, beside: Store::open(dir.path()).unwrap(), now: START, _dir: dir }
    }

    pub fn alerts(&self) -> Vec<Alert> {
        let sort = "received:asc".to_owned();
        let request = AlertListRequest { sort, limit: 1_000, ..AlertListRequest::default() };
        self.app.list_alerts(&request).unwrap().alerts
    }

    fn ids(&self) -> Vec<AlertId> {
        self.alerts().into_iter().map(|alert| alert.id).collect()
    }

    fn act(&self, action: &Action) {
        let outcome = self.app.act_on_alerts(&self.ids(), action).unwrap();
        assert!(outcome.refused.is_empty() && outcome.change.is_some(), "{action:?}: {outcome:?}");
    }

    pub fn step(&mut self, step: &Step) {
        match step {
            Step::Deliver(id, sent, alerts, answer) => {
                let alerts: Vec<_> = alerts.iter().map(|(id, status, severity)| alert(id, status, severity)).collect();
                let accepted = ingest(&self.app, envelope(id, sent.map(minute), &alerts)).unwrap();
                let [stored, updated, duplicate, quarantined] = *answer;
                assert_eq!(accepted, Accepted { stored, updated, duplicate, quarantined }, "delivery {id}");
            }
            Step::At(minutes) => {
                self.now = minute(*minutes);
                self.clock.set(self.now);
            }
            Step::Acknowledge => self.act(&Action::Acknowledge),
            Step::Snooze(minutes) => {
                self.act(&Action::Snooze { until: self.now.plus(Span::from_millis(minutes * 60_000)) });
            }
            Step::Close => {
                let reason = CloseReason::from_person("benign").unwrap();
                self.act(&Action::Close { reason, note: None });
            }
            Step::Reopen => self.act(&Action::Reopen),
            Step::Undo => {
                let (_, outcome) = self.app.undo(None).unwrap();
                assert!(outcome.changed_since.is_empty() && !outcome.changed.is_empty(), "{outcome:?}");
            }
        }
    }

    /// What waits to be told: the vendor's id, why, and when it is due, in that order.
    pub fn outbox(&self) -> Vec<(String, &'static str, Timestamp)> {
        let later = minute(1_000_000);
        let mut due = Vec::new();
        let waiting = self.beside.read(|reader| reader.due_notifications(later, 10_000)).unwrap();
        for (_, notification) in &waiting {
            due.push((notification.alert.external_id.clone(), notification.occasion.as_str(), notification.queued_at));
        }
        // A moment before its time nothing is due, at its time it is.
        for (_, notification) in waiting {
            let due_at = |now| {
                let found = self.beside.read(|reader| reader.due_notifications(now, 10_000)).unwrap();
                found.iter().any(|(_, other)| other.id == notification.id)
            };
            assert!(due_at(notification.queued_at));
            assert!(!due_at(notification.queued_at.minus(Span::from_millis(1))));
        }
        due
    }

    /// All that is kept about all alerts, but for what counts deliveries.
    pub fn everything(&self) -> String {
        let details: Vec<AlertDetails> = self.ids().into_iter().map(|id| self.app.show_alert(id).unwrap()).collect();
        let waiting = self.beside.read(|reader| reader.due_notifications(minute(1_000_000), 10_000)).unwrap();
        let events = self.beside.read(|reader| reader.alert_events(0, u64::MAX)).unwrap();
        format!("{details:#?}\n{waiting:#?}\n{events:#?}\n{:#?}", self.app.quarantine(None, None, 1_000).unwrap())
    }

    #[track_caller]
    pub fn stands(&self, stand: &Stand) {
        let shown = |alert: Alert| {
            let status = match alert.handling.close_reason {
                None => alert.handling.status.to_string(),
                Some(reason) => format!("{}, {reason}", alert.handling.status),
            };
            (alert.external_id, status, alert.content.severity.to_string())
        };
        let alerts: Vec<_> = self.alerts().into_iter().map(shown).collect();
        let text = |(id, status, severity): &(&str, &str, &str)| {
            ((*id).to_owned(), (*status).to_owned(), (*severity).to_owned())
        };
        assert_eq!(alerts, stand.alerts.iter().map(text).collect::<Vec<_>>());
        let expected = stand.outbox.iter().map(|(id, why, due)| ((*id).to_owned(), *why, minute(*due)));
        assert_eq!(self.outbox(), expected.collect::<Vec<_>>());
    }
}

/// Does the steps and looks how things stand.
#[track_caller]
pub fn check(steps: &[Step], stand: &Stand) {
    let mut world = World::new();
    for step in steps {
        world.step(step);
    }
    world.stands(stand);
}
