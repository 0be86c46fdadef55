//! The running engine: listener, notifications, and following what other processes change.
//!
//! Every task has an owner: [`Live`] holds them all, restarts one that fails with a growing pause, and stops them in
//! one order (listener, then notifications, then the rest), so that what was accepted is committed and told.

mod evaluate;
mod follow;
mod intake;
mod presence;
mod routes;
mod supervisor;
mod tell;
mod tend;
mod upkeep;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, watch};

use tocsin_ingest::listener::{Limits, Listener};

use crate::app::App;
use crate::error::EngineError;
use crate::feed::FeedItem;
use crate::lock::EngineNote;
use intake::EngineIntake;
use routes::Routes;
use supervisor::Supervisor;

/// How to run.
#[derive(Debug, Clone)]
pub struct LiveOptions {
    /// Where the listener answers; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Names besides loopback that senders may call this machine.
    pub public_hosts: Vec<String>,
    /// Whether to show desktop notifications.
    pub notifications: bool,
}

/// A running engine.
#[derive(Debug)]
pub struct Live {
    app: Arc<App>,
    health: Arc<Health>,
    supervisor: Supervisor,
}

/// What does not work right now, for whoever shows it.
#[derive(Debug, Default)]
pub(crate) struct Health {
    listening: Mutex<Option<SocketAddr>>,
    listener: Mutex<Option<String>>,
    notifications: Mutex<Option<String>>,
}

impl Health {
    fn set(place: &Mutex<Option<String>>, problem: Option<String>) -> bool {
        let mut current = place.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *current != problem;
        *current = problem;
        changed
    }

    fn get<T: Clone>(place: &Mutex<Option<T>>) -> Option<T> {
        place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the tasks of one engine share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub app: Arc<App>,
    pub routes: Arc<Routes>,
    pub health: Arc<Health>,
    /// Rung when something was put into the outbox.
    pub outbox: Arc<Notify>,
}

impl Live {
    /// Starts the engine on `app`. A listener that cannot start is a problem to show ([`Self::listener_problem`]),
    /// not a reason to stop: the alerts that are there can still be worked on.
    ///
    /// # Errors
    /// When `app` does not have the data directory's lock, or the sources cannot be read.
    pub async fn start(app: Arc<App>, options: LiveOptions) -> Result<Self, EngineError> {
        if app.engine_lock().is_none() {
            return Err(EngineError::EngineRunning(app.config.data_dir.clone()));
        }
        let shared = Shared {
            routes: Arc::new(Routes::load(&app)?),
            health: Arc::new(Health::default()),
            outbox: Arc::new(Notify::new()),
            app: Arc::clone(&app),
        };
        // Before anything is taken in, and before anything is decided.
        presence::note(&shared, App::listens).await;
        let mut supervisor = Supervisor::new(Arc::clone(&app));
        let present = shared.clone();
        supervisor.run("presence", move |stop| presence::run(present.clone(), stop));
        start_listener(&mut supervisor, &shared, &options).await?;
        if options.notifications {
            let tell = shared.clone();
            supervisor.run("notifications", move |stop| tell::run(tell.clone(), stop));
        }
        let follow = shared.clone();
        supervisor.run("follow", move |stop| follow::run(follow.clone(), stop));
        app.set_evaluating();
        let evaluate = shared.clone();
        supervisor.run("rules", move |stop| evaluate::run(evaluate.clone(), stop));
        let tend = shared.clone();
        supervisor.run("tend", move |stop| tend::run(tend.clone(), stop));
        let upkeep = shared.clone();
        supervisor.run("upkeep", move |stop| upkeep::run(upkeep.clone(), stop));
        Ok(Self { app, health: shared.health, supervisor })
    }

    /// Where the listener answers; none when it could not start.
    #[must_use]
    pub fn listening(&self) -> Option<SocketAddr> {
        Health::get(&self.health.listening)
    }

    /// Why the listener does not run, and what to do.
    #[must_use]
    pub fn listener_problem(&self) -> Option<String> {
        Health::get(&self.health.listener)
    }

    /// Why desktop notifications do not arrive, and what to do.
    #[must_use]
    pub fn notification_problem(&self) -> Option<String> {
        Health::get(&self.health.notifications)
    }

    /// Why nothing can be stored right now, and what to do.
    #[must_use]
    pub fn store_problem(&self) -> Option<String> {
        self.app.store.problem()
    }

    /// Stops: no new deliveries, those in flight are answered, then everything ends.
    pub async fn stop(mut self) {
        self.supervisor.stop().await;
    }
}

async fn start_listener(
    supervisor: &mut Supervisor,
    shared: &Shared,
    options: &LiveOptions,
) -> Result<(), EngineError> {
    let limits = Limits { public_hosts: options.public_hosts.clone(), ..Limits::default() };
    let bound = Listener::bind(options.listen, limits);
    let listener = match bound {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the listener did not start");
            Health::set(&shared.health.listener, Some(error.to_string()));
            return tell_others(shared, None);
        }
    };
    let address = listener.local_addr();
    *shared.health.listening.lock().unwrap_or_else(PoisonError::into_inner) = Some(address);
    tell_others(shared, Some(address))?;
    let intake = Arc::new(EngineIntake::new(shared.clone()));
    let flush = Arc::clone(&intake);
    supervisor.run("refusals", move |stop| intake::flush_refusals(Arc::clone(&flush), stop));
    let health = Arc::clone(&shared.health);
    supervisor.run_first("listener", async move |stop: watch::Receiver<bool>| {
        if let Err(error) = listener.run(intake, supervisor::stopped(stop)).await {
            tracing::error!(%error, "the listener ended");
            Health::set(&health.listener, Some(error.to_string()));
        }
    });
    Ok(())
}

/// Leaves the address for other processes on this data directory.
fn tell_others(shared: &Shared, address: Option<SocketAddr>) -> Result<(), EngineError> {
    let note = EngineNote { pid: std::process::id(), listening: address.map(|address| format!("http://{address}")) };
    if let Some(lock) = shared.app.engine_lock() {
        lock.tell(&note)?;
    }
    shared.app.set_listening(address);
    shared.app.feed.send(FeedItem::Engine);
    Ok(())
}
