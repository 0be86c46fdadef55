//! Takes what is due out of the outbox, tells it, and does what is clicked.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::watch;

use tocsin_model::activity::Actor;
use tocsin_model::alert::Action;
use tocsin_model::id::AlertId;
use tocsin_model::notification::{Choice, Outcome, SkipReason};
use tocsin_model::time::{Span, Timestamp};
use tocsin_notify::{Notifier, Settings, try_again_after};
use tocsin_store::{NewActivity, StoreError, WriteTx};

use super::supervisor::stopped;
use super::{Health, Shared};
use crate::app::App;
use crate::error::EngineError;
use crate::feed::FeedItem;

/// Notifications taken out of the outbox at a time.
const BATCH: u64 = 500;
/// Longest wait until the outbox is looked at again, for a clock that jumps.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long a notification waits for a desktop to show it.
const NO_SERVER_LIMIT: Span = Span::DAY;

pub(crate) async fn run(shared: Shared, stop: watch::Receiver<bool>) {
    let (choices, mut chosen) = unbounded_channel();
    let mut notifier = Notifier::new(choices, Settings::default());
    let end = stopped(stop);
    tokio::pin!(end);
    loop {
        let pause = match drain(&shared, &mut notifier).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "the outbox could not be read or written");
                Pause { length: LONGEST_WAIT, server_missing: true }
            }
        };
        let rest = tokio::time::sleep(pause.length);
        tokio::pin!(rest);
        loop {
            tokio::select! {
                () = &mut end => return,
                // A storm of alerts must not ask again and again for a server that is not there.
                () = shared.outbox.notified(), if !pause.server_missing => break,
                choice = next(&mut chosen) => take(&shared.app, choice).await,
                () = &mut rest => break,
            }
        }
    }
}

/// How long nothing is to be told.
struct Pause {
    length: Duration,
    /// New alerts do not end it.
    server_missing: bool,
}

async fn next(chosen: &mut UnboundedReceiver<Choice>) -> Choice {
    match chosen.recv().await {
        Some(choice) => choice,
        // The notifier holds the other end for as long as this task runs.
        None => std::future::pending().await,
    }
}

/// Tells all that is due.
async fn drain(shared: &Shared, notifier: &mut Notifier) -> Result<Pause, EngineError> {
    loop {
        let now = shared.app.now();
        let due = shared.app.store.read(|reader| reader.due_notifications(now, BATCH))?;
        if due.is_empty() {
            let next = shared.app.store.read(|reader| reader.next_due())?;
            let length = next.map_or(LONGEST_WAIT, |next| until(now, next));
            return Ok(Pause { length, server_missing: false });
        }
        let wishes = shared.app.settings()?.notify;
        let offered: Vec<(i64, u32, Timestamp, AlertId)> = due
            .iter()
            .map(|(row, notification)| {
                // What waited for the end of quiet hours was put here by that end, as it were.
                let since = notification.held_until.unwrap_or(notification.queued_at);
                (*row, notification.attempts, since, notification.alert.id)
            })
            .collect();
        let batch = due.into_iter().map(|(_, notification)| notification).collect();
        let outcomes = notifier.deliver(batch, &wishes, now).await;
        if Health::set(&shared.health.notifications, notifier.problem()) {
            shared.app.feed.send(FeedItem::Engine);
        }
        let told = offered.into_iter().zip(outcomes).map(|((row, attempts, queued_at, alert), (_, outcome))| Told {
            row,
            attempts,
            queued_at,
            alert,
            outcome,
        });
        // What found no server stays as it is, for the next server; the rest is settled.
        let (waiting, settled): (Vec<Told>, Vec<Told>) = told.partition(|told| told.waits(now));
        if !settled.is_empty() {
            shared.app.store.write(move |tx| settled.iter().try_for_each(|told| told.write(tx, now))).await?;
        }
        if let Some(first) = waiting.first() {
            return Ok(Pause { length: first.pause(), server_missing: true });
        }
    }
}

fn until(now: Timestamp, next: Timestamp) -> Duration {
    let millis = u64::try_from(next.millis() - now.millis()).unwrap_or(0);
    Duration::from_millis(millis.max(10)).min(LONGEST_WAIT)
}

/// One notification that was offered.
struct Told {
    row: i64,
    attempts: u32,
    queued_at: Timestamp,
    alert: AlertId,
    outcome: Outcome,
}

impl Told {
    /// Whether a server that comes later should still tell it: not for ever, or a machine without a desktop would
    /// gather rows without end.
    fn waits(&self, now: Timestamp) -> bool {
        self.outcome == Outcome::Skipped(SkipReason::NoServer) && now < self.queued_at.plus(NO_SERVER_LIMIT)
    }

    fn pause(&self) -> Duration {
        let span = try_again_after(&self.outcome, self.attempts).unwrap_or(Span::MINUTE);
        Duration::from_millis(u64::try_from(span.millis()).unwrap_or(60_000))
    }

    fn write(&self, tx: &WriteTx<'_>, now: Timestamp) -> Result<(), StoreError> {
        match &self.outcome {
            Outcome::Shown => {
                tx.finish_outbox(self.row, "shown", now)?;
                self.note(tx, now)
            }
            Outcome::Summarised => tx.finish_outbox(self.row, "summarised", now),
            Outcome::Held(until) => tx.hold_outbox(self.row, *until, now),
            Outcome::Skipped(reason) => tx.finish_outbox(self.row, reason.as_str(), now),
            Outcome::Failed(reason) => match try_again_after(&self.outcome, self.attempts) {
                Some(pause) => tx.retry_outbox(self.row, now.plus(pause)),
                None => tx.finish_outbox(self.row, reason, now),
            },
        }
    }

    fn note(&self, tx: &WriteTx<'_>, now: Timestamp) -> Result<(), StoreError> {
        let Some((alert_row, _)) = tx.reader().alert(self.alert)? else { return Ok(()) };
        tx.add_activity(&NewActivity {
            alert_row,
            at: now,
            actor: Actor::System,
            what: "notified",
            detail: "on this desktop",
            report_key: None,
        })
    }
}

/// Does what was clicked on a notification.
async fn take(app: &Arc<App>, choice: Choice) {
    let (id, action) = match choice {
        Choice::Open(id) => return app.feed.send(FeedItem::Open(Some(id))),
        Choice::OpenList => return app.feed.send(FeedItem::Open(None)),
        Choice::Acknowledge(id) => (id, Action::Acknowledge),
        Choice::SnoozeHour(id) => (id, Action::Snooze { until: app.now().plus(Span::HOUR) }),
    };
    let (acting, what) = (Arc::clone(app), action.word());
    let done = tokio::task::spawn_blocking(move || acting.act_on_alerts(&[id], &action)).await;
    match done {
        Ok(Ok(outcome)) => {
            if let Some(change) = outcome.change {
                app.feed.send(FeedItem::Done {
                    change,
                    what,
                    alerts: usize::try_from(outcome.changed_count).unwrap_or(usize::MAX),
                });
            }
            for (id, reason) in outcome.refused {
                tracing::info!(%id, %reason, "a click on a notification came too late");
            }
        }
        Ok(Err(error)) => tracing::error!(%error, "a click on a notification could not be carried out"),
        Err(error) => tracing::error!(%error, "a click on a notification could not be carried out"),
    }
}

#[cfg(test)]
#[path = "tell_tests.rs"]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
