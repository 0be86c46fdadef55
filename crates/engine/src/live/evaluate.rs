//! Keeps evaluation going: after every delivery, when rules change, and when time alone decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::Shared;
use super::supervisor::stopped;
use crate::app::App;
use crate::evaluate::Evaluation;
use crate::feed::FeedItem;

/// How long deliveries gather before rules look at them.
const GATHER: Duration = Duration::from_millis(20);
/// Longest wait, for a clock that jumps.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Pause after the store said no.
const PAUSE: Duration = Duration::from_secs(2);

pub(crate) async fn run(shared: Shared, stop: watch::Receiver<bool>) {
    let mut feed = shared.app.subscribe();
    let stopping = Arc::new(AtomicBool::new(false));
    let end = stopped(stop);
    tokio::pin!(end);
    let mut evaluation = None;
    let mut changed = false;
    loop {
        let round = round(Arc::clone(&shared.app), evaluation.take(), changed, Arc::clone(&stopping));
        tokio::pin!(round);
        evaluation = tokio::select! {
            done = &mut round => done,
            () = &mut end => {
                // What is begun ends with its transaction, before the store is closed.
                stopping.store(true, Ordering::Relaxed);
                let _ = round.await;
                return;
            }
        };
        changed = false;
        let pause = match &evaluation {
            None => PAUSE,
            Some(Evaluated { wait, .. }) => *wait,
        };
        let rest = tokio::time::sleep(pause);
        tokio::pin!(rest);
        loop {
            tokio::select! {
                () = &mut end => {
                    save(&shared.app, evaluation).await;
                    return;
                }
                () = &mut rest => break,
                item = feed.recv() => match item {
                    Ok(FeedItem::Rules | FeedItem::Sources) | Err(RecvError::Lagged(_)) => {
                        changed = true;
                        break;
                    }
                    Ok(FeedItem::Alerts { .. } | FeedItem::Events) => {
                        tokio::time::sleep(GATHER).await;
                        break;
                    }
                    Ok(
                        FeedItem::Traffic
                        | FeedItem::Settings
                        | FeedItem::Views
                        | FeedItem::Fired
                        | FeedItem::Engine
                        | FeedItem::Done { .. }
                        | FeedItem::Open(_),
                    ) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }
}

/// Evaluation between two rounds.
struct Evaluated {
    evaluation: Evaluation,
    wait: Duration,
}

/// One round on a thread of its own. None: it failed, and begins again from what is stored.
async fn round(app: Arc<App>, known: Option<Evaluated>, changed: bool, stopping: Arc<AtomicBool>) -> Option<Evaluated> {
    let work = tokio::task::spawn_blocking(move || {
        let mut evaluation = match known {
            Some(known) => known.evaluation,
            None => Evaluation::start(&app)?,
        };
        if changed {
            evaluation.reload(&app)?;
        }
        evaluation.catch_up(&app, &|| !stopping.load(Ordering::Relaxed))?;
        let wait = wait(&app, &evaluation);
        Ok::<_, crate::error::EngineError>(Evaluated { evaluation, wait })
    });
    match work.await {
        Ok(Ok(evaluated)) => Some(evaluated),
        Ok(Err(error)) => {
            tracing::error!(%error, "rules could not be evaluated");
            None
        }
        Err(error) => {
            tracing::error!(%error, "evaluation ended unexpectedly and begins again");
            None
        }
    }
}

fn wait(app: &App, evaluation: &Evaluation) -> Duration {
    if evaluation.is_idle() {
        return Duration::from_secs(3_600);
    }
    let next = evaluation.next_decision().map(|at| at.millis().saturating_sub(app.now().millis()));
    let millis = next.and_then(|millis| u64::try_from(millis).ok()).unwrap_or(0);
    if next.is_none() { LONGEST_WAIT } else { Duration::from_millis(millis.max(10)).min(LONGEST_WAIT) }
}

async fn save(app: &Arc<App>, evaluated: Option<Evaluated>) {
    let Some(Evaluated { mut evaluation, .. }) = evaluated else { return };
    let app = Arc::clone(app);
    let saved = tokio::task::spawn_blocking(move || evaluation.save(&app)).await;
    if let Ok(Err(error)) = saved {
        tracing::warn!(%error, "how far rules were evaluated was not written down; they begin a little earlier");
    }
}
