//! Evaluation: follows the log and lets rules look at it. Off the way of deliveries.
//!
//! Invariants: firings, alerts, outbox and progress commit in one transaction of their own; what fires depends on the
//! log alone, so a crash changes nothing; a rule that fails or takes too much takes only itself out, and says so.

mod active;
mod begin;
mod clocks;
mod fill;
pub(crate) mod log;
mod lookout;
pub(crate) mod names;
mod pace;
mod raise;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tocsin_model::event::Event;
use tocsin_model::time::Timestamp;
use tocsin_rules::{Gaps, LiveEvent, Passed, Watch};
use tocsin_store::{LogPlace, Progress, RuleHealth, Store, StoreError};

use crate::app::App;
use crate::error::EngineError;
use crate::feed::FeedItem;
use crate::identity::IdSource;
use active::Active;
use clocks::Clocks;
use fill::{Filling, fill};
use log::Entry;
use lookout::Lookout;
use names::Names;
use pace::Pace;
pub(crate) use raise::ONE_ALERT;
use raise::{Found, Raised, raise};

/// Progress without firings is written down after so many events.
const SAVE_AFTER: usize = 20_000;
/// What a rule may take for one event, and how often it may take more.
const BUDGET: Duration = Duration::from_millis(50);
const STRIKES: u32 = 3;

/// Every rule that is evaluated, and how far that has come.
#[derive(Debug)]
pub(crate) struct Evaluation {
    rules: Vec<Active>,
    /// Which of them deliveries concern.
    eyes: Eyes,
    names: Names,
    clocks: Clocks,
    place: LogPlace,
    clock: Timestamp,
    /// What was found and is not kept yet.
    found: Vec<Found>,
    /// Sources whose clocks moved, with events that came too late.
    moved: HashMap<i64, u64>,
    /// Events since progress was written down.
    unsaved: usize,
    /// Versions of rules that were taken up since.
    started: Vec<i64>,
    pace: Pace,
    gaps: Gaps,
    /// How many gaps were noticed when these were read.
    gaps_noticed: u64,
    /// Its own writes since it last rested.
    saves: u64,
}

/// Which rules a delivery concerns.
#[derive(Debug, Default)]
struct Eyes {
    /// None: no rule is looked up.
    lookout: Option<Lookout>,
    watch: Watch,
}

impl Eyes {
    fn new(rules: &[Active], places: Vec<usize>, passed: Passed) -> Self {
        let mut watch = Watch::new(passed);
        places.iter().for_each(|at| watch.note(*at, rules.get(*at).and_then(Active::live)));
        Self { lookout: Some(Lookout::new(rules, places)), watch }
    }
}

impl Evaluation {
    /// Whether there is nothing to look for.
    pub(crate) fn is_idle(&self) -> bool {
        self.rules.iter().all(|active| active.failed)
    }

    /// Evaluates everything that is in the log, and what time has decided since; gives what that raised. It gives way
    /// to others who write.
    pub(crate) fn catch_up(&mut self, app: &App, go_on: &dyn Fn() -> bool) -> Result<usize, EngineError> {
        let mut raised = 0;
        if self.is_idle() {
            return Ok(0);
        }
        while go_on() {
            let mut started = Instant::now();
            self.mind_gaps(app)?;
            let (place, names) = (self.at_most_the_end(app)?, &self.names);
            let deliveries = app.store.read(|reader| log::next(reader, place, names))?;
            if deliveries.is_empty() {
                break;
            }
            for delivery in deliveries {
                self.take(app, &delivery)?;
                let work = (started.elapsed(), std::mem::take(&mut self.saves));
                let received = delivery.first().map_or(self.clock, |entry| entry.received_at);
                self.pace.after(&app.store, work, (received, app.now()), &|| !go_on());
                started = Instant::now();
                if !go_on() {
                    break;
                }
            }
            if !self.found.is_empty() || self.unsaved >= SAVE_AFTER {
                raised += self.save(app)?;
            }
        }
        self.mind_gaps(app)?;
        let now = app.now();
        let due = self.eyes.watch.advance(now);
        let passed = self.eyes.watch.passed();
        for at in due {
            self.ask(at, |active| active.pass(passed));
            self.eyes.watch.note(at, self.rules.get(at).and_then(Active::live));
        }
        self.clock = self.clock.max(now);
        if !self.found.is_empty() {
            raised += self.save(app)?;
        }
        Ok(raised)
    }

    /// Rows of removed alerts may be used again, so the place goes back to where the log ends.
    fn at_most_the_end(&mut self, app: &App) -> Result<LogPlace, EngineError> {
        let kept = app.store.read(|reader| Ok(reader.progress()?.place.alert.max(reader.newest_alert_row()?)))?;
        self.place.alert = self.place.alert.min(kept);
        Ok(self.place)
    }

    /// When time alone will decide something.
    pub(crate) fn next_decision(&self) -> Option<Timestamp> {
        self.eyes.watch.next_decision()
    }

    /// Lets every rule look at one delivery.
    fn take(&mut self, app: &App, delivery: &[Entry]) -> Result<(), EngineError> {
        let (late, good): (Vec<&Entry>, Vec<&Entry>) = delivery
            .iter()
            .filter(|entry| !self.names.is_demo(entry.source))
            .partition(|entry| self.clocks.is_late(entry));
        // An error ends this evaluation; another one begins from what is kept.
        let mut eyes = std::mem::take(&mut self.eyes);
        self.look(app, &mut eyes, self.place, (&late, &good))?;
        self.eyes = eyes;
        for entry in delivery {
            self.place = entry.reached(self.place);
            self.clock = self.clock.max(entry.received_at);
            self.clocks.show(entry.source, entry.event.time);
            self.moved.entry(entry.source).or_default();
        }
        for entry in late {
            *self.moved.entry(entry.source).or_default() += 1;
        }
        self.unsaved += delivery.len();
        Ok(())
    }

    /// Lets rules look at a delivery, of which some came too late. Everything up to `place` is known to them.
    fn look(
        &mut self,
        app: &App,
        eyes: &mut Eyes,
        place: LogPlace,
        (late, good): (&[&Entry], &[&Entry]),
    ) -> Result<(), EngineError> {
        let Some(lookout) = &mut eyes.lookout else { return Ok(()) };
        for (at, places) in lookout.matching(&mut self.rules, &events(late)) {
            let Some(active) = self.rules.get_mut(at) else { continue };
            let own = places.iter().filter_map(|place| late.get(*place)).filter(|entry| entry.is_after(active.after));
            active.count_late(own.count() as u64);
        }
        if good.is_empty() {
            return Ok(());
        }
        let matching = lookout.matching(&mut self.rules, &events(good));
        let all: Vec<LiveEvent<'_>> = good.iter().map(|entry| live(entry)).collect();
        let concern = eyes.watch.delivery(&all, matching);
        for (at, places) in concern.rules {
            let Some(active) = self.rules.get(at) else { continue };
            let own = places.iter().filter_map(|place| good.get(*place)).filter(|entry| entry.is_after(active.after));
            let own: Vec<LiveEvent<'_>> = own.map(|entry| live(entry)).collect();
            self.reach_back(app, at, place, &own)?;
            self.ask(at, |active| active.take(concern.time, own));
            eyes.watch.note(at, self.rules.get(at).and_then(Active::live));
        }
        Ok(())
    }

    /// Has a rule know what is needed to take these events.
    fn reach_back(&mut self, app: &App, at: usize, place: LogPlace, own: &[LiveEvent<'_>]) -> Result<(), EngineError> {
        let Some(active) = self.rules.get_mut(at) else { return Ok(()) };
        let (Some(earliest), Some(live)) = (own.iter().map(|live| live.event.time).min(), active.live()) else {
            return Ok(());
        };
        let Some(floor) = live.reaches_back(earliest) else { return Ok(()) };
        let (place, found) = (place.max(active.after), &self.found);
        match guarded(active, |active| active.begin_deeper(&app.store, floor, found)) {
            Some(clock) => {
                let filling = Filling { at, place, clock, floor };
                Ok(fill(&app.store, &mut self.rules, vec![filling], &self.names)?)
            }
            None => Ok(()),
        }
    }

    /// Asks one rule, and keeps what it found.
    fn ask(&mut self, at: usize, question: impl FnOnce(&mut Active) -> Vec<Found>) {
        let Some(active) = self.rules.get_mut(at).filter(|active| !active.failed) else { return };
        let found = guarded(active, |active| Ok(question(active)));
        self.found.extend(found.unwrap_or_default());
    }

    /// Writes down what was found and how far evaluation has come; gives how many alerts were raised.
    pub(crate) fn save(&mut self, app: &App) -> Result<usize, EngineError> {
        let health: Vec<(i64, RuleHealth)> = self.rules.iter_mut().filter_map(Active::take_health).collect();
        if self.found.is_empty() && self.unsaved == 0 && health.is_empty() && self.started.is_empty() {
            return Ok(0);
        }
        let now = app.now();
        let saving = Saving {
            found: self.found.clone(),
            health: health.clone(),
            clocks: self.moved.iter().filter_map(|(row, late)| Some((*row, self.clocks.of(*row)?, *late))).collect(),
            started: self.started.clone(),
            progress: Progress { place: self.place, clock: self.clock },
            now,
        };
        let raised = saving.write(&app.store, &app.ids)?;
        self.saves += 1;
        if !self.found.is_empty() || !health.is_empty() {
            app.feed.send(FeedItem::Fired);
        }
        self.found.clear();
        self.moved.clear();
        self.started.clear();
        self.unsaved = 0;
        let count = raised.added.len();
        if !health.is_empty() {
            app.feed.send(FeedItem::Traffic);
        }
        if count + raised.updated.len() > 0 {
            app.feed.send(FeedItem::Alerts { added: raised.added, updated: raised.updated, many: false });
        }
        Ok(count)
    }
}

/// What one transaction of evaluation writes.
struct Saving {
    found: Vec<Found>,
    health: Vec<(i64, RuleHealth)>,
    clocks: Vec<(i64, Timestamp, u64)>,
    started: Vec<i64>,
    progress: Progress,
    now: Timestamp,
}

impl Saving {
    fn write(self, store: &Store, ids: &Arc<IdSource>) -> Result<Raised, StoreError> {
        let ids = Arc::clone(ids);
        store.write_blocking(move |tx| {
            let raised = raise(tx, &self.found, &ids, self.now)?;
            for (rule_row, health) in &self.health {
                tx.note_health(*rule_row, health, self.now)?;
            }
            for (source, newest, late) in &self.clocks {
                tx.set_source_clock(*source, *newest, *late)?;
            }
            self.started.iter().try_for_each(|row| tx.start_version(*row))?;
            tx.set_progress(&self.progress)?;
            Ok(raised)
        })
    }
}

fn events<'a>(entries: &[&'a Entry]) -> Vec<&'a Event> {
    entries.iter().map(|entry| &entry.event).collect()
}

const fn live(entry: &Entry) -> LiveEvent<'_> {
    LiveEvent { event: &entry.event, source: entry.source, received_at: entry.received_at }
}

/// Lets a rule do something. One that fails, stops unexpectedly or takes too long too often is taken out.
fn guarded<T>(active: &mut Active, work: impl FnOnce(&mut Active) -> Result<T, EngineError>) -> Option<T> {
    let started = Instant::now();
    let done = catch_unwind(AssertUnwindSafe(|| work(active)));
    let failed = match done {
        Ok(Ok(value)) => {
            active.spent(started.elapsed());
            return Some(value);
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it stopped unexpectedly: disable it, and please report it with its document".to_owned(),
    };
    tracing::error!(rule = %active.name, error = %failed, "a rule is not evaluated any more");
    active.fail(failed);
    None
}

#[cfg(test)]
#[path = "tests.rs"]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod crash_tests;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod gap_tests;
