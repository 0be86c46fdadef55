//! Evaluation: follows the log and lets rules look at it. Off the way of deliveries.
//!
//! Invariants: firings, alerts, outbox and progress commit in one transaction of their own; what fires depends on the
//! log alone, so a crash changes nothing; a rule that fails or takes too much takes only itself out, and says so.

mod active;
mod clocks;
mod fill;
pub(crate) mod log;
mod pace;
mod raise;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tocsin_model::time::Timestamp;
use tocsin_rules::LiveEvent;
use tocsin_store::{LogPlace, Progress, RuleHealth, Store, StoreError};

use crate::app::App;
use crate::error::EngineError;
use crate::feed::FeedItem;
use crate::identity::IdSource;
use active::Active;
use clocks::Clocks;
use fill::{Filling, fill};
use log::{AHEAD, Entry, Names, is_demo};
use pace::Pace;
use raise::{Found, Raised, raise};

pub(crate) use active::kept_events;

/// Progress without firings is written down after so many events.
const SAVE_AFTER: usize = 20_000;
/// What a rule may take for one event, and how often it may take more.
const BUDGET: Duration = Duration::from_millis(50);
const STRIKES: u32 = 3;

/// Every rule that is evaluated, and how far that has come.
#[derive(Debug)]
pub(crate) struct Evaluation {
    rules: Vec<Active>,
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
    /// Its own writes since it last rested.
    saves: u64,
}

impl Evaluation {
    /// Takes up where it ended.
    pub(crate) fn start(app: &App) -> Result<Self, EngineError> {
        let (progress, clocks) = app.store.read(|reader| Ok((reader.progress()?, reader.source_clocks()?)))?;
        let mut evaluation = Self {
            rules: Vec::new(),
            names: Names::new(),
            clocks: clocks.into_iter().collect(),
            place: progress.place,
            clock: progress.clock,
            found: Vec::new(),
            moved: HashMap::new(),
            unsaved: 0,
            started: Vec::new(),
            pace: Pace::default(),
            saves: 0,
        };
        evaluation.reload(app)?;
        Ok(evaluation)
    }

    /// Reads the rules again. One that has not changed keeps what it knows.
    pub(crate) fn reload(&mut self, app: &App) -> Result<(), EngineError> {
        self.save(app)?;
        let (records, names) = app.store.read(|reader| Ok((reader.rules()?, reader.source_names()?)))?;
        self.names = names.into_iter().map(|(row, name, demo)| (row, (name, demo))).collect();
        let mut wanted: Vec<Active> = records.iter().filter(|one| one.enabled).flat_map(Active::of).collect();
        if self.rules.is_empty() && !wanted.is_empty() {
            self.skip_unwatched(app, &wanted)?;
        }
        for active in &mut wanted {
            if let Some(at) = self.rules.iter().position(|known| known.is_same(active)) {
                active.take_over(self.rules.swap_remove(at));
            }
        }
        self.fill(app, &mut wanted)?;
        self.rules = wanted;
        self.take_up(app)?;
        self.save(app).map(|_| ())
    }

    /// Fills the rules that know nothing yet.
    fn fill(&self, app: &App, wanted: &mut [Active]) -> Result<(), EngineError> {
        let (most, newest) = (kept_events(wanted.len()), self.clocks.newest().unwrap_or_else(|| app.now()));
        let mut rules = Vec::new();
        for active in wanted.iter_mut().filter(|active| !active.failed && !active.is_loaded()) {
            let (mut place, mut clock) = (active.after, active.active_at);
            if active.was_started() {
                (place, clock) = (place.max(self.place), clock.max(self.clock));
            }
            if let Some(floor) = guarded(active, |active| active.begin(&app.store, newest, most)) {
                rules.push(Filling { active, place, clock, floor });
            }
        }
        Ok(fill(&app.store, rules, &self.names)?)
    }

    /// Lets rules that are new look at what came since they were added and was evaluated without them, as they would
    /// have looked at it then.
    fn take_up(&mut self, app: &App) -> Result<(), EngineError> {
        let fresh = |active: &&Active| !active.was_started() && !active.failed;
        let Some(after) = self.rules.iter().filter(fresh).map(|active| active.after).reduce(LogPlace::min) else {
            return Ok(());
        };
        let mut place = after;
        let mut clocks = Clocks::default();
        if !place.reaches(self.place) {
            clocks = app.store.read(|reader| reader.newest_times(place, AHEAD))?.into_iter().collect();
        }
        while !place.reaches(self.place) {
            let deliveries = app.store.read(|reader| log::next(reader, place, &self.names))?;
            if deliveries.is_empty() {
                break;
            }
            for delivery in &deliveries {
                let missed = |entry: &&Entry| !entry.is_after(self.place) && !is_demo(&self.names, entry.source);
                let (late, good): (Vec<&Entry>, Vec<&Entry>) =
                    delivery.iter().filter(missed).partition(|entry| clocks.is_late(entry));
                for at in 0..self.rules.len() {
                    if self.rules.get(at).as_ref().is_some_and(fresh) {
                        self.look(app, at, place, (&late, &good))?;
                    }
                }
                for entry in delivery {
                    clocks.show(entry.source, entry.event.time);
                    place = entry.reached(place);
                }
            }
        }
        for active in self.rules.iter_mut().filter(|active| !active.was_started() && !active.failed) {
            active.start();
            self.started.push(active.version_row());
        }
        Ok(())
    }

    /// Lets one rule look at a delivery, of which some came too late. Everything up to `place` is known to it.
    fn look(
        &mut self,
        app: &App,
        at: usize,
        place: LogPlace,
        (late, good): (&[&Entry], &[&Entry]),
    ) -> Result<(), EngineError> {
        let Some(active) = self.rules.get_mut(at).filter(|active| !active.failed) else { return Ok(()) };
        active.count_late(late);
        let own = good.iter().filter(|entry| entry.is_after(active.after));
        let events: Vec<LiveEvent<'_>> = own.map(|entry| live(entry)).collect();
        if events.is_empty() {
            return Ok(());
        }
        if let Some(floor) = active.needs(&events) {
            let found = &self.found;
            let begun = guarded(active, |active| active.begin_deeper(&app.store, floor, found));
            if let Some(clock) = begun {
                let place = place.max(active.after);
                fill(&app.store, vec![Filling { active, place, clock, floor }], &self.names)?;
            }
        }
        self.ask(at, |active| active.offer(&events));
        Ok(())
    }

    /// While no rule was evaluated nobody looked at the log: it begins where the first rule does.
    fn skip_unwatched(&mut self, app: &App, wanted: &[Active]) -> Result<(), EngineError> {
        let Some(first) = wanted.iter().map(|active| active.after).reduce(LogPlace::min) else { return Ok(()) };
        if self.place.reaches(first) {
            return Ok(());
        }
        self.place = self.place.max(first);
        let place = self.place;
        for (source, newest) in app.store.read(|reader| reader.newest_times(place, AHEAD))? {
            self.clocks.show(source, newest);
            self.moved.entry(source).or_default();
        }
        self.unsaved = SAVE_AFTER;
        Ok(())
    }

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
        let now = app.now();
        for at in 0..self.rules.len() {
            self.ask(at, |active| active.advance(now));
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
        self.rules.iter().filter(|active| !active.failed).filter_map(Active::next_decision).min()
    }

    /// Lets every rule look at one delivery.
    fn take(&mut self, app: &App, delivery: &[Entry]) -> Result<(), EngineError> {
        let (late, good): (Vec<&Entry>, Vec<&Entry>) = delivery
            .iter()
            .filter(|entry| !is_demo(&self.names, entry.source))
            .partition(|entry| self.clocks.is_late(entry));
        for at in 0..self.rules.len() {
            self.look(app, at, self.place, (&late, &good))?;
        }
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
