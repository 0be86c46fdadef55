//! How evaluation begins, and how rules that are new are taken up.

use std::collections::HashMap;
use std::sync::Arc;

use tocsin_rules::{Compiled, Gaps, Passed};
use tocsin_store::LogPlace;

use super::active::{Active, kept_events};
use super::clocks::Clocks;
use super::fill::{Filling, fill};
use super::log::{self, AHEAD, Entry};
use super::names::Names;
use super::pace::Pace;
use super::{Evaluation, Eyes, SAVE_AFTER, guarded};
use crate::app::App;
use crate::error::EngineError;

impl Evaluation {
    /// Takes up where it ended.
    pub(crate) fn start(app: &App) -> Result<Self, EngineError> {
        let (progress, clocks) = app.store.read(|reader| Ok((reader.progress()?, reader.source_clocks()?)))?;
        app.note_absence()?;
        let mut evaluation = Self {
            rules: Vec::new(),
            eyes: Eyes::default(),
            names: Names::default(),
            clocks: clocks.into_iter().collect(),
            place: progress.place,
            clock: progress.clock,
            found: Vec::new(),
            moved: HashMap::new(),
            unsaved: 0,
            started: Vec::new(),
            pace: Pace::default(),
            gaps: Gaps::default(),
            gaps_noticed: 0,
            saves: 0,
        };
        evaluation.reload(app)?;
        Ok(evaluation)
    }

    /// Has rules that wait for silence know of gaps that were noticed since.
    pub(super) fn mind_gaps(&mut self, app: &App) -> Result<(), EngineError> {
        if app.is_here()? == self.gaps_noticed { Ok(()) } else { self.reload(app) }
    }

    /// Reads the rules again. One that has not changed keeps what it knows.
    pub(crate) fn reload(&mut self, app: &App) -> Result<(), EngineError> {
        self.save(app)?;
        // One that is noticed meanwhile is read the next time.
        self.gaps_noticed = app.is_here()?;
        self.gaps = app.gaps()?;
        let (records, names) = app.store.read(|reader| Ok((reader.rules()?, Names::read(reader)?)))?;
        self.names = names;
        let mut wanted: Vec<Active> = records.iter().filter(|one| one.enabled).flat_map(Active::of).collect();
        if self.rules.is_empty() && !wanted.is_empty() {
            self.skip_unwatched(app, &wanted)?;
        }
        for active in &mut wanted {
            let knows = |known: &Active| known.compiled().is_none_or(|rule: &Arc<Compiled>| rule.knows(&self.gaps));
            if let Some(at) = self.rules.iter().position(|known| known.is_same(active) && knows(known)) {
                active.take_over(self.rules.swap_remove(at));
            }
        }
        self.fill(app, &mut wanted)?;
        self.rules = wanted;
        self.take_up(app)?;
        // What rules saw that have come no further than evaluation has.
        let level = self.rules.iter().filter(|active| self.place.reaches(active.after)).filter_map(Active::live);
        let seen = level.fold(self.eyes.watch.passed(), |seen, live| seen.and(live.passed().seen()));
        self.eyes = Eyes::new(&self.rules, (0..self.rules.len()).collect(), seen.at(self.clock));
        self.save(app).map(|_| ())
    }

    /// Fills the rules that know nothing yet.
    fn fill(&mut self, app: &App, wanted: &mut [Active]) -> Result<(), EngineError> {
        let (most, newest) = (kept_events(wanted.len()), self.clocks.newest().unwrap_or_else(|| app.now()));
        let mut fillings = Vec::new();
        for (at, active) in
            wanted.iter_mut().enumerate().filter(|(_, active)| !active.failed && active.live().is_none())
        {
            let (mut place, mut clock) = (active.after, active.active_at);
            if active.was_started() {
                (place, clock) = (place.max(self.place), clock.max(self.clock));
            }
            if let Some(floor) = guarded(active, |active| active.begin(&app.store, newest, most, &self.gaps)) {
                fillings.push(Filling { at, place, clock, floor });
            }
        }
        self.names.look_for(wanted.iter().filter_map(Active::compiled).map(Arc::as_ref));
        Ok(fill(&app.store, wanted, fillings, &self.names)?)
    }

    /// Lets rules that are new look at what came since they were added and was evaluated without them, as they would
    /// have looked at it then.
    fn take_up(&mut self, app: &App) -> Result<(), EngineError> {
        let is_fresh = |active: &Active| !active.was_started() && !active.failed;
        let fresh = || self.rules.iter().enumerate().filter(|(_, active)| is_fresh(active));
        let Some(after) = fresh().map(|(_, active)| active.after).reduce(LogPlace::min) else { return Ok(()) };
        let mut eyes = Eyes::new(&self.rules, fresh().map(|(at, _)| at).collect(), Passed::default());
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
                let missed = |entry: &&Entry| !entry.is_after(self.place) && !self.names.is_demo(entry.source);
                let (late, good): (Vec<&Entry>, Vec<&Entry>) =
                    delivery.iter().filter(missed).partition(|entry| clocks.is_late(entry));
                self.look(app, &mut eyes, place, (&late, &good))?;
                for entry in delivery {
                    clocks.show(entry.source, entry.event.time);
                    place = entry.reached(place);
                }
            }
        }
        for active in self.rules.iter_mut().filter(|active| is_fresh(active)) {
            active.start();
            self.started.push(active.version_row());
        }
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
}
