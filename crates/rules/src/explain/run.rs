//! A rule run over events with every reading kept, to look up what became of one of them.

use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::firing::GroupValue;
use tocsin_model::rule::window::WindowKind;
use tocsin_model::rule::{Rule, Trigger};
use tocsin_model::time::Timestamp;

use crate::compile::Compiled;
use crate::evaluator::{Evaluator, Reading, once_a_window};
use crate::group::GroupId;
use crate::judge::Verdict;

/// The run, and which of its readings the event itself set off.
#[derive(Debug)]
pub(super) struct Run {
    evaluator: Evaluator,
    readings: Vec<Reading>,
    /// The readings of the event's own step.
    own: std::ops::Range<usize>,
    pub(super) groups: Vec<GroupId>,
}

impl Run {
    /// Runs the rule over all events, of which `at` is the one that is asked about, up to a time.
    pub(super) fn new(rule: &Arc<Compiled>, events: &[Event], at: usize, last: Timestamp) -> Self {
        let mut evaluator = Evaluator::new(Arc::clone(rule));
        evaluator.readings = Some(Vec::new());
        let mut own = 0..0;
        let known = |evaluator: &Evaluator| evaluator.readings.as_ref().map_or(0, Vec::len);
        for (number, event) in events.iter().enumerate() {
            let before = known(&evaluator);
            evaluator.process(event);
            if number == at {
                own = before..known(&evaluator);
            }
        }
        evaluator.finish(last);
        let groups = events.get(at).map(|event| evaluator.groups.of(event, &rule.rule().group_by)).unwrap_or_default();
        let readings = evaluator.readings.take().unwrap_or_default();
        Self { evaluator, readings, own, groups }
    }

    /// The group's values.
    pub(super) fn shown(&self, group: GroupId) -> &[GroupValue] {
        self.evaluator.groups.shown(group)
    }

    /// The reading that the event belongs to, with its place: its own, or that of the end of its window.
    pub(super) fn reading(&self, rule: &Rule, group: GroupId, event: &Event) -> Option<(usize, &Reading)> {
        let waits = |reading: &Reading| belongs(rule, reading, event.time);
        let (from, to) =
            if decides_later(rule) { (self.own.start, self.readings.len()) } else { (self.own.start, self.own.end) };
        let mut all = self.readings.iter().enumerate().take(to).skip(from);
        all.find(|(_, reading)| reading.asked.group == group && waits(reading))
    }

    /// The group's readings up to this place.
    pub(super) fn readings_up_to(&self, group: GroupId, at: usize) -> impl DoubleEndedIterator<Item = &Reading> {
        self.readings.iter().take(at + 1).filter(move |reading| reading.asked.group == group)
    }

    /// When the group last fired before this place.
    pub(super) fn fired_before(&self, group: GroupId, at: usize) -> Option<Timestamp> {
        let fires = |reading: &&Reading| reading.verdict == Some(Some(Verdict::Fires));
        self.readings_up_to(group, at).rev().find(fires).map(|reading| reading.asked.at)
    }
}

/// Whether the end of a window or of a silence decides, not the event.
fn decides_later(rule: &Rule) -> bool {
    let kind = rule.window.as_ref().map(|window| &window.kind);
    match (&rule.trigger, kind) {
        (Trigger::Absent, _) | (_, Some(WindowKind::Schedule(_))) => true,
        (_, Some(WindowKind::Fixed(_))) => !once_a_window(rule),
        (_, Some(WindowKind::Rolling(_)) | None) => false,
    }
}

/// Whether the reading is of a window that holds the event's time; of a silence, whether it begins there.
fn belongs(rule: &Rule, reading: &Reading, time: Timestamp) -> bool {
    let (start, end) = (reading.asked.start, reading.asked.end);
    match (&rule.trigger, rule.window.as_ref().map(|window| &window.kind)) {
        (Trigger::Absent, _) => start == time,
        (_, Some(WindowKind::Schedule(_))) => start < time && time <= end,
        (_, Some(WindowKind::Fixed(_))) => start <= time && time < end,
        (_, Some(WindowKind::Rolling(_)) | None) => reading.asked.at == time,
    }
}
