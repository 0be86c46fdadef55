//! What stands behind the listener: the store, and a count of what was turned away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

use tocsin_ingest::listener::{Intake, Route, Unavailable};
use tocsin_model::delivery::{Accepted, Delivery, Normalised, NormalisedEvents};
use tocsin_model::notification::Arrival;
use tocsin_model::source::{RefusalReason, Refused, SourceName};
use tocsin_model::time::Timestamp;
use tocsin_store::StoreError;

use super::supervisor::stopped;
use super::{Shared, routes};
use crate::accept::{Taken, accept};
use crate::accept_events::accept_events;
use crate::feed::{Feed, FeedItem};

/// How often the counts of refused deliveries are written down.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// The engine as the listener sees it.
#[derive(Debug)]
pub(crate) struct EngineIntake {
    shared: Shared,
    refused: Mutex<HashMap<(i64, RefusalReason), Refused>>,
}

impl EngineIntake {
    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared, refused: Mutex::default() }
    }

    /// What becomes of a delivery that was to be stored.
    fn answer<T>(
        &self,
        source: &SourceName,
        written: Result<T, StoreError>,
        had_problem: bool,
    ) -> Result<T, Unavailable> {
        match written {
            Ok(taken) => {
                if had_problem {
                    self.shared.app.feed.send(FeedItem::Engine);
                }
                Ok(taken)
            }
            Err(error @ (StoreError::Overloaded | StoreError::Busy)) => {
                tracing::warn!(%error, "a delivery was put off");
                Err(Unavailable::Busy)
            }
            Err(error) => {
                tracing::error!(%error, source = source.as_str(), "a delivery could not be stored");
                self.report_disk(&error);
                Err(Unavailable::Failed)
            }
        }
    }

    fn report_disk(&self, error: &StoreError) {
        if error.is_disk() {
            self.shared.app.feed.send(FeedItem::Engine);
        }
    }
}

impl Intake for EngineIntake {
    fn route(&self, name: &str) -> Option<Arc<Route>> {
        self.shared.routes.get(name).map(|entry| entry.route)
    }

    async fn accept(
        &self,
        source: &SourceName,
        delivery: Delivery,
        normalised: Normalised,
    ) -> Result<Accepted, Unavailable> {
        let app = &self.shared.app;
        let row = self.shared.routes.get(source.as_str()).ok_or(Unavailable::Failed)?.row;
        let ids = Arc::clone(&app.ids);
        let had_problem = app.store.problem().is_some();
        let (feed, outbox) = (app.feed.clone(), Arc::clone(&self.shared.outbox));
        let written = app.store.write_then(
            move |tx| accept(tx, row, &delivery, normalised, Arrival::Delivered, &ids),
            // Not after the wait: a sender that hangs up ends that, and the alert is stored all the same.
            move |taken| tell(&feed, &outbox, taken),
        );
        Ok(self.answer(source, written.await, had_problem)?.accepted)
    }

    async fn accept_events(
        &self,
        source: &SourceName,
        delivery: Delivery,
        normalised: NormalisedEvents,
    ) -> Result<Accepted, Unavailable> {
        let app = &self.shared.app;
        let row = self.shared.routes.get(source.as_str()).ok_or(Unavailable::Failed)?.row;
        let (ids, feed) = (Arc::clone(&app.ids), app.feed.clone());
        let had_problem = app.store.problem().is_some();
        let written = app.store.write_then(
            move |tx| accept_events(tx, row, &delivery, &normalised, &ids),
            move |accepted| feed.send(if accepted.stored > 0 { FeedItem::Events } else { FeedItem::Traffic }),
        );
        self.answer(source, written.await, had_problem)
    }

    fn refused(&self, source: &SourceName, reason: RefusalReason) {
        let Some(entry) = self.shared.routes.get(source.as_str()) else { return };
        let at = self.now();
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let count = refused.entry((entry.row, reason)).or_insert(Refused { reason, count: 0, last_at: at });
        count.count += 1;
        count.last_at = at;
    }

    fn now(&self) -> Timestamp {
        self.shared.app.now()
    }

    fn readiness(&self) -> serde_json::Value {
        routes::readiness(&self.shared.app)
    }
}

/// What a stored delivery sets off.
fn tell(feed: &Feed, outbox: &Notify, taken: &Taken) {
    if taken.added.is_empty() && taken.updated.is_empty() {
        return feed.send(FeedItem::Traffic);
    }
    feed.send(FeedItem::Alerts { added: taken.added.clone(), updated: taken.updated.clone(), many: false });
    outbox.notify_one();
}

/// Writes the counts down now and then, and once more at the end.
pub(crate) async fn flush_refusals(intake: Arc<EngineIntake>, stop: watch::Receiver<bool>) {
    loop {
        let stopping = tokio::time::timeout(FLUSH_EVERY, stopped(stop.clone())).await.is_ok();
        let counts = std::mem::take(&mut *intake.refused.lock().unwrap_or_else(PoisonError::into_inner));
        if !counts.is_empty() {
            let written = intake
                .shared
                .app
                .store
                .write(move |tx| counts.iter().try_for_each(|((row, _), refused)| tx.add_refused(*row, refused)));
            if let Err(error) = written.await {
                tracing::warn!(%error, "counts of refused deliveries were lost");
            }
            intake.shared.app.feed.send(FeedItem::Traffic);
        }
        if stopping {
            return;
        }
    }
}
