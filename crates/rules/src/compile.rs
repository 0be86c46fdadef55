//! A rule joined with its lists, ready to be evaluated.

use std::collections::BTreeMap;
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::rule::problem::Problem;
use tocsin_model::rule::{Condition, Measure, Rule, Trigger};
use tocsin_model::value::{FieldKind, canonical};

use crate::condition::{Matcher, meets};
use crate::gaps::Gaps;

/// The values of user-kept lists, by name.
pub type Lists = BTreeMap<String, Vec<String>>;

/// A rule that can be asked about events.
#[derive(Debug, Clone)]
pub struct Compiled {
    rule: Rule,
    sources: Vec<String>,
    conditions: Vec<Matcher>,
    /// The further conditions of a share.
    inner: Vec<Matcher>,
    gaps: Gaps,
}

/// Joins a rule with its lists.
///
/// # Errors
/// Every list that is missing or holds what the field cannot have, with the place in the document that names it.
pub fn compile(rule: Rule, lists: &Lists) -> Result<Compiled, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut matchers = |conditions: &[Condition], path: &str| -> Vec<Matcher> {
        let each = conditions.iter().enumerate();
        each.map(|(at, one)| Matcher::new(one, &format!("{path}[{at}]"), lists, &mut problems)).collect()
    };
    let conditions = matchers(&rule.conditions, "$.conditions");
    let inner = match &rule.measure {
        Measure::Share { conditions, .. } => matchers(conditions, "$.measure.conditions"),
        Measure::Count | Measure::Distinct(_) | Measure::Sum(_) | Measure::Mean(_) | Measure::Max(_) => Vec::new(),
    };
    let sources = rule.sources.iter().map(|name| plain(name)).collect();
    if problems.is_empty() {
        Ok(Compiled { rule, sources, conditions, inner, gaps: Gaps::default() })
    } else {
        Err(problems)
    }
}

/// Names of sources differ by more than case.
pub(crate) fn plain(name: &str) -> String {
    canonical(FieldKind::Text, name).unwrap_or_default()
}

impl Compiled {
    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The rule over events with these gaps in them. To rules that wait for no silence they mean nothing.
    #[must_use]
    pub fn with_gaps(self: &Arc<Self>, gaps: &Gaps) -> Arc<Self> {
        if self.knows(gaps) {
            return Arc::clone(self);
        }
        Arc::new(Self { gaps: gaps.clone(), ..Self::clone(self) })
    }

    /// Whether it is the same as with these gaps.
    #[must_use]
    pub fn knows(&self, gaps: &Gaps) -> bool {
        !matches!(self.rule.trigger, Trigger::Absent) || self.gaps == *gaps
    }

    /// The gaps in its events.
    pub(crate) const fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    /// Whether the event is of the rule's sources and meets its conditions. An event that names no source (events
    /// files need not) is of any.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        self.is_of_sources(event) && meets(&self.conditions, event)
    }

    /// Whether the event is of the rule's sources.
    pub(crate) fn is_of_sources(&self, event: &Event) -> bool {
        let of_source = |name: &String| self.sources.contains(&plain(name));
        self.sources.is_empty() || event.source.as_ref().is_none_or(of_source)
    }

    /// The names of its sources as they are compared; none: all.
    pub(crate) fn sources(&self) -> &[String] {
        &self.sources
    }

    /// The conditions, in the order of the rule's.
    pub(crate) fn matchers(&self) -> &[Matcher] {
        &self.conditions
    }

    /// The further conditions of a share.
    pub(crate) fn inner_matchers(&self) -> &[Matcher] {
        &self.inner
    }

    /// Whether the event also meets the further conditions of a share.
    pub(crate) fn meets_inner(&self, event: &Event) -> bool {
        meets(&self.inner, event)
    }
}
