//! Notes every few seconds that the engine is there, so that a stop, a crash and a machine that sleeps leave a gap that is
//! known.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

use super::Shared;
use super::supervisor::stopped;
use crate::app::App;
use crate::error::EngineError;

const LOOK_EVERY: Duration = Duration::from_secs(10);

pub(crate) async fn run(shared: Shared, stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let end = stopped(stop);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => {
                note(&shared, App::stop_listening).await;
                return;
            }
            _ = tick.tick() => note(&shared, App::listens).await,
        }
    }
}

/// Has it written down. A store that cannot be written to keeps nothing from starting: it is tried again.
pub(super) async fn note(shared: &Shared, what: impl FnOnce(&App) -> Result<(), EngineError> + Send + 'static) {
    let app = Arc::clone(&shared.app);
    if let Ok(Err(error)) = tokio::task::spawn_blocking(move || what(&app)).await {
        tracing::warn!(%error, "it could not be written down that the engine is there");
    }
}
