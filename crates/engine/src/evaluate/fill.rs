//! Fills the windows of rules with what is stored, all of them in one walk along the log.

use tocsin_model::event::Event;
use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::{Live, LiveEvent, Passed, Watch};
use tocsin_store::{LogPlace, Store, StoreError};

use super::active::Active;
use super::clocks::Clocks;
use super::log::{AHEAD, Entry, next};
use super::lookout::{Lookout, Matching};
use super::names::Names;
use super::{guarded, live};

/// Received times grow with the log, but for a clock that was set back.
const CLOCK_SET_BACK: Span = Span::HOUR;

/// A rule that is to be filled.
pub(super) struct Filling {
    /// Its place among the rules.
    pub(super) at: usize,
    /// Up to this place of the log.
    pub(super) place: LogPlace,
    /// How far time had gone then.
    pub(super) clock: Timestamp,
    /// Events before this say nothing about what is to come.
    pub(super) floor: Timestamp,
}

/// Fills rules that have just begun. What came too late was not looked at then, and is not now; what had come before a
/// rule counted is its history, however late it was.
///
/// No clock has to be known at the start of the walk: whatever was received before it is older than what is filled in,
/// and makes nothing of that late.
pub(super) fn fill(
    store: &Store,
    rules: &mut [Active],
    mut fillings: Vec<Filling>,
    names: &Names,
) -> Result<(), StoreError> {
    let Some(floor) = fillings.iter().map(|one| one.floor).min() else { return Ok(()) };
    fillings.sort_unstable_by_key(|one| (one.place.seq, one.place.alert));
    let until = fillings.iter().map(|one| one.place).fold(LogPlace::default(), LogPlace::max);
    let mut walk = Walk::new(rules, &fillings);
    let mut place = store.read(|reader| reader.log_before(floor.minus(AHEAD).minus(CLOCK_SET_BACK)))?;
    let mut left = fillings.into_iter().peekable();
    while !place.reaches(until) {
        let deliveries = store.read(|reader| next(reader, place, names))?;
        if deliveries.is_empty() {
            break;
        }
        for delivery in deliveries {
            // Those that end here have not seen what comes.
            while let Some(one) = left.next_if(|one| delivery.iter().all(|entry| entry.is_after(one.place))) {
                walk.end(rules, &one);
            }
            walk.take(rules, &delivery, names);
            place = delivery.iter().fold(place, |place, entry| entry.reached(place));
        }
    }
    left.for_each(|one| walk.end(rules, &one));
    Ok(())
}

struct Walk {
    lookout: Lookout,
    /// Up to where each rule is filled; none: it is not.
    until: Vec<Option<LogPlace>>,
    clocks: Clocks,
    passed: Passed,
    /// Of the rules that time decides, which a delivery concerns.
    watch: Watch,
}

impl Walk {
    fn new(rules: &[Active], fillings: &[Filling]) -> Self {
        let mut until = vec![None; rules.len()];
        for one in fillings {
            if let Some(until) = until.get_mut(one.at) {
                *until = Some(one.place);
            }
        }
        let mut places: Vec<usize> = fillings.iter().map(|one| one.at).collect();
        places.sort_unstable();
        let lookout = Lookout::new(rules, places);
        Self { lookout, until, clocks: Clocks::default(), passed: Passed::default(), watch: Watch::default() }
    }

    fn end(&mut self, rules: &mut [Active], filling: &Filling) {
        if let Some(until) = self.until.get_mut(filling.at) {
            *until = None;
        }
        self.watch.note(filling.at, None);
        if let Some(active) = rules.get_mut(filling.at) {
            guarded(active, |active| {
                active.filled(self.passed.at(filling.clock));
                Ok(())
            });
        }
    }

    fn take(&mut self, rules: &mut [Active], delivery: &[Entry], names: &Names) {
        let entries: Vec<&Entry> = delivery.iter().filter(|entry| !names.is_demo(entry.source)).collect();
        let late: Vec<bool> = entries.iter().map(|entry| self.clocks.is_late(entry)).collect();
        let events: Vec<&Event> = entries.iter().map(|entry| &entry.event).collect();
        let mut replayed = Vec::new();
        for (at, mut places) in self.lookout.matching(rules, &events) {
            let (Some(active), Some(Some(until))) = (rules.get_mut(at), self.until.get(at)) else { continue };
            let is_own = |entry: &Entry, late: bool| !(entry.is_after(*until) || late && entry.is_after(active.after));
            places.retain(|place| {
                entries.get(*place).zip(late.get(*place)).is_some_and(|(one, late)| is_own(one, *late))
            });
            if active.live().is_some_and(Live::is_replayed) {
                replayed.push((at, places));
                continue;
            }
            guarded(active, |active| {
                places.iter().filter_map(|place| entries.get(*place)).for_each(|entry| active.fill(live(entry)));
                Ok(())
            });
        }
        let seen: Vec<LiveEvent<'_>> =
            entries.iter().zip(late).filter(|(_, late)| !late).map(|(entry, _)| live(entry)).collect();
        self.replay(rules, &entries, &seen, replayed);
        seen.into_iter().for_each(|live| self.passed.saw(live));
        for entry in delivery {
            self.clocks.show(entry.source, entry.event.time);
        }
    }

    /// Has the rules that time decides take a delivery as they did when it came. `seen`: what came in time of it.
    fn replay(&mut self, rules: &mut [Active], entries: &[&Entry], seen: &[LiveEvent<'_>], matching: Matching) {
        let concern = self.watch.delivery(seen, matching);
        for (at, places) in concern.rules {
            let (Some(active), Some(Some(until))) = (rules.get_mut(at), self.until.get(at)) else { continue };
            // What comes behind its place is no concern of a rule's that ends there.
            if entries.iter().all(|entry| entry.is_after(*until)) {
                continue;
            }
            let own = places.iter().filter_map(|place| entries.get(*place)).map(|entry| live(entry)).collect();
            guarded(active, |active| {
                active.replay(concern.time, own);
                Ok(())
            });
            self.watch.note(at, active.live());
        }
    }
}
