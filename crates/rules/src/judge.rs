//! From readings to firings: which readings are candidates, and which candidates another firing holds back. The
//! evaluator and the curve over thresholds use the same judge.

use tocsin_model::firing::Exact;
use tocsin_model::time::{Span, Timestamp};

use crate::group::GroupId;

/// A window's value at the moment its trigger is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) group: GroupId,
    pub(crate) at: Timestamp,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) value: Exact,
}

/// What becomes of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the group's next firing.
    Fires,
    /// It joins the group's last firing.
    Joins,
}

/// What a group has been judged so far.
#[derive(Debug, Clone, Copy, Default)]
struct Past {
    /// The start of the last window that held.
    window: Option<Timestamp>,
    /// The last firing.
    fired: Option<Timestamp>,
}

/// Judges candidates, group by group in the order of time.
#[derive(Debug)]
pub(crate) struct Judge {
    suppress_for: Span,
    /// In a fixed window only the first moment at which it holds counts.
    once_a_window: bool,
    past: Vec<Past>,
}

impl Judge {
    pub(crate) const fn new(suppress_for: Span, once_a_window: bool) -> Self {
        Self { suppress_for, once_a_window, past: Vec::new() }
    }

    /// What becomes of a reading whose trigger holds; `None` when it is no candidate.
    pub(crate) fn judge(&mut self, asked: &Asked) -> Option<Verdict> {
        if self.past.len() <= asked.group {
            self.past.resize(asked.group + 1, Past::default());
        }
        let past = self.past.get_mut(asked.group)?;
        if self.once_a_window && past.window == Some(asked.start) {
            return None;
        }
        past.window = Some(asked.start);
        if past.fired.is_some_and(|fired| asked.at < fired.plus(self.suppress_for)) {
            return Some(Verdict::Joins);
        }
        past.fired = Some(asked.at);
        Some(Verdict::Fires)
    }
}
