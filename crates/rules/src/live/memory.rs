//! What a rule keeps of its groups, and what it lets go of.

use std::sync::Arc;

use super::timeline::Timeline;
use super::{GROUP_WEIGHT, KEPT_LONGER, Live};

impl Live {
    /// Notes that a group was used just now, and what it waits for.
    pub(super) fn touch(&mut self, key: &Arc<str>) {
        let Some(timeline) = self.groups.get_mut(key) else { return };
        self.by_use.remove(&timeline.used);
        self.uses += 1;
        timeline.used = self.uses;
        self.by_use.insert(self.uses, Arc::clone(key));
        self.set_timer(key);
    }

    pub(super) fn set_timer(&mut self, key: &Arc<str>) {
        let Some(timeline) = self.groups.get_mut(key) else { return };
        if timeline.armed == timeline.timer {
            return;
        }
        if let Some(boundary) = timeline.armed {
            self.timers.remove(&(boundary, Arc::clone(key)));
        }
        timeline.armed = timeline.timer;
        if let Some(boundary) = timeline.timer {
            self.timers.insert((boundary, Arc::clone(key)));
        }
    }

    /// Lets go of what no event that is not very late can reach any more.
    pub(super) fn trim(&mut self, touched_after: u64) {
        // What is filled in may come behind what was let go of then, and was read again.
        if self.filling || self.pinned.is_some_and(|until| self.passed.clock < until) {
            return;
        }
        let Some(newest) = self.newest else { return };
        self.floor = self.floor.max(self.plan.reach(newest.minus(KEPT_LONGER)));
        for (_, key) in self.by_use.range(touched_after + 1..) {
            if let Some(timeline) = self.groups.get_mut(key) {
                self.facts -= timeline.trim(self.floor);
            }
        }
        // Groups of which nothing is left that counts.
        while let Some((_, key)) = self.by_use.first_key_value() {
            let idle = |timeline: &Timeline| {
                timeline.timer.is_none() && timeline.newest().is_none_or(|newest| newest < self.floor)
            };
            if !self.groups.get(key).is_none_or(idle) {
                break;
            }
            self.drop_oldest();
        }
    }

    /// Stays within its memory: first without what is kept for late events, then without the groups that were not
    /// seen for longest.
    pub(super) fn shrink(&mut self) {
        if self.weight() <= self.most_facts {
            return;
        }
        self.squeezed = true;
        if let Some(newest) = self.newest {
            self.floor = self.floor.max(self.plan.reach(newest));
            self.facts = 0;
            for timeline in self.groups.values_mut() {
                timeline.trim(self.floor);
                self.facts += timeline.len();
            }
        }
        while self.weight() > self.most_facts - self.most_facts / 10 && !self.by_use.is_empty() {
            self.drop_oldest();
            self.forgotten += 1;
        }
    }

    /// What it takes, in events.
    fn weight(&self) -> usize {
        self.facts + GROUP_WEIGHT * self.groups.len()
    }

    fn drop_oldest(&mut self) {
        let Some((_, key)) = self.by_use.pop_first() else { return };
        if let Some(timeline) = self.groups.remove(&key) {
            self.facts -= timeline.len();
            if let Some(boundary) = timeline.armed {
                self.timers.remove(&(boundary, key));
            }
        }
    }
}
