//! Every value that the windows of a rule reached, in one pass; thresholds are then questions to the list.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::rule::Rule;
use tocsin_model::rule::window::WindowKind;
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::Decimal;

use crate::compile::Compiled;
use crate::evaluator::{Evaluator, once_a_window};
use crate::group::GroupId;
use crate::judge::{Asked, Judge, Verdict};
use crate::live::group_key;

/// What a person said of an alert of the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The alert.
    pub alert: String,
    /// Its group, in the form that firings are kept with: a JSON list of canonical values.
    pub group_key: String,
    /// From when to when each of its firings went on, ends included.
    pub spans: Vec<(Timestamp, Timestamp)>,
    /// Whether it was closed as a true positive; else as a false one.
    pub is_true: bool,
}

impl Label {
    /// From when to when a firing of a rule counts as going on: from the firing to what last joined it; where windows
    /// stand still, the whole window, since another threshold is reached at another moment in it.
    #[must_use]
    pub fn span(
        rule: &Rule,
        (fired_at, last_seen): (Timestamp, Timestamp),
        (start, end): (Timestamp, Timestamp),
    ) -> (Timestamp, Timestamp) {
        match rule.window.as_ref().map(|window| &window.kind) {
            None | Some(WindowKind::Rolling(_)) => (fired_at, last_seen),
            Some(WindowKind::Fixed(_) | WindowKind::Schedule(_)) => (start, end.max(last_seen)),
        }
    }

    pub(super) fn goes_on(&self, at: Timestamp) -> bool {
        self.spans.iter().any(|(from, to)| (*from..=*to).contains(&at))
    }
}

/// What a rule's windows reached over a history.
pub(crate) struct Readings {
    all: Vec<Asked>,
    /// The groups by their keys.
    groups: HashMap<Arc<str>, GroupId>,
    suppress_for: Span,
    once_a_window: bool,
    pub(super) matched: u64,
}

impl Readings {
    /// The one place that runs a rule here, so that another way to run it can take its place.
    pub(super) fn of(rule: &Arc<Compiled>, events: &[Event]) -> Self {
        let mut evaluator = Evaluator::new(Arc::clone(rule));
        evaluator.readings = Some(Vec::new());
        for event in events {
            drop(evaluator.process(event));
        }
        if let Some(last) = events.last() {
            drop(evaluator.finish(last.time));
        }
        let all: Vec<Asked> = evaluator.readings.take().unwrap_or_default().iter().map(|one| one.asked).collect();
        let ids: BTreeSet<GroupId> = all.iter().map(|asked| asked.group).collect();
        let groups = ids.into_iter().map(|group| (group_key(evaluator.shown(group)), group));
        let rule = rule.rule();
        Self::new(all, groups, rule.suppress_for, once_a_window(rule), evaluator.matched())
    }

    /// What was found otherwise; those of a group stand in the order of time.
    pub(crate) fn new(
        all: Vec<Asked>,
        groups: impl IntoIterator<Item = (Arc<str>, GroupId)>,
        suppress_for: Span,
        once_a_window: bool,
        matched: u64,
    ) -> Self {
        Self { all, groups: groups.into_iter().collect(), suppress_for, once_a_window, matched }
    }

    pub(super) fn len(&self) -> u64 {
        self.all.len() as u64
    }

    /// The values that were reached, each once, above zero.
    pub(super) fn values(&self) -> Vec<Decimal> {
        let mut values: Vec<Decimal> = self.all.iter().map(|asked| asked.value.floor()).collect();
        values.sort_unstable();
        values.dedup();
        values.retain(|value| value.thousandths() > 0);
        values
    }

    /// When a rule with this threshold would have fired, in order.
    pub(super) fn firings(&self, threshold: Decimal) -> Vec<Timestamp> {
        let mut judge = Judge::new(self.suppress_for, self.once_a_window);
        let holds = |asked: &&Asked| asked.value.reaches(threshold);
        let fires = |asked: &&Asked| judge.judge(asked) == Some(Verdict::Fires);
        let mut times: Vec<Timestamp> = self.all.iter().filter(holds).filter(fires).map(|asked| asked.at).collect();
        times.sort_unstable();
        times
    }

    /// The highest value that was reached while the alert went on; the highest threshold that keeps it. `None`: the
    /// rule as it is now does not look at such a group, or reached nothing then.
    pub(super) fn peak(&self, label: &Label) -> Option<Decimal> {
        let group = self.groups.get(label.group_key.as_str())?;
        let its = self.all.iter().filter(|asked| asked.group == *group && label.goes_on(asked.at));
        its.map(|asked| asked.value.floor()).max().filter(|peak| peak.thousandths() > 0)
    }
}
