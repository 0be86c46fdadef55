//! Once a day, and soon after the start: what is old enough goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

use tocsin_model::time::Span;

use super::Shared;
use super::supervisor::stopped;

/// How often to look at the clock: a machine that slept through a day is caught up soon.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// After the start: finding what is old enough goes through all alerts, and whoever opens the window wants to see them.
const FIRST_AFTER: Duration = Duration::from_secs(60);

pub(crate) async fn run(shared: Shared, stop: watch::Receiver<bool>) {
    let stopping = Arc::new(AtomicBool::new(false));
    let end = stopped(stop);
    tokio::pin!(end);
    tokio::select! {
        () = tokio::time::sleep(FIRST_AFTER) => {}
        () = &mut end => return,
    }
    loop {
        let started = shared.app.now();
        let (app, asked) = (Arc::clone(&shared.app), Arc::clone(&stopping));
        let mut work = tokio::task::spawn_blocking(move || {
            let retention = app.settings()?.retention;
            app.apply_retention_of(retention.days, retention.megabytes, &|| !asked.load(Ordering::Relaxed))
        });
        let done = tokio::select! {
            done = &mut work => done,
            () = &mut end => {
                // What is begun ends with its transaction, before the store is closed.
                stopping.store(true, Ordering::Relaxed);
                let _ = work.await;
                return;
            }
        };
        match done {
            Ok(Ok(gone)) if gone.alerts + gone.deliveries + gone.quarantined == 0 => {}
            Ok(Ok(gone)) => tracing::info!(alerts = gone.alerts, kept_open = gone.kept_open, "old alerts were removed"),
            Ok(Err(error)) => tracing::error!(%error, "old alerts could not be removed"),
            Err(error) => tracing::error!(%error, "old alerts could not be removed"),
        }
        while shared.app.now() < started.plus(Span::DAY) {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = &mut end => return,
            }
        }
    }
}
