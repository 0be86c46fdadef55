//! Looks after what makes searching quick, when nothing else is to be done: fills the index of texts, loads the
//! columns again when they could not follow a change, and gives their memory back when nobody asks any more.

use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

use super::Shared;
use super::supervisor::stopped;
use crate::error::EngineError;
use tocsin_store::Store;

/// How often to look whether there is anything to do.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Nothing may have been written for so long before the index takes its turn.
const QUIET: Duration = Duration::from_millis(100);
/// Nor may anybody have asked for alerts: who scrolls or filters is not to share the processor with it.
const UNASKED: Duration = Duration::from_millis(300);
/// Alerts that are put into the index at a time: whoever wants to write waits for so long at the most.
const CHUNK: u64 = 500;
/// Between two turns, so that another process that waits for the lock gets it.
const GAP: Duration = Duration::from_millis(10);
/// Looks without a quiet moment after which the index takes a small turn all the same.
const PATIENCE: u32 = 60;
/// Alerts of such a small turn.
const SMALL_CHUNK: u64 = 100;
/// Columns that nobody asked for so long are dropped.
const IDLE: Duration = Duration::from_secs(15 * 60);

pub(crate) async fn run(shared: Shared, stop: watch::Receiver<bool>) {
    let work = async {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut busy = 0;
        loop {
            tick.tick().await;
            columns(&shared).await;
            shared.app.rest_previews();
            if let Err(error) = texts(&shared, &mut busy).await {
                tracing::warn!(%error, "the index of texts could not be filled");
            }
        }
    };
    tokio::select! {
        () = stopped(stop) => {}
        () = work => {}
    }
}

async fn columns(shared: &Shared) {
    let store = Arc::clone(&shared.app.store);
    if store.columns_idle().is_some_and(|idle| idle > IDLE) {
        store.drop_columns();
    } else if store.columns_lost() {
        let loaded = tokio::task::spawn_blocking(move || store.load_columns()).await;
        if let Ok(Err(error)) = loaded {
            tracing::warn!(%error, "the alerts could not be read into memory");
        }
    }
}

/// Fills the index for as long as nobody else writes or looks for alerts. `busy` counts the looks that found no quiet moment.
async fn texts(shared: &Shared, busy: &mut u32) -> Result<(), EngineError> {
    let store = &shared.app.store;
    if store.read(|reader| reader.texts_to_index())? == 0 {
        return Ok(());
    }
    let before = store.writes();
    tokio::time::sleep(QUIET).await;
    if store.writes() != before || asked_within(store, UNASKED) {
        *busy += 1;
        if *busy >= PATIENCE {
            *busy = 0;
            store.write(|tx| tx.index_text(SMALL_CHUNK)).await?;
        }
        return Ok(());
    }
    *busy = 0;
    let (mut own, began) = (before, Instant::now());
    while store.writes() == own && !asked_within(store, began.elapsed()) {
        own += 1;
        if store.write(|tx| tx.index_text(CHUNK)).await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(GAP).await;
    }
    Ok(())
}

fn asked_within(store: &Store, time: Duration) -> bool {
    store.columns_idle().is_some_and(|idle| idle < time)
}
