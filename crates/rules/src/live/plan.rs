//! What kind of rule it is, as far as time is concerned: when it may be decided, and how far back an event reaches.

use std::sync::Arc;

use tocsin_model::firing::GroupValue;
use tocsin_model::rule::window::{Window, WindowKind};
use tocsin_model::rule::{Measure, Rule, Trigger};
use tocsin_model::time::{Span, Timestamp};

use crate::compile::Compiled;
use crate::evaluator::{Evaluator, once_a_window};

/// Before all events.
pub(super) const ALWAYS: Timestamp = Timestamp::from_millis(i64::MIN);

/// How a group is kept, so that a late event costs little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By an evaluator that runs over its events, and again for late ones.
    Runs,
    /// Window by window, each asked at its end.
    Windows,
    /// By the events after which nothing came.
    Silences,
}

/// How a rule goes with time.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) rule: Arc<Compiled>,
    /// It fires at the end of a window, at a tick or after a silence: not at an event.
    pub(super) decides_later: bool,
    /// A window is a candidate once, whatever event it was that made it one.
    pub(super) by_window: bool,
    /// How its groups are kept.
    pub(super) way: Way,
    /// A late event may take away what made a candidate, and a later one may bring it back: an event becomes rare, is
    /// no longer, and is again. Counts only ever grow.
    pub(super) wavers: bool,
}

impl Plan {
    pub(super) fn new(rule: Arc<Compiled>) -> Self {
        let once = once_a_window(rule.rule());
        let windowed = matches!(kind(rule.rule()), Some(WindowKind::Fixed(_) | WindowKind::Schedule(_)));
        let absent = matches!(rule.rule().trigger, Trigger::Absent);
        let looks_at_events = matches!(rule.rule().trigger, Trigger::Unseen { .. } | Trigger::Rare { .. });
        let by_window = (windowed || absent) && !looks_at_events;
        let measured = matches!(rule.rule().measure, Measure::Sum(_) | Measure::Mean(_) | Measure::Share { .. });
        let decides_later = by_window && !once;
        let baseline = matches!(rule.rule().trigger, Trigger::Baseline { .. });
        let way = match (decides_later, absent) {
            (true, true) => Way::Silences,
            (true, false) if !baseline => Way::Windows,
            (true | false, _) => Way::Runs,
        };
        let wavers = looks_at_events || measured || baseline;
        Self { rule, decides_later, by_window, way, wavers }
    }

    pub(super) fn evaluator(&self, shown: &[GroupValue]) -> Evaluator {
        Evaluator::alone(Arc::clone(&self.rule), shown.to_vec(), !self.decides_later)
    }

    /// The earliest event that says something about what an event at `time` sets off.
    pub(super) fn reach(&self, time: Timestamp) -> Timestamp {
        let rule = self.rule.rule();
        match (&rule.trigger, &rule.window) {
            // The number of earlier events and the first window of the group count, however old they are.
            (Trigger::Unseen { .. } | Trigger::Rare { .. } | Trigger::Baseline { .. }, _) => ALWAYS,
            (_, None) => time,
            (Trigger::Absent, Some(Window { kind: WindowKind::Rolling(length), .. })) => {
                self.rule.gaps().before(time, Span::from_millis(length.span().millis() + 1))
            }
            (_, Some(Window { kind: WindowKind::Rolling(length), .. })) => {
                time.minus(length.span()).minus(Span::from_millis(1))
            }
            (_, Some(Window { kind: WindowKind::Fixed(length), zone })) => length.fixed_around(time, *zone).0,
            (_, Some(Window { kind: WindowKind::Schedule(cron), zone })) => {
                let tick = cron.next_after(Timestamp::from_millis(time.millis().saturating_sub(1)), *zone);
                tick.and_then(|tick| cron.last_before(tick, *zone)).unwrap_or(ALWAYS)
            }
        }
    }

    /// When a silence after an event at `time` has lasted long enough.
    pub(super) fn deadline(&self, time: Timestamp) -> Option<Timestamp> {
        match kind(self.rule.rule())? {
            WindowKind::Rolling(length) => Some(self.rule.gaps().after(time, length.span())),
            WindowKind::Fixed(_) | WindowKind::Schedule(_) => None,
        }
    }

    /// Whether a boundary is behind an event at `time`: a fixed window does not hold its end, a schedule's does, and an
    /// event at the very deadline still ends an absence.
    pub(super) fn is_over(&self, boundary: Timestamp, time: Timestamp) -> bool {
        match kind(self.rule.rule()) {
            Some(WindowKind::Fixed(_)) => boundary <= time,
            Some(WindowKind::Rolling(_) | WindowKind::Schedule(_)) | None => boundary < time,
        }
    }

    /// Whether an event that comes out of order belongs into the open window, which does not ask for any order.
    pub(super) fn takes_in_any_order(&self, open: Option<(Timestamp, Timestamp)>, time: Timestamp) -> bool {
        let (true, Some((start, end))) = (self.decides_later, open) else { return false };
        match kind(self.rule.rule()) {
            Some(WindowKind::Fixed(_)) => start <= time && time < end,
            Some(WindowKind::Schedule(_)) => start < time && time <= end,
            Some(WindowKind::Rolling(_)) | None => false,
        }
    }
}

fn kind(rule: &Rule) -> Option<&WindowKind> {
    rule.window.as_ref().map(|window| &window.kind)
}
