//! Fills the windows of rules with what is stored, all of them in one walk along the log.

use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::LiveEvent;
use tocsin_store::{LogPlace, Store, StoreError};

use super::active::Active;
use super::clocks::Clocks;
use super::guarded;
use super::log::{AHEAD, Names, is_demo, next};

/// Received times grow with the log, but for a clock that was set back.
const CLOCK_SET_BACK: Span = Span::HOUR;

/// A rule that is to be filled.
pub(super) struct Filling<'a> {
    pub(super) active: &'a mut Active,
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
pub(super) fn fill(store: &Store, mut rules: Vec<Filling<'_>>, names: &Names) -> Result<(), StoreError> {
    let Some(floor) = rules.iter().map(|one| one.floor).min() else { return Ok(()) };
    let until = rules.iter().map(|one| one.place).fold(LogPlace::default(), LogPlace::max);
    let mut place = store.read(|reader| reader.log_before(floor.minus(AHEAD).minus(CLOCK_SET_BACK)))?;
    let mut clocks = Clocks::default();
    while !place.reaches(until) {
        let deliveries = store.read(|reader| next(reader, place, names))?;
        if deliveries.is_empty() {
            break;
        }
        for delivery in deliveries {
            for entry in delivery.iter().filter(|entry| !is_demo(names, entry.source)) {
                let late = clocks.is_late(entry);
                let live = LiveEvent { event: &entry.event, source: entry.source, received_at: entry.received_at };
                for Filling { active, place, .. } in &mut rules {
                    let looked_at = !late || !entry.is_after(active.after);
                    if looked_at && !entry.is_after(*place) {
                        guarded(active, |active| {
                            active.fill(live);
                            Ok(())
                        });
                    }
                }
            }
            for entry in &delivery {
                clocks.show(entry.source, entry.event.time);
                place = entry.reached(place);
            }
        }
    }
    for Filling { active, clock, .. } in rules {
        guarded(active, |active| {
            active.filled(clock);
            Ok(())
        });
    }
    Ok(())
}
