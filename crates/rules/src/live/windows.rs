//! Windows that are asked once they are over: fixed ones of a mean or a share, and those of a schedule.
//!
//! Invariant: windows share no events, so each is kept for itself, and an event finds its own in whatever order it
//! comes. One that is over without holding is asked again when a late event falls into it; one that held is done.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use tocsin_model::firing::{Firing, GroupValue};
use tocsin_model::rule::Trigger;
use tocsin_model::rule::window::{Window, WindowKind};
use tocsin_model::time::Timestamp;

use super::plan::Plan;
use super::timeline::Candidate;
use crate::compile::Compiled;
use crate::contents::{Contents, Fact};

/// The windows of one group, as far back as late events may come.
#[derive(Debug, Default)]
pub(super) struct Windows {
    /// By their starts.
    kept: BTreeMap<Timestamp, Kept>,
    /// Those that are not over, by their ends.
    open: BTreeSet<(Timestamp, Timestamp)>,
    /// The last end that was decided.
    decided: Option<Timestamp>,
}

#[derive(Debug)]
struct Kept {
    end: Timestamp,
    /// None: it held, and has been given out.
    contents: Option<Contents>,
}

impl Windows {
    /// Puts events into their windows, and asks those again that were over.
    pub(super) fn take(&mut self, plan: &Plan, shown: &[GroupValue], new: &[Arc<Fact>]) -> Vec<Candidate> {
        let touched: BTreeSet<Timestamp> = new.iter().filter_map(|fact| self.put(plan, fact)).collect();
        touched.into_iter().filter_map(|start| self.ask(plan, shown, start)).collect()
    }

    /// Puts an event into its window; gives the start of one that has to be asked now.
    pub(super) fn put(&mut self, plan: &Plan, fact: &Arc<Fact>) -> Option<Timestamp> {
        let start = self.window_at(&plan.rule, fact.time)?;
        let kept = self.kept.get_mut(&start)?;
        kept.contents.as_mut()?.add(fact, false);
        (!self.open.contains(&(kept.end, start))).then_some(start)
    }

    /// The start of the window that holds `time`; a new one is open, unless what ends later is decided already.
    fn window_at(&mut self, rule: &Compiled, time: Timestamp) -> Option<Timestamp> {
        let window = rule.rule().window.as_ref()?;
        let before = match window.kind {
            WindowKind::Fixed(_) => Bound::Included(time),
            WindowKind::Schedule(_) | WindowKind::Rolling(_) => Bound::Excluded(time),
        };
        let holds = |end: Timestamp| match window.kind {
            WindowKind::Fixed(_) => time < end,
            WindowKind::Schedule(_) | WindowKind::Rolling(_) => time <= end,
        };
        if let Some((start, _)) =
            self.kept.range((Bound::Unbounded, before)).next_back().filter(|(_, it)| holds(it.end))
        {
            return Some(*start);
        }
        let (start, end) = bounds(window, time)?;
        self.kept.insert(start, Kept { end, contents: Some(Contents::default()) });
        if self.decided.is_none_or(|decided| decided < end) {
            self.open.insert((end, start));
        }
        Some(start)
    }

    /// Decides the windows that end by `until`.
    pub(super) fn decide(&mut self, plan: &Plan, shown: &[GroupValue], until: Timestamp) -> Vec<Candidate> {
        let mut out = Vec::new();
        while let Some((end, start)) = self.open.first().copied().filter(|(end, _)| *end <= until) {
            self.open.pop_first();
            self.decided = self.decided.max(Some(end));
            out.extend(self.ask(plan, shown, start));
        }
        out
    }

    /// The end of the first window that is open.
    pub(super) fn boundary(&self) -> Option<Timestamp> {
        self.open.first().map(|(end, _)| *end)
    }

    /// Asks a window that is over.
    fn ask(&mut self, plan: &Plan, shown: &[GroupValue], start: Timestamp) -> Option<Candidate> {
        let rule = plan.rule.rule();
        let Trigger::AtLeast(threshold) = rule.trigger else { return None };
        let kept = self.kept.get_mut(&start)?;
        let value = kept.contents.as_ref()?.value(&rule.measure).filter(|value| value.reaches(threshold))?;
        let events = kept.contents.take().map(|contents| contents.contribution()).unwrap_or_default();
        let firing = Firing {
            group: shown.to_vec(),
            fired_at: kept.end,
            window_start: start,
            window_end: kept.end,
            value,
            occurrences: 1,
            last_seen: kept.end,
            events,
        };
        Some(Candidate { event: None, firing })
    }

    /// Lets go of windows that ended before `limit`.
    pub(super) fn trim(&mut self, limit: Timestamp) {
        while let Some((start, kept)) = self.kept.first_key_value() {
            if kept.end >= limit || self.open.contains(&(kept.end, *start)) {
                break;
            }
            self.kept.pop_first();
        }
    }
}

fn bounds(window: &Window, time: Timestamp) -> Option<(Timestamp, Timestamp)> {
    match &window.kind {
        WindowKind::Fixed(length) => Some(length.fixed_around(time, window.zone)),
        WindowKind::Schedule(cron) => {
            let tick = cron.next_after(Timestamp::from_millis(time.millis().saturating_sub(1)), window.zone)?;
            Some((cron.last_before(tick, window.zone)?, tick))
        }
        WindowKind::Rolling(_) => None,
    }
}
