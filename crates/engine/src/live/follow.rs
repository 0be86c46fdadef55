//! Follows what other processes on this data directory change, and what this one changes itself.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, watch};

use tocsin_model::time::Timestamp;
use tocsin_store::{Hint, Topic};

use super::Shared;
use super::supervisor::stopped;
use crate::error::EngineError;
use crate::feed::FeedItem;

/// How often to look whether another process has written: one number from the database's first page.
const LOOK_EVERY: Duration = Duration::from_millis(250);

pub(crate) async fn run(shared: Shared, stop: watch::Receiver<bool>) {
    let mut feed = shared.app.subscribe();
    let mut version = None;
    let mut seen = shared.app.now();
    let end = stopped(stop);
    tokio::pin!(end);
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            () = &mut end => return,
            item = feed.recv() => own_change(&shared, &item),
            _ = tick.tick() => {
                seen = ended_snoozes(&shared, seen);
                let now = shared.app.store.data_version().ok();
                if now != version {
                    version = now;
                    if let Err(error) = others_changes(&shared).await {
                        tracing::warn!(%error, "changes of another process could not be read");
                    }
                }
            }
        }
    }
}

/// A snooze that ends changes what lists show, although nothing is written then.
fn ended_snoozes(shared: &Shared, seen: Timestamp) -> Timestamp {
    let now = shared.app.now();
    match shared.app.store.read(|reader| reader.snoozes_ended(seen, now)) {
        Ok(updated) if updated.is_empty() => {}
        Ok(updated) => shared.app.feed.send(FeedItem::Alerts { added: Vec::new(), updated, many: false }),
        Err(error) => tracing::warn!(%error, "ended snoozes could not be read"),
    }
    now
}

/// A use case in this process may change sources, or put something into the outbox.
fn own_change(shared: &Shared, item: &Result<FeedItem, broadcast::error::RecvError>) {
    match item {
        Ok(FeedItem::Sources) | Err(_) => reload(shared),
        // Other settings may let something be told that was held back.
        Ok(FeedItem::Alerts { .. } | FeedItem::Settings) => shared.outbox.notify_one(),
        Ok(
            FeedItem::Views
            | FeedItem::Rules
            | FeedItem::Fired
            | FeedItem::Events
            | FeedItem::Traffic
            | FeedItem::Engine
            | FeedItem::Done { .. }
            | FeedItem::Open(_),
        ) => {}
    }
}

fn reload(shared: &Shared) {
    if let Err(error) = shared.routes.reload(&shared.app) {
        tracing::error!(%error, "the sources could not be read again");
    }
}

async fn others_changes(shared: &Shared) -> Result<(), EngineError> {
    if !shared.app.store.read(|reader| reader.has_hints())? {
        return Ok(());
    }
    let routes = Arc::clone(&shared.routes);
    // Inside the transaction: once a hint is gone, as its writer sees, the listener goes by what it told.
    let taken = shared.app.store.write(move |tx| {
        let hints = tx.take_hints()?;
        if hints.iter().any(|hint| hint.topic == Topic::Sources) {
            routes.replace(&tx.reader().sources()?);
        }
        Ok(hints)
    });
    let hints = taken.await?;
    for (topic, item) in [
        (Topic::Sources, FeedItem::Sources),
        (Topic::Settings, FeedItem::Settings),
        (Topic::Views, FeedItem::Views),
        (Topic::Rules, FeedItem::Rules),
        (Topic::Events, FeedItem::Events),
    ] {
        if hints.iter().any(|hint| hint.topic == topic) {
            shared.app.feed.send(item);
        }
    }
    let alerts: Vec<&Hint> = hints.iter().filter(|hint| hint.topic == Topic::Alerts).collect();
    if !alerts.is_empty() {
        let many = alerts.iter().any(|hint| hint.alerts.is_empty());
        let updated = alerts.iter().flat_map(|hint| hint.alerts.iter().copied()).collect();
        // Which of them are new is not told apart: whoever shows them reads them anyway.
        shared.app.feed.send(FeedItem::Alerts { added: Vec::new(), updated, many });
        shared.outbox.notify_one();
    }
    Ok(())
}
