//! The data directory with everything a person can do to it. One file a noun; each use case is one function, the
//! same for the window and the command line.

mod acting;
pub(crate) mod alerts;
pub(crate) mod backup;
pub(crate) mod demo;
pub(crate) mod diagnostics;
pub(crate) mod doctor;
pub(crate) mod drafts;
pub(crate) mod entities;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod ingest;
mod ingest_parts;
mod lists;
pub(crate) mod overlap;
pub(crate) mod pinned;
pub(crate) mod presence;
pub(crate) mod preview;
pub(crate) mod quarantine;
pub(crate) mod retention;
pub(crate) mod rule_export;
pub(crate) mod rule_list;
pub(crate) mod rules;
pub(crate) mod rules_changed;
pub(crate) mod rules_kept;
pub(crate) mod settings;
pub(crate) mod similar;
pub(crate) mod sources;
pub(crate) mod status;
pub(crate) mod studio;
pub(crate) mod suggest;
pub(crate) mod survey;
pub(crate) mod templates;
pub(crate) mod views;
pub(crate) mod why;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

use tocsin_model::time::Timestamp;
use tocsin_store::{Hint, Store, StoreError, Topic, WriteTx};

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::error::EngineError;
use crate::evaluate::Evaluation;
use crate::feed::{Feed, FeedItem};
use crate::identity::IdSource;
use crate::lock::{EngineLock, EngineNote, running_engine};

pub use sources::SourceSpec;

/// How long the engine waits for a command of another process to give the lock back.
const COMMAND_PATIENCE: Duration = Duration::from_secs(5);
/// How long a command waits for the engine to follow a change of sources.
const ENGINE_PATIENCE: Duration = Duration::from_secs(2);
/// How often to look while waiting for another process, which cannot wake this one.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// An open data directory. While it has the lock it is the engine's; otherwise it leaves hints for the engine.
#[derive(Debug)]
pub struct App {
    pub(crate) config: Config,
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<IdSource>,
    pub(crate) feed: Feed,
    lock: Option<EngineLock>,
    /// Where this process's own listener answers.
    listening: Mutex<Option<SocketAddr>>,
    /// A task of this process evaluates rules.
    evaluating: AtomicBool,
    /// Whether it listens.
    presence: presence::Presence,
    /// What previews of rules hold.
    desk: Mutex<preview::Desk>,
}

impl App {
    /// Opens the data directory, as the engine when there is none yet.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(config: Config) -> Result<Self, EngineError> {
        Self::open_with_clock(config, Arc::new(SystemClock))
    }

    /// [`Self::open`] with a clock of one's own.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_clock(config: Config, clock: Arc<dyn Clock>) -> Result<Self, EngineError> {
        let lock = EngineLock::take(&config.data_dir)?;
        Self::with_lock(config, clock, lock)
    }

    fn with_lock(config: Config, clock: Arc<dyn Clock>, lock: Option<EngineLock>) -> Result<Self, EngineError> {
        if lock.is_some() {
            backup::finish_restore(&config.data_dir)?;
        }
        let store = Arc::new(Store::open(&config.data_dir)?);
        Ok(Self {
            config,
            store,
            clock,
            ids: Arc::new(IdSource::default()),
            feed: Feed::default(),
            lock,
            listening: Mutex::default(),
            evaluating: AtomicBool::new(false),
            presence: presence::Presence::default(),
            desk: Mutex::default(),
        })
    }

    /// Opens the data directory as its engine.
    ///
    /// # Errors
    /// [`EngineError::EngineRunning`] when another process is the engine.
    pub fn open_engine(config: Config) -> Result<Self, EngineError> {
        let deadline = Instant::now() + COMMAND_PATIENCE;
        loop {
            if let Some(lock) = EngineLock::take(&config.data_dir)? {
                return Self::with_lock(config, Arc::new(SystemClock), Some(lock));
            }
            // A command has the lock only for as long as it runs; an engine says that it is one.
            if running_engine(&config.data_dir).is_some() || Instant::now() >= deadline {
                return Err(EngineError::EngineRunning(config.data_dir));
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    /// Hints of what changes from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<FeedItem> {
        self.feed.subscribe()
    }

    /// The settings it was opened with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) const fn engine_lock(&self) -> Option<&EngineLock> {
        self.lock.as_ref()
    }

    /// The engine of this data directory: another process, or none that we know of.
    pub(crate) fn engine_note(&self) -> Option<EngineNote> {
        if self.lock.is_some() { None } else { running_engine(&self.config.data_dir) }
    }

    /// The address deliveries go to: the running engine's, or the one it will have.
    #[must_use]
    pub fn base_url(&self) -> String {
        let own = *self.listening.lock().unwrap_or_else(PoisonError::into_inner);
        own.map(|address| format!("http://{address}"))
            .or_else(|| self.engine_note().and_then(|note| note.listening))
            .unwrap_or_else(|| format!("http://{}", self.config.listen))
    }

    pub(crate) fn set_evaluating(&self) {
        self.evaluating.store(true, Ordering::Relaxed);
    }

    /// Evaluates rules up to the end of the log when there is nobody else who does; gives how many alerts that raised.
    pub(crate) fn evaluate_if_alone(&self) -> Result<u64, EngineError> {
        if self.lock.is_none() || self.evaluating.load(Ordering::Relaxed) {
            return Ok(0);
        }
        let mut evaluation = Evaluation::start(self)?;
        let raised = evaluation.catch_up(self, &|| true)? + evaluation.save(self)?;
        Ok(u64::try_from(raised).unwrap_or(u64::MAX))
    }

    pub(crate) fn set_listening(&self, address: Option<SocketAddr>) {
        *self.listening.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }

    /// Writes, tells who listens here, and leaves a hint when the engine is elsewhere.
    pub(crate) fn change<T: Send + 'static>(
        &self,
        op: impl FnOnce(&WriteTx<'_>) -> Result<(T, Option<FeedItem>), StoreError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let guest = self.lock.is_none();
        let (done, item) = self.store.write_blocking(move |tx| {
            let (done, item) = op(tx)?;
            if guest && let Some(hint) = item.as_ref().and_then(hint_of) {
                tx.add_hint(&hint)?;
            }
            Ok((done, item))
        })?;
        if let Some(item) = item {
            if guest && item == FeedItem::Sources {
                self.wait_for_engine();
            }
            self.feed.send(item);
        }
        Ok(done)
    }

    /// Waits until the engine goes by what was changed, so that a new source takes deliveries, and an old password
    /// is refused, when the command ends. An engine that is stuck is not waited for long: it reads hints later.
    fn wait_for_engine(&self) {
        let deadline = Instant::now() + ENGINE_PATIENCE;
        while self.engine_note().is_some()
            && self.store.read(|reader| reader.has_hints()).unwrap_or(false)
            && Instant::now() < deadline
        {
            std::thread::park_timeout(LOOK_EVERY);
        }
    }
}

/// What another process should know of a change. Beyond a thousand alerts it is told to read again.
fn hint_of(item: &FeedItem) -> Option<Hint> {
    match item {
        FeedItem::Alerts { added, updated, many } => {
            let mut alerts = [added.as_slice(), updated.as_slice()].concat();
            if *many || alerts.len() > 1_000 {
                alerts.clear();
            }
            Some(Hint { topic: Topic::Alerts, alerts })
        }
        FeedItem::Sources => Some(Hint { topic: Topic::Sources, alerts: Vec::new() }),
        FeedItem::Events => Some(Hint { topic: Topic::Events, alerts: Vec::new() }),
        FeedItem::Settings => Some(Hint { topic: Topic::Settings, alerts: Vec::new() }),
        FeedItem::Views => Some(Hint { topic: Topic::Views, alerts: Vec::new() }),
        FeedItem::Rules => Some(Hint { topic: Topic::Rules, alerts: Vec::new() }),
        FeedItem::Traffic | FeedItem::Fired | FeedItem::Engine | FeedItem::Done { .. } | FeedItem::Open(_) => None,
    }
}
