//! Owns every task of the engine.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;

/// First pause before a failed task starts again; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long all tasks together may take to end.
const DEADLINE: Duration = Duration::from_secs(8);

/// Runs tasks, restarts what panics, stops all.
#[derive(Debug)]
pub(crate) struct Supervisor {
    /// Told first and waited for: it takes in what must still be committed.
    first: Vec<(&'static str, watch::Sender<bool>, JoinHandle<()>)>,
    rest: Vec<(&'static str, JoinHandle<()>)>,
    stop: watch::Sender<bool>,
    _app: Arc<App>,
}

impl Supervisor {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { first: Vec::new(), rest: Vec::new(), stop: watch::channel(false).0, _app: app }
    }

    /// Runs a task until it is told to stop; one that panics starts again after a pause.
    pub(crate) fn run<F, T>(&mut self, name: &'static str, task: F)
    where
        F: Fn(watch::Receiver<bool>) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let stop = self.stop.subscribe();
        let handle = spawn(async move {
            let mut pause = FIRST_PAUSE;
            while !*stop.borrow() {
                if spawn(task(stop.clone())).await.is_ok() {
                    break;
                }
                tracing::error!(task = name, ?pause, "a task stopped unexpectedly and starts again");
                let _ = tokio::time::timeout(pause, stopped(stop.clone())).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
        self.rest.push((name, handle));
    }

    /// Runs a task that cannot be started twice and is stopped before the others.
    pub(crate) fn run_first<F, T>(&mut self, name: &'static str, task: F)
    where
        F: FnOnce(watch::Receiver<bool>) -> T,
        T: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopping) = watch::channel(false);
        self.first.push((name, stop, spawn(task(stopping))));
    }

    /// Stops everything, in order, within one deadline.
    pub(crate) async fn stop(&mut self) {
        let all = async {
            for (name, stop, handle) in self.first.drain(..) {
                let _ = stop.send(true);
                report(name, handle.await);
            }
            let _ = self.stop.send(true);
            for (name, handle) in self.rest.drain(..) {
                report(name, handle.await);
            }
        };
        if tokio::time::timeout(DEADLINE, all).await.is_err() {
            tracing::error!("some tasks did not end in time");
        }
    }
}

fn report(name: &str, ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(task = name, %error, "a task ended badly");
    }
}

/// Ends when the task is to stop.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that the supervisor is gone, which is a stop too.
    let _ = stop.wait_for(|stop| *stop).await;
}

#[allow(clippy::disallowed_methods, reason = "the supervisor is the one place that spawns")]
fn spawn<T: Future<Output = ()> + Send + 'static>(task: T) -> JoinHandle<()> {
    tokio::spawn(task)
}
