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
pub(crate) struct Past {
    /// The start of the last window that held.
    window: Option<Timestamp>,
    /// Until when the last firing holds others back.
    quiet_until: Option<Timestamp>,
}

/// How a rule judges what its trigger holds for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    suppress_for: Span,
    /// In a fixed window only the first moment at which it holds counts.
    once_a_window: bool,
}

impl Manner {
    pub(crate) const fn new(suppress_for: Span, once_a_window: bool) -> Self {
        Self { suppress_for, once_a_window }
    }

    /// What becomes of a moment of a group at which the trigger holds, in the window that starts then; `None` when it is
    /// no candidate.
    #[inline]
    pub(crate) fn judge(self, past: &mut Past, at: Timestamp, start: Timestamp) -> Option<Verdict> {
        if self.once_a_window {
            if past.window == Some(start) {
                return None;
            }
            past.window = Some(start);
        }
        if past.quiet_until.is_some_and(|until| at < until) {
            return Some(Verdict::Joins);
        }
        past.quiet_until = Some(at.plus(self.suppress_for));
        Some(Verdict::Fires)
    }
}

/// Judges candidates, in the order of time within each group.
#[derive(Debug)]
pub(crate) struct Judge {
    manner: Manner,
    past: Vec<Past>,
}

impl Judge {
    pub(crate) const fn new(suppress_for: Span, once_a_window: bool) -> Self {
        Self { manner: Manner::new(suppress_for, once_a_window), past: Vec::new() }
    }

    /// What becomes of a reading whose trigger holds; `None` when it is no candidate.
    pub(crate) fn judge(&mut self, asked: &Asked) -> Option<Verdict> {
        if self.past.len() <= asked.group {
            self.past.resize(asked.group + 1, Past::default());
        }
        self.manner.judge(self.past.get_mut(asked.group)?, asked.at, asked.start)
    }
}
