//! `unseen` and `rare`: what a value is to the earlier events of its group.

use std::sync::Arc;

use tocsin_model::rule::Trigger;
use tocsin_model::time::Span;

use crate::contents::{Contents, Fact};

/// The earlier matching events of a group.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Those that the trigger still looks back on.
    recent: Contents,
    /// All there ever were.
    total: u64,
}

impl History {
    /// Whether the trigger holds of an event. Triggers that do not look at single events never do.
    pub(crate) fn holds(&mut self, fact: &Fact, trigger: &Trigger) -> bool {
        match trigger {
            Trigger::Unseen { learn, minimum_history, .. } => {
                self.look_back(fact, *learn);
                self.total >= *minimum_history && fact.shown.iter().any(|value| self.recent.showing(value) == 0)
            }
            Trigger::Rare { learn, share, minimum_history, .. } => {
                self.look_back(fact, *learn);
                let limit = share.thousandths() * i128::from(self.recent.total());
                self.total >= *minimum_history
                    && fact.shown.iter().any(|value| i128::from(self.recent.showing(value)) * 100_000 < limit)
            }
            Trigger::AtLeast(_) | Trigger::Absent | Trigger::Baseline { .. } => false,
        }
    }

    fn look_back(&mut self, fact: &Fact, learn: Span) {
        self.recent.leave_until(fact.time.minus(learn));
    }

    /// From now on the event is an earlier one.
    pub(crate) fn add(&mut self, fact: &Arc<Fact>) {
        self.recent.add(fact, true);
        self.total += 1;
    }
}
